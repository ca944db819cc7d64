// Norms that are written out in nodes become one step each, once linear maps are composed: only then is it plain what a root is of.
import { normOf } from '../recipes/norms.js';
import type { RealStep } from '../recipes/values.js';
import { sizeOf } from '../tensor.js';
import type { Graph } from './graph.js';

/** The graph with such steps fused; what they leave without a reader stays. */
export function fuseNorms(graph: Graph): Graph {
  const makers = new Map(graph.steps.flatMap((step) => step.outs.map((out) => [out, step] as const)));
  const steps = graph.steps.map(
    (step): RealStep =>
      normOf(
        step,
        (id) => makers.get(id)!,
        (id) => sizeOf(graph.values[id].shape),
      ) ?? step,
  );
  return steps.some((step, i) => step !== graph.steps[i]) ? { ...graph, steps } : graph;
}
