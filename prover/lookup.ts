// The Groth16 proof of a lookup circuit: everything committed is fixed in D before the challenge exists.
//   committed wires -> D -> X = H(key, context, words, D) -> the other wires -> A, B, C -> C - mu eta
import { arrange } from '../compiler/circuit/arrange.js';
import { fillSteps } from '../compiler/circuit/witness.js';
import type { Circuit, TensorId } from '../compiler/circuit/circuit.js';
import { FIELD_BYTES } from '../compiler/circuit/field.js';
import { fillChallenge, fillMultiplicities } from '../compiler/circuit/challenge.js';
import { InferproofError } from '../verifier/errors.js';
import { challenge, type Context, type LookupKey, type LookupProof } from '../verifier/index.js';
import type { BinFile } from './binfile.js';
import { commit, type Commitment } from './commit.js';
import { groth16, type KernelOptions } from './kernel/index.js';
import { commitmentKey } from './setup/key.js';

/**
 * @param stored inputs, u = int - lo
 * @param onWitness called when the witness is filled, D included
 * Throws 'mismatch' for keys of another circuit.
 */
export async function proveLookup(
  circuit: Circuit,
  key: BinFile,
  vkey: LookupKey,
  stored: ReadonlyMap<TensorId, Float64Array>,
  context: Context | undefined,
  onWitness: () => void,
  options: KernelOptions,
): Promise<LookupProof> {
  const wires = arrange(circuit);
  const filled = fillSteps(wires, (tensor) => stored.get(tensor) ?? []);
  fillMultiplicities(wires, filled);
  const { witness, words } = filled;
  const block = witness.bytes.subarray(FIELD_BYTES, FIELD_BYTES * (1 + wires.nCommitted));
  const committed = block.slice();
  let commitment: Commitment;
  do {
    commitment = await commit(commitmentKey(key), committed, options);
  } while (fillChallenge(wires, filled, challenge(vkey, words, commitment.D, context)) === null);
  if (Buffer.compare(block, committed) !== 0) {
    throw new InferproofError('internal', 'expected committed wires that do not depend on the challenge, some changed');
  }
  onWitness();
  const proof = await groth16(key, witness.bytes, options);
  return { argument: 'lookup', ...commitment.unmask(proof), words };
}
