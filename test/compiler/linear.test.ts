import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapBuilder } from '#compiler/linear/builder.js';
import { composeMaps } from '#compiler/linear/compose.js';
import { applyMap } from '#compiler/linear/apply.js';
import { termsOf, type LinearMap } from '#compiler/linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '#compiler/linear/maps.js';
import { generator } from './circuits.js';
import { convolution, dense } from './sketch.js';

type Dense = { rows: Map<number, number[][]>; bias: number[] };

/** The same map as one matrix a source, of small integers so that float64 sums are exact in any order. */
const denseOf = (map: LinearMap, sizes: Map<number, number>): Dense => ({
  bias: [...map.bias],
  rows: new Map(
    [...sizes].map(([from, size]) => [
      from,
      Array.from({ length: map.size }, (_, o) => {
        const row = new Array<number>(size).fill(0);
        for (const part of map.parts.filter((p) => p.from === from))
          part.patterns[part.pattern[o]].forEach(
            (offset, k) => (row[part.base[o] + offset] += part.kernels[part.kernel[o]][k]),
          );
        return row;
      }),
    ]),
  ),
});

/** A sparse map of `size` rows over the sources, about half of them shared forms (a window that slides). */
const mapOver = (size: number, sources: [id: number, size: number][]): fc.Arbitrary<LinearMap> => {
  const rowOver = (sourceSize: number): fc.Arbitrary<[number, number][]> =>
    fc.oneof(
      fc.array(fc.tuple(fc.nat(sourceSize - 1), fc.integer({ min: -4, max: 4 })), { maxLength: 5 }),
      fc.nat(Math.max(0, sourceSize - 2)).map((at): [number, number][] => [
        [at, 2],
        [Math.min(at + 1, sourceSize - 1), -3],
      ]),
    );
  return fc
    .record({
      bias: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: size, maxLength: size }),
      rows: fc.tuple(...sources.map(([, n]) => fc.array(rowOver(n), { minLength: size, maxLength: size }))),
    })
    .map(({ bias, rows }) => {
      const builder = mapBuilder(size);
      builder.bias.set(bias);
      sources.forEach(([id], s) =>
        rows[s].forEach((terms, o) =>
          builder.part(id).row(
            o,
            terms.map(([i]) => i),
            terms.map(([, w]) => w),
          ),
        ),
      );
      return builder.build();
    });
};

const sizesOf = new Map([
  [0, 6],
  [1, 5],
]);
const dot = (a: number[], b: number[]): number => a.reduce((sum, w, i) => sum + w * b[i], 0);

/** No zero coefficients, distinct offsets, one part a source: the contract of the type. */
function expectCanonical(map: LinearMap): void {
  expect(new Set(map.parts.map((p) => p.from)).size).toBe(map.parts.length);
  for (const part of map.parts) {
    for (const kernel of part.kernels) expect(kernel.includes(0)).toBe(false);
    for (const pattern of part.patterns) expect(new Set(pattern).size).toBe(pattern.length);
    for (let o = 0; o < map.size; o++)
      expect(part.kernels[part.kernel[o]].length).toBe(part.patterns[part.pattern[o]].length);
  }
}

describe('linear maps', () => {
  it('applies as its dense matrix', () => {
    fc.assert(
      fc.property(
        mapOver(7, [
          [0, 6],
          [1, 5],
        ]),
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 11, maxLength: 11 }),
        (map, xs) => {
          const x = new Map([
            [0, xs.slice(0, 6)],
            [1, xs.slice(6)],
          ]);
          const dense = denseOf(map, sizesOf);
          const y = applyMap(map, (id) => Float64Array.from(x.get(id) ?? []));
          const expected = dense.bias.map(
            (b, o) => b + [...x].reduce((sum, [id, v]) => sum + dot(dense.rows.get(id)?.[o] ?? [], v), 0),
          );
          expect([...y]).toEqual(expected);
          expectCanonical(map);
          expect(termsOf(map)).toBe([...dense.rows.values()].flat(2).filter((w) => w !== 0).length);
        },
      ),
    );
  });

  it.each([
    ['a convolution', convolution([3, 9, 7], 5, 3, 0, generator(4)), 189],
    ['few channels at many places', convolution([2, 12, 12], 1, 5, 0, generator(5)), 288],
    ['a dense layer', dense([[0, 40]], 23, generator(6)), 40],
    ['fewer elements than are added up at once', dense([[0, 40]], 3, generator(6)), 40],
  ])('%s has the same bits whenever it is applied, those of sums in the order of the kernel', (_, map, size) => {
    const random = generator(7);
    for (let times = 0; times < 3; times++) {
      const x = Float64Array.from({ length: size }, () => random() - 0.5);
      const expected = map.bias.map((b, o) => {
        const [{ base, pattern, kernel, patterns, kernels }] = map.parts;
        return b + kernels[kernel[o]].reduce((sum, w, k) => sum + w * x[base[o] + patterns[pattern[o]][k]], 0);
      });
      expect(applyMap(map, () => x)).toEqual(expected);
    }
  });

  it('composes as the product of dense matrices, sources kept and replaced', () => {
    // Source 10 is replaced by a map over 0 and 1, source 11 by one over 1; source 1 is also read directly.
    const arbitrary = fc.tuple(
      mapOver(6, [
        [10, 4],
        [11, 3],
        [1, 5],
      ]),
      mapOver(4, [
        [0, 6],
        [1, 5],
      ]),
      mapOver(3, [[1, 5]]),
    );
    fc.assert(
      fc.property(arbitrary, ([outer, a, b]) => {
        const composed = composeMaps(
          outer,
          new Map([
            [10, a],
            [11, b],
          ]),
        );
        expectCanonical(composed);
        const o = denseOf(
          outer,
          new Map([
            [10, 4],
            [11, 3],
            [1, 5],
          ]),
        );
        const inner = new Map([
          [10, denseOf(a, sizesOf)],
          [11, denseOf(b, sizesOf)],
        ]);
        const got = denseOf(composed, sizesOf);
        for (let row = 0; row < 6; row++) {
          let bias = o.bias[row];
          for (const [id, m] of inner) bias += dot(o.rows.get(id)?.[row] ?? [], m.bias);
          expect(got.bias[row]).toBe(bias);
          for (const [from, size] of sizesOf)
            for (let i = 0; i < size; i++) {
              let sum = from === 1 ? (o.rows.get(1)?.[row][i] ?? 0) : 0;
              for (const [id, m] of inner)
                (o.rows.get(id)?.[row] ?? []).forEach((w, k) => (sum += w * (m.rows.get(from)?.[k][i] ?? 0)));
              expect(got.rows.get(from)?.[row][i]).toBe(sum);
            }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gathers with -1 as the fill', () => {
    const map = gatherMap(3, Int32Array.of(2, -1, 0, 2), 7);
    expect([...applyMap(map, () => Float64Array.of(10, 20, 30))]).toEqual([30, 7, 10, 30]);
    expect(map.parts[0].kernels.length).toBe(2); // the empty one and the 1
  });

  it('scales and adds', () => {
    const x = Float64Array.of(1, 2, 3);
    const scaled = scaleMap(identityMap(0, 3), Float64Array.of(2, 0, -1), Float64Array.of(1, 1, 0));
    expect([...applyMap(scaled, () => x)]).toEqual([3, 1, -3]);
    expect(termsOf(scaled)).toBe(2);
    expect([...applyMap(scaleMap(identityMap(0, 3), 2, 5), () => x)]).toEqual([7, 9, 11]);
    const sum = addMaps([
      identityMap(0, 3),
      gatherMap(0, Int32Array.of(2, 1, 0)),
      gatherMap(1, Int32Array.of(-1, 0, -1), 4),
    ]);
    expect(sum.parts.map((p) => p.from)).toEqual([0, 1]);
    expect([...applyMap(sum, (id) => (id === 0 ? x : Float64Array.of(100)))]).toEqual([8, 104, 8]);
    expect(termsOf(addMaps([identityMap(0, 3), scaleMap(identityMap(0, 3), -1)]))).toBe(0); // x - x has no terms
  });

  it('composes 12 million terms in seconds', () => {
    const [rows, columns] = [3000, 4000];
    const builder = mapBuilder(rows);
    const part = builder.part(0);
    const pattern = part.pattern(Int32Array.from({ length: columns }, (_, i) => i));
    for (let o = 0; o < rows; o++)
      part.set(
        o,
        0,
        pattern,
        part.kernel(Float64Array.from({ length: columns }, (_, i) => 1 + ((o * 31 + i * 7) % 101))),
      );
    const dense = builder.build();
    const reversed = Int32Array.from({ length: columns }, (_, i) => columns - 1 - i);
    const started = performance.now();
    const afterIndexMap = composeMaps(dense, new Map([[0, gatherMap(0, reversed)]]));
    const scaled = scaleMap(
      afterIndexMap,
      Float64Array.from({ length: rows }, (_, o) => 1 + o),
    );
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(termsOf(scaled)).toBe(rows * columns);
    expect(applyMap(scaled, () => new Float64Array(columns).fill(1))[5]).toBe(
      6 * applyMap(dense, () => new Float64Array(columns).fill(1))[5],
    );
    console.info(`composed 2 x 12 million terms in ${Math.round(performance.now() - started)} ms`);
  });
});
