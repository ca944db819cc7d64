// What all samples say of a circuit.
import type { Circuit } from '../circuit/circuit.js';
import type { Graph } from '../graph/graph.js';
import { decidedOf, type Decided } from './decided.js';
import { fidelity, type Fidelity, type OutputPair } from './fidelity.js';
import { layerErrors, type LayerError } from './layers.js';
import { outputPairs, quantisedOutputs } from './run.js';
import type { Data } from './some-samples.js';

export interface Measured {
  readonly pairs: readonly OutputPair[];
  readonly fidelity: Fidelity;
  readonly decided: Decided | null;
  /** By tensor. */
  readonly layers: readonly (LayerError | null)[];
}

/** @param onSample is told how many of them are done */
export function measureAll(
  circuit: Circuit,
  graph: Graph,
  { samples, floats, first }: Data,
  onSample: (done: number) => void,
): Measured {
  const layers = layerErrors(circuit, graph, samples, first);
  const quantised = quantisedOutputs(circuit, samples, (index, stored, clamped) => {
    layers.onSample(index, stored, clamped);
    onSample(index + 1);
  });
  const pairs = outputPairs(circuit, graph, quantised, floats);
  return { pairs, fidelity: fidelity(pairs), decided: decidedOf(pairs, samples.count), layers: layers.errors() };
}
