// A value on wires with all that it can be, however far its worst case is beyond what data showed: a floor, which saturates nothing
// and takes no table. Its steps are as fine as data asks for.
import { ACC_BITS } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { floorsOf } from '../primitives/floors.js';
import { bitLength } from '../primitives/gadget.js';
import { rescale, type RescaleOwn } from '../primitives/rescale.js';
import type { TensorId } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import type { Planner } from './real.js';

/** Share of what data showed of a value that a step of its worst case is at most. */
const RESOLVED = 2 ** -10;

/**
 * The steps of a value whose worst case is so wide that 2^bits steps of it were too coarse for what data showed; null for others.
 * @param most bits of such a value
 */
export function finerSteps(bits: number, most: number, reach: Interval, seen: Interval | null): number | null {
  if (seen === null || !(seen.hi > seen.lo)) return null;
  const step = Math.max((seen.hi - seen.lo) * RESOLVED, (reach.hi - reach.lo) / 2 ** most);
  return step < (reach.hi - reach.lo) / 2 ** bits ? step : null;
}

/** The value in steps of `scale`. */
export function wholeFloor(to: Planner, of: ValueId, map: LinearMap, scale: number): TensorId {
  const low = Math.floor(to.reach(map).lo / scale);
  const { shift, form } = to.rescaled(map, scale, low, of);
  const { lo, hi } = floorsOf({ accLo: form.accLo, accHi: form.accHi }, shift);
  const offset = lo * 2 ** shift;
  const stored = {
    map: { ...form.map, bias: form.map.bias.map((b) => b - offset) },
    accLo: form.accLo - offset,
    accHi: form.accHi - offset,
  };
  const own: RescaleOwn = { shift, f: { kind: 'clamp' } };
  const plan = { of, lo: low + lo, hi: low + lo + 2 ** bitLength(hi - lo) - 1, scale, zero: 0 };
  to.bounded(stored.accHi, ACC_BITS, 'an accumulator', of);
  return to.emit({ kind: rescale.kind, forms: [stored], own }, [plan])[0];
}
