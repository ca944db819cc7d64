// The quantised model: an integer program that the linker turns into rows and the witness generator runs. It is the
// content of circuit.json, whole: whoever holds it can run, check and (with a key) prove the model.
import type { Read } from '../../verifier/functions.js';
import type { Labels, PublicTensor } from '../../verifier/words.js';
import type { Decision, DecisionRule } from '../graph/decision.js';
import type { Argument, CircuitTensor, IntegerStep, TensorId } from '../primitives/steps.js';
import type { DType } from '../tensor.js';

export type { Argument, CircuitTensor, IntegerForm, IntegerStep, TensorId } from '../primitives/steps.js';

export interface CircuitInput {
  readonly name: string;
  readonly dtype: DType;
  readonly tensor: TensorId;
  /** The integers are the model's own: f32(x / scale), a half to the even integer, and beyond the ends it saturates. */
  readonly rounding?: 'even';
}

export interface CircuitOutput {
  readonly name: string;
  readonly tensor: TensorId;
  /** The model's own output is this function of the tensor. */
  readonly read: Read | null;
  readonly labels?: Labels;
  readonly decision: Decision;
}

export type Publics = 'input,output' | 'output' | 'input' | 'none';

/** What `compile` was told, as far as it determines the circuit: `audit` compiles again with it. */
export interface CircuitOptions {
  readonly argument: Argument;
  /** Bits of inputs and rescaled activations, except of those in `bitsOf`. */
  readonly bits: number;
  /** By value id of the graph, ascending. */
  readonly bitsOf: readonly ValueBits[];
  /** What the score output decides, if it was said. */
  readonly decision: DecisionRule | null;
  readonly public: Publics;
  readonly shapes: Readonly<Record<string, number>>;
  /** The tensors at which the model was cut; null: at the outputs that it declares. */
  readonly outputs: readonly string[] | null;
  /** Range of every input over the reals, by name. */
  readonly ranges: Readonly<Record<string, InputRange>>;
  /** Range in reals of every rounded activation that data showed, by value id of the graph; null: worst case. */
  readonly activations: readonly ActivationRange[] | null;
  /** Samples that one proof is of, 2 or more; none: one (batch.ts). */
  readonly batch?: number;
}

/** Both ends of a range over the reals, lo < hi. */
export type Ends = readonly [lo: number, hi: number];

export interface InputRange {
  /** The axis along which each index has a range and a scale of its own; null: one range for all. */
  readonly axis: number | null;
  readonly ends: readonly Ends[];
}

export interface ValueBits {
  readonly value: number;
  readonly bits: number;
}

export interface ActivationRange {
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}

export interface Circuit {
  readonly options: CircuitOptions;
  /** Names the model, hex: SHA-256 of the ONNX file; with external data a hash of hashes, see onnx/digest.ts. */
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
