// Linear values that composition stopped at.
import { realOf } from '../primitives/index.js';
import type { ValueId } from '../primitives/steps.js';
import type { Graph } from './graph.js';

/** The linear values that a linear step reads: they have wires of their own. */
export function uncomposed({ steps }: Pick<Graph, 'steps'>): ReadonlySet<ValueId> {
  const linear = steps.filter((step) => realOf(step).map !== undefined);
  const made = new Set(linear.flatMap(({ outs }) => outs));
  return new Set(linear.flatMap(({ sources }) => sources.filter((id) => made.has(id))));
}
