// The keys of a table of values: which reals its floors stand for. Where f is smooth, its slope says how far apart they may be. Where it
// jumps no slope does: then the keys are the grid of its input itself, so that every integer that the input can be has a key of its
// own and the table is f of it exactly. Where the input has no such grid, or too long a one, a key is as wide as what one step of a
// source adds: a jump is then off by no more than the rounding of that source moves the input anyway.
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { type PointFunction, hasJumps } from './functions.js';
import type { Planner } from './real.js';

/** Keys of a function that jumps, at most, where a slope asks for no more. */
const MOST_KEYS = 2 ** 14;
/** Shares of a step and of a number that float64 may have left on the wrong side of a jump. */
const NOTHING = 2 ** -20;
const DIGITS = 12;

export interface Keys {
  readonly step: number;
  /** acc = 2^shift (real / step - low) */
  readonly low: number;
  /** The real of floor q. */
  readonly real: (q: number) => number;
}

/** Keys whose floors are so far apart, from 0. */
export const evenKeys = (step: number): Keys => ({ step, low: 0, real: (q) => q * step });

/** A number of a grid without what float64 adds to it. */
const told = (x: number, step: number): number => (Math.abs(x) < step * NOTHING ? 0 : Number(x.toPrecision(DIGITS)));

/** What f reads: where it jumps, between the ends as its keys have them, or the interval would answer otherwise than they do. */
export function readBy(to: Planner, map: LinearMap, f: PointFunction): Interval {
  const reach = to.reach(map);
  if (!hasJumps(f)) return reach;
  const { step, isExact } = to.grid(map);
  return isExact ? { lo: told(reach.lo, step), hi: told(reach.hi, step) } : reach;
}

/** @param smooth the step that the slope of f asks for: a key's half step moves the result by half of its own at most */
export function keysOf(to: Planner, map: LinearMap, f: PointFunction, reach: Interval, smooth: number): Keys {
  if (!hasJumps(f)) return evenKeys(smooth);
  const least = (reach.hi - reach.lo) / MOST_KEYS;
  const grid = to.grid(map);
  if (!grid.isExact || grid.step < Math.min(least, smooth)) {
    return evenKeys(Math.min(Math.max(grid.step, least), smooth));
  }
  const { step, rest } = grid;
  return { step, low: rest / step, real: (q) => told(step * q + rest, step) };
}
