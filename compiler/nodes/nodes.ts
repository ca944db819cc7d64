// What the integers of a step are in ONNX operators: model.quant.onnx is made of it. No proof rests on it.
import type { IntegerPrimitive } from '../primitives/integer.js';
import type { CircuitTensor, IntegerStep } from '../primitives/steps.js';

/** What writing a step in ONNX operators takes; all values are float64, flat. */
export interface OnnxNodes {
  /** A node; returns the name of its first output. @param outputs those that the operator has to give */
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, number | readonly number[]>>,
    outputs?: number,
  ): string;
  /** Constants: one float64, float64s, int32 indices. */
  scalar(value: number): string;
  reals(values: ArrayLike<number>, shape: readonly number[]): string;
  indices(values: ArrayLike<number>, shape: readonly number[]): string;
  /** To float64 and to the integers that index. */
  toReal(x: string): string;
  toIndex(x: string): string;
}

/** The same integers as those of a primitive. */
export interface InOnnx<Own = unknown> {
  readonly of: IntegerPrimitive<Own>;
  /** The stored values of each tensor; `form` writes a form, with a constant added to every element. */
  nodes(
    step: IntegerStep<Own>,
    form: (k: number, extra?: number) => string,
    outs: readonly CircuitTensor[],
    to: OnnxNodes,
  ): readonly string[];
}
