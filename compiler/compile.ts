// compile: from an ONNX file and what the user wants of it to a circuit with its report.
import { InferproofError } from '../verifier/errors.js';
import { wordCount } from '../verifier/words.js';
import { budgetOf } from './budget.js';
import { arrange, type Arrangement } from './circuit/arrange.js';
import { batched } from './circuit/batch.js';
import type { ActivationRange, Argument, Circuit, CircuitOptions, Publics } from './circuit/circuit.js';
import { publicsOf } from './circuit/publics.js';
import { emitCircom } from './emit/circom.js';
import { emitQuantisedOnnx } from './emit/onnx.js';
import type { DecisionRule } from './graph/decision.js';
import { fuse } from './graph/fuse.js';
import type { Graph } from './graph/graph.js';
import { refuseTooLong } from './graph/json.js';
import { maximaFirst } from './graph/maxima.js';
import { prepared } from './graph/prepared.js';
import { calibrate, type Calibration } from './measure/calibrate.js';
import type { ContractOptions } from './measure/contract.js';
import { labelWarnings } from './measure/labels.js';
import { deviationsOf } from './measure/meanings.js';
import { makeReport, type Report } from './measure/report.js';
import { floatOutputs, type FloatReference } from './measure/run.js';
import type { Precision } from './measure/search.js';
import { settle, USUAL_BITS, type Settled } from './measure/settle.js';
import type { Data } from './measure/some-samples.js';
import { verdict } from './measure/verdict.js';
import { decode, type Model } from './onnx/decode.js';
import { modelDigest } from './onnx/digest.js';
import { lower, type LowerOptions } from './onnx/lower.js';
import { ACTIVATION_BITS, MOST_SAMPLES } from './limits.js';
import { own } from './own.js';
import { planLookup } from './quantize/cost.js';
import { checkSamples, type Samples } from './quantize/inputs.js';
import { planPlain, type Plan } from './quantize/plan.js';
import type { DeclaredRange } from './quantize/declared-ranges.js';
import { inputRanges, marginsOf, unusedRanges } from './quantize/ranges.js';
import { isFloat } from './tensor.js';

/** Called as long steps go on; `total` 0 where it is not known. */
export type Progress = (step: string, done: number, total: number) => void;

export interface CompileOptions extends ContractOptions {
  /** 'lookup' (default): the fewest rows. 'plain': proofs that any stock Groth16 verifier takes. */
  readonly argument?: Argument;
  /** Bits of inputs and rescaled activations, 2 to 12; default 8, or what a search on the data finds where these lose accuracy. */
  readonly bits?: number;
  /** Which tensors the verifier sees; default 'input,output'. */
  readonly public?: Publics;
  /**
   * Real range [lo, hi] of an input by name, or a list of them, one for each index along the last axis that has as many. '' stands
   * for every input without one of its own; `name[i]` for column i of an input, the rest of it as without that entry.
   */
  readonly inputRanges?: Readonly<Record<string, DeclaredRange>>;
  /** Size of each symbolic dimension. */
  readonly shapes?: Readonly<Record<string, number>>;
  /** Names of the tensors to compile the model up to: any that a node gives. Default: the outputs that the file declares. */
  readonly outputs?: readonly string[];
  /** Data that ranges are read from and fidelity is measured on. */
  readonly calibration?: Samples;
  /** Class of each sample, for the accuracy in the report. */
  readonly labels?: readonly number[];
  /** What the score output decides, which agreement counts; default: what the model shows, mostly argmax. */
  readonly decision?: DecisionRule;
  /** Float outputs of the original file on samples, by name; the lowered graph in float64 gives what is left out. */
  readonly reference?: FloatReference;
  /** Samples that one proof is of: they share tables, empty rows and the price of verification. Default 1. */
  readonly batch?: number;
  /** Goes on, with a warning, where the accuracy contract is not met. */
  readonly allowLoss?: boolean;
  /** Bytes of an external data file by its location inside the model's folder. */
  readonly externalData?: (location: string) => Uint8Array;
  readonly onProgress?: Progress;
}

export interface Compilation {
  readonly circuit: Circuit;
  /** The lowered float graph, for `compare`. */
  readonly graph: Graph;
  /** model.circom */
  readonly circom: string;
  /** model.quant.onnx */
  readonly quantisedModel: Uint8Array;
  readonly report: Report;
  /** Bits of precision that the room around calibration data takes, by input; empty where one scale serves each tensor. */
  readonly margins: Readonly<Record<string, number>>;
}

/**
 * Compiles a model. Needs no process and no file system.
 * Throws 'format' for a file that is not an ONNX model, 'unsupported' for a model that cannot be proved, 'unbounded'
 * for one whose integers cannot be bounded, 'usage' and 'data' for options and samples, 'accuracy' when the contract is
 * not met and where a value that is compared is not finite.
 * @example
 * ```ts
 * const { circuit, report } = await compile(model, { calibration: samples });
 * show(report.rows, report.agreement);
 * ```
 */
export async function compile(bytes: Uint8Array, options: CompileOptions = {}): Promise<Compilation> {
  const start = performance.now();
  const progress = options.onProgress ?? (() => {});
  const { graph, modelSha256 } = lowerModel(bytes, options);
  refuseTooLong(graph);
  if (options.calibration) checkSamples(graph, options.calibration);
  const calibration = options.calibration
    ? calibrate(graph, options.calibration, (done) => progress('calibrate', done, options.calibration!.count))
    : null;
  const recorded = circuitOptions(graph, options, calibration?.activations ?? null);
  const data = await dataOf(graph, options, calibration);
  const { arrangement, settled } = arranged(graph, modelSha256, recorded, data, options);
  const { circuit } = arrangement;
  const reported = { graph, settled, source: data?.source ?? null, labels: options.labels, start };
  const report = makeReport(arrangement, reported);
  const warnings = verdict(report, settled?.measured.fidelity ?? null, recorded.argument, options);
  progress('write', 0, 0);
  return {
    circuit,
    graph,
    circom: emitCircom(arrangement),
    quantisedModel: emitQuantisedOnnx(circuit),
    report: {
      ...report,
      warnings: [
        ...deviationsOf(graph),
        ...unusedRanges(graph, options.inputRanges ?? {}),
        ...warnings,
        ...labelWarnings(settled?.measured.pairs ?? [], options.labels ?? []),
      ],
    },
    margins: marginsOf(graph, circuit.options.ranges, options.inputRanges ?? {}, options.calibration),
  };
}

/** The circuit that is taken of a graph: where there is data, the one that it settles on. */
export function arranged(
  graph: Graph,
  modelSha256: string,
  recorded: CircuitOptions,
  data: Data | null,
  options: CompileOptions,
): { readonly arrangement: Arrangement; readonly settled: Settled | null } {
  const build = (precision: Precision): Circuit => circuitOfOne(graph, modelSha256, { ...recorded, ...precision });
  const settled = data && settle(graph, build, options.bits, data, options, options.onProgress ?? (() => {}));
  if (recorded.batch === undefined) return { arrangement: settled?.arrangement ?? arrange(build(recorded)), settled };
  return { arrangement: arrange(batched(settled?.arrangement.circuit ?? build(recorded))), settled };
}

/** What the circuits are measured on. */
async function dataOf(
  graph: Graph,
  { calibration: samples, reference }: CompileOptions,
  calibration: Calibration | null,
): Promise<Data | null> {
  if (!samples || !calibration) return null;
  return { samples, first: calibration.first, ...(await floatOutputs(graph, samples, reference, calibration.outputs)) };
}

/** A file decoded, with its digest. */
function readModel(
  bytes: Uint8Array,
  externalData: CompileOptions['externalData'],
): { readonly model: Model; readonly modelSha256: string } {
  const model = decode(bytes, externalData ? { externalData } : {});
  return { model, modelSha256: modelDigest(bytes, model.external) };
}

/** The lowered graph of a file, its linear maps composed. */
export function lowerModel(
  bytes: Uint8Array,
  { shapes, outputs, externalData, argument }: Pick<CompileOptions, 'shapes' | 'outputs' | 'externalData' | 'argument'>,
): { readonly graph: Graph; readonly modelSha256: string } {
  const { model, modelSha256 } = readModel(bytes, externalData);
  return { graph: lowered(model, { shapes, outputs, argument }), modelSha256 };
}

/** The graph of a decoded model, its linear maps and its functions composed: functions only where there are tables for them. */
function lowered(
  model: Model,
  { argument, ...options }: LowerOptions & { readonly argument?: Argument | undefined },
): Graph {
  const budget = budgetOf(model.bytes);
  const graph = lower(model, options, budget);
  return fuse(maximaFirst(prepared(graph, argument !== 'plain')), budget);
}

/** What is recorded of the options: all that determines the circuit. */
export function circuitOptions(
  graph: Graph,
  options: CompileOptions,
  activations: readonly ActivationRange[] | null,
): CircuitOptions {
  return {
    argument: options.argument ?? 'lookup',
    bits: checkBits(options.bits ?? USUAL_BITS),
    bitsOf: [],
    decision: options.decision ?? null,
    public: options.public ?? 'input,output',
    shapes: options.shapes ?? {},
    outputs: options.outputs ?? null,
    ranges: inputRanges(graph, options.inputRanges ?? {}, options.calibration),
    activations,
    ...batchOption(options.batch),
  };
}

/** The circuit that a graph compiles to under recorded options: a function of both alone. */
export const buildCircuit = (graph: Graph, modelSha256: string, options: CircuitOptions): Circuit =>
  batched(circuitOfOne(graph, modelSha256, options));

/** That of one sample, as cheap as it can be where as many as the options say share a proof. */
function circuitOfOne(graph: Graph, modelSha256: string, options: CircuitOptions): Circuit {
  const { bits, bitsOf, decision, ranges, activations, batch } = options;
  const planning = { bits, bitsOf, decision, ranges, activations };
  const described = (planned: Plan): Circuit => {
    const circuit = { options, modelSha256, ...planned };
    return { ...circuit, publics: publicsOf(circuit) };
  };
  if (options.argument === 'plain') return described(planPlain(graph, planning));
  const words = (planned: Plan): number =>
    described(planned).publics.reduce(
      (n, { shape, bits }) => n + wordCount({ shape: [batch ?? 1, ...shape], bits }),
      0,
    );
  return described(planLookup(graph, planning, words, batch));
}

/** What `compile` makes without data. */
export type Recompiled = Pick<Compilation, 'circuit' | 'graph'>;

/**
 * What a model compiles to under the options that a circuit records: for `audit`. Null for another model than the circuit
 * records: its inputs and values are not those that the options are about.
 * Throws as `compile` does for a model that cannot be read or proved, 'usage' for ranges of other inputs.
 * @example
 * ```ts
 * const again = recompile(model, circuit); // null: another model
 * if (again === null || circuitDigest(again.circuit) !== circuitDigest(circuit)) show('not what this model compiles to');
 * ```
 */
export function recompile(
  bytes: Uint8Array,
  { options, modelSha256: recorded }: Pick<Circuit, 'options' | 'modelSha256'>,
  externalData?: CompileOptions['externalData'],
): Recompiled | null {
  const { model, modelSha256 } = readModel(bytes, externalData);
  if (modelSha256 !== recorded) return null;
  const graph = lowered(model, options);
  if (!fits(graph, options.ranges))
    throw new InferproofError('usage', 'expected ranges of the inputs of this model', {
      where: 'circuit.json: options.ranges',
    });
  return { circuit: buildCircuit(graph, modelSha256, options), graph };
}

/** Whether the ranges are those of the graph's inputs: one each, or one for each index along an axis of floats. */
function fits({ inputs, values }: Graph, ranges: CircuitOptions['ranges']): boolean {
  if (Object.keys(ranges).length !== inputs.length) return false;
  return inputs.every(({ name, value }) => {
    const { shape, dtype } = values[value];
    const range = own(ranges, name);
    return range !== undefined && (range.axis === null || (range.ends.length === shape[range.axis] && isFloat(dtype)));
  });
}

function checkBits(bits: number): number {
  const { least, most } = ACTIVATION_BITS;
  if (Number.isInteger(bits) && bits >= least && bits <= most) return bits;
  throw new InferproofError('usage', `expected ${least} to ${most} bits, got ${bits}`, { where: 'bits' });
}

function batchOption(batch = 1): Pick<CircuitOptions, 'batch'> {
  if (batch === 1) return {};
  if (Number.isInteger(batch) && batch > 1 && batch <= MOST_SAMPLES) return { batch };
  throw new InferproofError('usage', `expected 1 to ${MOST_SAMPLES} samples, got ${batch}`, { where: 'batch' });
}
