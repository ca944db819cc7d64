// table: y_i = f(x_i), any function of one value. Over the integers it is a rescale: this file chooses its scale, its shift and
// what it does to each floor.
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { SCALED_BITS, TABLE_BITS } from '../limits.js';
import { floorsOf } from './floors.js';
import {
  applyPoint,
  applyPoints,
  decodePoint,
  encodePoint,
  functionKind,
  reachOf,
  type PointFunction,
} from './functions.js';
import { leakyReach } from './gadgets/leaky.js';
import type { IntegerFunction } from './integer-functions.js';
import type { TensorId, ValueId } from './steps.js';
import type { Planner, RealPrimitive } from './real.js';
import { NEEDS_TABLES, rescale, USE_LOOKUP, type RescaleOwn } from './rescale.js';

export interface TableOwn {
  readonly f: PointFunction;
}

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
  plan: ({ sources: [x], outs: [out], own: { f } }, to) =>
    to.define(out, requantise(to, out, to.map(x), f, to.bits(out), to.seen(out))),
  rounds: true,
};

/**
 * The step of f over a map of tensors, its result in 2^resultBits steps; returns its tensor, which holds the reals of `of`.
 * @param seen what data showed of f(x); null: everything that f(x) can be
 */
export function requantise(
  to: Planner,
  of: ValueId,
  map: LinearMap,
  f: PointFunction,
  resultBits: number,
  seen: Interval | null,
): TensorId {
  const { slope } = functionKind(f.name);
  const width = 2 ** resultBits - 1;
  const { lo, hi } =
    slope === undefined ? withZero(f, seen ?? reachOf(f, to.reach(map))) : (seen ?? reachOf(f, to.reach(map)));
  const scale = (hi > lo ? hi - lo : 1) / width;
  const low = Math.round(lo / scale) + 0;
  // the real step of a floor: that of the result, or a finer one where f is steeper
  const step = slope === undefined ? scale : scale / slope;
  const shift = to.shift(map, step, of);
  const form = to.form(map, step / 2 ** shift, slope === undefined ? -low * 2 ** shift : 0, of);
  const bounds = { ...form, shift, width };
  if (slope !== undefined && to.argument === 'plain') to.refuse(NEEDS_TABLES, USE_LOOKUP, of);
  const floors = floorsOf(form, shift);
  if (slope !== undefined) to.bounded(floors.hi - floors.lo, TABLE_BITS, 'the floors of a table', of);
  const g = slope === undefined ? bent(f, low) : valuesOf(f, floors, step, scale, low, width);
  if (g.kind === 'leaky') to.bounded(leakyReach({ ...bounds, ...g }), SCALED_BITS, 'a scaled floor', of);
  const own: RescaleOwn = { shift, f: g };
  const [tensor] = to.emit({ kind: rescale.kind, forms: [form], own }, [
    { of, lo: low, hi: low + width, scale, zero: 0 },
  ]);
  return tensor;
}

/** The range of a result, 0 in it, within what f can give. */
function withZero(f: PointFunction, { lo, hi }: Interval): Interval {
  const range = { lo: Math.min(lo, 0), hi: Math.max(hi, 0) };
  return f.name === 'leakyRelu' ? range : reachOf(f, range); // the others change nothing within their own range
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

/** f at every floor, in steps of the result above `low`; equal values at the ends are listed once. */
function valuesOf(
  f: PointFunction,
  floors: Interval,
  step: number,
  scale: number,
  low: number,
  width: number,
): IntegerFunction {
  const at = (q: number): number => Math.min(Math.max(Math.round(applyPoint(f, q * step) / scale) - low, 0), width);
  let [first, last] = [floors.lo, floors.hi];
  while (first < last && at(first + 1) === at(first)) first++;
  while (last > first && at(last - 1) === at(last)) last--;
  return {
    kind: 'values',
    name: f.name,
    first,
    values: Float64Array.from({ length: last - first + 1 }, (_, i) => at(first + i)),
  };
}
