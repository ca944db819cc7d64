// The lowered model: a list of primitives over real numbers. Shapes are static, constants are folded into linear maps,
// and every ONNX operator is gone; what is left is what quantisation, circuits and float evaluation understand.
import type { Read } from '../../verifier/functions.js';
import type { Labels } from '../../verifier/words.js';
import type { RealStep, Value, ValueId } from '../recipes/values.js';

export interface GraphInput {
  readonly name: string;
  readonly value: ValueId;
}

export interface GraphOutput {
  /** ONNX name of the output. */
  readonly name: string;
  readonly value: ValueId;
  /** The model's own output is this function of `value`: `value` is proved, and the reader computes the function. */
  readonly read: Read | null;
  readonly labels?: Labels;
}

export interface Graph {
  readonly values: readonly Value[];
  readonly steps: readonly RealStep[];
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphOutput[];
  /** Nodes of the ONNX file by operator, those that the outputs need; MACs and parameters likewise. */
  readonly ops: Readonly<Record<string, number>>;
  readonly params: number;
  readonly macs: number;
}
