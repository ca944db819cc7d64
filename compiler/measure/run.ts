// run: the quantised inference, as the circuit proves it, in native integers.
import { publicValue, type PublicValues } from '../../verifier/tensors.js';
import type { Circuit, TensorId } from '../circuit/circuit.js';
import { evaluateCircuit } from '../circuit/evaluate.js';
import { publicTensor } from '../circuit/publics.js';
import { quantisationOf } from '../circuit/quantisation.js';
import type { Graph } from '../graph/graph.js';
import { quantiseInputs, type Samples } from '../quantize/inputs.js';
import { calibrate } from './calibrate.js';
import { fidelity, type Fidelity, type OutputPair } from './fidelity.js';

/** Where the floats come from. */
export interface FloatReference {
  /** Named in the report, such as 'onnxruntime 1.30.0'. */
  readonly name: string;
  readonly run: (samples: Samples) => Promise<Readonly<Record<string, Float64Array>>>;
}

/** Integers of a stored tensor. */
export const intsOf = (circuit: Circuit, id: TensorId, stored: Float64Array): Float64Array =>
  stored.map((u) => u + circuit.tensors[id].lo);

/** Reals of a stored tensor. */
export function floatsOf(circuit: Circuit, id: TensorId, stored: Float64Array): Float64Array {
  const tensor = circuit.tensors[id];
  const of = quantisationOf(tensor);
  return stored.map((u, i) => of(i).scale * (u + tensor.lo - of(i).zero));
}

/** The outputs of one sample, as a verifier would show them. */
export function outputsOf(circuit: Circuit, stored: readonly Float64Array[]): PublicValues {
  return Object.fromEntries(
    circuit.outputs.map(({ name, tensor }) => [
      name,
      publicValue(publicTensor(circuit, tensor), [...intsOf(circuit, tensor, stored[tensor])]),
    ]),
  );
}

/** Quantised and float outputs side by side; `floats` holds all samples of each output. */
export function outputPairs(
  circuit: Circuit,
  graph: Graph,
  quantised: readonly (readonly Float64Array[])[],
  floats: Readonly<Record<string, Float64Array>>,
): OutputPair[] {
  return circuit.outputs.map(({ name, tensor }, i) => {
    const { shape, dtype } = graph.values[graph.outputs[i].value];
    const all = quantised.map((stored) => floatsOf(circuit, tensor, stored[tensor]));
    const size = all[0]?.length ?? 0;
    const joined = new Float64Array(size * all.length);
    all.forEach((values, sample) => joined.set(values, sample * size));
    return { name, dtype, shape, float: floats[name], quantised: joined };
  });
}

export interface RunResult extends Fidelity {
  /** TENSORS of every sample. */
  readonly outputs: PublicValues[];
  /** Input values that lay outside their range and were clamped. */
  readonly clamped: number;
}

/**
 * Quantised inference on every sample. With the float graph the result says how near it is to the floats, taken from
 * `reference` where it gives them.
 * Throws 'data' for samples that do not fit, 'range' for a value outside its range when `clamp` is false.
 */
export async function run(
  circuit: Circuit,
  samples: Samples,
  options: { readonly graph?: Graph; readonly clamp?: boolean; readonly reference?: FloatReference } = {},
): Promise<RunResult> {
  let clamped = 0;
  const quantised: Float64Array[][] = [];
  for (let i = 0; i < samples.count; i++) {
    const { stored, clamped: here } = quantiseInputs(circuit, samples, i, options.clamp ?? true);
    clamped += here;
    quantised.push(evaluateCircuit(circuit, stored));
  }
  const outputs = quantised.map((stored) => outputsOf(circuit, stored));
  const { graph, reference } = options;
  if (!graph) return { outputs, clamped, agreement: null, maxError: null, meanError: null, rangeError: null };
  const { floats } = await floatOutputs(circuit, graph, samples, reference, null);
  return { outputs, clamped, ...fidelity(outputPairs(circuit, graph, quantised, floats), samples.count) };
}

/** What the float outputs are where no reference gives one. */
const LOWERED = 'the lowered graph in float64';

export interface FloatOutputs {
  readonly floats: Readonly<Record<string, Float64Array>>;
  /** Where they come from: the reference's name, where it gave one of them. */
  readonly source: string;
}

/** Float outputs of all samples: the reference's; the graph's where it has none and for logits before a Softmax. */
export async function floatOutputs(
  circuit: Circuit,
  graph: Graph,
  samples: Samples,
  reference: FloatReference | undefined,
  ofGraph: Readonly<Record<string, Float64Array>> | null,
): Promise<FloatOutputs> {
  const given = reference ? await reference.run(samples) : {};
  const usable = Object.entries(given).filter(([name]) =>
    circuit.outputs.some((output) => output.name === name && output.softmax === null),
  );
  const source = reference && usable.length > 0 ? reference.name : LOWERED;
  if (usable.length === circuit.outputs.length) return { floats: Object.fromEntries(usable), source };
  return { floats: { ...(ofGraph ?? calibrate(graph, samples).outputs), ...Object.fromEntries(usable) }, source };
}
