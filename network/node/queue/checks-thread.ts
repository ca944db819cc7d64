// The program of the thread that verifies. Whether a key may be a development key was decided when its model was read.
import { parentPort } from 'node:worker_threads';
import { hexToBytes, type Hex } from 'viem';
import {
  decodeProof,
  InferproofError,
  parseVerificationKey,
  serializeProof,
  verify,
  type VerificationKey,
} from 'inferproof/verifier';
import type { Check, Verdict } from './checks.js';

const keys = new Map<Hex, VerificationKey>();

function holds({ model, vkey, words, proof, context }: Check): boolean {
  const key = keys.get(model) ?? parseVerificationKey(vkey);
  keys.set(model, key);
  try {
    const json = serializeProof(decodeProof(hexToBytes(proof), words));
    return verify(key, json, { context, allowInsecureKey: true }).valid;
  } catch (error) {
    if (error instanceof InferproofError) return false; // coordinates that are none
    throw error;
  }
}

parentPort!.on('message', (check: Check) => {
  parentPort!.postMessage({ id: check.id, holds: holds(check) } satisfies Verdict);
});
