// inspect: can this model be proved, and what would it cost? Nothing is written and no data is needed.
import type { InputInfo } from './circuit/inputs.js';
import { InferproofError } from '../verifier/errors.js';
import { budgetOf } from './budget.js';
import { arranged } from './build.js';
import { fuse } from './graph/fuse.js';
import type { Graph } from './graph/graph.js';
import { prepared } from './graph/prepared.js';
import { assumedSamples } from './measure/assumed.js';
import { calibrate } from './measure/calibrate.js';
import type { Estimate } from './measure/estimate.js';
import { makeReport, sharesOf, type Report, type RowShare } from './measure/report.js';
import { decode } from './onnx/decode.js';
import { countOps, countParams } from './onnx/counts.js';
import { lower, obstacles } from './onnx/lower.js';
import type { Model } from './onnx/model.js';
import { modelInputs as inputsOf } from './onnx/model-inputs.js';
import {
  groupRefusals,
  unsupportedNode,
  type Refusal,
  type RefusalGroup,
  type UnsupportedNode,
} from './onnx/refusals.js';
import { everyNode } from './onnx/order.js';
import { partOf } from './onnx/part.js';
import { pictureForm, type PictureForm } from './onnx/picture-form.js';
import { circuitOptions, type CompileOptions } from './options.js';
import { own } from './own.js';
import { placeOf } from './recipes/values.js';
import { orderedInputs } from './graph/ordered.js';
import { checkSamples } from './quantize/inputs.js';
import { hasOwnRange } from './quantize/ranges.js';
import { sizeOf } from './tensor.js';

export interface Inspection {
  /** Nodes of the file that its outputs need, those of graphs inside them once; operators and parameters likewise. */
  readonly nodes: number;
  readonly operators: Readonly<Record<string, number>>;
  readonly params: number;
  readonly macs: number;
  readonly inputs: readonly InputInfo[];
  readonly estimate: Estimate;
  /** Where the rows go, the most first; empty where a node is refused. */
  readonly shares: readonly RowShare[];
  /** What `compile` would report; null where a node is refused. */
  readonly report: Report | null;
  /** What stands in the way: nodes, and inputs of the model (`op` is 'input'). */
  readonly unsupported: readonly UnsupportedNode[];
  /** The same by operator and reason. */
  readonly refusals: readonly RefusalGroup[];
  /** The tensors in front of the first of them: what the model can be cut down to. Empty where nothing is computed there. */
  readonly cut: readonly string[];
  /** Nodes behind them that were judged by their operator only: the file declares no shape of what they read. */
  readonly unseen: number;
  /** Inputs whose range was not given and was taken as [0, 1]. */
  readonly assumedRanges: readonly string[];
}

/**
 * Says what a model is made of, what stands in the way of proving it, and what a proof would cost.
 * Throws 'format' for a file that is not an ONNX model; what cannot be proved is in the answer, not thrown.
 * @example
 * ```ts
 * const { unsupported, estimate } = inspect(model, { inputRanges: { '': [-1, 1] } });
 * show(unsupported.length === 0 ? estimate : unsupported);
 * ```
 */
export function inspect(bytes: Uint8Array, options: CompileOptions = {}): Inspection {
  const file = decode(bytes, options.externalData ? { externalData: options.externalData } : {});
  const model = partOf(file, options.outputs ?? null);
  const shapes = options.shapes ? { shapes: options.shapes } : {};
  let graph: Graph | undefined;
  try {
    const budget = budgetOf(model.bytes);
    graph = lower(model, shapes, budget);
    graph = fuse(prepared(graph, options.argument !== 'plain'), budget);
    return provable(model, graph, options);
  } catch (error) {
    if (!(error instanceof InferproofError && (error.code === 'unsupported' || error.code === 'unbounded')))
      throw error;
    const found = graph ? { refusals: [], unseen: 0 } : obstacles(model, shapes);
    if (found.refusals.length > 0) return refused(model, found);
    const value = graph?.values.find((one) => placeOf(one) === error.where);
    const place = value ? { node: value.node, op: value.operator } : { node: error.where ?? '', op: '' };
    return refused(model, { refusals: [{ ...place, error, cut: [] }], unseen: 0 }, graph);
  }
}

/** What can be said about a model that cannot be proved. */
const refused = (
  model: Model,
  { refusals, unseen }: { readonly refusals: readonly Refusal[]; readonly unseen: number },
  graph?: Graph,
): Inspection => ({
  nodes: everyNode(model.nodes).length,
  operators: countOps(model),
  params: countParams(model),
  macs: graph?.macs ?? 0,
  inputs: graph ? graphInputs(graph) : [],
  estimate: { rows: null, memoryBytes: null, proveSeconds: null },
  shares: [],
  report: null,
  unsupported: refusals.map(unsupportedNode),
  refusals: groupRefusals(refusals),
  cut: refusals[0].cut,
  unseen,
  assumedRanges: [],
});

function provable(model: Model, graph: Graph, options: CompileOptions): Inspection {
  const start = performance.now();
  if (options.calibration) checkSamples(graph, options.calibration);
  const { inputRanges: known = {}, calibration } = options;
  const ordered = orderedInputs(graph);
  const assumedRanges = graph.inputs
    .filter(
      ({ name, value }) =>
        !(
          own(known, name) ??
          known[''] ??
          calibration ??
          (hasOwnRange(graph.values[value].dtype) || ordered.has(value))
        ),
    )
    .map(({ name }) => name);
  const inputRanges = Object.fromEntries([...Object.entries(known), ...assumedRanges.map((name) => [name, [0, 1]] as const)]); // prettier-ignore
  const given = circuitOptions(graph, { ...options, inputRanges }, null);
  // compile will have data where it is given no range: so has this estimate
  const samples = calibration ?? (assumedRanges.length > 0 ? assumedSamples(graph, given.ranges) : undefined);
  const calibrated = samples ? calibrate(graph, samples) : null;
  const recorded = { ...given, activations: calibrated?.activations ?? null };
  const data =
    calibration && calibrated ? { samples: calibration, floats: calibrated.outputs, source: 'float64' } : null;
  const { arrangement, settled } = arranged(graph, '', recorded, data, options);
  const { labels } = options;
  const report = makeReport(arrangement, { graph, settled, source: data?.source ?? null, labels, start });
  return {
    nodes: everyNode(model.nodes).length,
    operators: countOps(model),
    params: graph.params,
    macs: graph.macs,
    inputs: graphInputs(graph),
    estimate: report.estimate,
    shares: sharesOf(report),
    report,
    unsupported: [],
    refusals: [],
    cut: [],
    unseen: 0,
    assumedRanges,
  };
}

const graphInputs = ({ inputs, values }: Graph): InputInfo[] =>
  inputs.map(({ name, value }) => {
    const { dtype, shape } = values[value];
    return { name, dtype, shape, elements: sizeOf(shape) };
  });

/**
 * The inputs of a file, with static shapes. Throws as `compile` does for a file or dimension that cannot be read.
 * @example
 * ```ts
 * modelInputs(model).map(({ name, shape }) => [name, shape]); // → [ [ 'input', [ 1, 4 ] ] ]
 * ```
 */
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

/**
 * What a file says of the pictures that it takes. Throws 'format' for a file that is not an ONNX model.
 * @example
 * ```ts
 * modelPictures(model); // → {}
 * ```
 */
export const modelPictures = (bytes: Uint8Array, options: Pick<CompileOptions, 'externalData'> = {}): PictureForm =>
  pictureForm(decode(bytes, options.externalData ? { externalData: options.externalData } : {}));
