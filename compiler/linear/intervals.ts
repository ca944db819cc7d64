// Interval analysis: what a linear form can reach when every source value takes any value of its own interval. It is exact
// for the form of one element, and it proves that no honest input is ever without a witness.
import type { LinearMap } from './map.js';

export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

/**
 * What is known of consecutive elements together, `size` of them in each group: their distance from the point whose every coordinate
 * is `centre` is `radius` at most.
 */
export interface Ball {
  readonly size: number;
  readonly centre: number;
  readonly radius: number;
}

/** One interval for all elements, and what is known of groups of them. */
export interface Reach extends Interval {
  readonly ball?: Ball;
  /** Of each so many consecutive elements one at most is not 0. */
  readonly oneOf?: number;
}

/** One interval per element. */
export interface Intervals {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/** Interval of every element of a map; a source has one interval, or one per element. Exact in float64 below 2^53. */
export function mapIntervals(map: LinearMap, sources: (source: number) => Reach | Intervals): Intervals {
  const lo = map.bias.slice();
  const hi = map.bias.slice();
  for (const { from, base, pattern, kernel, patterns, kernels } of map.parts) {
    const source = sources(from);
    if (typeof source.lo === 'number') {
      const x = source as Reach;
      const reachOf = x.ball ? ballReaches(x, x.ball) : x.oneOf ? oneOfReaches(x, x.oneOf) : null;
      if (reachOf !== null) {
        for (let o = 0; o < map.size; o++) {
          const { lo: least, hi: most } = reachOf(kernels[kernel[o]], patterns[pattern[o]], base[o]);
          lo[o] += least;
          hi[o] += most;
        }
        continue;
      }
      const reach = uniformReaches(kernels, x); // once per kernel, not once per element
      for (let o = 0; o < map.size; o++) {
        lo[o] += reach.lo[kernel[o]];
        hi[o] += reach.hi[kernel[o]];
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

type ReachOf = (weights: Float64Array, offsets: Int32Array, base: number) => Interval;

/** Weights over elements in balls, each group by its ball or by its interval: |w (x - centre)| is at most the length of w times the radius. */
const ballReaches = (x: Interval, { size, centre, radius }: Ball): ReachOf =>
  groupReaches(size, (weights) => {
    const box = uniformReach(weights, x);
    const middle = centre * weights.reduce((sum, w) => sum + w, 0);
    const distance = radius * Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0));
    return { lo: Math.max(box.lo, middle - distance), hi: Math.min(box.hi, middle + distance) };
  });

/** Weights over elements of which one of each group at most is not 0. */
const oneOfReaches = ({ lo, hi }: Interval, size: number): ReachOf =>
  groupReaches(size, (weights) => {
    const ends = [0, ...weights.flatMap((w) => [w * lo, w * hi])];
    return { lo: ends.reduce((a, b) => Math.min(a, b)), hi: ends.reduce((a, b) => Math.max(a, b)) };
  });

/** The sum over groups of consecutive elements of what the weights of each reach. Elements at the same place of their groups share it. */
function groupReaches(size: number, ofGroup: (weights: readonly number[]) => Interval): ReachOf {
  const known = new Map<Float64Array, Map<Int32Array, Map<number, Interval>>>();
  return (weights, offsets, base) => {
    const ofWeights = known.get(weights) ?? new Map<Int32Array, Map<number, Interval>>();
    const ofOffsets = ofWeights.get(offsets) ?? new Map<number, Interval>();
    known.set(weights, ofWeights.set(offsets, ofOffsets));
    const place = ((base % size) + size) % size;
    const before = ofOffsets.get(place);
    if (before !== undefined) return before;
    const groups = new Map<number, number[]>();
    weights.forEach((w, k) => {
      const group = Math.floor((place + offsets[k]) / size);
      const list = groups.get(group) ?? [];
      list.push(w);
      groups.set(group, list);
    });
    let [lo, hi] = [0, 0];
    for (const list of groups.values()) {
      const reach = ofGroup(list);
      lo += reach.lo;
      hi += reach.hi;
    }
    ofOffsets.set(place, { lo, hi });
    return { lo, hi };
  };
}

/** What lists of kernels last reached: a model's are asked about by every plan that is compared. */
const known = new WeakMap<readonly Float64Array[], { readonly of: Interval; readonly reaches: Intervals }>();

/** What each kernel reaches where every value is in `x`. */
function uniformReaches(kernels: readonly Float64Array[], x: Interval): Intervals {
  const before = known.get(kernels);
  if (before?.of.lo === x.lo && before.of.hi === x.hi) return before.reaches;
  const reaches = { lo: new Float64Array(kernels.length), hi: new Float64Array(kernels.length) };
  kernels.forEach((weights, id) => {
    const { lo, hi } = uniformReach(weights, x);
    reaches.lo[id] = lo;
    reaches.hi[id] = hi;
  });
  known.set(kernels, { of: { lo: x.lo, hi: x.hi }, reaches });
  return reaches;
}

function uniformReach(weights: ArrayLike<number>, x: Interval): Interval {
  let lo = 0;
  let hi = 0;
  for (let k = 0; k < weights.length; k++) {
    const w = weights[k];
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
