// report.json: what a circuit costs and how near its integers are to the floats.
import { domainOf, type Arrangement } from '../circuit/arrange.js';
import { evaluateCircuit } from '../circuit/evaluate.js';
import { evaluateGraph } from '../graph/evaluate.js';
import type { Graph } from '../graph/graph.js';
import { bitLength, gadgetKey } from '../primitives/gadget.js';
import { integerOf } from '../primitives/index.js';
import { quantiseInputs, type Samples } from '../quantize/inputs.js';
import { sampleOf } from './calibrate.js';
import { estimate, type Estimate } from './estimate.js';
import { accuracy, fidelity, scoreOutput } from './fidelity.js';
import { floatOutputs, floatsOf, outputPairs, type FloatReference } from './run.js';

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
  /** Largest |float - integer| in reals, over at most LAYER_SAMPLES samples; null without data, or where the graph has no such value. */
  readonly maxError: number | null;
}

export interface Report {
  readonly rows: number;
  /** Size of the evaluation domain: rows, publics and the constant, rounded up to a power of two. */
  readonly domain: number;
  /** Committed wires; 0 in the plain argument. */
  readonly committed: number;
  /** Of a proof: memory, and seconds on this machine. */
  readonly estimate: Estimate;
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

/** What a report measures on. */
export interface Measured {
  readonly calibration?: Samples | undefined;
  /** Class of each sample. */
  readonly labels?: readonly number[] | undefined;
  readonly reference?: FloatReference | undefined;
  readonly onProgress?: ((step: string, done: number, total: number) => void) | undefined;
}

export async function makeReport(
  arrangement: Arrangement,
  graph: Graph,
  options: Measured,
  graphOutputs: Readonly<Record<string, Float64Array>> | null,
  start: number,
): Promise<Report> {
  const { circuit } = arrangement;
  const { calibration: samples, labels, reference, onProgress } = options;
  const measured = { agreement: null, maxError: null, rangeError: null };
  const errors = new Float64Array(circuit.tensors.length);
  let floatSource: string | null = null;
  let fidelityOf: Pick<Report, 'agreement' | 'maxError' | 'rangeError' | 'accuracy'> = measured;
  if (samples && graphOutputs) {
    const quantised: Float64Array[][] = [];
    for (let i = 0; i < samples.count; i++) {
      const integers = evaluateCircuit(circuit, quantiseInputs(circuit, samples, i, true).stored);
      quantised.push(integers);
      if (i < LAYER_SAMPLES) {
        const floats = evaluateGraph(graph, sampleOf(graph, samples, i));
        circuit.tensors.forEach(({ value }, id) => {
          if (value === null) return;
          floatsOf(circuit, id, integers[id]).forEach(
            (x, o) => (errors[id] = Math.max(errors[id], Math.abs(x - floats[value][o]))),
          );
        });
      }
      onProgress?.('measure', i + 1, samples.count);
    }
    const { floats, source } = await floatOutputs(circuit, graph, samples, reference, graphOutputs);
    floatSource = source;
    const pairs = outputPairs(circuit, graph, quantised, floats);
    const { agreement, maxError, rangeError } = fidelity(pairs, samples.count);
    fidelityOf = { agreement, maxError, rangeError };
    const score = scoreOutput(pairs);
    if (labels && score) {
      const rate = (values: Float64Array): number => accuracy(score, values, labels);
      fidelityOf = { ...fidelityOf, accuracy: { float: rate(score.float), quantised: rate(score.quantised) } };
    }
  }
  return {
    rows: arrangement.rows,
    domain: domainOf(arrangement),
    estimate: estimate(arrangement.rows, domainOf(arrangement)),
    committed: arrangement.nCommitted,
    ...fidelityOf,
    ops: graph.ops,
    params: graph.params,
    macs: graph.macs,
    seconds: (performance.now() - start) / 1000,
    floatSource,
    layers: layersOf(arrangement, samples ? errors : null),
    tables: arrangement.tables.map(({ name, size }) => ({ name, rows: size })),
  };
}

function layersOf({ circuit, uses }: Arrangement, errors: Float64Array | null): LayerReport[] {
  return circuit.steps.flatMap((step, index) =>
    step.outs.map((out, k): LayerReport => {
      const { node, operator, shape, scale, lo, hi, value } = circuit.tensors[out];
      const own = k === 0 ? uses[index] : []; // the rows of a step are listed at its first tensor
      return {
        name: node,
        operator,
        shape,
        scale,
        bits: bitLength(hi - lo),
        shift: integerOf(step).shift?.(step) ?? null,
        gadgets: own.map(({ gadget }) => gadgetKey(gadget)),
        rows: own.reduce((rows, { gadget, count }) => rows + gadget.rows * count, 0),
        maxError: errors && value !== null ? errors[out] : null,
      };
    }),
  );
}
