// The shifts that a rescale may have: u = f(floor(acc / 2^shift)), acc in steps of the result / 2^shift.
import { greatest } from '../extremes.js';
import { ACC_BITS, MAX_SHIFT } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import type { ValueId } from '../recipes/values.js';
import { roundingErrors, SPREAD } from './rounding.js';
import { usualOf, type UsedTensor } from './usual.js';
import { largestFactor } from './weights.js';

/** What the rounding of its weights may move any element by, one sigma, in steps of the result. */
const MOST_ERROR = 1.25;
/** Bits of finer steps that are kept in reserve. */
const FINER = 1;
/** Bits of the largest weight. */
const WEIGHT_BITS = 28;
/** The shift of a form without weights. */
const NO_WEIGHTS = 20;

/** What a rescale asks of its shift. */
export interface ShiftNeed {
  /** The value that it makes, and the number of its elements. */
  readonly out: ValueId;
  readonly elements: number;
  /** Shift at which the rounding of weights moves an accumulator by a quarter step (one sigma), a real number >= 0. */
  readonly needed: number;
  /** Largest shift at which weights and accumulators are in their bounds. */
  readonly room: number;
  /** Smallest shift at which that rounding moves every element by a step at most: no policy goes below. */
  readonly least: number;
}

/** Chooses the shift of a rescale, from `least` to `room`: what it costs depends on the argument. */
export type ShiftPolicy = (need: ShiftNeed) => number;

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

/**
 * @param reach of the map, in reals
 * @param finer bits by which a step is finer than a result needs
 */
export function shiftsFor(
  map: LinearMap,
  tensors: readonly UsedTensor[],
  scale: number,
  low: number,
  reach: Interval,
  finer = 0,
): Shifts {
  const largest = largestFactor(map, tensors) / scale;
  const magnitude = Math.max(Math.abs(reach.lo / scale - low), Math.abs(reach.hi / scale - low), 1);
  const room = Math.min(
    largest > 0 ? Math.floor(WEIGHT_BITS - Math.log2(largest)) : NO_WEIGHTS,
    Math.ceil(ACC_BITS - Math.log2(magnitude)) - 1,
    MAX_SHIFT,
  );
  const errors = roundingErrors(map, tensors);
  const errorAt = (shift: number): number => Math.max(greatest(errors(scale / 2 ** shift)), 0) / 2 ** shift;
  const needed = Math.max(neededShift(map, tensors, scale, room) - finer, 0);
  const most = MOST_ERROR * 2 ** Math.max(finer - FINER, 0);
  for (let shift = Math.max(Math.floor(needed) - 3, 1); shift <= room; shift++) {
    const error = errorAt(shift);
    if (error <= most) return { needed, room, least: shift, error };
  }
  return { needed, room, least: null, error: errorAt(Math.max(room, 1)) };
}

/** Shift at which the rounding of weights moves an accumulator by a quarter step, if they are like any others. */
function neededShift(map: LinearMap, tensors: readonly UsedTensor[], scale: number, room: number): number {
  let [variance, exact] = [0, 0];
  for (const part of map.parts) {
    const { scale: step } = tensors[part.from];
    const { lo, hi } = usualOf(tensors[part.from]);
    // a product of values whose scales are powers of two: from some shift on nothing of it is rounded, however wide it is
    const whole = typeof step === 'number' ? wholeFrom(part.kernels, step / scale, room) : null;
    const typical = SPREAD * (hi - lo);
    const longest = Math.max(greatest(part.kernels.map(({ length }) => length)), 0);
    const own = (longest * typical * typical) / 12;
    if (whole !== null && whole < neededFor(own)) exact = Math.max(exact, whole);
    else variance += own;
  }
  return Math.max(neededFor(variance), exact);
}

const neededFor = (variance: number): number => Math.log2(Math.max(4 * Math.sqrt(variance), 1));

/** The least shift, up to `most`, at which all weights are integers; null where none is. */
function wholeFrom(kernels: readonly Float64Array[], factor: number, most: number): number | null {
  const isWhole = (shift: number): boolean =>
    kernels.every((list) => list.every((w) => Number.isInteger(w * factor * 2 ** shift)));
  if (!isWhole(most)) return null;
  let shift = most;
  while (shift > 0 && isWhole(shift - 1)) shift--;
  return shift;
}
