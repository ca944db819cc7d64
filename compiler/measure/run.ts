// run: the quantised inference, as the circuit proves it, in native integers.
import { InferproofError } from '../../verifier/errors.js';
import { floatOf } from '../../verifier/ordered.js';
import { publicValue, type PublicValues } from '../../verifier/tensors.js';
import type { Circuit, TensorId } from '../circuit/circuit.js';
import { evaluateCircuit } from '../circuit/evaluate.js';
import { batchOf, publicTensor } from '../circuit/publics.js';
import { quantisationOf } from '../circuit/quantisation.js';
import { decisionsOf, givesBack } from '../graph/decision.js';
import type { Graph } from '../graph/graph.js';
import { quantiseInputs, type Samples } from '../quantize/inputs.js';
import { sizeOf } from '../tensor.js';
import { calibrate } from './calibrate.js';
import { fidelity, type Fidelity, type OutputPair } from './fidelity.js';

/** Where the floats come from. */
export interface FloatReference {
  /** Named in the report, such as 'onnxruntime 1.30.0'. */
  readonly name: string;
  /** Numbers, or the strings of an output of strings. */
  readonly run: (samples: Samples) => Promise<Readonly<Record<string, Float64Array | readonly string[]>>>;
}

/** Float64 values by name, samples one after the other. */
export type Floats = Readonly<Record<string, Float64Array>>;

/** Reals of a stored tensor. */
export function floatsOf(circuit: Circuit, id: TensorId, stored: Float64Array): Float64Array {
  const tensor = circuit.tensors[id];
  if (tensor.encoding) return stored.map((u) => floatOf(u + tensor.lo));
  const of = quantisationOf(tensor);
  return stored.map((u, i) => of(i).scale * (u + tensor.lo - of(i).zero));
}

/** The outputs of one sample, as a verifier would show them. */
function outputsOf(circuit: Circuit, stored: readonly Float64Array[]): PublicValues {
  return Object.fromEntries(
    circuit.outputs.map(({ name, tensor }) => [
      name,
      publicValue(
        publicTensor(circuit, tensor),
        Array.from(stored[tensor], (u) => u + circuit.tensors[tensor].lo),
      ),
    ]),
  );
}

/** The stored values of every tensor, and how many input values were clamped: one sample after the other. */
export type OnSample = (index: number, stored: readonly Float64Array[], clamped: number) => void;

/**
 * The reals of every output on all samples, in the order of the circuit's outputs.
 * Throws 'data' for samples that do not fit, 'range' for a value outside its range when `clamp` is false.
 */
export function quantisedOutputs(circuit: Circuit, samples: Samples, onSample: OnSample, clamp = true): Float64Array[] {
  const outputs = circuit.outputs.map(({ tensor }) => {
    return new Float64Array(samples.count * sizeOf(circuit.tensors[tensor].shape));
  });
  for (let i = 0; i < samples.count; i++) {
    const { stored: inputs, clamped } = quantiseInputs(circuit, samples, i, clamp);
    const stored = evaluateCircuit(circuit, inputs);
    circuit.outputs.forEach(({ tensor }, k) => {
      outputs[k].set(floatsOf(circuit, tensor, stored[tensor]), i * stored[tensor].length);
    });
    onSample(i, stored, clamped);
  }
  return outputs;
}

/** The samples of a circuit one by one: each that it takes is as many of them as it has in a proof. */
export const oneByOne = (circuit: Circuit, { count, inputs }: Samples): Samples => ({
  count: count * batchOf(circuit),
  inputs,
});

/**
 * Quantised and float outputs side by side, sample by sample.
 * Throws 'accuracy' for floats of another number than the circuit gives.
 */
export function outputPairs(
  circuit: Circuit,
  graph: Graph,
  quantised: readonly Float64Array[],
  floats: Floats,
): OutputPair[] {
  const decisions = decisionsOf(graph, circuit.options.decision);
  return circuit.outputs.map(({ name }, k) => {
    const { shape, dtype } = graph.values[graph.outputs[k].value];
    const float = floats[name];
    if (float.length !== quantised[k].length) {
      throw new InferproofError('accuracy', `expected ${quantised[k].length} floats, got ${float.length}`, {
        where: `output '${name}'`,
        hint: 'the float reference gives this output another shape: nothing can be compared',
      });
    }
    const { read } = graph.outputs[k];
    // the values of a function of one value share its range, and an autoencoder's are those of a picture
    const byColumn = shape.length <= 2 && read?.axis !== null && !givesBack(graph, shape);
    return { name, dtype, shape, decision: decisions[k], read, byColumn, float, quantised: quantised[k] };
  });
}

export interface RunResult extends Fidelity {
  /** TENSORS of every sample. */
  readonly outputs: PublicValues[];
  /** Input values that lay outside their range and were clamped. */
  readonly clamped: number;
  /** The samples that have one: `prove` refuses them unless it may clamp too. */
  readonly clampedSamples: readonly number[];
}

/**
 * Quantised inference on every sample; one of a circuit of several is all that it takes at once. With the float graph the result says how near it is to the floats, taken from
 * `reference` where it gives them.
 * Throws 'data' for samples that do not fit, 'range' for a value outside its range when `clamp` is false.
 * @example
 * ```ts
 * const { outputs, agreement } = await run(circuit, samples, { graph });
 * show(outputs[0].output.floats, agreement);
 * ```
 */
export async function run(
  circuit: Circuit,
  samples: Samples,
  options: { readonly graph?: Graph; readonly clamp?: boolean; readonly reference?: FloatReference } = {},
): Promise<RunResult> {
  const { graph, reference, clamp } = options;
  const outputs: PublicValues[] = [];
  const clampedSamples: number[] = [];
  let clamped = 0;
  const onSample: OnSample = (i, stored, here) => {
    outputs.push(outputsOf(circuit, stored));
    if (here > 0) clampedSamples.push(i);
    clamped += here;
  };
  const quantised = quantisedOutputs(circuit, samples, onSample, clamp);
  const pairs = graph
    ? outputPairs(
        circuit,
        graph,
        quantised,
        (await floatOutputs(graph, oneByOne(circuit, samples), reference, null)).floats,
      )
    : [];
  return { outputs, clamped, clampedSamples, ...fidelity(pairs) };
}

/** What the float outputs are where no reference gives one. */
const LOWERED = 'the lowered graph in float64';

export interface FloatOutputs {
  readonly floats: Floats;
  /** Where they come from: the reference's name, where it gave one of them. */
  readonly source: string;
}

/** Float outputs of all samples: the reference's; the graph's where it has none, and in front of a function that is read. */
export async function floatOutputs(
  graph: Graph,
  samples: Samples,
  reference: FloatReference | undefined,
  ofGraph: Floats | null,
): Promise<FloatOutputs> {
  const given = reference ? await reference.run(samples) : {};
  const usable = Object.entries(given).flatMap(([name, values]): [string, Float64Array][] => {
    const output = graph.outputs.find((one) => one.name === name && one.read === null);
    if (!output) return [];
    if (values instanceof Float64Array) return [[name, values]];
    const names = output.labels?.axis === null ? output.labels.names : [];
    return [[name, Float64Array.from(values, (value) => names.indexOf(value))]];
  });
  const source = reference && usable.length > 0 ? reference.name : LOWERED;
  if (usable.length === graph.outputs.length) return { floats: Object.fromEntries(usable), source };
  return { floats: { ...(ofGraph ?? calibrate(graph, samples).outputs), ...Object.fromEntries(usable) }, source };
}
