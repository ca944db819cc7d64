// Linear values that composition stopped at, and what linear maps do to others.
import { realOf } from '../recipes/index.js';
import { greatest } from '../extremes.js';
import type { ValueId } from '../recipes/values.js';
import { sizeOf } from '../tensor.js';
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

/** The elements of a value that something reads: 1 for each; a mask keeps some from being read. */
export function readElements(
  { steps, outputs, values }: Pick<Graph, 'steps' | 'outputs' | 'values'>,
  id: ValueId,
): Uint8Array {
  const read = new Uint8Array(sizeOf(values[id].shape));
  if (outputs.some(({ value }) => value === id)) return read.fill(1);
  for (const step of steps) {
    step.sources.forEach((source, position) => {
      if (source !== id) return;
      const map = realOf(step).map?.(step.own);
      if (map === undefined) read.fill(1);
      for (const { from, base, pattern, patterns } of map?.parts ?? [])
        if (from === position) base.forEach((b, o) => patterns[pattern[o]].forEach((offset) => (read[b + offset] = 1)));
    });
  }
  return read;
}

/** The step that whatever reads a value, but for weights in between, finds fine enough; null where one of them does not say. */
export function enoughFor(
  graph: Pick<Graph, 'steps' | 'outputs'>,
  id: ValueId,
  bits: (of: ValueId) => number,
): number | null {
  let finest = Infinity;
  if (graph.outputs.some(({ value }) => value === id)) return null;
  for (const step of graph.steps) {
    const position = step.sources.indexOf(id);
    if (position < 0) continue;
    const record = realOf(step);
    const part = record.map?.(step.own).parts.find(({ from }) => from === position);
    const next = part ? enoughFor(graph, step.outs[0], bits) : (record.enough?.(bits(step.outs[0])) ?? null);
    if (next === null || part?.kernels.some(({ length }) => length > 1)) return null;
    finest = Math.min(finest, next / (part ? greatest(part.kernels.flatMap((list) => [...list].map(Math.abs))) : 1));
  }
  return Number.isFinite(finest) ? finest : null;
}
