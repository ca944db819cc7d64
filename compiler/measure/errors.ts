// Differences between floats and what stands for them, summed up.

export interface Errors {
  readonly n: number;
  /** Sum and maximum of |float - real|, Infinity where one is not finite. */
  readonly sum: number;
  readonly max: number;
  /** Least and greatest float. */
  readonly lo: number;
  readonly hi: number;
}

export const NO_ERRORS: Errors = { n: 0, sum: 0, max: 0, lo: Infinity, hi: -Infinity };

/**
 * Of every `step`-th element from `first` on.
 * @param hidden 1 for elements that do not count
 */
export function errorsOf(
  floats: Float64Array,
  reals: Float64Array,
  first = 0,
  step = 1,
  hidden: Uint8Array | null = null,
): Errors {
  let { n, sum, max, lo, hi } = NO_ERRORS;
  for (let i = first; i < floats.length; i += step) {
    if (hidden?.[i] === 1) continue;
    n++;
    const difference = Math.abs(floats[i] - reals[i]);
    const error = Number.isFinite(difference) ? difference : Infinity;
    sum += error;
    if (error > max) max = error;
    if (floats[i] < lo) lo = floats[i];
    if (floats[i] > hi) hi = floats[i];
  }
  return { n, sum, max, lo, hi };
}

export const joined = (a: Errors, b: Errors): Errors => ({
  n: a.n + b.n,
  sum: a.sum + b.sum,
  max: Math.max(a.max, b.max),
  lo: Math.min(a.lo, b.lo),
  hi: Math.max(a.hi, b.hi),
});

/** max(max - min, max |y|) of the floats. */
export const rangeOf = ({ lo, hi }: Errors): number => Math.max(hi - lo, Math.abs(hi), Math.abs(lo));

/** Mean error over the range; null for an error where all floats are 0. */
export function relativeError(errors: Errors): number | null {
  const { n, sum } = errors;
  if (sum === 0) return 0;
  if (sum === Infinity) return Infinity;
  const range = rangeOf(errors);
  return range > 0 ? sum / n / range : null;
}
