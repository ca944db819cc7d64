// Where the elements of a tensor lie, roughly: what a random graph knows of its values, so that its constants suit them. Nothing is
// tested against it.

export interface Reach {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/** Source, element and weight of each term. */
export interface Row {
  readonly terms: readonly (readonly [source: number, at: number, weight: number])[];
  readonly bias: number;
}

export const range = (n: number): number[] => [...Array(n).keys()];

export const elements = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

export const middle = ({ lo, hi }: Reach, i: number): number => (lo[i] + hi[i]) / 2;
/** Half of what an element spans. */
export const half = ({ lo, hi }: Reach, i: number): number => (hi[i] - lo[i]) / 2;

const make = (size: number, of: (i: number) => readonly [lo: number, hi: number]): Reach => {
  const [lo, hi] = [new Float64Array(size), new Float64Array(size)];
  for (let i = 0; i < size; i++) {
    const [a, b] = of(i);
    [lo[i], hi[i]] = [Math.min(a, b), Math.max(a, b)];
  }
  return { lo, hi };
};

/** Independent terms rarely meet at their ends: halves add up as deviations do. */
export const summed = (sources: readonly Reach[], rows: readonly Row[]): Reach =>
  make(rows.length, (o) => {
    const { terms, bias } = rows[o];
    const centre = terms.reduce((sum, [s, at, w]) => sum + w * middle(sources[s], at), bias);
    const square = terms.reduce((sum, [s, at, w]) => sum + ((w * (sources[s].hi[at] - sources[s].lo[at])) / 2) ** 2, 0);
    const reach = Math.sqrt(square) * (terms.length > 1 ? 1.2 : 1);
    return [centre - reach, centre + reach];
  });

/** Elements by index; -1 is the constant `fill`. */
export const gathered = (x: Reach, indices: readonly number[], fill = 0): Reach =>
  make(indices.length, (o) => (indices[o] < 0 ? [fill, fill] : [x.lo[indices[o]], x.hi[indices[o]]]));

/** f of every element, monotone. */
export const mapped = (x: Reach, f: (v: number) => number): Reach => make(x.lo.length, (i) => [f(x.lo[i]), f(x.hi[i])]);

/** The greatest (sign 1) or least (-1) of each group of [source, element]; `bound` takes part in each. */
export const extreme = (
  sign: 1 | -1,
  sources: readonly Reach[],
  groups: readonly (readonly (readonly [source: number, at: number])[])[],
): Reach =>
  make(groups.length, (g) => {
    const of = sign === 1 ? Math.max : Math.min;
    return [of(...groups[g].map(([s, at]) => sources[s].lo[at])), of(...groups[g].map(([s, at]) => sources[s].hi[at]))];
  });

export const product = (x: Reach, y: Reach): Reach =>
  make(x.lo.length, (i) => {
    const corners = [x.lo[i] * y.lo[i], x.lo[i] * y.hi[i], x.hi[i] * y.lo[i], x.hi[i] * y.hi[i]];
    return [Math.min(...corners), Math.max(...corners)];
  });

export const points = (values: readonly number[]): Reach => make(values.length, (i) => [values[i], values[i]]);

/** Ends of the whole tensor. */
export const span = ({ lo, hi }: Reach): readonly [lo: number, hi: number] => [Math.min(...lo), Math.max(...hi)];

/** Middle and mean half of some elements. */
export function typical(x: Reach, at: readonly number[]): { readonly middle: number; readonly half: number } {
  const mean = (of: (x: Reach, i: number) => number): number => at.reduce((sum, i) => sum + of(x, i), 0) / at.length;
  return { middle: mean(middle), half: mean(half) };
}
