// proof.json and the canonical binary form. Parsed field by field; what is not exactly this is refused.
//   plain   { format: 'inferproof-proof', version: 1, argument: 'plain', proof: { pi_a, pi_b, pi_c, protocol, curve },
//             publicSignals: [context signal, …words] }, both in snarkjs's form
//   lookup  { format, version, argument: 'lookup', proof: { A, B, C, D }, words }
// Numbers are decimal strings. Binary: A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y (D.x D.y), 32 bytes big-endian each, as the
// contracts take it: 256 bytes plain, 320 lookup; the public values travel beside it.
import { InferproofError } from './errors.js';
import { concat, fromBytesBE, Q, R, toBytesBE } from './field.js';
import { readG1, readG2, readStock1, readStock2, type G1, type G2 } from './points.js';
import { field, kind, list, object, only, type Reader } from './read.js';

/** A proof as numbers: not yet known to be points. */
export interface PlainProof {
  readonly argument: 'plain';
  readonly A: G1;
  readonly B: G2;
  readonly C: G1;
  /** The context signal, then the words. */
  readonly signals: readonly bigint[];
}
export interface LookupProof {
  readonly argument: 'lookup';
  readonly A: G1;
  readonly B: G2;
  readonly C: G1;
  /** The commitment. */
  readonly D: G1;
  readonly words: readonly bigint[];
}
export type Proof = PlainProof | LookupProof;

/** The JSON value of proof.json. */
export type ProofJson = Readonly<Record<string, unknown>>;

const FORMAT = 'inferproof-proof';

/** Public values below r; their number is checked first, so a huge list costs nothing. */
const readPublics = (count: number): Reader<readonly bigint[]> => list(field(R), count, 'public-count');

/** Reads a plain proof of `count` signals. Throws Refusal. */
export function parsePlainProof(json: unknown, count: number): PlainProof {
  const groth16 = { protocol: only('groth16'), curve: only('bn128') };
  const { proof, publicSignals } = object({
    ...kind(FORMAT, 'plain'),
    publicSignals: readPublics(count),
    proof: object({ ...groth16, pi_a: readStock1, pi_b: readStock2, pi_c: readStock1 }),
  })(json);
  return { argument: 'plain', A: proof.pi_a, B: proof.pi_b, C: proof.pi_c, signals: publicSignals };
}

/** Reads a lookup proof of `count` words. Throws Refusal. */
export function parseLookupProof(json: unknown, count: number): LookupProof {
  const { proof, words } = object({
    ...kind(FORMAT, 'lookup'),
    words: readPublics(count),
    proof: object({ A: readG1, B: readG2, C: readG1, D: readG1 }),
  })(json);
  return { argument: 'lookup', ...proof, words };
}

/**
 * The JSON value of proof.json.
 * @example
 * ```ts
 * await writeFileAtomic('proof.json', toJson(serializeProof(decodeProof(new Uint8Array(320), []))));
 * ```
 */
export function serializeProof(proof: Proof): ProofJson {
  const { argument } = proof;
  const strings = (list: readonly bigint[]): string[] => list.map(String);
  const [A, C] = [proof.A, proof.C].map(strings);
  const B = proof.B.map(strings);
  const top = { format: FORMAT, version: 1, argument };
  if (argument === 'lookup') return { ...top, proof: { A, B, C, D: strings(proof.D) }, words: strings(proof.words) };
  const points = {
    pi_a: [...A, '1'],
    pi_b: [...B, ['1', '0']],
    pi_c: [...C, '1'],
    protocol: 'groth16',
    curve: 'bn128',
  };
  return { ...top, proof: points, publicSignals: strings(proof.signals) };
}

/** The numbers of the binary form, in its order: 8 or 10. */
export function proofNumbers(proof: Proof): bigint[] {
  const [[x0, x1], [y0, y1]] = proof.B;
  return [...proof.A, x1, x0, y1, y0, ...proof.C, ...(proof.argument === 'lookup' ? proof.D : [])];
}

/**
 * 256 bytes for plain, 320 for lookup.
 * @example
 * ```ts
 * encodeProof(decodeProof(new Uint8Array(320), [])).length; // → 320
 * ```
 */
export const encodeProof = (proof: Proof): Uint8Array => concat(proofNumbers(proof).map(toBytesBE));

/**
 * The proof that 256 (plain) or 320 (lookup) bytes stand for.
 * @param publics the context signal and the words (plain), or the words (lookup), in [0, r)
 * Throws InferproofError 'format' for another length or a coordinate >= q; whether it holds is for `verify` to say.
 * @example
 * ```ts
 * const words = publicWords(circuit, sample);
 * const again = serializeProof(decodeProof(encodeProof(decodeProof(new Uint8Array(320), words)), words));
 * ```
 */
export function decodeProof(bytes: Uint8Array, publics: readonly bigint[]): Proof {
  if (bytes.length !== 256 && bytes.length !== 320)
    throw new InferproofError('format', `expected a proof of 256 or 320 bytes, got ${bytes.length}`);
  const n = Array.from({ length: bytes.length / 32 }, (_, i) => fromBytesBE(bytes.subarray(32 * i, 32 * i + 32)));
  const large = n.findIndex((v) => v >= Q);
  if (large >= 0) throw new InferproofError('format', `expected coordinates below q, got number ${large} above it`);
  const points = {
    A: [n[0], n[1]],
    B: [
      [n[3], n[2]],
      [n[5], n[4]],
    ],
    C: [n[6], n[7]],
  } as const;
  return n.length === 8
    ? { argument: 'plain', ...points, signals: publics }
    : { argument: 'lookup', ...points, D: [n[8], n[9]], words: publics };
}
