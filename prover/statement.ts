// What a proof says, and under which key.
import type { Circuit, TensorId } from '../compiler/circuit/circuit.js';
import type { Arrangement } from '../compiler/circuit/arrange.js';
import type { FilledSteps } from '../compiler/circuit/witness.js';
import type { Context, VerificationKey } from '../verifier/index.js';
import type { CommitmentKey } from './files/key.js';

/** What all proofs of a prover are about. */
export interface Subject {
  readonly circuit: Circuit;
  readonly vkey: VerificationKey;
  readonly wires: Arrangement;
  /** Of a lookup key. */
  readonly commitmentKey: CommitmentKey | null;
}

/** What one proof is about. */
export interface Statement {
  /** Inputs, u = int - lo. */
  readonly stored: ReadonlyMap<TensorId, Float64Array>;
  readonly context: Context | undefined;
  /** All of the witness that needs no commitment, a fresh one for each call. */
  readonly filled: () => FilledSteps;
  /** Called when the witness is filled (a lookup circuit's commitment included). */
  readonly onWitness: () => void;
  /** Called with the share of the proof's sums that is done. */
  readonly onShare: (share: number) => void;
  readonly signal: AbortSignal;
}
