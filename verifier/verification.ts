// What `verify` answers, and the frame that both arguments share: the key's own state first, then the proof, then the words.
import { isDegenerate, keyPoints, type KeyPoints, type VerificationKey } from './key.js';
import { Refusal, type Reason } from './reason.js';
import { openWords, type PublicValues } from './tensors.js';
import type { Context } from './transcript.js';

export interface VerifyOptions {
  /** The 32 bytes that the proof was made for; none and 32 zero bytes are the same. */
  readonly context?: Context | undefined;
  /** Accept a development key, whose maker can forge proofs. */
  readonly allowInsecureKey?: boolean | undefined;
}

export type Verification =
  | { readonly valid: true; readonly inputs: PublicValues; readonly outputs: PublicValues }
  | { readonly valid: false; readonly reason: Reason };

/** @param check returns the words of a proof that holds, or throws Refusal */
export function settle(
  key: VerificationKey,
  options: VerifyOptions,
  check: (points: KeyPoints) => readonly bigint[],
): Verification {
  try {
    if (key.insecure && options.allowInsecureKey !== true) throw new Refusal('insecure-key');
    if (isDegenerate(key)) throw new Refusal('degenerate-key');
    return { valid: true, ...openWords(key.publics, check(keyPoints(key))) };
  } catch (error) {
    if (error instanceof Refusal) return { valid: false, reason: error.reason };
    throw error;
  }
}
