// table: y_i = f(x_i), any function of one value. Over the integers it is a rescale: this file chooses its scale, its shift and
// what it does to each floor.
import { SCALED_BITS, TABLE_BITS } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import { type LinearMap, constantMap } from '../linear/map.js';
import { addMaps, identityMap, scaleMap } from '../linear/maps.js';
import { floorsOf } from '../primitives/floors.js';
import { bitLength } from '../primitives/gadget.js';
import { leakyReach } from '../primitives/rescale-gadgets.js';
import type { IntegerFunction } from '../primitives/integer-functions.js';
import { NEEDS_TABLES, type RescaleOwn, USE_LOOKUP, rescale } from '../primitives/rescale.js';
import type { IntegerForm, TensorId } from '../primitives/steps.js';
import { trimmed } from './trimmed.js';
import type { ValueId } from './values.js';
import { decodePoint, encodePoint } from './function-codec.js';
import { isDefined, reachOf, slopeOf } from './function-reach.js';
import { type PointFunction, applier, applyPoints, isTwoLines, isWhole, nameOf, point } from './functions.js';
import { type Keys, evenKeys, keysOf, readBy } from './keys.js';
import type { Planner, RealPrimitive, TensorPlan } from './real.js';

export interface TableOwn {
  readonly f: PointFunction;
}

const AWAY = 'keep its input away from there: a Clip in front of it, or an input range';

export const table: RealPrimitive<TableOwn> = {
  kind: 'table',
  check(_, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 1 || sources[0] !== outs[0]) fail('a table of one value of its size');
  },
  evaluate: ({ f }, [x]) => [applyPoints(f, x)],
  codec: {
    encode: ({ f }) => encodePoint(f),
    decode: (place) => ({ f: decodePoint(place) }),
  },
  plan({ sources: [x], outs: [out], own: { f } }, to) {
    const map = to.map(x);
    const given = readBy(to, map, f);
    if (!isDefined(f, given))
      to.refuse(`expected an interval on which ${nameOf(f)} is defined, got [${given.lo}, ${given.hi}]`, AWAY, out);
    const { lo, hi } = reachOf(f, given);
    const seen = to.seen(out);
    const [alpha] = f.params;
    // a function that takes one value is that value, whatever data showed
    if (!(lo < hi)) to.define(out, constantMap(new Float64Array(map.size).fill(lo)));
    else if (f.name === 'leakyRelu' && isFewer(to, out, map, alpha)) {
      const positive = seen && { lo: Math.max(seen.lo, 0), hi: Math.max(seen.hi, 0) };
      const tensor = requantise(to, out, map, point('relu'), to.bits(out), positive, false);
      to.define(out, addMaps([scaleMap(map, alpha), scaleMap(identityMap(tensor, map.size), 1 - alpha)]));
    } else if (f.name === 'leakyRelu' && alpha > 1) {
      // floors are in steps of the result, too coarse where it is steeper: f(x) = -g(-alpha x), g of slope 1 / alpha
      const mirrored = seen && { lo: -seen.hi, hi: -seen.lo };
      const tensor = requantise(to, out, scaleMap(map, -alpha), point('leakyRelu', 1 / alpha), to.bits(out), mirrored, false); // prettier-ignore
      to.define(out, scaleMap(identityMap(tensor, map.size), -1));
    } else to.define(out, requantise(to, out, map, f, to.bits(out), seen));
  },
  pointwise: ({ f }) => (f.name === 'formula' ? null : { op: 'function', of: [0], f }),
  rounds: true,
};

/** Rows of an element that a clamp takes without a table, beyond those that it takes with one. */
const ROWS_WITHOUT_TABLE = 3;

/** Whether a line and a Relu take fewer rows than a table of all floors. */
function isFewer(to: Planner, out: ValueId, map: LinearMap, alpha: number): boolean {
  const { lo, hi } = to.reach(map);
  if (lo >= 0 || hi <= 0 || alpha === 0 || alpha === 1 || !to.splits(out, map)) return false;
  const seen = to.seen(out) ?? reachOf(point('leakyRelu', alpha), { lo, hi });
  return (2 ** to.bits(out) * (hi - lo)) / (seen.hi - seen.lo) > ROWS_WITHOUT_TABLE * map.size;
}

/**
 * The step of f over a map of tensors, its result in 2^resultBits steps; returns its tensor.
 * @param seen what data showed of f(x); null: everything that f(x) can be
 * @param holds the tensor holds the reals of `of`
 */
export function requantise(
  to: Planner,
  of: ValueId,
  map: LinearMap,
  f: PointFunction,
  resultBits: number,
  seen: Interval | null,
  holds = true,
): TensorId {
  const width = 2 ** resultBits - 1;
  const reach = readBy(to, map, f);
  const within = to.argument === 'lookup' && holds ? (to.value(of).group?.within ?? null) : null;
  if (within !== null) return onGrid(to, of, map, f, resultBits, within);
  const range = rangeOf(reachOf(f, reach), seen, isTwoLines(f));
  if (!Number.isFinite(range.hi - range.lo)) to.bounded(Infinity, SCALED_BITS, `a value of ${nameOf(f)}`, of);
  const whole = isWhole(f) ? wholeRange(reachOf(f, reach), range, width) : null;
  const keysFor = (scale: number, of: Interval): Keys => keysOf(to, map, f, reach, scale / slopeOf(f, reach, of));
  if (whole !== null) return ofValues(to, map, f, keysFor(1, whole), { of, holds, ...whole, scale: 1, zero: 0 });
  const scale = (range.hi - range.lo) / width;
  const low = Math.round(range.lo / scale) + 0;
  const result = { of, holds, lo: low, hi: low + width, scale, zero: 0 };
  if (isTwoLines(f)) return ofTwoLines(to, map, f, range, result);
  return ofValues(to, map, f, keysFor(scale, range), result);
}

/** Keys of a function whose values are integers, at least, where its input is on no grid. */
const LEAST_KEYS = 2 ** -3;

/** A function whose values are all integers: none of them is rounded, and none saturates. */
export function wholeTable(to: Planner, of: ValueId, map: LinearMap, f: PointFunction): TensorId {
  const reach = readBy(to, map, f);
  const { lo, hi } = reachOf(f, reach);
  return ofValues(to, map, f, keysOf(to, map, f, reach, LEAST_KEYS), { of, lo, hi, scale: 1, zero: 0 });
}

/**
 * A result whose range is known by its meaning: 2^bits steps and both ends, each a power of two, so that products and means of such
 * values are exact; and so are the keys, so that the time steps of a gate are one table.
 */
function onGrid(
  to: Planner,
  of: ValueId,
  map: LinearMap,
  f: PointFunction,
  resultBits: number,
  range: Interval,
): TensorId {
  const scale = 2 ** (Math.ceil(Math.log2(range.hi - range.lo)) - resultBits);
  const [lo, hi] = [Math.round(range.lo / scale) + 0, Math.round(range.hi / scale) + 0];
  const result = { of, lo, hi, scale, zero: 0 };
  if (isTwoLines(f)) return ofTwoLines(to, map, f, range, result);
  const reach = to.reach(map);
  const around = { lo: Math.min(reach.lo, -1), hi: Math.max(reach.hi, 1) }; // the steepest part, whether a step reaches it or not
  const key = 2 ** Math.floor(Math.log2(scale / slopeOf(f, around, range)) + ROUNDING);
  return ofValues(to, map, f, evenKeys(key), result);
}

/** A slope of samples is its own but for their rounding. */
const ROUNDING = 2 ** -20;

type Result = Omit<TensorPlan, 'scale'> & { readonly scale: number };

function ofTwoLines(to: Planner, map: LinearMap, f: PointFunction, range: Interval, result: Result): TensorId {
  const { of, lo: low, hi, scale } = result;
  const [over, alone] = within(f, map, range);
  const { shift, form } = to.rescaled(over, scale, low, of);
  const width = hi - low;
  const g = bent(alone, low);
  if (g.kind === 'leaky') to.bounded(leakyReach({ ...form, shift, width, ...g }), SCALED_BITS, 'a scaled floor', of);
  if (to.argument === 'lookup') {
    const floors = floorsOf(form, shift);
    const rows = (floors.hi - floors.lo) / (g.kind === 'clamp' ? width + 1 : 1);
    to.bounded(rows, TABLE_BITS, 'rows of a table', of);
  }
  return emitRescale(to, form, { shift, f: g }, result);
}

function ofValues(to: Planner, map: LinearMap, f: PointFunction, keys: Keys, result: Result): TensorId {
  const { of, lo: low, hi, scale } = result;
  if (to.argument === 'plain') to.refuse(NEEDS_TABLES, USE_LOOKUP, of);
  const { shift, form } = to.rescaled(map, keys.step, keys.low, of);
  const floors = floorsOf(form, shift);
  to.bounded(floors.hi - floors.lo, TABLE_BITS, 'rows of a table', of);
  const values = valuesOf(f, floors, inside(keys, to.reach(map)), scale, low, hi - low);
  if (values === null) to.refuse(`expected a value of ${nameOf(f)} everywhere on its interval, got none`, AWAY, of);
  return emitRescale(to, form, { shift, f: values }, result);
}

/** Keys that no real has are those of the nearest that there is: they are rounding, or what the bounds of a form alone allow. */
const inside = ({ step, low, real }: Keys, { lo, hi }: Interval): Keys => ({
  step,
  low,
  real(q) {
    const x = real(q);
    return x < lo - step / 2 ? lo : x > hi + step / 2 ? hi : x;
  },
});

function emitRescale(to: Planner, form: IntegerForm, own: RescaleOwn, result: Result): TensorId {
  const [tensor] = to.emit({ kind: rescale.kind, forms: [form], own }, [result]);
  return tensor;
}

/** The integers that a result of integers is, all of them or those that data showed; null for more than `width` + 1. */
function wholeRange(reach: Interval, seen: Interval, width: number): Interval | null {
  const fits = ({ lo, hi }: Interval): boolean => hi - lo <= width;
  const among = fits(reach) ? reach : { lo: Math.floor(seen.lo), hi: Math.ceil(seen.hi) };
  return fits(among) ? { lo: among.lo, hi: among.lo + 2 ** bitLength(among.hi - among.lo) - 1 } : null;
}

/** Share of the worst case, and of the distance from 0, below which a range is only noise of its sources. */
const LEAST_SHARE = 2 ** -20;
const LEAST_OF_DISTANCE = 2 ** -30;

/** What a result is given steps for: what data showed, unless that is one value of several, or too little to tell from rounding. */
function rangeOf(reach: Interval, seen: Interval | null, ofLines: boolean): Interval {
  // the worst case of a curve may be far beyond all that it does: e^x
  const noise = ofLines || seen === null ? reach : seen;
  const least = Math.max(
    (noise.hi - noise.lo) * LEAST_SHARE,
    Math.max(Math.abs(noise.lo), Math.abs(noise.hi)) * LEAST_OF_DISTANCE,
  );
  const widened = ({ lo, hi }: Interval): Interval =>
    hi - lo >= least ? { lo, hi } : { lo: lo - least, hi: hi + least };
  const isUsual = seen !== null && seen.hi > seen.lo && seen.lo < reach.hi && seen.hi > reach.lo;
  return widened(isUsual ? seen : reach);
}

/** A function of two lines over a range that holds one of them alone: saturation does the rest. */
function within(f: PointFunction, map: LinearMap, { lo, hi }: Interval): readonly [LinearMap, PointFunction] {
  if (f.name !== 'leakyRelu' || (lo < 0 && hi > 0)) return [map, f];
  return [lo >= 0 ? map : scaleMap(map, f.params[0]), point('identity')];
}

/** Bits of the fraction of a slope: 2^-12 of the largest floor is below a quarter step up to 1,024 steps. */
const SLOPE_BITS = 12;

/** A function of at most two lines over the floors of a rescale whose stored value 0 stands for the int `low`. */
function bent(f: PointFunction, low: number): IntegerFunction {
  if (f.name !== 'leakyRelu') return { kind: 'clamp' };
  const slope = Math.round(f.params[0] * 2 ** SLOPE_BITS);
  // slope 1 bends nothing, and slope 0 at 0 is what saturation does anyway
  if (slope === 2 ** SLOPE_BITS || (slope === 0 && low === 0)) return { kind: 'clamp' };
  return { kind: 'leaky', at: 0 - low, slope, k: SLOPE_BITS };
}

/** The last list of each function: plans that are compared ask for the same one. */
const known = new WeakMap<PointFunction, { readonly of: string; readonly values: IntegerFunction | null }>();

/** f at every floor, in steps of the result above `low`; null where it has no value at one of them. */
function valuesOf(
  f: PointFunction,
  floors: Interval,
  { real }: Keys,
  scale: number,
  low: number,
  width: number,
): IntegerFunction | null {
  const of = [floors.lo, floors.hi, real(floors.lo), real(floors.hi), scale, low, width].join();
  const before = known.get(f);
  if (before?.of === of) return before.values;
  const apply = applier(f);
  const all = new Float64Array(floors.hi - floors.lo + 1);
  for (let i = 0; i < all.length; i++)
    all[i] = Math.min(Math.max(Math.round(apply(real(floors.lo + i)) / scale) - low, 0), width);
  const values = all.some(Number.isNaN) ? null : trimmed(nameOf(f), floors.lo, all);
  known.set(f, { of, values });
  return values;
}
