// compare: floats, integers and witness, node by node; where do they part?
import { arrange } from '../circuit/arrange.js';
import type { Circuit } from '../circuit/circuit.js';
import { evaluateCircuit } from '../circuit/evaluate.js';
import { batchOf } from '../circuit/publics.js';
import { fillSteps } from '../circuit/witness.js';
import { evaluateGraph } from '../graph/evaluate.js';
import type { Graph } from '../graph/graph.js';
import { quantiseInputs, type Samples } from '../quantize/inputs.js';
import { sampleOf } from './calibrate.js';
import { layersOf, type LayerReport } from './layer-report.js';
import { floatsOf, oneByOne } from './run.js';

export interface Divergence {
  readonly node: string;
  readonly op: string;
  /** Element, row-major. */
  readonly index: number;
  readonly float: number;
  /** The integers' answer as a real, and the int on the witness's wire. */
  readonly int: number;
  readonly witness: number;
}

export interface CompareResult {
  /** First tensor whose witness is not its integer, which is a bug of ours; null when there is none. */
  readonly firstDivergence: Divergence | null;
  /** Largest |float - integer| of every tensor over all samples, in reals; 0 where the graph has no such value. */
  readonly nodes: readonly { readonly node: string; readonly op: string; readonly maxError: number }[];
  /** The layers as `compile` reports them, each with that error. */
  readonly layers: readonly LayerReport[];
  /** Input values that lay outside their range and were clamped. */
  readonly clamped: number;
}

/**
 * Throws 'data' for samples that do not fit; values outside their range are clamped.
 * @example
 * ```ts
 * const { firstDivergence, layers } = compare(circuit, graph, samples);
 * show(firstDivergence, layers.map(({ name, maxError }) => [name, maxError]));
 * ```
 */
export function compare(circuit: Circuit, graph: Graph, samples: Samples): CompareResult {
  const wires = arrange(circuit);
  const batch = batchOf(circuit);
  const ones = oneByOne(circuit, samples);
  const maxError = new Float64Array(circuit.tensors.length);
  let firstDivergence: Divergence | null = null;
  let clamped = 0;
  for (let i = 0; i < samples.count; i++) {
    const { stored, clamped: here } = quantiseInputs(circuit, samples, i, true);
    clamped += here;
    const integers = evaluateCircuit(circuit, stored);
    const floats = Array.from({ length: batch }, (_, k) => evaluateGraph(graph, sampleOf(graph, ones, i * batch + k)));
    const filled = fillSteps(wires, (tensor) => stored.get(tensor) ?? []).witness;
    circuit.tensors.forEach((tensor, id) => {
      const reals = floatsOf(circuit, id, integers[id]);
      const truth = tensor.value === null ? reals : joined(floats.map((values) => values[tensor.value!]));
      for (let o = 0; o < reals.length; o++) {
        maxError[id] = Math.max(maxError[id], Math.abs(reals[o] - truth[o]));
        const wire = wires.tensors[id] === 0 ? integers[id][o] : filled.int(wires.tensors[id] + o);
        if (wire !== integers[id][o] && !firstDivergence) {
          firstDivergence = {
            node: tensor.node,
            op: tensor.operator,
            index: o,
            float: truth[o],
            int: reals[o],
            witness: wire,
          };
        }
      }
    });
  }
  const ids = circuit.steps.flatMap(({ outs }) => outs);
  const layers = layersOf(wires, graph, null).map((layer, i) => {
    return { ...layer, maxError: circuit.tensors[ids[i]].value === null ? null : maxError[ids[i]] };
  });
  return {
    firstDivergence,
    clamped,
    layers,
    nodes: circuit.tensors.map(({ node, operator }, id) => ({ node, op: operator, maxError: maxError[id] })),
  };
}

/** The values of all samples of a batch, one after the other. */
function joined(lists: readonly Float64Array[]): Float64Array {
  if (lists.length === 1) return lists[0];
  const all = new Float64Array(lists.reduce((n, { length }) => n + length, 0));
  lists.forEach((list, i) => all.set(list, i * list.length));
  return all;
}
