// Values of one role share a scale: what data showed of one of them, it showed of all.
import type { ActivationRange } from '../circuit/circuit.js';
import type { Graph } from '../graph/graph.js';
import type { Interval } from '../linear/intervals.js';
import type { ValueId } from '../recipes/values.js';

/** The values of each group, by its name. */
export function groupsOf({ values }: Pick<Graph, 'values'>): ReadonlyMap<string, readonly ValueId[]> {
  const groups = new Map<string, ValueId[]>();
  values.forEach(({ group }, id) => {
    if (group !== undefined) groups.set(group.name, [...(groups.get(group.name) ?? []), id]);
  });
  return groups;
}

/** What data showed of every value: of a group the hull. */
export function hulls(
  groups: ReadonlyMap<string, readonly ValueId[]>,
  activations: readonly ActivationRange[],
): ReadonlyMap<ValueId, Interval> {
  const seen = new Map<ValueId, Interval>(activations.map(({ value, lo, hi }) => [value, { lo, hi }]));
  for (const members of groups.values()) {
    const known = members.flatMap((id) => seen.get(id) ?? []);
    if (known.length === 0) continue;
    const hull = known.reduce((a, b) => ({ lo: Math.min(a.lo, b.lo), hi: Math.max(a.hi, b.hi) }));
    for (const id of members) seen.set(id, hull);
  }
  return seen;
}
