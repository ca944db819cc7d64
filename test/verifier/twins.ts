// Corrupted twins: for a valid proof, every way of being wrong that a verifier must see, with the reason it must give.
// A case is numbers, so that the same list runs through `verify` and through the contract.
import { bn254 } from '@noble/curves/bn254.js';
import { inverse, mod, Q, R } from '#verifier/field.js';
import type { G1, G2 } from '#verifier/points.js';
import { proofNumbers, type Proof } from '#verifier/proof.js';
import type { Reason } from '#verifier/reason.js';
import { challenge, fingerprint } from '#verifier/transcript.js';
import { CONTEXT, outsideSubgroup, scalar, toG1, toG2, type Secrets } from './simulator.js';
import type { LookupKey } from '#verifier/key.js';

export interface Case {
  readonly name: string;
  readonly words: readonly bigint[];
  /** A, B, C (, D) in the order of the binary form: 8 or 10. */
  readonly proof: readonly bigint[];
  readonly context: string;
  readonly reason: Reason | 'valid';
}

/** The JSON file of a case; in plain `signal` is the context signal that stands in the file. */
export function toJson({ words, proof: n }: Case, signal?: bigint): unknown {
  const s = n.map(String);
  const [A, B, C, D] = [
    s.slice(0, 2),
    [
      [s[3], s[2]],
      [s[5], s[4]],
    ],
    s.slice(6, 8),
    s.slice(8),
  ];
  const head = { format: 'inferproof-proof', version: 1 };
  if (signal === undefined) return { ...head, argument: 'lookup', proof: { A, B, C, D }, words: words.map(String) };
  const proof = { pi_a: [...A, '1'], pi_b: [...B, ['1', '0']], pi_c: [...C, '1'], protocol: 'groth16', curve: 'bn128' };
  return { ...head, argument: 'plain', proof, publicSignals: [signal, ...words].map(String) };
}

const NAMES = ['A.x', 'A.y', 'B.x1', 'B.x0', 'B.y1', 'B.y0', 'C.x', 'C.y', 'D.x', 'D.y'];
const set = (list: readonly bigint[], at: number, ...values: bigint[]): bigint[] => [
  ...list.slice(0, at),
  ...values,
  ...list.slice(at + values.length),
];
const g2 = ([[x0, x1], [y0, y1]]: G2): bigint[] => [x1, x0, y1, y0];

/** What both arguments must refuse. */
export function commonTwins(valid: Proof, words: readonly bigint[], other: Proof): Case[] {
  const proof = proofNumbers(valid);
  const base: Case = { name: 'valid', words, proof, context: CONTEXT, reason: 'valid' };
  const cases: Case[] = [base];
  const refuse = (name: string, reason: Reason, change: Partial<Case>): void =>
    void cases.push({ ...base, name, reason, ...change });
  words.forEach((w, i) => {
    refuse(`word ${i} + 1`, 'pairing', { words: set(words, i, w + 1n) });
    refuse(`word ${i} - 1`, 'pairing', { words: set(words, i, mod(w - 1n)) });
    refuse(`word ${i} + r`, 'not-in-field', { words: set(words, i, w + R) });
    refuse(`word ${i} = 2^256 - 1`, 'not-in-field', { words: set(words, i, 2n ** 256n - 1n) });
  });
  refuse('words swapped', 'pairing', { words: [...words].reverse() });
  refuse('one word more', 'public-count', { words: [...words, 0n] });
  refuse('one word fewer', 'public-count', { words: words.slice(1) });
  refuse('no words', 'public-count', { words: [] });
  proof.forEach((v, i) => {
    refuse(`${NAMES[i]} + 1`, 'not-on-curve', { proof: set(proof, i, (v + 1n) % Q) });
    refuse(`${NAMES[i]} + q`, 'not-in-field', { proof: set(proof, i, v + Q) });
    refuse(`${NAMES[i]} = q`, 'not-in-field', { proof: set(proof, i, Q) });
  });
  const theirs = proofNumbers(other);
  [0, 6, 8]
    .filter((i) => i < proof.length)
    .forEach((i) => {
      const point = NAMES[i][0];
      refuse(`${point} at infinity`, 'infinity', { proof: set(proof, i, 0n, 0n) });
      refuse(`${point} negated`, 'pairing', { proof: set(proof, i + 1, Q - proof[i + 1]) });
      refuse(`${point} of another proof`, 'pairing', { proof: set(proof, i, theirs[i], theirs[i + 1]) });
      refuse(`${point} = the generator`, 'pairing', { proof: set(proof, i, 1n, 2n) });
    });
  refuse('B at infinity', 'infinity', { proof: set(proof, 2, 0n, 0n, 0n, 0n) });
  refuse('B of another proof', 'pairing', { proof: set(proof, 2, ...theirs.slice(2, 6)) });
  refuse('B outside the subgroup', 'wrong-subgroup', { proof: set(proof, 2, ...g2(outsideSubgroup())) });
  return cases;
}

const point = ([x, y]: G1) => bn254.G1.Point.fromAffine({ x, y });
const point2 = ([[c0, c1], [d0, d1]]: G2) => bn254.G2.Point.fromAffine({ x: { c0, c1 }, y: { c0: d0, c1: d1 } });
const affine = (p: InstanceType<typeof bn254.G1.Point>): bigint[] => [p.toAffine().x, p.toAffine().y];
const affine2 = (p: InstanceType<typeof bn254.G2.Point>): bigint[] => {
  const { x, y } = p.toAffine();
  return [x.c1, x.c0, y.c1, y.c0];
};
const times = (p: G1, k: bigint) => point(p).multiplyUnsafe(mod(k));
const times2 = (p: G2, k: bigint) => point2(p).multiplyUnsafe(mod(k));

/** Moves of the group elements that keep the equation at a fixed X: they must die because X moves with D, or be allowed. */
export function algebraicTwins(key: LookupKey, s: Secrets, valid: Proof & { argument: 'lookup' }): Case[] {
  const { A, B, C, D, words } = valid;
  const [a, b, c, d] = [affine(point(A)), affine2(point2(B)), affine(point(C)), affine(point(D))];
  const t = scalar('t');
  const eta1 = toG1(s.eta);
  const delta1 = toG1(s.delta);
  const make = (name: string, reason: Reason | 'valid', p: bigint[][], w = words): Case => ({
    name,
    reason,
    proof: p.flat(),
    words: w,
    context: CONTEXT,
  });
  const plus = (p: G1, ...q: InstanceType<typeof bn254.G1.Point>[]) => affine(q.reduce((x, y) => x.add(y), point(p)));
  const plus2 = (p: G2, q: InstanceType<typeof bn254.G2.Point>) => affine2(point2(p).add(q));
  const claim = [words[0] ^ 1n, ...words.slice(1)];
  // C does not follow X here: vk_x at X = 5 is cancelled by D and the rest is the trivial proof of Groth16
  const vkx = [1n, 5n, fingerprint(claim, 5n)].reduce((sum, k, i) => sum + k * s.ic[i], 0n);
  const trivial = [toG1(s.alpha + t * s.delta), toG1(t * s.alpha + t * s.beta + t * t * s.delta)] as const;
  const trivialB = g2(toG2(s.beta + t * s.delta));
  const X = challenge(key, words, D, CONTEXT);
  if (X === 5n) throw new Error('expected another X');
  return [
    make('D + G', 'pairing', [a, b, c, plus(D, point([1n, 2n]))]),
    make('D + t delta, C - t eta', 'pairing', [a, b, plus(C, times(eta1, -t)), plus(D, times(delta1, t))]),
    make('D + t A, B + t eta', 'pairing', [a, plus2(B, times2(key.eta, t)), c, plus(D, times(A, t))]),
    make('C not corrected for a mask', 'pairing', [a, b, plus(C, times(eta1, t)), d]),
    make("false word, D + (w - w') IC_F", 'pairing', [a, b, c, plus(D, times(key.ic[2], words[0] - claim[0]))], claim),
    make(
      'trivial proof, D against vk_x at X = 5',
      'pairing',
      [[...trivial[0]], trivialB, [...trivial[1]], [...toG1(-vkx * inverse(s.eta))]],
      claim,
    ),
    make('rerandomised: t A, B / t', 'valid', [affine(times(A, t)), affine2(times2(B, inverse(t))), c, d]),
    make('rerandomised: B + t delta, C + t A', 'valid', [a, plus2(B, times2(key.delta, t)), plus(C, times(A, t)), d]),
  ];
}
