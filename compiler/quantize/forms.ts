// Maps over tensors as forms of integers. Every rule that no primitive may break is kept here once, whatever the argument and the
// policy: no form leaves float64's exact integers, and no weight that matters rounds away.
//
// A constant weight costs no row whatever its size, so the factor S_in * w / S_out * 2^shift is rounded into the weight
// itself and a rescale is y = floor((acc + half) / 2^shift), without a multiplier.
import type { CircuitTensor, IntegerForm, IntegerStep } from '../circuit/circuit.js';
import { accumulatorIntervals, withinBalls } from '../circuit/reach.js';
import { ACC_BITS } from '../limits.js';
import { hull, mapIntervals, type Interval, type Intervals, type Reach } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { integerOf } from '../primitives/index.js';
import type { ExactForm, Planner } from '../recipes/real.js';
import type { Value, ValueId } from '../recipes/values.js';
import { isFloat } from '../tensor.js';
import { decidedForm } from './decided.js';
import { exactUnit, factorUnit, gridOf, type ExactUnit } from './exact.js';
import { realIntervals, usualReals } from './reals.js';
import { aboveSquares } from './squares.js';
import { bounded, refuseFaded, refuseUnequal } from './refusals.js';
import { shiftsFor, type ShiftPolicy } from './shift.js';
import type { UsedTensor } from './usual.js';
import { integerWeights, wholeWeights } from './weights.js';

/** Bits of an exact value: readers can still multiply it by a precise weight. */
const EXACT_VALUE_BITS = 40;
/** Bits of one that nothing multiplies any more, or that cannot be narrowed. */
const OUTPUT_BITS = ACC_BITS - 1;

/** What forms are made over: tensors are added while it is held. */
export interface Grounds {
  readonly tensors: readonly CircuitTensor[];
  /** The same, and what is usual in them. */
  readonly used: readonly UsedTensor[];
  /** The step of each tensor. */
  readonly makers: readonly IntegerStep[];
  readonly value: (id: ValueId) => Value;
  readonly shift: ShiftPolicy;
  readonly narrowed: Planner['narrowed'];
}

/** What a planner knows of forms. */
export type Forms = Pick<Planner, 'reach' | 'reaches' | 'exact' | 'grid' | 'whole' | 'decided' | 'factor' | 'rescaled'>;

const magnitudeOf = ({ accLo, accHi }: IntegerForm): number => Math.max(Math.abs(accLo), Math.abs(accHi));

export function formsOf({ tensors, used, makers, value, shift: shiftBy, narrowed }: Grounds): Forms {
  const reached = new WeakMap<LinearMap, Intervals>(); // tensors never change
  const intervalsOf = (map: LinearMap): Intervals => {
    const before = reached.get(map);
    if (before !== undefined) return before;
    const intervals = mapIntervals(map, (id) => {
      const oneOf = integerOf(makers[id]).oneOf?.(makers[id]);
      const reals = realIntervals(tensors[id]);
      return oneOf && typeof reals.lo === 'number' ? { ...(reals as Reach), oneOf } : reals;
    });
    const found = aboveSquares(map, intervals, tensors, makers);
    reached.set(map, found);
    return found;
  };
  const reach = (map: LinearMap): Interval => hull(intervalsOf(map));
  const usualIntervals = (map: LinearMap): Intervals => mapIntervals(map, (id) => usualReals(used[id]));

  const form = (map: LinearMap, unit: number, offset: number, at: ValueId): IntegerForm => {
    return provedForm(integerWeights(map, used, unit, offset), at);
  };

  const provedForm = (integers: LinearMap, at: ValueId): IntegerForm => {
    const form = integerForm(integers);
    bounded(magnitudeOf(form), ACC_BITS, 'an accumulator', value(at));
    return form;
  };

  const integerForm = (integers: LinearMap): IntegerForm => {
    const { lo, hi } = hull(accumulatorIntervals(integers, tensors, (id) => makers[id]));
    return { map: integers, accLo: lo, accHi: hi };
  };

  const exact: Planner['exact'] = (map, at, isOutput = false): ExactForm => {
    const reach = intervalsOf(map);
    const usual = usualIntervals(map);
    const within = (bits: number): ExactUnit => exactUnit(map, used, reach, usual, !isFloat(value(at).dtype), bits);
    let found = within(isOutput ? OUTPUT_BITS : EXACT_VALUE_BITS);
    if (!found.isPrecise) {
      const over = narrowed(map, at);
      if (over !== null) return exact(over, at, isOutput);
      found = within(OUTPUT_BITS);
      if (!found.isBearable) refuseFaded(null, value(at));
    }
    const { unit, offset: zero } = found;
    const free = form(map, unit, zero, at);
    const lo = free.accLo;
    bounded(free.accHi - lo, ACC_BITS, 'a width', value(at));
    const stored: IntegerForm = {
      map: { ...free.map, bias: free.map.bias.map((b) => b - lo) },
      accLo: 0,
      accHi: free.accHi - lo,
    };
    return { scale: unit, zero, lo, form: stored };
  };

  const decided: Planner['decided'] = (map, about, at): IntegerForm => {
    const found = decidedForm(map, tensors, about, intervalsOf(map), EXACT_VALUE_BITS);
    if (!found.isPrecise) {
      if (about === 'zero') refuseUnequal(value(at));
      const over = narrowed(map, at);
      return over !== null ? decided(over, about, at) : refuseFaded(null, value(at));
    }
    return provedForm(found.map, at);
  };

  const rescaled: Planner['rescaled'] = (map, scale, low, at, given = {}) => {
    const { asKeys = false, finer = 0 } = given;
    if (asKeys && isWhole(map, tensors, scale)) return { shift: 0, form: form(map, scale, -low, at) };
    const { needed, room, least, error } = shiftsFor(map, used, scale, low, reach(map), finer);
    if (least === null) {
      const over = narrowed(map, at);
      return over !== null ? rescaled(over, scale, low, at, given) : refuseFaded(error, value(at));
    }
    const shift = Math.max(shiftBy({ out: at, elements: map.size, needed, room, least }), least);
    const free = form(map, scale / 2 ** shift, -low * 2 ** shift, at);
    const within = withinBalls(free.map, { lo: free.accLo, hi: free.accHi }, tensors);
    return { shift, form: within ? { ...free, within } : free };
  };

  return {
    reach,
    reaches: intervalsOf,
    exact,
    grid: (map) => gridOf(map, tensors),
    whole: (map, at) => provedForm(wholeWeights(map, tensors), at),
    decided,
    factor(map, bits) {
      const unit = factorUnit(map, used, usualIntervals(map));
      const form = integerForm(integerWeights(map, used, unit, 0));
      return magnitudeOf(form) < 2 ** bits ? { scale: unit, form } : null;
    },
    rescaled,
  };
}

/** Whether all weights are whole in steps of `scale`. */
const isWhole = ({ parts }: LinearMap, tensors: readonly CircuitTensor[], scale: number): boolean =>
  parts.every(({ from, kernels }) => {
    const unit = Number(tensors[from].scale) / scale; // NaN of one scale for each column
    return kernels.every((list) => list.every((w) => Math.abs(w * unit - Math.round(w * unit)) < 2 ** -40));
  });
