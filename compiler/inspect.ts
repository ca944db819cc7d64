// inspect: can this model be proved, and what would it cost? Nothing is written and no data is needed.
import type { Circuit } from './circuit/circuit.js';
import { countRows } from './circuit/layout.js';
import { buildCircuit, checkSamples, circuitOptions, lowered, type CompileOptions } from './compile.js';
import { domainOf } from './emit/report.js';
import { estimate, type Estimate } from './estimate.js';
import type { Graph } from './graph.js';
import { decode } from './onnx/decode.js';
import { countParams, modelInputs as inputsOf, unsupportedNodes } from './onnx/lower.js';
import { calibrate } from './quantize/calibrate.js';
import { sizeOf } from './tensor.js';

export interface InputInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
}

export interface Inspection {
  /** Nodes of the file. */
  readonly nodes: number;
  readonly operators: Readonly<Record<string, number>>;
  readonly params: number;
  readonly macs: number;
  readonly inputs: readonly InputInfo[];
  readonly estimate: Estimate;
  readonly unsupported: readonly { readonly node: string; readonly op: string; readonly reason: string }[];
  /** Inputs whose range was not given and was taken as [0, 1]. */
  readonly assumedRanges: readonly string[];
}

/**
 * Says what a model is made of, what stands in the way of proving it, and what a proof would cost.
 * Throws 'format' for a file that is no ONNX model; what cannot be proved is in the answer, not thrown.
 */
export function inspect(bytes: Uint8Array, options: CompileOptions = {}): Inspection {
  const model = decode(bytes, options.externalData ? { externalData: options.externalData } : {});
  const shapes = options.shapes ? { shapes: options.shapes } : {};
  const operators: Record<string, number> = {};
  for (const { op } of model.nodes) operators[op] = (operators[op] ?? 0) + 1;
  const unsupported = unsupportedNodes(model, shapes);
  if (unsupported.length > 0) {
    return {
      nodes: model.nodes.length,
      operators,
      params: countParams(model),
      macs: 0,
      inputs: [],
      estimate: { rows: null, memoryBytes: null, proveSeconds: null },
      unsupported,
      assumedRanges: [],
    };
  }
  const graph = lowered(model, shapes);
  if (options.calibration) checkSamples(graph, options.calibration);
  const { inputRanges: known = {}, calibration } = options;
  const assumedRanges = graph.inputs
    .map(({ name }) => name)
    .filter((name) => !Object.hasOwn(known, name) && !Object.hasOwn(known, '') && !calibration);
  const given = Object.fromEntries([...Object.entries(known), ...assumedRanges.map((name) => [name, [0, 1]] as const)]);
  const activations = options.calibration ? calibrate(graph, options.calibration).activations : null;
  const circuit = buildCircuit(graph, '', circuitOptions(graph, { ...options, inputRanges: given }, activations));
  return {
    nodes: model.nodes.length,
    operators,
    params: graph.params,
    macs: graph.macs,
    inputs: graphInputs(graph),
    estimate: estimate(countRows(circuit), domainOf(circuit)),
    unsupported,
    assumedRanges,
  };
}

const graphInputs = ({ inputs, values }: Graph): InputInfo[] =>
  inputs.map(({ name, value }) => {
    const { dtype, shape } = values[value];
    return { name, dtype, shape, elements: sizeOf(shape) };
  });

/** The inputs of a file, with static shapes. Throws as `compile` does for a file or dimension that cannot be read. */
export function modelInputs(
  bytes: Uint8Array,
  options: Pick<CompileOptions, 'shapes' | 'externalData'> = {},
): InputInfo[] {
  const model = decode(bytes, options.externalData ? { externalData: options.externalData } : {});
  return inputsOf(model, options.shapes ? { shapes: options.shapes } : {}).map(({ name, dtype, shape }) => ({
    name,
    dtype,
    shape,
    elements: sizeOf(shape),
  }));
}

/** The inputs that a circuit takes, in graph order. */
export const circuitInputs = ({ inputs, tensors }: Circuit): InputInfo[] =>
  inputs.map(({ name, dtype, tensor }) => {
    const { shape } = tensors[tensor];
    return { name, dtype, shape, elements: sizeOf(shape) };
  });
