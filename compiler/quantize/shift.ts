// The shifts that a rescale may have: u = f(floor(acc / 2^shift)), acc in steps of the result / 2^shift.
import type { CircuitTensor } from '../circuit/circuit.js';
import { ACC_BITS, MAX_SHIFT } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { roundingErrors, SPREAD } from './rounding.js';
import { largestFactor } from './weights.js';

/** What the rounding of its weights may move any element by, one sigma, in steps of the result. */
const MOST_ERROR = 1.25;
/** Bits of the largest weight. */
const WEIGHT_BITS = 28;
/** The shift of a form without weights. */
const NO_WEIGHTS = 20;

export interface Shifts {
  /** Shift at which the rounding of weights moves an accumulator by a quarter step (one sigma), a real number >= 0. */
  readonly needed: number;
  /** Largest shift at which weights and accumulators are in their bounds. */
  readonly room: number;
  /** Smallest shift that is precise enough for every element; null where that is none up to `room`. */
  readonly least: number | null;
  /** The error at `least`, or else at `room`: one sigma of the worst element, in steps of the result. */
  readonly error: number;
}

/** @param reach of the map, in reals */
export function shiftsFor(
  map: LinearMap,
  tensors: readonly CircuitTensor[],
  scale: number,
  low: number,
  reach: Interval,
): Shifts {
  let variance = 0;
  for (const part of map.parts) {
    const { lo, hi } = tensors[part.from];
    const typical = SPREAD * (hi - lo);
    const longest = part.kernels.reduce((n, kernel) => Math.max(n, kernel.length), 0);
    variance += (longest * typical * typical) / 12;
  }
  const needed = Math.log2(Math.max(4 * Math.sqrt(variance), 1));
  const largest = largestFactor(map, tensors) / scale;
  const magnitude = Math.max(Math.abs(reach.lo / scale - low), Math.abs(reach.hi / scale - low), 1);
  const room = Math.min(
    largest > 0 ? Math.floor(WEIGHT_BITS - Math.log2(largest)) : NO_WEIGHTS,
    Math.ceil(ACC_BITS - Math.log2(magnitude)) - 1,
    MAX_SHIFT,
  );
  const errors = roundingErrors(map, tensors);
  const errorAt = (shift: number): number =>
    errors(scale / 2 ** shift).reduce((a, b) => Math.max(a, b), 0) / 2 ** shift;
  for (let shift = Math.max(Math.floor(needed) - 3, 1); shift <= room; shift++) {
    const error = errorAt(shift);
    if (error <= MOST_ERROR) return { needed, room, least: shift, error };
  }
  return { needed, room, least: null, error: errorAt(Math.max(room, 1)) };
}
