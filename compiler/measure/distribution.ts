// How errors are spread: a count for each half octave of their size, so that no range has to be known in advance.

/** Sizes of |float - integer| of a layer. */
export interface Distribution {
  /** max(max - min, max |y|) of the layer's floats, in reals: what an error is held against. */
  readonly range: number;
  /** Values without an error. */
  readonly exact: number;
  /** counts[i]: errors from 2^((first + i) / 2) to the next half octave. */
  readonly first: number;
  readonly counts: readonly number[];
}

/** From 2^-64 to 2^64; what lies outside counts at the ends. */
const LEAST = -128;
const HALVES = 256;

export interface Spread {
  /** `error` is at least 0, or not finite, which counts as the largest. */
  readonly add: (error: number) => void;
  readonly distribution: (range: number) => Distribution;
}

export function spread(): Spread {
  const counts = new Float64Array(HALVES);
  let exact = 0;
  return {
    add: (error) => {
      if (error === 0) exact++;
      else if (error < Infinity) counts[Math.max(Math.min(Math.floor(2 * Math.log2(error)) - LEAST, HALVES - 1), 0)]++;
      else counts[HALVES - 1]++;
    },
    distribution: (range) => {
      const first = counts.findIndex((n) => n > 0);
      if (first < 0) return { range, exact, first: 0, counts: [] };
      const last = counts.findLastIndex((n) => n > 0);
      return { range, exact, first: first + LEAST, counts: [...counts.subarray(first, last + 1)] };
    },
  };
}
