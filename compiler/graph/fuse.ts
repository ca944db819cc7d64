// Composes linear steps, so that they read only inputs and non-linear values, and drops what nothing reads. A value
// that is composed into its readers stays only where something else still reads it, or where it is an integer that might
// wrap around: the planner looks at its interval, and it costs nothing.
import { InferproofError } from '../../verifier/errors.js';
import { budgetOf, type Budget } from '../budget.js';
import { MANY_TERMS, WORK } from '../limits.js';
import { composedTerms, composeMaps } from '../linear/compose.js';
import { hull, mapIntervals, type Interval } from '../linear/intervals.js';
import { isFiniteMap, isSelection, positioned, renumbered, termsOf, type LinearMap } from '../linear/map.js';
import { gatherMap } from '../linear/maps.js';
import { realOf } from '../recipes/index.js';
import { placeOf, type RealStep, type ValueId } from '../recipes/values.js';
import { canWrap, integerRange, isFloat, sizeOf } from '../tensor.js';
import { checkGraph } from './check.js';
import type { Graph } from './graph.js';
import { fuseNorms } from './norms.js';
import { uncomposed } from './uncomposed.js';

/** No composition that could be this large is tried, merged terms or not. */
const TOO_MANY_TERMS = 20_000_000;

/**
 * @param budget what lowering left of the work that the model may ask for
 * @throws 'unsupported' for more work, and for coefficients whose products overflow
 */
export function fuse(graph: Graph, budget: Budget = budgetOf(Infinity)): Graph {
  const maps = new Map<ValueId, LinearMap>(); // over values
  const steps = graph.steps.map((step): RealStep => {
    const primitive = realOf(step);
    const where = placeOf(graph.values[step.outs[0]]);
    // what the plan composes: a maximum reads elements of a linear value several times
    const [inner] = step.sources.flatMap((from) => maps.get(from) ?? []);
    if (primitive.reads && inner) budget.spend(composedTerms(gatherMap(0, primitive.reads(step.own)), 0, inner), where);
    if (!primitive.map || !primitive.withMap) return step;
    let map = renumbered(primitive.map(step.own), (from) => step.sources[from]);
    for (const from of step.sources) {
      const inner = maps.get(from);
      if (inner !== undefined) map = composeIfCheap(map, from, inner, budget, where);
    }
    map = { ...map, parts: map.parts.filter(({ kernel, kernels }) => kernel.some((id) => kernels[id].length > 0)) };
    if (!isFiniteMap(map))
      throw new InferproofError('unsupported', 'expected coefficients whose products are finite, got an overflow', {
        where,
        hint: 'scale the weights: float64 ends at 1.8e308',
      });
    if (!mayWrap(graph, step.outs[0], map)) maps.set(step.outs[0], map);
    const { sources, map: own } = positioned(map);
    return { ...step, sources, own: primitive.withMap(own) };
  });
  const composed = dropDead({ ...graph, steps }, integersOf(graph));
  const normed = fuseNorms(composed);
  const fused = normed === composed ? composed : dropDead(normed, integersOf(normed));
  for (const id of uncomposed(fused))
    budget.spend(WORK.gadget * sizeOf(fused.values[id].shape), placeOf(fused.values[id]));
  checkGraph(fused);
  return fused;
}

/** Whether an integer is computed that its type may not hold: what is read then is what it wraps around to. */
function mayWrap({ values }: Graph, out: ValueId, map: LinearMap): boolean {
  const { dtype } = values[out];
  if (!canWrap(dtype)) return false;
  const rangeOf = (id: ValueId): Interval => integerRange(values[id].dtype) ?? { lo: -Infinity, hi: Infinity };
  const { lo, hi } = hull(mapIntervals(map, rangeOf));
  const type = rangeOf(out);
  return !(lo >= type.lo && hi <= type.hi);
}

function composeIfCheap(outer: LinearMap, from: ValueId, inner: LinearMap, budget: Budget, where: string): LinearMap {
  const limit = Math.max(MANY_TERMS, 4 * (termsOf(outer) + termsOf(inner)));
  const most = composedTerms(outer, from, inner);
  // beyond the limit it is tried in the hope that terms merge
  if (most > limit && (most > TOO_MANY_TERMS || !budget.affords(most))) return outer;
  budget.spend(most, where);
  const composed = composeMaps(outer, new Map([[from, inner]]));
  return most <= limit || termsOf(composed) <= limit ? composed : outer;
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
