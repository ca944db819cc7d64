// The ABI encoding of a call of the exported contracts, by hand: every argument is whole 32-byte words.
import { InferproofError } from '../errors.js';
import { concat, toBytesBE, toHex } from '../field.js';
import { keccak256 } from '../keccak.js';
import { parseLookupKey, parseVerificationKey, publicWordCount, type VerificationKey } from '../key.js';
import { parseLookupProof, parsePlainProof, proofNumbers } from '../proof.js';
import { Refusal } from '../reason.js';
import { contextBytes, contextSignal, keyItems, vkDigest, type Context } from '../transcript.js';

export interface Calldata {
  /** Selector and arguments. */
  readonly data: `0x${string}`;
  /** The arguments `words` and `proof`, decimal. */
  readonly words: readonly string[];
  readonly proof: readonly string[];
}

function readProof(
  key: VerificationKey,
  json: unknown,
  context?: Context,
): { words: readonly bigint[]; proof: bigint[] } {
  try {
    if (key.argument === 'lookup') {
      const proof = parseLookupProof(json, publicWordCount(key));
      return { words: proof.words, proof: proofNumbers(proof) };
    }
    const proof = parsePlainProof(json, 1 + publicWordCount(key));
    if (proof.signals[0] !== contextSignal(context)) throw new Refusal('context');
    return { words: proof.signals.slice(1), proof: proofNumbers(proof) };
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    const { reason, where } = cause;
    const code = reason === 'context' ? 'mismatch' : 'format';
    throw new InferproofError(code, `expected a proof for this key and context, got one that is refused: ${reason}`, {
      where: `proof${where}`,
      cause,
    });
  }
}

/** Selector, then `fixed` with the offset of `words` in its place, then the words. */
function encode(
  signature: string,
  before: readonly Uint8Array[],
  words: readonly bigint[],
  proof: readonly bigint[],
): `0x${string}` {
  const selector = keccak256([new TextEncoder().encode(signature)]).subarray(0, 4);
  const offset = BigInt(32 * (before.length + 1 + proof.length));
  return toHex(concat([selector, ...before, ...[offset, ...proof, BigInt(words.length), ...words].map(toBytesBE)]));
}

/**
 * The call of `verify` of the contract that `solidityVerifier` writes for this key. Says nothing about the proof's
 * validity.
 * Throws InferproofError 'format' for a malformed key or proof, 'mismatch' for a plain proof under another context.
 * @example
 * ```ts
 * const { data } = verifyCalldata(vkey, proof); // the data of a transaction to the contract
 * ```
 */
export function verifyCalldata(vkey: unknown, proof: unknown, context?: Context): Calldata {
  const key = parseVerificationKey(vkey);
  const call = readProof(key, proof, context);
  const signature = `verify(bytes32,uint256[],uint256[${call.proof.length}])`;
  const data = encode(signature, [contextBytes(context)], call.words, call.proof);
  return { data, words: call.words.map(String), proof: call.proof.map(String) };
}

/**
 * The call of `verify` of the universal contract: as `verifyCalldata`, with the digest and the key in front.
 * @example
 * ```ts
 * const { data } = universalCalldata(vkey, proof);
 * ```
 */
export function universalCalldata(vkey: unknown, proof: unknown, context?: Context): Calldata {
  const key = parseLookupKey(vkey);
  const call = readProof(key, proof, context);
  const signature = 'verify(bytes32,uint256[23],bytes32,uint256[],uint256[10])';
  const before = [vkDigest(key), ...keyItems(key).map(toBytesBE), contextBytes(context)];
  return {
    data: encode(signature, before, call.words, call.proof),
    words: call.words.map(String),
    proof: call.proof.map(String),
  };
}
