// linear: y = W x + b with constant W, over any number of source values. Conv, Gemm, BatchNormalization, Add, AveragePool
// and every pure index map (Reshape, Transpose, Slice, Concat, Pad, ...) are this one primitive.
//
// W is sparse and repeats itself: all outputs of a convolution's channel share their coefficients (a *kernel*) and, away
// from the border, their positions relative to a *base* (a *pattern*). So an element is four numbers whatever its fan-in.
import type { ValueId } from '../graph.js';

export interface LinearPart {
  /** The source value. */
  readonly from: ValueId;
  /** For each output element: the index in the source that its pattern is relative to. */
  readonly base: Int32Array;
  /** For each output element: index into `patterns`. */
  readonly pattern: Int32Array;
  /** For each output element: index into `kernels`; kernels[kernel[o]].length = patterns[pattern[o]].length. */
  readonly kernel: Int32Array;
  /** Lists of offsets, distinct within a list. */
  readonly patterns: readonly Int32Array[];
  /** Lists of coefficients; none is 0. */
  readonly kernels: readonly Float64Array[];
}

/** y[o] = bias[o] + sum over parts, over k, of kernel[k] * x[base[o] + pattern[k]]. At most one part a source value. */
export interface LinearMap {
  /** Number of output elements. */
  readonly size: number;
  readonly bias: Float64Array;
  readonly parts: readonly LinearPart[];
}
