// The interval of a form that reads a product: never narrower than what it takes, tried exhaustively; as narrow as a mean is; and a
// circuit.json that claims less is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IntegerForm, IntegerStep } from '#compiler/circuit/circuit.js';
import { decodeCircuit, encodeCircuit } from '#compiler/circuit/json.js';
import { accumulatorIntervals } from '#compiler/circuit/reach.js';
import { mapBuilder } from '#compiler/linear/builder.js';
import { applyMap } from '#compiler/linear/apply.js';
import type { LinearMap } from '#compiler/linear/map.js';
import { hull, mapIntervals } from '#compiler/linear/intervals.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '#compiler/linear/maps.js';
import { naive, blends, storedInputs } from './circuits.js';

const SOURCES = 3;
const HI = 2;
const P = SOURCES; // the product, of the forms x and y over the sources

const only = ({ lo, hi }: { lo: Float64Array; hi: Float64Array }): number[] => [lo[0], hi[0]];
/** weights . sources + bias, of one element. */
const affine = (weights: readonly number[], bias: number): LinearMap =>
  addMaps([
    ...weights.flatMap((w, from) => (w === 0 ? [] : [scaleMap(identityMap(from, 1), w)])),
    { size: 1, bias: Float64Array.of(bias), parts: [] },
  ]);
const sourceInterval = () => ({ lo: 0, hi: HI, shape: [] });
const formOf = (map: LinearMap): IntegerForm => {
  const { lo, hi } = hull(mapIntervals(map, sourceInterval));
  return { map, accLo: lo, accHi: hi };
};

function productOf(x: IntegerForm, y: IntegerForm) {
  const corners = [x.accLo * y.accLo, x.accLo * y.accHi, x.accHi * y.accLo, x.accHi * y.accHi];
  const [lo, hi] = [Math.min(...corners), Math.max(...corners)];
  const maker: IntegerStep = { kind: 'product', outs: [P], forms: [x, y], variant: null, own: {} };
  const tensors = [...Array.from({ length: SOURCES }, sourceInterval), { lo, hi, shape: [] }];
  return { lo, hi, of: (map: LinearMap) => only(accumulatorIntervals(map, tensors, (id) => (id === P ? maker : input))) };
} // prettier-ignore
const input: IntegerStep = { kind: 'input', outs: [0], forms: [], variant: null, own: {} };

/** All that a map over the sources and the product takes. */
function taken(map: LinearMap, x: IntegerForm, y: IntegerForm, lo: number): number[] {
  const all: number[] = [];
  for (let i = 0; i < (HI + 1) ** SOURCES; i++) {
    const stored = [i % 3, Math.floor(i / 3) % 3, Math.floor(i / 9)].map((v) => Float64Array.of(v));
    const z = applyMap(x.map, (from) => stored[from])[0] * applyMap(y.map, (from) => stored[from])[0];
    all.push(applyMap(map, (from) => (from === P ? Float64Array.of(z - lo) : stored[from]))[0]);
  }
  return all;
}

const weight = fc.integer({ min: -3, max: 3 });
const weights = fc.tuple(weight, weight, weight);

describe('the interval of a form that reads a product', () => {
  it('holds all that it takes, and lies in the box', () => {
    fc.assert(
      fc.property(weights, weight, weights, weight, weights, weight, weight, (a, p, b, q, c, r, w) => {
        const [x, y] = [formOf(affine(a, p)), formOf(affine(b, q))];
        const { lo, hi, of } = productOf(x, y);
        const map = addMaps([affine(c, r), ...(w === 0 ? [] : [scaleMap(identityMap(P, 1), w)])]);
        const [least, most] = of(map);
        const all = taken(map, x, y, lo);
        expect(productOf(y, x).of(map)).toEqual([least, most]);
        expect(least).toBeLessThanOrEqual(Math.min(...all));
        expect(most).toBeGreaterThanOrEqual(Math.max(...all));
        const box = only(mapIntervals(map, (id) => (id === P ? { lo: 0, hi: hi - lo } : sourceInterval())));
        expect(box[0]).toBeLessThanOrEqual(least);
        expect(box[1]).toBeGreaterThanOrEqual(most);
      }),
      { numRuns: 2000 },
    );
  });

  it('is exact for a mean, and reaches both ends', () => {
    const [z, difference] = [formOf(affine([1, 0, 0], 0)), formOf(affine([0, -1, 1], 0))];
    const { lo, of } = productOf(z, difference);
    const mean = addMaps([affine([0, 2, 0], lo), identityMap(P, 1)]); // 2 a + z (b - a), with z up to 2
    const all = taken(mean, z, difference, lo);
    expect(of(mean)).toEqual([Math.min(...all), Math.max(...all)]);
    expect(of(mean)).toEqual([0, 2 * HI]);
  });

  it('is the box where an element reads two products of one tensor', () => {
    const x = { map: identityMap(0, 2), accLo: 0, accHi: 2 };
    const y = { map: identityMap(1, 2), accLo: -0, accHi: 2 };
    const maker: IntegerStep = { kind: 'product', outs: [2], forms: [x, y], variant: null, own: {} };
    const tensors = [sourceInterval(), sourceInterval(), { lo: 0, hi: 4, shape: [] }];
    const part = { from: 2, base: Int32Array.of(0), pattern: Int32Array.of(0), kernel: Int32Array.of(0), patterns: [Int32Array.of(0, 1)], kernels: [Float64Array.of(1, -1)] }; // prettier-ignore
    const map = { size: 1, bias: Float64Array.of(0), parts: [part] };
    expect(only(accumulatorIntervals(map, tensors, (id) => (id === 2 ? maker : input)))).toEqual([-4, 4]);
  });

  it('is the box where float64 would round what the ends are made of', () => {
    const [x, y] = [formOf(affine([2 ** 27, 0, 0], 0)), formOf(affine([0, -(2 ** 20), 2 ** 20], 0))];
    const { lo, of } = productOf(x, y);
    const small = addMaps([affine([0, 2 ** 48, 0], lo), identityMap(P, 1)]);
    expect(of(small)).toEqual([0, 2 ** 49]);
    const wide = scaleMap(small, 2 ** 4);
    expect(of(wide)).toEqual([-(2 ** 53), 2 ** 54]);
  });

  it('has a least row of elements moved to others', () => {
    const [x, y] = [formOf(affine([1, 0, 0], 0)), formOf(affine([0, -1, 1], 0))];
    const { lo, of } = productOf(x, y);
    expect(of(addMaps([affine([0, 2, 0], lo), gatherMap(P, Int32Array.of(0))]))).toEqual([0, 2 * HI]);
  });
});

describe('a circuit of blends', () => {
  const circuit = blends();
  const readers = circuit.steps.flatMap((step, i) =>
    step.forms.flatMap(({ map }, k) =>
      map.parts.some(({ from }) => circuit.steps.some((one) => one.kind === 'product' && one.outs[0] === from))
        ? [[i, k] as const]
        : [],
    ),
  );

  it('bounds the readers of products by less than their box', () => {
    const isNarrower = readers.map(([i, k]) => {
      const { map, accLo, accHi } = circuit.steps[i].forms[k];
      const box = hull(mapIntervals(map, (id) => ({ lo: 0, hi: circuit.tensors[id].hi - circuit.tensors[id].lo })));
      return accHi - accLo < box.hi - box.lo;
    });
    expect(isNarrower.filter(Boolean)).toHaveLength(2); // the states; the sum of both products has none
  });

  it('and a file that claims one less at either end is refused', () => {
    for (const [i, k] of readers)
      for (const change of [(form: Ends) => form.accLo++, (form: Ends) => form.accHi--]) {
        const file = JSON.parse(encodeCircuit(circuit)) as { steps: { forms: Ends[] }[] };
        change(file.steps[i].forms[k]);
        const call = (): unknown => decodeCircuit(`${JSON.stringify(file)}\n`, 'circuit.json');
        expect(call).toThrow(
          expect.objectContaining({ code: 'format', where: `circuit.json: steps[${i}].forms[${k}]` }),
        );
      }
  });

  it('whose accumulators stay inside', () => {
    for (let seed = 0; seed < 40; seed++) {
      const values = naive(circuit, storedInputs(circuit, seed)).map((list) => Float64Array.from(list, Number));
      for (const [i, k] of readers) {
        const { map, accLo, accHi } = circuit.steps[i].forms[k];
        for (const acc of applyMap(map, (id) => values[id])) {
          expect(acc).toBeGreaterThanOrEqual(accLo);
          expect(acc).toBeLessThanOrEqual(accHi);
        }
      }
    }
  });
});
interface Ends {
  accLo: number;
  accHi: number;
}

describe('the interval of a form that reads what indices name', () => {
  const PLACES = 4; // of each index one is no element: the others are 0 there
  const [INDICES, CELLS, U] = [2, PLACES - 1, 1];
  const maker: IntegerStep = { kind: 'onehot', outs: [U], forms: [{ map: identityMap(0, INDICES), accLo: 0, accHi: CELLS }], variant: null, own: {} }; // prettier-ignore
  const tensors = [{ lo: 0, hi: CELLS, shape: [] }, { lo: 0, hi: 1, shape: [] }]; // prettier-ignore
  const row = (weights: readonly number[], at: number, bias: number): LinearMap => {
    const builder = mapBuilder(1);
    builder.bias[0] = bias;
    builder.part(U).row(0, weights.map((_, k) => at + k), weights); // prettier-ignore
    return builder.build();
  };

  it('is exactly what it takes, for every choice of both', () => {
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 1, maxLength: INDICES * CELLS }),
        weight,
        fc.nat(5),
        (list, bias, from) => {
          const at = Math.min(from, INDICES * CELLS - list.length);
          const map = row(list, at, bias);
          const all: number[] = [];
          for (let a = 0; a < PLACES; a++)
            for (let b = 0; b < PLACES; b++) {
              const u = new Float64Array(INDICES * CELLS);
              if (a > 0) u[a - 1] = 1;
              if (b > 0) u[CELLS + b - 1] = 1;
              all.push(applyMap(map, () => u)[0]);
            }
          const found = only(accumulatorIntervals(map, tensors, (id) => (id === U ? maker : input)));
          expect(found).toEqual([Math.min(...all), Math.max(...all)]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
