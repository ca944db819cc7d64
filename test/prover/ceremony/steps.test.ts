// Every check of a step has an attack that it alone refuses: taken out, the attack passes.
import { createHash } from 'node:crypto';
import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, it } from 'vitest';
import { R, inverse, mod } from '#verifier/field.js';
import { beaconSeed, pointOf, scalarOf } from '#prover/ceremony/hashes.js';
import { FIRST, beaconFactors, g2Of, knownStep, scaledBy, secretFactor, stepFaults } from '#prover/ceremony/steps.js';
import type { Beacon, Contribution, Known, Scaled, Secrets } from '#prover/ceremony/transcript.js';

type Both<T> = Required<Secrets<T>>;
const START: Both<Scaled> = { delta: FIRST, eta: FIRST };
const said = { index: 1, previous: 'a'.repeat(64), name: 'Ada' };
const [delta, eta, d, e] = [1111n, 2222n, 12345n, 67890n];
/** After somebody else's step: nothing equals the generator any more. */
const before: Both<Scaled> = { delta: scaledBy(delta, FIRST), eta: scaledBy(eta, FIRST) };

type Step = Contribution & Both<Known>;
function step(d: bigint, e: bigint, from = before, what = said): Step {
  const both = { delta: knownStep('delta', d, from.delta, what), eta: knownStep('eta', e, from.eta, what) };
  return { ...what, key: '', ...both };
}
const found = (made: Contribution | Beacon, from: Secrets<Scaled> = before, factors?: Both<bigint>): string[] =>
  [...stepFaults(from, made, factors)].map(({ check }) => check);

const honest = step(d, e);

describe('a contribution', () => {
  it('holds, at the beginning and later, in plain too', () => {
    expect(found(honest)).toEqual([]);
    expect(found(step(d, e, START), START)).toEqual([]);
    const { eta: _, ...plain } = honest;
    expect(found(plain, { delta: before.delta })).toEqual([]);
  });

  it.each([
    ['the same factor for delta and eta', step(d, d), 'shared'],
    ['opposite factors', step(d, R - d), 'shared'],
    ['a delta that stays', step(1n, e), 'nothing'],
    ['an eta that changes its sign alone', step(d, R - 1n), 'nothing'],
    ['eta in G1 and not in G2', { ...honest, eta: { ...honest.eta, g2: before.eta.g2 } }, 'groups'],
    ['delta in G2 by another factor', { ...honest, delta: { ...honest.delta, g2: scaledBy(e, before.delta).g2 } }, 'groups'], // prettier-ignore
    ['a ratio of somebody else, whose logarithm the contributor does not know', { ...honest, delta: { ...honest.delta, ratio: scaledBy(99n, FIRST).g1, ...answered(99n, e) } }, 'knowledge'], // prettier-ignore
    [
      'another delta than the proven one',
      { ...honest, delta: { ...honest.delta, ...scaledBy(e, before.delta) } },
      'step',
    ],
    ['factors that make delta and eta equal', step(d, mod(delta * d * inverse(eta))), 'degenerate'],
    ['factors that make delta the generator again', step(inverse(delta), e), 'degenerate'],
  ] as [string, Step, string][])('with %s is refused, by one check', (_, made, check) => {
    expect(found(made)).toEqual([check]);
  });

  /** delta and its proof by the factor `used` for a ratio that stands for another one. */
  function answered(ratio: bigint, used: bigint): Omit<Known, 'ratio'> {
    const point = scaledBy(ratio, FIRST).g1;
    const s = pointOf(JSON.stringify(['inferproof/ceremony/delta/1', said.previous, said.index, said.name, point.map(String)])); // prettier-ignore
    return { proof: g2Of(s.multiply(used)), ...scaledBy(used, before.delta) };
  }

  it('with eta scaled in G2 alone is refused', () => {
    expect(found({ ...honest, eta: { ...honest.eta, g1: before.eta.g1 } })).toEqual(['step', 'groups']);
  });

  it.each([
    ['from another ceremony', { ...said, previous: 'b'.repeat(64) }],
    ['from an earlier step', { ...said, index: 2 }],
    ['under another name', { ...said, name: 'Bob' }],
  ])('with a proof of knowledge %s is refused, which holds there', (_, elsewhere) => {
    const made = step(d, e, before, elsewhere);
    expect(found(made)).toEqual([]);
    expect(found({ ...made, ...said })).toEqual(['knowledge', 'step', 'knowledge', 'step']);
  });

  it('with the proof of the other secret is refused: the tags differ', () => {
    const swapped = knownStep('delta', e, before.eta, said);
    expect(found({ ...honest, eta: swapped })).toEqual(['knowledge', 'step']);
    expect(found({ ...honest, eta: knownStep('eta', e, before.eta, said) })).toEqual([]);
  });

  it('with points that are none is refused', () => {
    const { Point } = bn254.G2;
    const { Fp2 } = bn254.fields;
    // on the twist and outside the subgroup: most points are
    let outside: Known['proof'] | undefined;
    for (let c0 = 1n; outside === undefined; c0++) {
      const x = { c0, c1: 0n };
      try {
        const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), Point.CURVE().b));
        outside = [[x.c0, x.c1], [y.c0, y.c1]]; // prettier-ignore
      } catch {
        continue;
      }
    }
    const delta = honest.delta;
    const off: Known['g1'] = [delta.g1[0], delta.g1[1] ^ 1n];
    for (const bad of [{ g1: off }, { ratio: off }, { proof: outside }, { g2: outside }, { ratio: [0n, 0n] as const }])
      expect(found({ ...honest, delta: { ...delta, ...bad } })[0]).toBe('points');
  });
});

describe('a beacon', () => {
  const value = { value: 'c0ffee', log2: 10 };
  const made = async (beacon = value): Promise<Beacon> => {
    const f = await beaconFactors(beacon);
    return { ...said, beacon, delta: scaledBy(f.delta, before.delta), eta: scaledBy(f.eta, before.eta), key: '' };
  };

  it('is SHA-256 again and again, then what snarkjs draws for delta, and a tag for eta', async () => {
    let hash: Buffer = Buffer.from('c0ffee', 'hex');
    for (let i = 0; i < 1024; i++) hash = createHash('sha256').update(hash).digest();
    expect(Buffer.from(await beaconSeed(Buffer.from('c0ffee', 'hex'), 10))).toEqual(hash);
    const factors = await beaconFactors(value);
    expect(factors.delta).toBe(6480008489141166197388065221040098472161243816049264535470817759070835508844n); // records.test.ts asks snarkjs
    expect(factors.eta).toBe(scalarOf('inferproof/ceremony/beacon/eta/1', [hash]));
  });

  it('holds, and not with another number of iterations or another value', async () => {
    const beacon = await made();
    expect(found(beacon, before, await beaconFactors(beacon.beacon))).toEqual([]);
    for (const other of [
      { ...value, log2: 11 },
      { ...value, value: 'c0ffef' },
    ])
      expect(found({ ...beacon, beacon: other }, before, await beaconFactors(other))).toEqual(['beacon', 'beacon']);
  });

  it('is refused with eta in G1 and not in G2', async () => {
    const beacon = await made();
    const bad = { ...beacon, eta: { g1: beacon.eta?.g1 ?? FIRST.g1, g2: before.eta.g2 } };
    expect(found(bad, before, await beaconFactors(value))).toEqual(['groups']);
  });
});

describe('hashes', () => {
  it('to G2 are of order r, and each text has its own', () => {
    const [a, b] = [pointOf('a'), pointOf('b')];
    for (const point of [a, b]) {
      point.assertValidity();
      expect(point.isTorsionFree()).toBe(true);
    }
    expect(a.equals(b)).toBe(false);
    expect(pointOf('a').equals(a)).toBe(true);
  });

  it('give secrets that differ every time, and by secret, whatever the contributor adds', () => {
    const drawn = [secretFactor('delta', 'x'), secretFactor('delta', 'x'), secretFactor('eta', 'x'), secretFactor('eta', '')]; // prettier-ignore
    expect(new Set(drawn).size).toBe(4);
    for (const x of drawn) expect(x > 1n && x < R - 1n).toBe(true);
  });
});
