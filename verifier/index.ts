// inferproof/verifier: checks proofs in Node and in browsers, on @noble alone. plain.ts and lookup.ts verify one
// argument each, for anyone who ships only one.
import { parseLookupKey, parseVerificationKey, publicWordCount } from './key.js';
import { verifyLookup } from './lookup.js';
import { verifyPlain } from './plain.js';
import { Refusal } from './reason.js';
import { openWords, type PublicValues } from './tensors.js';
import { keyItems as itemsOf } from './transcript.js';
import type { Verification, VerifyOptions } from './verification.js';
import type { PublicTensor } from './words.js';

/**
 * Whether `proof` shows that the model behind `vkey` computed these outputs from these inputs.
 *
 * Never throws on the bytes of a proof: whatever is wrong with it is one of the closed list `Reason`. Throws
 * InferproofError 'format' for a malformed key and 'usage' for a context that is not 32 bytes, which are the caller's own.
 * @param vkey the JSON value of vkey.json, or the result of `parseVerificationKey` (then its points are not checked again)
 * @param proof the JSON value of proof.json
 * @example
 * ```ts
 * const answer = verify(vkey, proof, { allowInsecureKey: true });
 * show(answer.valid ? answer.outputs : answer.reason);
 * ```
 */
export function verify(vkey: unknown, proof: unknown, options: VerifyOptions = {}): Verification {
  const key = parseVerificationKey(vkey);
  return key.argument === 'plain' ? verifyPlain(key, proof, options) : verifyLookup(key, proof, options);
}

/**
 * The 23 numbers of a lookup key that its digest is of, each below 2^256: the argument `key` of the universal contract.
 * Throws InferproofError 'format' for a malformed key and for a plain one.
 * @example
 * ```ts
 * keyItems(vkey).length; // → 23
 * ```
 */
export const keyItems = (vkey: unknown): bigint[] => itemsOf(parseLookupKey(vkey));

/**
 * How many of a proof's words stand for the inputs; the outputs' come behind them. Throws InferproofError 'format'.
 * @example
 * ```ts
 * const words = publicWords(circuit, sample);
 * const outputs = words.slice(inputWordCount(vkey));
 * ```
 */
export const inputWordCount = (vkey: unknown): number =>
  publicWordCount({ publics: parseVerificationKey(vkey).publics.filter(({ role }) => role === 'input') });

/**
 * The tensors that all public words stand for, by name: what a proof of these words would say, without the proof.
 * @param words inputs, then outputs; null where they are not in the key's layout
 * @example
 * ```ts
 * const said = decodeWords(vkey, publicWords(circuit, sample));
 * show(said?.outputs);
 * ```
 */
export function decodeWords(
  { publics }: { readonly publics: readonly PublicTensor[] },
  words: readonly bigint[],
): { readonly inputs: PublicValues; readonly outputs: PublicValues } | null {
  try {
    return openWords(publics, words);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

export { InferproofError, type ErrorCode } from './errors.js';
export type { Read, ReadFunction } from './functions.js';
export { inputWords, type InputOptions, type InputValues } from './inputs.js';
export { parseVerificationKey, readVerificationKey, serializeVerificationKey } from './key.js';
export type { LookupKey, PlainKey, VerificationKey } from './key.js';
export {
  decodeProof,
  encodeProof,
  serializeProof,
  type LookupProof,
  type PlainProof,
  type Proof,
  type ProofJson,
} from './proof.js';
export type { Reason } from './reason.js';
export { openWords, type PublicValue, type PublicValues } from './tensors.js';
export { challenge, contextSignal, fingerprint, vkDigest, type Context } from './transcript.js';
export type { Verification, VerifyOptions } from './verification.js';
export { packWords, rangeOfElement, unpackWords, wordCount, type Columns, type Decision, type PublicTensor } from './words.js'; // prettier-ignore
export { verifyLookup, verifyPlain };
