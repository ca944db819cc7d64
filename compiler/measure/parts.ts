// The parts of a model that can have bits of their own, and how much the outputs depend on each: what rounding that part alone does
// to them, in the floats.
import { greatest } from '../extremes.js';
import { evaluateGraph } from '../graph/evaluate.js';
import type { Graph } from '../graph/graph.js';
import { inputGrid } from '../graph/grids.js';
import { orderedInputs } from '../graph/ordered.js';
import type { ValueId } from '../recipes/values.js';
import type { Samples } from '../quantize/inputs.js';
import { realOf } from '../recipes/index.js';
import { isFloat, sizeOf } from '../tensor.js';
import { sampleOf } from './calibrate.js';
import { errorsOf, joined, NO_ERRORS, relativeError } from './errors.js';

/** Values that share a scale: those of a group, or one by itself. */
export interface Part {
  readonly values: readonly ValueId[];
  readonly elements: number;
}

export interface WeighedPart extends Part {
  /** log2 of the error of the outputs when it is rounded, 0 for the part with the greatest: each is a bit that it needs more. */
  readonly weight: number;
}

/** The parts whose bits can be chosen, those of the most elements first. A model's own integers, and floats as they are, have none. */
export function partsOf(graph: Graph): Part[] {
  const { values, steps } = graph;
  const ordered = orderedInputs(graph);
  const isChosen = (id: ValueId): boolean => isFloat(values[id].dtype) && !ordered.has(id) && !inputGrid(graph, id);
  const parts = new Map<string | ValueId, ValueId[]>();
  for (const step of steps.filter((one) => realOf(one).rounds === true || realOf(one).isInput === true))
    for (const out of step.outs.filter(isChosen)) {
      const key = values[out].group?.name ?? out;
      parts.set(key, [...(parts.get(key) ?? []), out]);
    }
  return [...parts.values()]
    .map((ids) => ({ values: ids, elements: ids.reduce((sum, id) => sum + sizeOf(values[id].shape), 0) }))
    .sort((a, b) => b.elements - a.elements);
}

/** Samples that parts are weighed on: a part's error is the mean of all outputs. */
const WEIGHED = 8;
/** Parts that are weighed; those of fewer elements are one. */
const MOST_PARTS = 32;
/** Steps of a part's range that it is rounded to. */
const STEPS = 255;
/** Bits by which a part may need fewer than another: what shows no error at all is still rounded. */
const SPREAD = 8;

/** The parts with their weights, on the first samples. */
export function weighed(graph: Graph, all: readonly Part[], samples: Samples): WeighedPart[] {
  const rest = all.slice(MOST_PARTS - 1);
  const parts = rest.length > 1 ? [...all.slice(0, MOST_PARTS - 1), together(rest)] : all;
  const inputs = Array.from({ length: Math.min(samples.count, WEIGHED) }, (_, i) => sampleOf(graph, samples, i));
  const floats = inputs.map((sample) => evaluateGraph(graph, sample));
  const errors = parts.map(({ values }) => {
    const ends = floats.flatMap((sample) => values.flatMap((id) => [sample[id].reduce((a, b) => Math.min(a, b), 0), greatest(sample[id])])); // prettier-ignore
    const step = (greatest(ends) + greatest(ends.map((x) => -x))) / STEPS;
    if (!(step > 0)) return 0;
    const rounded = new Set(values);
    const sums = graph.outputs.map(() => NO_ERRORS);
    inputs.forEach((sample, i) => {
      const instead = (id: ValueId, x: Float64Array): Float64Array =>
        rounded.has(id) ? x.map((v) => Math.round(v / step) * step) : x;
      const after = evaluateGraph(graph, sample, instead);
      graph.outputs.forEach(({ value }, k) => (sums[k] = joined(sums[k], errorsOf(floats[i][value], after[value]))));
    });
    return sums.reduce((sum, one) => sum + (relativeError(one) ?? 0), 0);
  });
  const most = greatest(errors.filter(Number.isFinite));
  const weight = (error: number): number => (most > 0 ? Math.max(Math.min(Math.log2(error / most), 0), -SPREAD) : 0);
  return parts.map((part, k) => ({ ...part, weight: weight(errors[k]) }));
}

const together = (parts: readonly Part[]): Part => ({
  values: parts.flatMap(({ values }) => values),
  elements: parts.reduce((sum, { elements }) => sum + elements, 0),
});
