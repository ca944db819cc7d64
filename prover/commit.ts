// The commitment of the lookup argument: the prover fixes the committed wires in D before it learns the challenge.
//   D = sum w_i IC_i/eta + mu [delta]1        mu uniform and fresh for every proof
//   C := C - mu [eta]1                        takes the mask out of the pairing product again
// A mu used twice reveals D - D' = sum (w_i - w_i') IC_i/eta, which can be enumerated.
import { FIELD_BYTES } from '../compiler/circuit/field.js';
import { concat, mod } from '../verifier/field.js';
import { InferproofError } from '../verifier/errors.js';
import type { CommitmentKey } from './files/key.js';
import { g1At, type G1Point, type Groth16Proof } from './files/zkey.js';
import type { Term } from './kernel/few.js';
import { randomScalar } from './random.js';

export interface Commitment {
  readonly D: G1Point;
  /** The proof that goes with D, from the Groth16 proof of the same witness. */
  readonly unmask: (proof: Groth16Proof) => Promise<Groth16Proof & { readonly D: G1Point }>;
}

/**
 * Commits to the committed wires under a mask that nobody else sees. One commitment serves one proof.
 * @param committed wires 1 .. nCommitted, 32 bytes little-endian each
 * @param sum of scalar_i * point_i over the key's basis
 * @param few sum of scalar * point of a few
 * @throws 'mismatch' for a number of wires that is not the key's
 */
export async function commit(
  { nCommitted, owners, delta, eta }: CommitmentKey,
  committed: Uint8Array,
  sum: (scalars: Uint8Array) => Promise<G1Point>,
  few: (terms: readonly Term[]) => Promise<G1Point>,
): Promise<Commitment> {
  if (committed.length !== nCommitted * FIELD_BYTES) {
    throw new InferproofError(
      'mismatch',
      `expected ${nCommitted} committed wires, got ${committed.length / FIELD_BYTES}: the key belongs to another circuit`,
    );
  }
  const mask = randomScalar();
  const D = await few([[await sum(scalarsOf(committed, owners)), 1n], [g1At(delta), mask]]); // prettier-ignore
  return {
    D,
    unmask: async ({ A, B, C }) => ({ A, B, C: await few([[C, 1n], [g1At(eta), mod(-mask)]]), D }), // prettier-ignore
  };
}

/** Those of committed wires whose points are in the basis: nearly always all. */
function scalarsOf(committed: Uint8Array, owners: Uint32Array): Uint8Array {
  if (committed.length === owners.length * FIELD_BYTES) return committed;
  return concat(Array.from(owners, (w) => committed.subarray((w - 1) * FIELD_BYTES, w * FIELD_BYTES)));
}
