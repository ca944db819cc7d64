// What the choices among places that an input leads make of its ranges: an index has to stay inside its table.
import { composeMaps } from '../linear/compose.js';
import { mapIntervals, type Intervals } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { identityMap } from '../linear/maps.js';
import { realOf } from '../recipes/index.js';
import type { ValueId } from '../recipes/values.js';
import { sizeOf } from '../tensor.js';
import type { Graph } from './graph.js';

/**
 * Whether every index that an input leads by linear steps alone names a place, whatever each element is within its interval.
 * @param ranges one interval per element of the input
 */
export function staysInside(
  { steps, values }: Pick<Graph, 'steps' | 'values'>,
  id: ValueId,
  ranges: Intervals,
): boolean {
  const maps = new Map<ValueId, LinearMap>([[id, identityMap(0, sizeOf(values[id].shape))]]);
  return steps.every((step) => {
    const sources = step.sources.map((source) => maps.get(source));
    if (sources.length === 0 || !sources.every((map) => map !== undefined)) return true;
    const record = realOf(step);
    const map = record.map?.(step.own);
    if (map) maps.set(step.outs[0], composeMaps(map, new Map(sources.entries())));
    const places = record.places?.(step.own);
    if (places === undefined) return true;
    const { lo, hi } = mapIntervals(sources[0], () => ranges);
    return lo.every((least) => least >= -places) && hi.every((most) => most < places);
  });
}
