// Integers of up to 32 bits wrap around as they do in ONNX: a value whose proven interval leaves its type is what a remainder by
// 2^bits leaves of it. Those of 64 bits are refused before they can: no integer of 2^53 or more is exact here.
import { EXACT_BITS } from '../limits.js';
import { composeMaps } from '../linear/compose.js';
import { addMaps, gatherMap, scaleMap } from '../linear/maps.js';
import { floored, spread } from '../recipes/division.js';
import type { Planner } from '../recipes/real.js';
import type { ValueId } from '../recipes/values.js';
import { canWrap, integerRange } from '../tensor.js';

/**
 * Makes a planned value of an integer type one that its type holds: only elements that may leave it take rows.
 * Throws 'unsupported' at its node for a type of 64 bits that may not hold it, 'unbounded' for one of 2^53 or more.
 */
export function holdInType(to: Planner, id: ValueId): void {
  const { dtype } = to.value(id);
  const type = integerRange(dtype);
  if (type === null) return;
  const map = to.map(id);
  const { lo, hi } = to.reach(map);
  to.bounded(Math.max(Math.abs(lo), Math.abs(hi)), EXACT_BITS, 'an integer', id);
  if (lo >= type.lo && hi <= type.hi) return;
  if (!canWrap(dtype))
    to.refuse(
      `expected values of ${dtype}, in [${type.lo}, ${type.hi}], they can be anything in [${lo}, ${hi}]`,
      'an integer of 64 bits that wraps around is not proved: give a narrower --input-range, or cast to float',
      id,
    );
  const each = to.reaches(map);
  const places = Int32Array.from(each.lo.keys()).filter((o) => each.lo[o] < type.lo || each.hi[o] > type.hi);
  const leaving = scaleMap(composeMaps(gatherMap(0, places), new Map([[0, map]])), 1, -type.lo);
  const held = scaleMap(floored(to, id, leaving, type.hi - type.lo + 1, 'rest'), 1, type.lo);
  const staying = new Float64Array(map.size).fill(1);
  for (const o of places) staying[o] = 0;
  to.define(id, addMaps([scaleMap(map, staying), spread(held, places, map.size)]));
}
