// Pairings in the kernel against those of @noble/curves, and the checks of points before them.
import { bn254 } from '@noble/curves/bn254.js';
import { afterAll, describe, expect, it } from 'vitest';
import { fieldBytes } from '#compiler/circuit/field.js';
import { mod, Q, R } from '#verifier/field.js';
import type { G1, G2 } from '#verifier/points.js';
import { encoded } from '#prover/files/zkey.js';
import { sumOfFew } from '#prover/few.js';
import { sumOfFew as inKernel, type Term } from '#prover/kernel/few.js';
import { put, type Machine } from '#prover/kernel/machine.js';
import { singleMachine, threadMachine } from '#prover/kernel/node.js';
import { equationHolds } from '#prover/kernel/pairing.js';
import { generator } from './systems.js';

const single = await singleMachine();
const threads = await threadMachine(2);
afterAll(() => threads.close());

const next = generator(97);
const random = (below: bigint): bigint =>
  Array.from({ length: 9 }, next).reduce((x, word) => (x << 32n) | BigInt(word), 0n) % below;

const { G1: Group1, G2: Group2, fields, pairing } = bn254;
const INFINITY1: G1 = [0n, 0n];
const INFINITY2: G2 = [[0n, 0n], [0n, 0n]]; // prettier-ignore
const ofG1 = (k: bigint): G1 => {
  if (mod(k) === 0n) return INFINITY1;
  const { x, y } = Group1.Point.BASE.multiply(mod(k)).toAffine();
  return [x, y];
};
const flat = (point: InstanceType<typeof Group2.Point>): G2 => {
  const { x, y } = point.toAffine();
  return [[x.c0, x.c1], [y.c0, y.c1]]; // prettier-ignore
};
const ofG2 = (k: bigint): G2 => (mod(k) === 0n ? INFINITY2 : flat(Group2.Point.BASE.multiply(mod(k))));

/** What one export returns of points in the machine's memory. */
async function call(machine: Machine, name: string, count: number, ...lists: readonly Uint8Array[]): Promise<number> {
  const mark = machine.mark();
  const places = lists.map((list) => put(machine, list));
  const [[answer]] = await machine.run([() => [[name, ...places, count]]]);
  machine.release(mark);
  return answer;
}
type Pair = readonly [G1, G2];
const cancel = (pairs: readonly Pair[], machine = single): Promise<number> => {
  const lists = [pairs.map(([P]) => P), pairs.map(([, it]) => it)].map((list) => encoded(list.flat(2)));
  return call(machine, 'pairingsCancel', pairs.length, ...lists);
};

describe('products of pairings', () => {
  it.each([1, 2, 3, 4, 5, 6])('%s of them are 1 exactly where exponents add up to 0', async (count) => {
    for (let round = 0; round < 4; round++) {
      const exponents = Array.from({ length: count }, () => [1n + random(R - 1n), 1n + random(R - 1n)]);
      const [last, b] = exponents[count - 1];
      const others = exponents.slice(0, -1).reduce((sum, [a, b]) => sum + a * b, 0n);
      exponents[count - 1] = [mod(-others * Group1.Point.Fn.inv(b)), b];
      const pairs = exponents.map(([a, b]): Pair => [ofG1(a), ofG2(b)]);
      expect(await cancel(pairs)).toBe(1);
      const at = next() % count;
      expect(await cancel(pairs.with(at, [ofG1(exponents[at][0] + 1n), pairs[at][1]]))).toBe(0);
      expect(await cancel(pairs.with(at, [pairs[at][0], ofG2(exponents[at][1] + last)]))).toBe(count === 1 ? 1 : 0);
      expect(await cancel(pairs.toReversed())).toBe(1);
    }
  });

  it('are those of @noble/curves: 1 together, whatever the points are', async () => {
    const { Fp12 } = fields;
    for (let round = 0; round < 3; round++) {
      const [a, b, c] = [random(R), random(R), random(R)];
      const both = pairing(Group1.Point.BASE.multiply(a), Group2.Point.BASE.multiply(b));
      const other = pairing(Group1.Point.BASE.multiply(c), Group2.Point.BASE);
      for (const [k, right] of [
        [a * b, true],
        [a * b + 1n, false],
        [c, false],
      ] as const) {
        // prettier-ignore
        const third = pairing(Group1.Point.BASE.multiply(mod(-k - c)), Group2.Point.BASE);
        expect(Fp12.eql(Fp12.mul(Fp12.mul(both, other), third), Fp12.ONE)).toBe(right);
        expect(await cancel([[ofG1(a), ofG2(b)], [ofG1(c), ofG2(1n)], [ofG1(-k - c), ofG2(1n)]])).toBe(Number(right)); // prettier-ignore
      }
    }
  });

  it('take infinity on either side as 1, in either place', async () => {
    const [P, it] = [ofG1(5n), ofG2(7n)];
    const minus: Pair = [ofG1(-35n), ofG2(1n)];
    expect(await cancel([])).toBe(1);
    for (const nothing of [
      [INFINITY1, it],
      [P, INFINITY2],
      [INFINITY1, INFINITY2],
    ] as const) {
      // prettier-ignore
      expect(await cancel([nothing])).toBe(1);
      for (const at of [0, 1, 2]) {
        expect(await cancel([[P, it], minus].toSpliced(at, 0, nothing) as Pair[])).toBe(1);
        expect(await cancel([nothing, [P, it]].toSpliced(at, 0, nothing) as Pair[])).toBe(0);
      }
    }
    expect(await cancel([minus])).toBe(0);
  });

  it('take the same points twice, and opposite ones', async () => {
    const [P, it] = [ofG1(5n), ofG2(7n)];
    expect(await cancel([[P, it], [ofG1(-5n), it]])).toBe(1); // prettier-ignore
    expect(await cancel([[P, it], [P, ofG2(-7n)]])).toBe(1); // prettier-ignore
    expect(await cancel([[P, it], [P, it]])).toBe(0); // prettier-ignore
  });

  it('are no more than six', async () => {
    expect(await cancel(Array.from({ length: 7 }, () => [INFINITY1, ofG2(1n)]))).toBe(0);
  });
});

/** A point of the twist, which is outside the subgroup for all but one in 10^76. */
function onTwist(): G2 {
  const { Fp2 } = fields;
  for (;;) {
    const x = Fp2.create({ c0: random(Q), c1: random(Q) });
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), Group2.Point.CURVE().b));
      return [[x.c0, x.c1], [y.c0, y.c1]]; // prettier-ignore
    } catch {
      continue; // no square
    }
  }
}

describe('points', () => {
  const members1 = (points: readonly G1[]): Promise<number> => call(single, 'members1', points.length, encoded(points.flat())); // prettier-ignore
  const members2 = (points: readonly G2[]): Promise<number> => call(single, 'members2', points.length, encoded(points.flat(2))); // prettier-ignore

  it('of G1 are on the curve, none at infinity', async () => {
    for (const count of [0, 1, 2, 3, 6]) {
      const good = Array.from({ length: count }, () => ofG1(1n + random(R - 1n)));
      expect(await members1(good)).toBe(1);
      for (let at = 0; at < count; at++) {
        const [x, y] = good[at];
        for (const bad of [INFINITY1, [x, y + 1n], [x + 1n, y], [0n, y], [x, 0n]] as const)
          expect(await members1(good.with(at, bad)), `${bad}`).toBe(0);
        expect(await members1(good.with(at, [x, Q - y]))).toBe(1);
      }
    }
  });

  it('of G2 are on the twist and in the subgroup, none at infinity', async () => {
    for (const count of [0, 1, 2, 3]) {
      const good = Array.from({ length: count }, () => ofG2(1n + random(R - 1n)));
      expect(await members2(good)).toBe(1);
      for (let at = 0; at < count; at++) {
        const [[x0, x1], [y0, y1]] = good[at];
        const off: G2[] = [INFINITY2, [[x0, x1], [y0 + 1n, y1]], [[x0, x1], [y0, y1 + 1n]], [[x0 + 1n, x1], [y0, y1]], [[x1, x0], [y0, y1]]]; // prettier-ignore
        for (const bad of off) expect(await members2(good.with(at, bad)), `${bad}`).toBe(0);
        expect(await members2(good.with(at, [[x0, x1], [Q - y0, mod(Q - y1) && Q - y1]]))).toBe(1); // prettier-ignore
        expect(await members2(good.with(at, onTwist()))).toBe(0);
      }
    }
  });

  it('of small order, of the cofactor, are outside the subgroup, alone and in sums with points of it', async () => {
    const point = ([[x0, x1], [y0, y1]]: G2) =>
      Group2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
    for (const prime of [10069n, 5864401n]) {
      const cofactor = 2n * Q - R; // q + t - 1
      expect(cofactor % prime).toBe(0n);
      let of = Group2.Point.ZERO;
      while (of.is0())
        of = point(onTwist())
          .multiplyUnsafe(R - 1n)
          .add(point(onTwist())); // any of the twist
      let small = of;
      for (const k of [R, cofactor / prime]) small = multiple(small, k);
      expect(small.is0()).toBe(false); // one of them in a prime would be
      expect(multiple(small, prime).is0()).toBe(true);
      expect(await members2([flat(small)])).toBe(0);
      expect(await members2([flat(small.add(Group2.Point.BASE)), ofG2(1n)])).toBe(0);
    }
  });

  it('have coordinates below q', async () => {
    const [x, y] = ofG1(3n);
    const [[x0, x1], [y0, y1]] = ofG2(3n);
    const above = (list: readonly bigint[], at: number): Uint8Array =>
      fieldBytes(list.map((c, i) => ((c << 256n) % Q) + (i === at ? Q : 0n)));
    for (const at of [0, 1]) expect(await call(single, 'members1', 1, above([x, y], at))).toBe(0);
    for (const at of [0, 1, 2, 3]) expect(await call(single, 'members2', 1, above([x0, x1, y0, y1], at))).toBe(0);
    expect(await call(single, 'members2', 1, above([x0, x1, y0, y1], -1))).toBe(1);
  });
});

/** By doubling: for multiples above r, and points of any order. */
function multiple(point: InstanceType<typeof Group2.Point>, k: bigint): InstanceType<typeof Group2.Point> {
  let sum = Group2.Point.ZERO;
  for (const bit of k.toString(2)) {
    sum = sum.double();
    if (bit === '1') sum = sum.add(point);
  }
  return sum;
}

describe.each([
  ['of the kernel', (terms: readonly Term[]): Promise<G1> => inKernel(single, terms)],
  ['of @noble/curves', sumOfFew],
])('sums of a few points: %s', (_, few) => {
  const sum = (points: readonly G1[], scalars: readonly bigint[]): Promise<G1> =>
    few(points.map((point, i) => [point, scalars[i]]));

  it.each([1, 2, 3, 4, 7])('of %s', async (count) => {
    for (let round = 0; round < 4; round++) {
      const terms = Array.from({ length: count }, () => [
        random(R),
        [0n, 1n, R - 1n, random(R), random(R)][next() % 5],
      ]);
      const total = terms.reduce((s, [a, k]) => s + a * k, 0n);
      const points = terms.map(([a]) => ofG1(a));
      expect(await sum(points, terms.map(([, k]) => k))).toEqual(ofG1(total)); // prettier-ignore
    }
  });

  it('that meet each other, cancel, or are infinity', async () => {
    const [P, it] = [ofG1(5n), ofG1(-5n)];
    expect(await sum([], [])).toEqual(INFINITY1);
    expect(await sum([P, it], [9n, 9n])).toEqual(INFINITY1);
    expect(await sum([P, P], [9n, 9n])).toEqual(ofG1(90n));
    expect(await sum([P, P, it], [1n, 1n, 2n])).toEqual(INFINITY1);
    expect(await sum([INFINITY1, P], [3n, 4n])).toEqual(ofG1(20n));
    expect(await sum([P], [0n])).toEqual(INFINITY1);
  });
});

describe.each([
  ['one thread', single],
  ['two threads', threads],
] as const)('an equation: %s', (_, machine) => {
  const [a, b, c, d] = [3n, 5n, 7n, 11n];
  const pairs: Pair[] = [[ofG1(-a), ofG2(b)], [ofG1(c), ofG2(d)]]; // prettier-ignore
  // 2·s + 9·t = ab - cd
  const [s, t] = [mod((a * b - c * d - 9n * 4n) * Group1.Point.Fn.inv(2n)), 4n];
  const sum = { points: [ofG1(2n), ofG1(9n)], scalars: [s, t], Q: ofG2(1n) };

  it('holds, or not, by each of its parts', async () => {
    expect(await equationHolds(machine, { pairs, sum })).toBe(true);
    expect(await equationHolds(machine, { pairs: [pairs[0]], sum })).toBe(false);
    expect(await equationHolds(machine, { pairs, sum: { ...sum, scalars: [s, t + 1n] } })).toBe(false);
    expect(await equationHolds(machine, { pairs, sum: { ...sum, Q: ofG2(2n) } })).toBe(false);
    expect(await equationHolds(machine, { pairs, sum: { ...sum, points: [ofG1(3n), ofG1(9n)] } })).toBe(false);
  });

  it('may have a sum at infinity', async () => {
    const none = { points: [ofG1(2n)], scalars: [0n], Q: ofG2(1n) };
    expect(await equationHolds(machine, { pairs: [[ofG1(3n), ofG2(5n)], [ofG1(-5n), ofG2(3n)]], sum: none })).toBe(true); // prettier-ignore
  });

  it('does not hold with a point that is none, although the product is 1', async () => {
    const outside = onTwist();
    const P = ofG1(8n);
    const more = (...added: Pair[]): Promise<boolean> => equationHolds(machine, { pairs: [...pairs, ...added], sum });
    expect(await more([P, ofG2(2n)], [ofG1(-8n), ofG2(2n)])).toBe(true);
    expect(await cancel([[P, outside], [ofG1(-8n), outside]])).toBe(1); // prettier-ignore
    expect(await more([P, outside], [ofG1(-8n), outside])).toBe(false);
    expect(await more([INFINITY1, ofG2(1n)])).toBe(false);
    expect(await more([P, INFINITY2])).toBe(false);
    const off: G1 = [1n, 3n];
    expect(await more([off, ofG2(1n)], [[1n, Q - 3n], ofG2(1n)])).toBe(false);
    const terms = { points: [...sum.points, off], scalars: [s, t, 0n], Q: sum.Q };
    expect(await equationHolds(machine, { pairs, sum: terms })).toBe(false);
    const nothing = { points: [...sum.points, INFINITY1], scalars: [s, t, 1n], Q: sum.Q };
    expect(await equationHolds(machine, { pairs, sum: nothing })).toBe(false);
  });
});
