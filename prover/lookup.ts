// The Groth16 proof of a lookup circuit: everything committed is fixed in D before the challenge exists.
//   committed wires -> D -> X = H(key, context, words, D) -> the other wires -> A, B, C -> C - mu eta
import { FIELD_BYTES } from '../compiler/circuit/field.js';
import { fillChallenge, fillMultiplicities } from '../compiler/circuit/challenge.js';
import { InferproofError } from '../verifier/errors.js';
import { challenge, type LookupKey, type LookupProof } from '../verifier/index.js';
import { commit, type Commitment } from './commit.js';
import type { Engine } from './engine.js';
import type { CommitmentKey } from './files/key.js';
import type { Statement, Subject } from './statement.js';

/** Throws 'mismatch' for keys of another circuit. */
export async function proveLookup(
  { wires }: Subject,
  vkey: LookupKey,
  key: CommitmentKey,
  { filled: steps, context, onWitness, onShare, signal }: Statement,
  engine: Engine,
): Promise<LookupProof> {
  const filled = steps();
  fillMultiplicities(wires, filled);
  const { witness, words } = filled;
  const block = witness.bytes.subarray(FIELD_BYTES, FIELD_BYTES * (1 + wires.nCommitted));
  const committed = block.slice();
  let commitment: Commitment;
  do {
    commitment = await commit(
      key,
      committed,
      (scalars) => engine.basisSum(scalars, signal),
      (terms) => engine.sumOfFew(terms, signal),
    );
  } while (fillChallenge(wires, filled, challenge(vkey, words, commitment.D, context)) === null);
  if (!same(block, committed)) {
    throw new InferproofError('internal', 'expected committed wires that do not depend on the challenge, some changed');
  }
  onWitness();
  const proof = await engine.groth16(witness.bytes, signal, onShare);
  return { argument: 'lookup', ...(await commitment.unmask(proof)), words };
}

/** Whether two lists of field elements are the same; each begins at a whole word of its buffer. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  const [x, y] = [a, b].map(
    ({ buffer, byteOffset, byteLength }) => new Uint32Array(buffer, byteOffset, byteLength / 4),
  );
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}
