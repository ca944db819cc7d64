// The error of every layer: how far each tensor's reals are from the values that it stands for.
import type { Circuit } from '../circuit/circuit.js';
import { evaluateGraph } from '../graph/evaluate.js';
import type { Graph } from '../graph/graph.js';
import type { Samples } from '../quantize/inputs.js';
import { sampleOf } from './calibrate.js';
import { errorsOf, joined, NO_ERRORS, relativeError } from './errors.js';
import { floatsOf, type OnSample } from './run.js';

/** Samples on which it is measured, the first ones. */
const LAYER_SAMPLES = 32;

export interface LayerError {
  /** Largest |float - integer| in reals. */
  readonly maxError: number;
  /** Mean error over max(max - min, max |y|) of the layer's floats. */
  readonly rangeError: number;
}

/** By tensor; null where the graph has no such value. `onSample` is what `quantisedOutputs` calls. */
export function layerErrors(
  circuit: Circuit,
  graph: Graph,
  samples: Samples,
): { readonly onSample: OnSample; readonly errors: () => (LayerError | null)[] } {
  const sums = circuit.tensors.map(() => NO_ERRORS);
  const onSample: OnSample = (index, stored) => {
    if (index >= LAYER_SAMPLES) return;
    const floats = evaluateGraph(graph, sampleOf(graph, samples, index));
    circuit.tensors.forEach(({ value }, id) => {
      if (value !== null) sums[id] = joined(sums[id], errorsOf(floats[value], floatsOf(circuit, id, stored[id])));
    });
  };
  const errors = (): (LayerError | null)[] =>
    sums.map((all) => (all.n === 0 ? null : { maxError: all.max, rangeError: relativeError(all) ?? 0 }));
  return { onSample, errors };
}
