// Proofs without a prover: with the secrets of a Groth16 key in hand, anybody makes a proof that verifies for any words
// (the simulator of the zero-knowledge property). A tiny plain key of this kind stands in for a circuit here.
import { bn254 } from '@noble/curves/bn254.js';
import {
  contextSignal,
  packWords,
  parseVerificationKey,
  serializeProof,
  serializeVerificationKey,
  type PlainKey,
  type PublicTensor,
} from '#verifier/index.js';

const { Fr } = bn254.fields;
const G1 = bn254.G1.Point.BASE;
const G2 = bn254.G2.Point.BASE;

const SECRETS = { alpha: 11n, beta: 12n, delta: 13n, a: 21n, b: 22n };
/** Exponents of the key's points for 1, the context and the words. */
const icExponent = (i: number): bigint => BigInt(1000 + 17 * i * i);

const tensor = (
  name: string,
  role: 'input' | 'output',
  shape: number[],
  bits: number,
  lo: number,
  hi: number,
): PublicTensor => ({
  name,
  role,
  shape,
  lo,
  hi,
  bits,
  scale: 0.5,
  zero: 0,
  axis: null,
  softmax: null,
});

const g1 = (exponent: bigint) => {
  const { x, y } = G1.multiply(exponent).toAffine();
  return [x, y] as const;
};
const g2 = (exponent: bigint) => {
  const { x, y } = G2.multiply(exponent).toAffine();
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ] as const;
};

/** A model of 4 bytes in, 3 scores of 32 bits out: two public words. */
export const publics = [
  tensor('input', 'input', [1, 4], 8, 0, 255),
  tensor('output', 'output', [1, 3], 32, -1000, 1000),
];

export const vkey = parseVerificationKey(
  serializeVerificationKey({
    argument: 'plain',
    insecure: true,
    contributions: 0,
    circuit: '00'.repeat(32),
    publics,
    alpha: g1(SECRETS.alpha),
    beta: g2(SECRETS.beta),
    delta: g2(SECRETS.delta),
    ic: [0, 1, 2, 3].map((i) => g1(icExponent(i))),
  } satisfies PlainKey),
);

export interface Simulated {
  /** The JSON value of proof.json. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly words: readonly bigint[];
  /** A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y, as contracts take them. */
  readonly numbers: readonly bigint[];
}

/** A proof for any input and scores under a context. */
export function simulate(input: readonly number[], scores: readonly number[], context: string): Simulated {
  const words = packWords(publics, [input, scores]);
  const signals = [contextSignal(context), ...words];
  const { alpha, beta, delta, a, b } = SECRETS;
  const x = [1n, ...signals].reduce((sum, signal, i) => Fr.add(sum, Fr.mul(Fr.create(signal), icExponent(i))), 0n);
  const c = Fr.div(Fr.create(a * b - alpha * beta - x), delta);
  const [A, B, C] = [g1(a), g2(b), g1(c)] as const;
  const [[x0, x1], [y0, y1]] = B;
  const json = serializeProof({ argument: 'plain', A, B, C, signals });
  return { json, words, numbers: [...A, x1, x0, y1, y0, ...C] };
}
