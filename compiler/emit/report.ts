// report.json: what a circuit costs and how near its integers are to the floats.
import { countRows, gadgetsByStep, layout } from '../circuit/layout.js';
import type { Circuit } from '../circuit/circuit.js';
import { evaluateCircuit } from '../circuit/evaluate.js';
import { bitLength, gadgetKey } from '../circuit/gadget.js';
import { lookupStructure } from '../lookup/structure.js';
import { valueOfTensor } from '../compare.js';
import type { CompileOptions } from '../compile.js';
import { evaluateGraph } from '../evaluate.js';
import type { Graph } from '../graph.js';
import { sampleOf } from '../quantize/calibrate.js';
import { accuracy, fidelity, scoreOutput } from '../quantize/fidelity.js';
import { quantiseInputs } from '../quantize/inputs.js';
import { floatOutputs, floatsOf, outputPairs } from '../run.js';

export interface LayerReport {
  readonly name: string;
  readonly operator: string;
  readonly shape: readonly number[];
  readonly scale: number | readonly number[];
  /** Bits of the integers. */
  readonly bits: number;
  readonly shift: number | null;
  /** Gadgets that the elements take, as in circuits/: 'Rescale(20, 8, 8)'; none for an exact output. */
  readonly gadgets: readonly string[];
  readonly rows: number;
  /** Largest |float - integer| in reals, over at most LAYER_SAMPLES samples; null without data. */
  readonly maxError: number | null;
}

export interface Report {
  readonly rows: number;
  /** Size of the evaluation domain: rows, publics and the constant, rounded up to a power of two. */
  readonly domain: number;
  /** Committed wires; 0 in the plain argument. */
  readonly committed: number;
  readonly agreement: number | null;
  readonly maxError: number | null;
  readonly rangeError: number | null;
  readonly accuracy?: { readonly float: number; readonly quantised: number };
  /** Operators of the ONNX file. */
  readonly ops: Readonly<Record<string, number>>;
  readonly params: number;
  readonly macs: number;
  readonly seconds: number;
  /** What the floats are: onnxruntime, or the lowered graph in float64; null without data. */
  readonly floatSource: string | null;
  readonly layers: readonly LayerReport[];
  /** Look-up tables and their rows; none in the plain argument. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
}

/** Samples on which the error of every layer is measured. */
const LAYER_SAMPLES = 32;

/** Rows with those that Groth16 adds, as a power of two. */
export function domainOf(circuit: Circuit): number {
  const { nPublic } = layout(circuit);
  return 2 ** Math.ceil(Math.log2(countRows(circuit) + nPublic + 1));
}

export async function makeReport(
  circuit: Circuit,
  graph: Graph,
  options: CompileOptions,
  graphOutputs: Readonly<Record<string, Float64Array>> | null,
  start: number,
): Promise<Report> {
  const { calibration: samples, labels, reference, onProgress } = options;
  const measured = { agreement: null, maxError: null, rangeError: null };
  const errors = new Float64Array(circuit.tensors.length);
  let fidelityOf: Pick<Report, 'agreement' | 'maxError' | 'rangeError' | 'accuracy'> = measured;
  if (samples && graphOutputs) {
    const values = valueOfTensor(circuit, graph);
    const quantised: Float64Array[][] = [];
    for (let i = 0; i < samples.count; i++) {
      const integers = evaluateCircuit(circuit, quantiseInputs(circuit, samples, i, true).stored);
      quantised.push(integers);
      if (i < LAYER_SAMPLES) {
        const floats = evaluateGraph(graph, sampleOf(graph, samples, i));
        circuit.tensors.forEach((_, id) => {
          const value = values[id];
          if (value === null) return;
          floatsOf(circuit, id, integers[id]).forEach(
            (x, o) => (errors[id] = Math.max(errors[id], Math.abs(x - floats[value][o]))),
          );
        });
      }
      onProgress?.('measure', i + 1, samples.count);
    }
    const pairs = outputPairs(
      circuit,
      graph,
      quantised,
      await floatOutputs(circuit, graph, samples, reference, graphOutputs),
    );
    const { agreement, maxError, rangeError } = fidelity(pairs, samples.count);
    fidelityOf = { agreement, maxError, rangeError };
    const score = scoreOutput(pairs);
    if (labels && score) {
      const rate = (values: Float64Array): number => accuracy(score, values, labels);
      fidelityOf = { ...fidelityOf, accuracy: { float: rate(score.float), quantised: rate(score.quantised) } };
    }
  }
  return {
    rows: countRows(circuit),
    domain: domainOf(circuit),
    committed: layout(circuit).nCommitted,
    ...fidelityOf,
    ops: graph.ops,
    params: graph.params,
    macs: graph.macs,
    seconds: (performance.now() - start) / 1000,
    floatSource: samples ? (reference?.name ?? 'the lowered graph in float64') : null,
    layers: layersOf(circuit, samples ? errors : null),
    tables: circuit.lookup
      ? lookupStructure(circuit, circuit.lookup).tables.map(({ name, size }) => ({ name, rows: size }))
      : [],
  };
}

function layersOf(circuit: Circuit, errors: Float64Array | null): LayerReport[] {
  const gadgets = gadgetsByStep(circuit);
  return circuit.steps.map((step, index) => {
    const { node, operator, shape, scale, lo, hi } = circuit.tensors[step.out];
    return {
      name: node,
      operator,
      shape,
      scale,
      bits: bitLength(hi - lo),
      shift: step.kind === 'rescale' ? step.shift : null,
      gadgets: gadgets[index].map(({ gadget }) => gadgetKey(gadget)),
      rows: gadgets[index].reduce((rows, { gadget, count }) => rows + gadget.rows * count, 0),
      maxError: errors ? errors[step.out] : null,
    };
  });
}
