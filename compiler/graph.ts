// The lowered model: a list of primitives over real numbers. Shapes are static, constants are folded into linear maps,
// and every ONNX operator is gone; what is left is what quantisation, circuits and float evaluation understand.
import type { DType } from './tensor.js';
import type { LinearMap } from './primitives/linear.js';
import type { PointFunction } from './primitives/table.js';

/** Index into `Graph.values`. */
export type ValueId = number;

export interface Value {
  /** Name of the ONNX tensor that this value is, or stands closest to. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** ONNX node that the value comes from (its name, or `Op#index` when it has none), and its operator; inputs: 'input'. */
  readonly node: string;
  readonly operator: string;
}

/** One primitive; `out` is the value that it defines. Values are defined before they are used. */
export type Step =
  | { readonly kind: 'input'; readonly out: ValueId }
  /** y = W x + b over any number of earlier values. */
  | { readonly kind: 'linear'; readonly out: ValueId; readonly map: LinearMap }
  /** y_i = f(x_i) */
  | { readonly kind: 'table'; readonly out: ValueId; readonly x: ValueId; readonly f: PointFunction }
  /** y_g = max of the x whose indices stand in members[starts[g] .. starts[g + 1]); min is -max(-x). Groups are not empty. */
  | {
      readonly kind: 'max';
      readonly out: ValueId;
      readonly x: ValueId;
      readonly starts: Int32Array;
      readonly members: Int32Array;
    }
  /** y_g = position inside group g (0, 1, ...) of its maximum; ties go to the first member. */
  | {
      readonly kind: 'argmax';
      readonly out: ValueId;
      readonly x: ValueId;
      readonly starts: Int32Array;
      readonly members: Int32Array;
    };

export interface GraphInput {
  readonly name: string;
  readonly value: ValueId;
}

export interface GraphOutput {
  /** ONNX name of the output. */
  readonly name: string;
  readonly value: ValueId;
  /** The model ends in a Softmax over this axis: `value` holds its logits, the reader gets the probabilities beside them. */
  readonly softmax: { readonly axis: number } | null;
}

export interface Graph {
  readonly values: readonly Value[];
  readonly steps: readonly Step[];
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphOutput[];
  /** Nodes of the ONNX file by operator, as the file has them; MACs and parameters likewise. */
  readonly ops: Readonly<Record<string, number>>;
  readonly params: number;
  readonly macs: number;
}
