// What data shows of the activations: the range of every value that quantisation gives a scale.
import type { ActivationRange } from '../circuit/circuit.js';
import { least } from '../extremes.js';
import { evaluateGraph } from '../graph/evaluate.js';
import type { Graph, GraphInput } from '../graph/graph.js';
import { uncomposed } from '../graph/uncomposed.js';
import { realOf } from '../recipes/index.js';
import type { ValueId } from '../recipes/values.js';
import type { Samples } from '../quantize/inputs.js';
import { sizeOf } from '../tensor.js';

/** Values that are rounded to a scale: results and sources of primitives that say so, and linear values that other linear maps read. */
function roundedValues(graph: Graph): ValueId[] {
  const linear = uncomposed(graph);
  const rounded = graph.steps.flatMap((step) => {
    const { rounds, roundsSources } = realOf(step);
    const outs = rounds ? step.outs : step.outs.filter((out) => linear.has(out));
    return roundsSources ? [...step.sources, ...outs] : outs;
  });
  return [...new Set(rounded)].sort((a, b) => a - b);
}

/** From where on a value of a sample shows in what reads it: a masked score, however low, takes no room of the others. */
function lowestShown({ steps, outputs }: Graph, value: ValueId): (x: Float64Array) => number {
  const readers = steps.filter(({ sources }) => sources.includes(value));
  const saturated = readers.flatMap((step) => {
    const real = realOf(step);
    return real.saturates ? [(x: Float64Array) => real.saturates!(step.own, x)] : [];
  });
  const isShown = saturated.length === 0 || saturated.length < readers.length;
  if (isShown || outputs.some((output) => output.value === value)) return () => -Infinity;
  return (x) => least(saturated.map((of) => of(x)));
}

/** The inputs of one sample, by name. */
export function sampleOf(
  graph: Pick<Graph, 'values' | 'inputs'>,
  samples: Samples,
  index: number,
): Record<string, Float64Array> {
  return Object.fromEntries(
    graph.inputs.map(({ name, value }: GraphInput) => {
      const size = sizeOf(graph.values[value].shape);
      return [name, new Float64Array(samples.inputs[name].subarray(index * size, (index + 1) * size))];
    }),
  );
}

export interface Calibration {
  readonly activations: ActivationRange[];
  /** Float64 values of every graph output, samples one after the other. */
  readonly outputs: Record<string, Float64Array>;
  /** Every value of the graph on the first samples, as many as are measured layer by layer and fit in memory. */
  readonly first: readonly (readonly Float64Array[])[];
}

/** Samples on which layers are measured, the first ones. */
export const LAYER_SAMPLES = 32;
/** Values that are kept of them: 64 MiB. */
const KEPT = 2 ** 23;

/** Runs the graph in float64 on every sample. */
export function calibrate(graph: Graph, samples: Samples, onSample: (done: number) => void = () => {}): Calibration {
  const rescaled = roundedValues(graph);
  const lo = new Map(rescaled.map((value) => [value, Infinity]));
  const hi = new Map(rescaled.map((value) => [value, -Infinity]));
  const shown = new Map(rescaled.map((value) => [value, lowestShown(graph, value)]));
  const outputs = Object.fromEntries(
    graph.outputs.map(({ name, value }) => [name, new Float64Array(samples.count * sizeOf(graph.values[value].shape))]),
  );
  const first: (readonly Float64Array[])[] = [];
  const size = graph.values.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  for (let i = 0; i < samples.count; i++) {
    const values = evaluateGraph(graph, sampleOf(graph, samples, i));
    if (i < LAYER_SAMPLES && (i + 1) * size <= KEPT) first.push(values);
    for (const value of rescaled) {
      const lowest = Math.max(least(values[value]), shown.get(value)!(values[value]));
      lo.set(value, Math.min(lowest, lo.get(value)!));
      hi.set(
        value,
        values[value].reduce((a, b) => Math.max(a, b), hi.get(value)!),
      );
    }
    for (const { name, value } of graph.outputs) outputs[name].set(values[value], i * values[value].length);
    onSample(i + 1);
  }
  return { activations: rescaled.map((value) => ({ value, lo: lo.get(value)!, hi: hi.get(value)! })), outputs, first };
}
