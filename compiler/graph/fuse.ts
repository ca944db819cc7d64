// Composes linear steps, so that they read only inputs and non-linear values, and drops what nothing reads. A value
// that is composed into its readers stays only where something else still reads it, or where it is an integer that might
// wrap around: the planner looks at its interval, and it costs nothing.
import { composeMaps } from '../linear/compose.js';
import { isSelection, positioned, renumbered, termsOf, type LinearMap } from '../linear/map.js';
import { realOf } from '../primitives/index.js';
import type { RealStep, ValueId } from '../primitives/steps.js';
import { isFloat } from '../tensor.js';
import { checkGraph } from './check.js';
import type { Graph } from './graph.js';

/** Composition stops where it would multiply the terms: more than this many, and more than 4 times what they were. */
const MANY_TERMS = 100_000;
/** No composition that could be this large is tried, merged terms or not. */
const TOO_MANY_TERMS = 20_000_000;

export function fuse(graph: Graph): Graph {
  const maps = new Map<ValueId, LinearMap>(); // over values
  const steps = graph.steps.map((step): RealStep => {
    const primitive = realOf(step);
    if (!primitive.map || !primitive.withMap) return step;
    let map = renumbered(primitive.map(step.own), (from) => step.sources[from]);
    for (const from of step.sources) {
      const inner = maps.get(from);
      if (inner !== undefined) map = composeIfCheap(map, from, inner);
    }
    map = { ...map, parts: map.parts.filter(({ kernel, kernels }) => kernel.some((id) => kernels[id].length > 0)) };
    maps.set(step.outs[0], map);
    const { sources, map: own } = positioned(map);
    return { ...step, sources, own: primitive.withMap(own) };
  });
  const fused = dropDead({ ...graph, steps }, integersOf(graph));
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

/** Integers that outputs depend on and that are computed, not only moved. */
function integersOf(graph: Graph): ValueId[] {
  const dtypeOf = (id: ValueId) => graph.values[id].dtype;
  const needed = neededBy(graph.steps, outputsOf(graph));
  return graph.steps.flatMap((step) => {
    const map = realOf(step).map?.(step.own);
    const isMoved = map && isSelection(map) && step.sources.every((id) => dtypeOf(id) === dtypeOf(step.outs[0]));
    return isMoved ? [] : step.outs.filter((out) => needed.has(out) && !isFloat(dtypeOf(out)));
  });
}

const outputsOf = ({ outputs }: Graph): ValueId[] => outputs.map(({ value }) => value);

/** What some values depend on, themselves included. */
function neededBy(steps: readonly RealStep[], values: readonly ValueId[]): Set<ValueId> {
  const needed = new Set(values);
  for (const { sources, outs } of steps.toReversed())
    if (outs.some((out) => needed.has(out))) for (const id of [...sources, ...outs]) needed.add(id);
  return needed;
}

/** Keeps inputs, what outputs need and what is to be kept; values are numbered anew. */
function dropDead(graph: Graph, keep: readonly ValueId[]): Graph {
  const needed = neededBy(graph.steps, [...outputsOf(graph), ...graph.inputs.map(({ value }) => value), ...keep]);
  const steps = graph.steps.filter(({ outs }) => outs.some((out) => needed.has(out)));
  const kept = [...graph.values.keys()].filter((id) => needed.has(id));
  const places = new Map(kept.map((id, index) => [id, index]));
  const to = (id: ValueId): ValueId => places.get(id) ?? id;
  return {
    ...graph,
    values: kept.map((id) => graph.values[id]),
    steps: steps.map((step) => ({ ...step, sources: step.sources.map(to), outs: step.outs.map(to) })),
    inputs: graph.inputs.map((input) => ({ ...input, value: to(input.value) })),
    outputs: graph.outputs.map((output) => ({ ...output, value: to(output.value) })),
  };
}
