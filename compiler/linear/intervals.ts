// Interval analysis: what a linear form can reach when every source value takes any value of its own interval. It is exact
// for the form of one element, and it proves that no honest input is ever without a witness.
import type { LinearMap } from './map.js';

export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

/** One interval per element. */
export interface Intervals {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/** Interval of every element of a map; a source has one interval, or one per element. Exact in float64 below 2^53. */
export function mapIntervals(map: LinearMap, sources: (source: number) => Interval | Intervals): Intervals {
  const lo = map.bias.slice();
  const hi = map.bias.slice();
  for (const { from, base, pattern, kernel, patterns, kernels } of map.parts) {
    const source = sources(from);
    if (typeof source.lo === 'number') {
      const x = { lo: source.lo, hi: Number(source.hi) };
      const reach = kernels.map((weights) => uniformReach(weights, x)); // once per kernel, not once per element
      for (let o = 0; o < map.size; o++) {
        lo[o] += reach[kernel[o]].lo;
        hi[o] += reach[kernel[o]].hi;
      }
      continue;
    }
    const { lo: low, hi: high } = source as Intervals;
    for (let o = 0; o < map.size; o++) {
      const weights = kernels[kernel[o]];
      const offsets = patterns[pattern[o]];
      for (let k = 0; k < weights.length; k++) {
        const i = base[o] + offsets[k];
        lo[o] += weights[k] * (weights[k] > 0 ? low[i] : high[i]);
        hi[o] += weights[k] * (weights[k] > 0 ? high[i] : low[i]);
      }
    }
  }
  return { lo, hi };
}

function uniformReach(weights: Float64Array, x: Interval): Interval {
  let lo = 0;
  let hi = 0;
  for (const w of weights) {
    lo += w * (w > 0 ? x.lo : x.hi);
    hi += w * (w > 0 ? x.hi : x.lo);
  }
  return { lo, hi };
}

/** Smallest interval that holds all elements. */
export const hull = ({ lo, hi }: Intervals): Interval => ({
  lo: lo.reduce((a, b) => Math.min(a, b), Infinity),
  hi: hi.reduce((a, b) => Math.max(a, b), -Infinity),
});
