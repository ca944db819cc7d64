// Composes linear steps, so that they read only inputs and non-linear values, and drops what nobody reads. A value that
// is composed into its readers stays only where something else still reads it.
import { checkGraph } from '../check-graph.js';
import type { Graph, Step, ValueId } from '../graph.js';
import { composeMaps, termsOf, type LinearMap } from '../primitives/linear.js';

/** Composition stops where it would multiply the terms: more than this many, and more than 4 times what they were. */
const MANY_TERMS = 100_000;
/** No composition that could be this large is tried, merged terms or not. */
const TOO_MANY_TERMS = 20_000_000;

export function fuse(graph: Graph): Graph {
  const maps = new Map<ValueId, LinearMap>();
  const steps = graph.steps.map((step): Step => {
    if (step.kind !== 'linear') return step;
    let { map } = step;
    for (const { from } of step.map.parts) {
      const inner = maps.get(from);
      if (inner !== undefined) map = composeIfCheap(map, from, inner);
    }
    map = { ...map, parts: map.parts.filter(({ kernel, kernels }) => kernel.some((id) => kernels[id].length > 0)) };
    maps.set(step.out, map);
    return { ...step, map };
  });
  const fused = dropDead({ ...graph, steps });
  checkGraph(fused);
  return fused;
}

function composeIfCheap(outer: LinearMap, from: ValueId, inner: LinearMap): LinearMap {
  const limit = Math.max(MANY_TERMS, 4 * (termsOf(outer) + termsOf(inner)));
  const most = composedTerms(outer, from, inner);
  if (most > Math.max(limit, TOO_MANY_TERMS)) return outer;
  const composed = composeMaps(outer, new Map([[from, inner]]));
  return most <= limit || termsOf(composed) <= limit ? composed : outer;
}

/** Terms of the composition before equal ones are merged. */
function composedTerms(outer: LinearMap, from: ValueId, inner: LinearMap): number {
  const fanIn = new Float64Array(inner.size);
  for (const { kernel, kernels } of inner.parts)
    for (let i = 0; i < inner.size; i++) fanIn[i] += kernels[kernel[i]].length;
  let terms = 0;
  for (const part of outer.parts) {
    for (let o = 0; o < outer.size; o++) {
      const offsets = part.patterns[part.pattern[o]];
      if (part.from !== from) terms += offsets.length;
      else for (let k = 0; k < offsets.length; k++) terms += fanIn[part.base[o] + offsets[k]];
    }
  }
  return terms;
}

/** Keeps inputs, and what outputs need; values are numbered anew. */
function dropDead(graph: Graph): Graph {
  const needed = new Set<ValueId>([...graph.outputs, ...graph.inputs].map(({ value }) => value));
  for (const step of graph.steps.toReversed()) {
    if (needed.has(step.out)) for (const id of sourcesOf(step)) needed.add(id);
  }
  const kept = [...graph.values.keys()].filter((id) => needed.has(id));
  const renumbered = new Map(kept.map((id, index) => [id, index]));
  const to = (id: ValueId): ValueId => renumbered.get(id) ?? id;
  return {
    ...graph,
    values: kept.map((id) => graph.values[id]),
    steps: graph.steps.filter(({ out }) => needed.has(out)).map((step) => renumber(step, to)),
    inputs: graph.inputs.map((input) => ({ ...input, value: to(input.value) })),
    outputs: graph.outputs.map((output) => ({ ...output, value: to(output.value) })),
  };
}

function sourcesOf(step: Step): readonly ValueId[] {
  if (step.kind === 'input') return [];
  return step.kind === 'linear' ? step.map.parts.map(({ from }) => from) : [step.x];
}

function renumber(step: Step, to: (id: ValueId) => ValueId): Step {
  const out = to(step.out);
  if (step.kind === 'input') return { ...step, out };
  if (step.kind !== 'linear') return { ...step, out, x: to(step.x) };
  return {
    ...step,
    out,
    map: { ...step.map, parts: step.map.parts.map((part) => ({ ...part, from: to(part.from) })) },
  };
}
