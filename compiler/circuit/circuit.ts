// The quantised model: an integer program that the linker turns into rows and the witness generator runs. It is the
// content of circuit.json, whole: whoever holds it can run, check and (with a key) prove the model.
import type { PublicTensor } from '../../verifier/words.js';
import type { Argument, CircuitTensor, IntegerStep, TensorId } from '../primitives/steps.js';
import type { DType } from '../tensor.js';

export type { Argument, CircuitTensor, IntegerForm, IntegerStep, TensorId } from '../primitives/steps.js';

export interface CircuitInput {
  readonly name: string;
  readonly dtype: DType;
  readonly tensor: TensorId;
}

export interface CircuitOutput {
  readonly name: string;
  readonly tensor: TensorId;
  readonly softmax: { readonly axis: number } | null;
}

export type Publics = 'input,output' | 'output' | 'input' | 'none';

/** What `compile` was told, as far as it determines the circuit: `audit` compiles again with it. */
export interface CircuitOptions {
  readonly argument: Argument;
  readonly bits: number;
  readonly public: Publics;
  readonly shapes: Readonly<Record<string, number>>;
  /** The tensors at which the model was cut; null: at the outputs that it declares. */
  readonly outputs: readonly string[] | null;
  /** Range of every input over the reals, by name; one pair, or a pair per column of a table. */
  readonly ranges: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  /** Range in reals of every rounded activation that data showed, by value id of the graph; null: worst case. */
  readonly activations: readonly ActivationRange[] | null;
}

export interface ActivationRange {
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}

export interface Circuit {
  readonly options: CircuitOptions;
  /** SHA-256 of the ONNX file (with its external data appended), hex. */
  readonly modelSha256: string;
  readonly tensors: readonly CircuitTensor[];
  readonly steps: readonly IntegerStep[];
  readonly inputs: readonly CircuitInput[];
  readonly outputs: readonly CircuitOutput[];
  /** Public tensors in word order, as the verification key carries them. */
  readonly publics: readonly PublicTensor[];
  /**
   * For the lookup argument: limbs of remainders and other ranges have this many bits, and a shift up to it is one
   * limb; null in `plain`. A step's `variant` says which gadget it takes.
   */
  readonly rangeBits: number | null;
}
