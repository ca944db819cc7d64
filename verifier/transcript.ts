// What is hashed, byte for byte. H is keccak256; an item is 32 bytes, numbers big-endian, a G1 point x ‖ y, a G2 point
// x1 ‖ x0 ‖ y1 ‖ y0 (the order of the EVM). Every item has a fixed size, so no two inputs run together.
//
//   publicsDigest = H(utf8 of the JSON array [circuit, contributions, committed,
//                     [name, role, shape, lo, hi, bits, scale, zero, axis, softmax axis or null] for each public tensor,
//                     with ["read", function, axis], ["decision", rule, axis], ["encoding", name], ["labels", axis, names] and
//                     ["columns", axis, ends] behind, in this order, where the tensor has them], and the transcript's hash behind all, where the key has one)
//                   without white space, numbers and strings as JSON.stringify and RFC 8785 write them
//   vkDigest      = H( H('inferproof/lookup/vkey/1') ‖ insecure (0, 1) ‖ n words ‖ publicsDigest
//                     ‖ alpha ‖ beta ‖ delta ‖ eta ‖ IC_0 ‖ IC_X ‖ IC_F )
//   seed          = H( H('inferproof/lookup/challenge/1') ‖ vkDigest ‖ context ‖ n ‖ word_0 … word_{n-1} ‖ D )
//   X             = seed mod r: no X is more likely than 1.135 / r, since 2^256 = 5.29 r
//   F             = Σ word_j X^j
//
// The key's digest has two levels so that a contract for any model reads the key in 23 words and never the tensors. The
// context is 32 bytes that the application chooses, 0 when there is none; plain, which has no transcript, carries it as
// its first public signal: 0 for 0, else H(context) >> 8, which is below r.
import { hexToBytes } from '@noble/curves/utils.js';
import { InferproofError } from './errors.js';
import { fromBytesBE, R, toBytesBE } from './field.js';
import { keccak256 } from './keccak.js';
import { publicWordCount, type LookupKey } from './key.js';
import type { G1, G2 } from './points.js';
import type { PublicTensor } from './words.js';

/** 32 bytes, as they are or in 64 hex digits with or without 0x. */
export type Context = string | Uint8Array;

const ofText = (text: string): Uint8Array => keccak256([new TextEncoder().encode(text)]);
const g2 = ([[x0, x1], [y0, y1]]: G2): bigint[] => [x1, x0, y1, y0];

/** H of the domain separation tag of a challenge. */
export const challengeTag = (): Uint8Array => ofText('inferproof/lookup/challenge/1');
/** H of the domain separation tag of a key's digest. */
export const keyTag = (): Uint8Array => ofText('inferproof/lookup/vkey/1');

const given = (item: unknown): boolean => item !== undefined;

/** Public tensors as JSON that is the same for the same tensors only, in whatever order their fields were written. */
export const tensorItems = (publics: readonly PublicTensor[]): unknown[] =>
  publics.map((tensor) => {
    const { name, role, shape, lo, hi, bits, scale, zero, axis, softmax, read, decision, encoding, labels, columns } =
      tensor;
    const more = [
      read && ['read', read.function, read.axis],
      decision && ['decision', decision.rule, decision.axis],
      encoding && ['encoding', encoding],
      labels && ['labels', labels.axis, labels.names],
      columns && ['columns', columns.axis, columns.ends],
    ].filter(given);
    return [name, role, shape, lo, hi, bits, scale, zero, axis, softmax && softmax.axis, ...more];
  });

/** The 23 items of a key's digest after its tag, each below 2^256: what a universal contract is given. */
export function keyItems(key: LookupKey): bigint[] {
  const { circuit, contributions, committed, publics, insecure, transcript } = key;
  const made = [circuit, contributions, committed, tensorItems(publics), transcript].filter(given);
  const publicsDigest = ofText(JSON.stringify(made));
  const points = [key.alpha, g2(key.beta), g2(key.delta), g2(key.eta), ...key.ic].flat();
  return [BigInt(insecure), BigInt(publicWordCount(key)), fromBytesBE(publicsDigest), ...points];
}

/**
 * The digest of a lookup key, 32 bytes.
 * @example
 * ```ts
 * vkDigest(vkey).length; // → 32
 * ```
 */
export const vkDigest = (key: LookupKey): Uint8Array => keccak256([keyTag(), ...keyItems(key).map(toBytesBE)]);

/**
 * X of a lookup proof.
 * @example
 * ```ts
 * const X = challenge(vkey, publicWords(circuit, sample), vkey.alpha); // of a proof with this D
 * ```
 */
export function challenge(key: LookupKey, words: readonly bigint[], D: G1, context?: Context): bigint {
  const numbers = [BigInt(words.length), ...words, ...D].map(toBytesBE);
  const seed = keccak256([challengeTag(), vkDigest(key), contextBytes(context), ...numbers]);
  return fromBytesBE(seed) % R;
}

/**
 * F of the public words at X.
 * @example
 * ```ts
 * fingerprint([1n, 2n, 3n], 10n); // → 321n
 * ```
 */
export const fingerprint = (words: readonly bigint[], X: bigint): bigint =>
  words.reduceRight((f, word) => (f * X + word) % R, 0n);

/**
 * First public signal of a plain proof.
 * @example
 * ```ts
 * contextSignal(); // → 0n
 * ```
 */
export function contextSignal(context?: Context): bigint {
  const bytes = contextBytes(context);
  return bytes.some((byte) => byte !== 0) ? fromBytesBE(keccak256([bytes])) >> 8n : 0n;
}

/** The context's 32 bytes; zeros when there is none. Throws InferproofError 'usage' for another length or form. */
export function contextBytes(context: Context = new Uint8Array(32)): Uint8Array {
  if (context instanceof Uint8Array && context.length === 32) return context;
  if (typeof context === 'string' && /^(0x)?[0-9a-f]{64}$/i.test(context)) return hexToBytes(context.slice(-64));
  throw new InferproofError('usage', `expected a context of 32 bytes in 64 hex digits, got length ${context.length}`);
}
