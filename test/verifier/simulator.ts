// Keys with known secrets, and proofs made from the secrets instead of a witness: valid for any words whatever. They are
// what an honest circuit's key and proofs look like to a verifier, in milliseconds and without a prover.
import { bn254 } from '@noble/curves/bn254.js';
import { inverse, mod, R } from '#verifier/field.js';
import { keccak256 } from '#verifier/keccak.js';
import { parseLookupKey, publicWordCount, serializeVerificationKey } from '#verifier/key.js';
import type { LookupKey, PlainKey } from '#verifier/key.js';
import type { G1, G2 } from '#verifier/points.js';
import { serializeProof, type LookupProof, type PlainProof } from '#verifier/proof.js';
import { challenge, contextSignal, fingerprint, type Context } from '#verifier/transcript.js';
import type { PublicTensor } from '#verifier/words.js';

/** A scalar that depends on the label alone. */
export const scalar = (label: string): bigint =>
  mod(BigInt(`0x${Buffer.from(keccak256([new TextEncoder().encode(label)])).toString('hex')}`));

export function toG1(k: bigint): G1 {
  const { x, y } = bn254.G1.Point.BASE.multiplyUnsafe(mod(k)).toAffine();
  return [x, y];
}
export function toG2(k: bigint): G2 {
  const { x, y } = bn254.G2.Point.BASE.multiplyUnsafe(mod(k)).toAffine();
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ];
}

export const tensor = (t: Partial<PublicTensor>): PublicTensor => ({
  name: 'x',
  role: 'input',
  shape: [1],
  lo: 0,
  hi: 255,
  bits: 8,
  scale: 1,
  zero: 0,
  axis: null,
  softmax: null,
  ...t,
});

/** 40 bytes in two words (the second half full), 3 signed logits in one: all that a layout can be. */
export const PUBLICS: readonly PublicTensor[] = [
  tensor({ name: 'image', shape: [5, 8], hi: 200, scale: 1 / 255 }),
  tensor({
    name: 'logits',
    role: 'output',
    shape: [1, 3],
    lo: -70000,
    hi: 70000,
    bits: 32,
    scale: 0.5,
    zero: 1.5,
    softmax: { axis: 1 },
  }),
];
export const INTS = [Array.from({ length: 40 }, (_, i) => i * 5), [-70000, 3, 70000]];

/** As many single-word tensors. */
export const manyWords = (n: number): PublicTensor[] =>
  n === 0 ? [] : [tensor({ name: 'w', shape: [n], lo: 0, hi: Number.MAX_SAFE_INTEGER, bits: 248 })];

export interface Secrets {
  alpha: bigint;
  beta: bigint;
  delta: bigint;
  eta: bigint;
  ic: bigint[];
}
const secretsOf = (label: string, n: number, given: Partial<Secrets>): Secrets => ({
  alpha: scalar(`${label} alpha`),
  beta: scalar(`${label} beta`),
  delta: scalar(`${label} delta`),
  eta: scalar(`${label} eta`),
  ic: Array.from({ length: n }, (_, i) => scalar(`${label} ic ${i}`)),
  ...given,
});

interface Options {
  readonly label?: string;
  readonly publics?: readonly PublicTensor[];
  /** Of a plain key; lookup keys are always. */
  readonly insecure?: boolean;
  readonly secrets?: Partial<Secrets>;
}

function common({ label = 'key', publics = PUBLICS, insecure = false }: Options, s: Secrets) {
  const circuit = scalar(`${label} circuit`).toString(16).padStart(64, '0');
  const points = { alpha: toG1(s.alpha), beta: toG2(s.beta), delta: toG2(s.delta), ic: s.ic.map(toG1) };
  return { insecure, contributions: insecure ? 0 : 1, circuit, publics, ...points };
}

export function lookupFixture(options: Options = {}) {
  const s = secretsOf(options.label ?? 'key', 3, options.secrets ?? {});
  const insecure = options.insecure ?? true;
  const dev = { ...common({ ...options, insecure }, s), ...(!insecure && { transcript: 'c'.repeat(64) }) };
  const key: LookupKey = { argument: 'lookup', committed: 7, ...dev, eta: toG2(s.eta) };
  const json = serializeVerificationKey(key);
  /** The simulator of the zero-knowledge proof: C = (ab - alpha beta - vk_x - eta d) / delta; `under` has the same points. */
  const simulate = (words: readonly bigint[], context?: Context, seed = 'proof', under = key): LookupProof => {
    const [a, b, d] = ['a', 'b', 'd'].map((x) => scalar(`${seed} ${x}`));
    const X = challenge(under, words, toG1(d), context);
    const vkx = s.ic[0] + X * s.ic[1] + fingerprint(words, X) * s.ic[2];
    const c = (a * b - s.alpha * s.beta - vkx - s.eta * d) * inverse(s.delta);
    return { argument: 'lookup', A: toG1(a), B: toG2(b), C: toG1(c), D: toG1(d), words };
  };
  const prove = (words: readonly bigint[], context?: Context, seed?: string) =>
    serializeProof(simulate(words, context, seed));
  return { json, key: options.publics ? key : parseLookupKey(json), secrets: s, simulate, prove };
}

export function plainFixture(options: Options = {}) {
  const n = publicWordCount({ publics: options.publics ?? PUBLICS });
  const s = secretsOf(options.label ?? 'plain key', n + 2, options.secrets ?? {});
  const key: PlainKey = { argument: 'plain', ...common(options, s) };
  const json = serializeVerificationKey(key);
  const simulate = (words: readonly bigint[], context?: Context, seed = 'proof'): PlainProof => {
    const [a, b] = ['a', 'b'].map((x) => scalar(`${seed} ${x}`));
    const signals = [contextSignal(context), ...words];
    const vkx = signals.reduce((sum, v, i) => sum + v * s.ic[i + 1], s.ic[0]);
    const c = mod(a * b - s.alpha * s.beta - vkx) * inverse(s.delta);
    return { argument: 'plain', A: toG1(a), B: toG2(b), C: toG1(c), signals };
  };
  const prove = (words: readonly bigint[], context?: Context, seed?: string) =>
    serializeProof(simulate(words, context, seed));
  return { json, key, secrets: s, simulate, prove };
}

/** A point of the twist outside the subgroup of order r, by trying x = 1, 2, … */
export function outsideSubgroup(): G2 {
  const { Fp2 } = bn254.fields;
  for (let i = 1n; ; i++) {
    const x = { c0: i, c1: 1n };
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b);
    let y;
    try {
      y = Fp2.sqrt(square);
    } catch {
      continue;
    }
    if (!bn254.G2.Point.fromAffine({ x, y }).isTorsionFree())
      return [
        [x.c0, x.c1],
        [y.c0, y.c1],
      ];
  }
}

export const CONTEXT = `0x${'c0ffee'.padStart(64, '5a')}`;
export { R };
