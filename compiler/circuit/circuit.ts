// The quantised model: an integer program that the linker turns into rows and the witness generator runs. It is the
// content of circuit.json, whole: whoever holds it can run, check and (with a key) prove the model.
//
// Every tensor is held *stored*: u = int - lo, 0 <= u <= hi - lo, because a negative value is a full-size field element.
// All maps below read and write stored values; ints and reals appear at the border: real = scale * (u + lo - zero).
import type { DType } from '../tensor.js';
import type { LookupChoice } from '../lookup/structure.js';
import type { LinearMap } from '../primitives/linear.js';
import type { PublicTensor } from '../../verifier/words.js';

/** Index into `Circuit.tensors`. */
export type TensorId = number;

export type Argument = 'plain' | 'lookup';

export interface CircuitTensor {
  /** The ONNX tensor it stands for; node and operator that made it ('input' for inputs). */
  readonly name: string;
  readonly node: string;
  readonly operator: string;
  readonly shape: readonly number[];
  /** The int can be any of [lo, hi]: what the rows allow, proved by intervals, not what data showed. */
  readonly lo: number;
  readonly hi: number;
  /** real = scale * (int - zero); arrays run along `axis`. */
  readonly scale: number | readonly number[];
  readonly zero: number | readonly number[];
  readonly axis: number | null;
}

/**
 * A function of the floor q, over integers, into [0, width]:
 * clamp: min(max(q, 0), width).
 * leaky: the same of (q < at ? at + floor((slope * (q - at) + 2^(k-1)) / 2^k) : q), the bend standing at q = at.
 */
export type IntegerFunction =
  | { readonly kind: 'clamp' }
  | { readonly kind: 'leaky'; readonly at: number; readonly slope: number; readonly k: number };

/** acc = bias[o] + sum c * u, integers throughout, in [accLo, accHi] for every u that the rows allow. */
export interface IntegerForm {
  readonly map: LinearMap;
  readonly accLo: number;
  readonly accHi: number;
}

/** Each step defines the tensor `out`. */
export type CircuitStep =
  /** u is free in [0, hi - lo]. */
  | { readonly kind: 'input'; readonly out: TensorId }
  /** u = f(floor((acc + 2^(shift-1)) / 2^shift)); no half for shift 0. */
  | {
      readonly kind: 'rescale';
      readonly out: TensorId;
      readonly form: IntegerForm;
      readonly shift: number;
      readonly f: IntegerFunction;
    }
  /** u_g = max of the acc of the members of group g: form elements starts[g] .. starts[g + 1] - 1. accLo = 0. */
  | { readonly kind: 'max'; readonly out: TensorId; readonly form: IntegerForm; readonly starts: Int32Array }
  /** u_g = position of the first maximal acc in group g. accLo >= 0. */
  | { readonly kind: 'argmax'; readonly out: TensorId; readonly form: IntegerForm; readonly starts: Int32Array }
  /** u = acc: exact, it costs no row; only outputs are defined so. */
  | { readonly kind: 'output'; readonly out: TensorId; readonly form: IntegerForm };

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
  /** Range of every input over the reals, by name; one pair, or a pair for each column of a table. */
  readonly ranges: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  /** Range and mean square (in reals) of every quantised activation that data showed, by value id of the graph; null: worst case. */
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
  readonly steps: readonly CircuitStep[];
  readonly inputs: readonly CircuitInput[];
  readonly outputs: readonly CircuitOutput[];
  /** Public tensors in word order, as the verification key carries them. */
  readonly publics: readonly PublicTensor[];
  /** The lookup argument's gadgets; absent in `plain`. */
  readonly lookup?: LookupChoice;
}
