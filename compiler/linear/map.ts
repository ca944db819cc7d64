// linear: y = W x + b with constant W, over any number of sources. Conv, Gemm, BatchNormalization, Add, AveragePool and every
// pure index map (Reshape, Transpose, Slice, Concat, Pad, ...) are this one map.
//
// W is sparse and repeats itself: all outputs of a convolution's channel share their coefficients (a *kernel*) and, away
// from the border, their positions relative to a *base* (a *pattern*). So an element is four numbers whatever its fan-in.

/** Number of a source, counted by whoever holds the map: a position among a graph step's sources, a tensor of a circuit. */
export type Source = number;

export interface LinearPart {
  readonly from: Source;
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

/** y[o] = bias[o] + sum over parts, over k, of kernel[k] * x[base[o] + pattern[k]]. At most one part per source. */
export interface LinearMap {
  /** Number of output elements. */
  readonly size: number;
  readonly bias: Float64Array;
  readonly parts: readonly LinearPart[];
}

/** y = bias, of no source. */
export const constantMap = (bias: Float64Array): LinearMap => ({ size: bias.length, bias, parts: [] });

/** The same map with every source under another number. */
export const renumbered = (map: LinearMap, to: (from: Source) => Source): LinearMap => ({
  ...map,
  parts: map.parts.map((part) => ({ ...part, from: to(part.from) })),
});

/** The sources of a map, and the map with each numbered by its place among them. */
export function positioned(map: LinearMap): { readonly sources: readonly Source[]; readonly map: LinearMap } {
  const sources = map.parts.map(({ from }) => from);
  return { sources, map: { ...map, parts: map.parts.map((part, from) => ({ ...part, from })) } };
}

/** Whether every element is one element of a source as it is, or a constant. */
export function isSelection({ size, bias, parts }: LinearMap): boolean {
  const fed = new Uint8Array(size);
  for (const { kernel, kernels } of parts)
    for (let o = 0; o < size; o++) {
      const weights = kernels[kernel[o]];
      if (weights.length === 0) continue;
      if (weights.length > 1 || weights[0] !== 1 || bias[o] !== 0 || fed[o] === 1) return false;
      fed[o] = 1;
    }
  return true;
}

/** Number of coefficients: the sum of the fan-ins. */
export function termsOf(map: LinearMap): number {
  let terms = 0;
  for (const { kernel, kernels } of map.parts) for (let o = 0; o < map.size; o++) terms += kernels[kernel[o]].length;
  return terms;
}

/** Number of coefficients that it stores: each kernel's once. */
export const storedWeights = ({ parts }: LinearMap): number =>
  parts.reduce((sum, { kernels }) => kernels.reduce((n, { length }) => n + length, sum), 0);

/** Whether no coefficient is NaN or infinite. */
export const isFiniteMap = ({ bias, parts }: LinearMap): boolean =>
  areFinite(bias) && parts.every(({ kernels }) => kernels.every(areFinite));

function areFinite(list: Float64Array): boolean {
  for (let k = 0; k < list.length; k++) if (!Number.isFinite(list[k])) return false;
  return true;
}

/** Whether two maps are written identically, source by source and element by element. */
export function equalMaps(a: LinearMap, b: LinearMap): boolean {
  const same = (x: ArrayLike<number>, y: ArrayLike<number>): boolean => {
    if (x.length !== y.length) return false;
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
    return true;
  };
  const all = (x: readonly ArrayLike<number>[], y: readonly ArrayLike<number>[]): boolean =>
    x.length === y.length && x.every((list, i) => same(list, y[i]));
  return (
    same(a.bias, b.bias) &&
    a.parts.length === b.parts.length &&
    a.parts.every((p, i) => {
      const q = b.parts[i];
      const places = all([p.base, p.pattern, p.kernel], [q.base, q.pattern, q.kernel]);
      return p.from === q.from && places && all(p.patterns, q.patterns) && all(p.kernels, q.kernels);
    })
  );
}
