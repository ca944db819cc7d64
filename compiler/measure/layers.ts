// The error of every layer: how far each tensor's reals are from the values that it stands for.
import type { Circuit } from '../circuit/circuit.js';
import { quantisationOf } from '../circuit/quantisation.js';
import { evaluateGraph } from '../graph/evaluate.js';
import type { Graph } from '../graph/graph.js';
import type { Samples } from '../quantize/inputs.js';
import { LAYER_SAMPLES, sampleOf, type Calibration } from './calibrate.js';
import { spread, type Distribution, type Spread } from './distribution.js';
import { errorsOf, joined, NO_ERRORS, rangeOf, relativeError } from './errors.js';
import { floatsOf, type OnSample } from './run.js';

export interface LayerError {
  /** Largest |float - integer| in reals. */
  readonly maxError: number;
  /** Mean error over max(max - min, max |y|) of the layer's floats. */
  readonly rangeError: number;
  readonly errors: Distribution;
  readonly saturated: Saturation;
}

/** Values whose integer stands at an end of its interval and whose float lies beyond what rounds to that end. */
export interface Saturation {
  readonly values: number;
  /** Their share of the sum of the layer's errors, 0 to 1. */
  readonly share: number;
}

/**
 * By tensor; null where the graph has no such value. `onSample` is what `quantisedOutputs` calls.
 * @param first what the graph gives on the first samples, where somebody has it
 */
export function layerErrors(
  circuit: Circuit,
  graph: Graph,
  samples: Samples,
  first: Calibration['first'] = [],
): { readonly onSample: OnSample; readonly errors: () => (LayerError | null)[] } {
  const sums = circuit.tensors.map(() => NO_ERRORS);
  const spreads = circuit.tensors.map((): Spread => spread());
  const beyond = circuit.tensors.map(() => ({ values: 0, sum: 0 }));
  const onSample: OnSample = (index, stored) => {
    if (index >= LAYER_SAMPLES) return;
    const floats = first[index] ?? evaluateGraph(graph, sampleOf(graph, samples, index));
    circuit.tensors.forEach((tensor, id) => {
      if (tensor.value === null) return;
      const [truth, reals] = [floats[tensor.value], floatsOf(circuit, id, stored[id])];
      sums[id] = joined(sums[id], errorsOf(truth, reals));
      truth.forEach((y, i) => spreads[id].add(Math.abs(y - reals[i])));
      if (tensor.encoding) return;
      const of = quantisationOf(tensor);
      const width = tensor.hi - tensor.lo;
      stored[id].forEach((u, i) => {
        const over = u === width ? truth[i] - reals[i] : u === 0 ? reals[i] - truth[i] : 0;
        if (!(over > of(i).scale / 2)) return;
        beyond[id].values++;
        beyond[id].sum += over;
      });
    });
  };
  const errors = (): (LayerError | null)[] =>
    sums.map((all, id) => {
      if (all.n === 0) return null;
      const { values, sum } = beyond[id];
      return {
        maxError: all.max,
        rangeError: relativeError(all) ?? 0,
        errors: spreads[id].distribution(rangeOf(all)),
        saturated: { values, share: values === 0 ? 0 : sum / all.sum },
      };
    });
  return { onSample, errors };
}
