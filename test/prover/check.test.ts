import { describe, expect, it } from 'vitest';
import { violations } from '#compiler/circuit/violations.js';
import { fieldBytes, rootOfUnity, power } from '#compiler/circuit/field.js';
import { inverse, batchInverse, mod, R } from '#verifier/field.js';
import { A, B, C, POOL, RowBuilder, coefficient } from '#compiler/circuit/rows.js';
import { changed, generator, randomSystem } from './systems.js';

describe('violations', () => {
  const { system, wires, witness } = randomSystem(3, { nCommitted: 3, nPublic: 2, nPrivate: 40 });

  it('finds nothing in a satisfying witness', () => expect(violations(system, witness)).toEqual([]));

  it('finds every single wire moved by 1, -1, 2^30, 2^53, 2^200 and to 1/2', () => {
    for (let w = 1; w < system.nWires; w++) {
      for (const by of [1n, -1n, 1n << 30n, 1n << 53n, 1n << 200n, inverse(2n)]) {
        expect(violations(system, changed(wires, w, by), 1), `wire ${w} + ${by}`).toHaveLength(1);
      }
    }
  });

  it('agrees with plain bigint arithmetic, rows and order', () => {
    const next = generator(4);
    for (let round = 0; round < 20; round++) {
      const values = wires.map((v, w) => (w > 0 && next() % 4 === 0 ? mod(v + BigInt(next())) : v));
      const expected: number[] = [];
      for (let row = 0; row < system.nRows; row++) {
        const [a, b, c] = system.sides.map(({ start, wire, coef }) => {
          let sum = 0n;
          for (let i = start[row]; i < start[row + 1]; i++) sum += coefficient(system, coef[i]) * values[wire[i]];
          return sum;
        });
        if (mod(a * b - c) !== 0n) expected.push(row);
      }
      expect(violations(system, fieldBytes(values), 1000)).toEqual(expected);
    }
  });

  it('is exact where doubles are not: sums and products around 2^53', () => {
    const builder = new RowBuilder({ nCommitted: 0, nPublic: 0, nPrivate: 4 });
    builder.begin(); // (2^29 w1)(w2) = w3
    builder.term(A, 1, 2 ** 29);
    builder.term(B, 2, 1);
    builder.term(C, 3, 1);
    builder.begin(); // w3 + w4 = 0, linear
    builder.term(C, 3, 1);
    builder.term(C, 4, 1);
    const system = builder.seal();
    for (const x of [2n ** 23n, 2n ** 24n - 1n, 2n ** 24n, 2n ** 24n + 1n, 2n ** 52n + 1n, mod(-(2n ** 24n) - 1n)]) {
      for (const y of [1n, 3n, 2n ** 53n - 1n, R - 1n]) {
        const z = mod((x * y) << 29n);
        const honest = [1n, x, y, z, mod(-z)];
        expect(violations(system, fieldBytes(honest))).toEqual([]);
        expect(violations(system, changed(honest, 3, 1n))).toEqual([0, 1]);
        expect(violations(system, changed(honest, 4, -1n))).toEqual([1]);
      }
    }
  });

  it('stops at the limit, and refuses a witness of another circuit or without the constant', () => {
    const broken = fieldBytes(wires.map((v, w) => (w === 0 ? v : mod(v + 1n))));
    expect(violations(system, broken, 2)).toHaveLength(2);
    expect(() => violations(system, witness.subarray(32))).toThrow(expect.objectContaining({ code: 'mismatch' }));
    expect(() => violations(system, changed(wires, 0, 1n))).toThrow(expect.objectContaining({ code: 'unsatisfied' }));
  });
});

describe('the row builder', () => {
  it('keeps small coefficients as ints and pools the others once', () => {
    const builder = new RowBuilder({ nCommitted: 1, nPublic: 1, nPrivate: 1 });
    builder.begin();
    const given = [5, -5, 0, POOL - 1, 1 - POOL, POOL, -POOL, 2n, R - 2n, -3n, 1n << 100n, (1n << 100n) + R];
    for (const c of given) builder.term(C, 1, c);
    const { sides, pool } = builder.seal();
    expect([...sides[C].coef].map((code) => mod(coefficient({ pool }, code)))).toEqual(
      given.filter((c) => c !== 0).map((c) => mod(BigInt(c))),
    );
    expect(pool).toEqual([BigInt(POOL), R - BigInt(POOL), 1n << 100n]);
  });

  it('refuses wires outside the layout, fractions, and terms before the first row', () => {
    const builder = new RowBuilder({ nCommitted: 1, nPublic: 1, nPrivate: 1 });
    expect(() => builder.term(A, 0, 1)).toThrow(/row to be begun/);
    builder.begin();
    for (const wire of [-1, 4, 0.5, NaN]) expect(() => builder.term(A, wire, 1)).toThrow(/expected a wire/);
    for (const c of [0.5, NaN, Infinity, 2 ** 53]) expect(() => builder.term(A, 0, c)).toThrow(/integer coefficient/);
  });
});

describe('field arithmetic', () => {
  it('inverts one and many, and knows its roots of unity', () => {
    const values = [1n, 2n, R - 1n, 12345678901234567890n];
    expect(batchInverse(values)).toEqual(values.map(inverse));
    for (const v of values) expect(mod(v * inverse(v))).toBe(1n);
    expect(() => inverse(0n)).toThrow(RangeError);
    expect(() => batchInverse([1n, 0n])).toThrow(RangeError);
    for (const k of [0, 1, 5, 28]) {
      expect(power(rootOfUnity(k), 1n << BigInt(k))).toBe(1n);
      if (k > 0) expect(power(rootOfUnity(k), 1n << BigInt(k - 1))).toBe(R - 1n);
    }
  });
});
