// Linear values that composition stopped at, and what linear maps do to others.
import { realOf } from '../recipes/index.js';
import type { ValueId } from '../primitives/steps.js';
import type { Graph } from './graph.js';

/** The values of which some linear step adds up several elements. */
export function mixed({ steps }: Pick<Graph, 'steps'>): ReadonlySet<ValueId> {
  const found = steps.flatMap((step) => {
    const parts = realOf(step).map?.(step.own).parts ?? [];
    return parts.flatMap(({ from, kernels }) => (kernels.some(({ length }) => length > 1) ? [step.sources[from]] : []));
  });
  return new Set(found);
}

/** The linear values that a linear step reads: they have wires of their own. */
export function uncomposed({ steps }: Pick<Graph, 'steps'>): ReadonlySet<ValueId> {
  const linear = steps.filter((step) => realOf(step).map !== undefined);
  const made = new Set(linear.flatMap(({ outs }) => outs));
  return new Set(linear.flatMap(({ sources }) => sources.filter((id) => made.has(id))));
}
