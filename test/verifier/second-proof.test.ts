// Anybody turns a valid proof into other valid proofs of the same statement, with the key alone: an application that remembers
// proofs, or hashes of them, does not know which requests it has served. It has to remember contexts.
import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, it } from 'vitest';
import { Q, toHex } from '#verifier/field.js';
import { encodeProof, serializeProof, verify, type Proof } from '#verifier/index.js';
import type { G1, G2 } from '#verifier/points.js';
import { packWords } from '#verifier/words.js';
import { CONTEXT, INTS, lookupFixture, plainFixture, PUBLICS } from './simulator.js';

const point = ([x, y]: G1) => bn254.G1.Point.fromAffine({ x, y });
const point2 = ([[c0, c1], [d0, d1]]: G2) => bn254.G2.Point.fromAffine({ x: { c0, c1 }, y: { c0: d0, c1: d1 } });
const affine = (p: ReturnType<typeof point>): G1 => [p.toAffine().x, p.toAffine().y];
const affine2 = (p: ReturnType<typeof point2>): G2 => {
  const { x, y } = p.toAffine();
  return [[x.c0, x.c1], [y.c0, y.c1]]; // prettier-ignore
};

/** e(-A, -B) = e(A, B). */
const negated = ({ A: [x, y], B: [bx, [y0, y1]] }: Proof) => ({
  A: [x, Q - y] as const,
  B: [bx, [Q - y0, Q - y1]] as const,
});

/** e(A, B + t delta) = e(A, B) e(t A, delta): the other side takes it in as C + t A. */
const moved = ({ A, B, C }: Proof, delta: G2, t: bigint) => ({
  B: affine2(point2(B).add(point2(delta).multiply(t))),
  C: affine(point(C).add(point(A).multiply(t))),
});

const words = packWords(PUBLICS, INTS);
const [plain, lookup] = [plainFixture(), lookupFixture()];

describe.each([
  ['plain', plain.json, plain.key.delta, plain.simulate(words, CONTEXT)],
  ['lookup', lookup.json, lookup.key.delta, lookup.simulate(words, CONTEXT)],
] as const)('%s', (_, key, delta, proof: Proof) => {
  it('other proofs are made of a valid one, and say the same under the same context only', () => {
    const first = verify(key, serializeProof(proof), { context: CONTEXT, allowInsecureKey: true });
    expect(first.valid).toBe(true);
    const seen = new Set([toHex(encodeProof(proof))]);
    for (const change of [negated(proof), moved(proof, delta, 1n), moved(proof, delta, 12345678901234567890n)]) {
      const second: Proof = { ...proof, ...change };
      seen.add(toHex(encodeProof(second)));
      expect(verify(key, serializeProof(second), { context: CONTEXT, allowInsecureKey: true })).toEqual(first);
      expect(verify(key, serializeProof(second)).valid).toBe(false);
    }
    expect(seen.size).toBe(4);
  });

  it('A or B negated alone is no proof', () => {
    const { A, B } = negated(proof);
    for (const change of [{ A }, { B }])
      expect(verify(key, serializeProof({ ...proof, ...change }), { context: CONTEXT, allowInsecureKey: true })).toEqual({ valid: false, reason: 'pairing' }); // prettier-ignore
  });
});
