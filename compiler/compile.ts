// compile: from an ONNX file and what the user wants of it to a circuit with its report.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { InferproofError } from '../verifier/errors.js';
import { wordCount } from '../verifier/words.js';
import { budgetOf } from './budget.js';
import { arrange } from './circuit/arrange.js';
import type { ActivationRange, Argument, Circuit, CircuitOptions, Publics } from './circuit/circuit.js';
import { publicTensor, publicTensors } from './circuit/publics.js';
import { emitCircom } from './emit/circom.js';
import { emitQuantisedOnnx } from './emit/onnx.js';
import { fuse } from './graph/fuse.js';
import type { Graph } from './graph/graph.js';
import type { Interval } from './linear/intervals.js';
import { calibrate } from './measure/calibrate.js';
import { makeReport, type Report } from './measure/report.js';
import type { FloatReference } from './measure/run.js';
import { decode, type Model } from './onnx/decode.js';
import { lower, type LowerOptions } from './onnx/lower.js';
import { ACTIVATION_BITS } from './limits.js';
import { own } from './own.js';
import { planLookup } from './quantize/cost.js';
import { inputRange, type Samples } from './quantize/inputs.js';
import { planPlain, type Plan } from './quantize/plan.js';
import { isFloat } from './tensor.js';

/** Called as long steps go on; `total` 0 where it is not known. */
export type Progress = (step: string, done: number, total: number) => void;

export interface CompileOptions {
  /** 'lookup' (default): the fewest rows. 'plain': proofs that any stock Groth16 verifier takes. */
  readonly argument?: Argument;
  /** Bits of inputs and rescaled activations, 2 to 12; default 8. */
  readonly bits?: number;
  /** Which tensors the verifier sees; default 'input,output'. */
  readonly public?: Publics;
  /** Real range of an input by name; '' stands for every input without one of its own. */
  readonly inputRanges?: Readonly<Record<string, readonly [number, number]>>;
  /** Size of each symbolic dimension. */
  readonly shapes?: Readonly<Record<string, number>>;
  /** Data that ranges are read from and fidelity is measured on. */
  readonly calibration?: Samples;
  /** Class of each sample, for the accuracy in the report. */
  readonly labels?: readonly number[];
  /** Fails with 'accuracy' under this share of equal decisions. */
  readonly minAgreement?: number;
  /** Fails with 'accuracy' above this rangeError. */
  readonly maxError?: number;
  /** Float outputs of the original file on samples, by name; the lowered graph in float64 gives what is left out. */
  readonly reference?: FloatReference;
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
}

/**
 * Compiles a model. Needs no process and no file system.
 * Throws 'format' for a file that is not an ONNX model, 'unsupported' for a model that cannot be proved, 'unbounded'
 * for one whose integers cannot be bounded, 'usage' and 'data' for options and samples, 'accuracy' when the contract is
 * not met.
 */
export async function compile(bytes: Uint8Array, options: CompileOptions = {}): Promise<Compilation> {
  const start = performance.now();
  const progress = options.onProgress ?? (() => {});
  const { graph, modelSha256 } = lowerModel(bytes, options);
  if (options.calibration) checkSamples(graph, options.calibration);
  const calibration = options.calibration
    ? calibrate(graph, options.calibration, (done) => progress('calibrate', done, options.calibration!.count))
    : null;
  const circuit = buildCircuit(graph, modelSha256, circuitOptions(graph, options, calibration?.activations ?? null));
  const arrangement = arrange(circuit);
  const report = await makeReport(arrangement, graph, options, calibration?.outputs ?? null, start);
  enforce(report, options);
  progress('write', 0, 0);
  return { circuit, graph, circom: emitCircom(arrangement), quantisedModel: emitQuantisedOnnx(circuit), report };
}

/** A file decoded, with the SHA-256 of its bytes and of all the files that it keeps beside it, each once. */
function readModel(
  bytes: Uint8Array,
  externalData: CompileOptions['externalData'],
): { readonly model: Model; readonly modelSha256: string } {
  const model = decode(bytes, externalData ? { externalData } : {});
  const hash = sha256.create().update(bytes);
  for (const data of model.external.values()) hash.update(data);
  return { model, modelSha256: bytesToHex(hash.digest()) };
}

/** The lowered graph of a file, its linear maps composed. */
export function lowerModel(
  bytes: Uint8Array,
  { shapes, externalData }: Pick<CompileOptions, 'shapes' | 'externalData'>,
): { readonly graph: Graph; readonly modelSha256: string } {
  const { model, modelSha256 } = readModel(bytes, externalData);
  return { graph: lowered(model, shapes ? { shapes } : {}), modelSha256 };
}

/** The graph of a decoded model, its linear maps composed. */
function lowered(model: Model, options: LowerOptions): Graph {
  const budget = budgetOf(model.bytes);
  return fuse(lower(model, options, budget), budget);
}

/** What is recorded of the options: all that determines the circuit. */
export function circuitOptions(
  graph: Graph,
  options: CompileOptions,
  activations: readonly ActivationRange[] | null,
): CircuitOptions {
  return {
    argument: options.argument ?? 'lookup',
    bits: checkBits(options.bits ?? 8),
    public: options.public ?? 'input,output',
    shapes: options.shapes ?? {},
    ranges: inputRanges(graph, options),
    activations,
  };
}

/** The circuit that a graph compiles to under recorded options: a function of both alone. */
export function buildCircuit(graph: Graph, modelSha256: string, options: CircuitOptions): Circuit {
  const ranges = Object.fromEntries(
    Object.entries(options.ranges).map(([name, list]) => [name, list.map(([lo, hi]): Interval => ({ lo, hi }))]),
  );
  const planning = { bits: options.bits, ranges, activations: options.activations };
  const described = (planned: Plan): Circuit => {
    const circuit: Circuit = { options, modelSha256, ...planned, publics: [] };
    return { ...circuit, publics: publicTensors(circuit).map((id) => publicTensor(circuit, id)) };
  };
  if (options.argument === 'plain') return described(planPlain(graph, planning));
  const words = (planned: Plan): number => described(planned).publics.reduce((n, tensor) => n + wordCount(tensor), 0);
  return described(planLookup(graph, planning, words));
}

/**
 * What a model compiles to under the options that a circuit records: for `audit`. Null for another model than the circuit
 * records: its inputs and values are not those that the options are about.
 * Throws as `compile` does for a model that cannot be read or proved, 'usage' for ranges of other inputs.
 */
export function recompile(
  bytes: Uint8Array,
  { options, modelSha256: recorded }: Pick<Circuit, 'options' | 'modelSha256'>,
  externalData?: CompileOptions['externalData'],
): Circuit | null {
  const { model, modelSha256 } = readModel(bytes, externalData);
  if (modelSha256 !== recorded) return null;
  const graph = lowered(model, { shapes: options.shapes });
  if (!fits(graph, options.ranges))
    throw new InferproofError('usage', 'expected ranges of the inputs of this model', {
      where: 'circuit.json: options.ranges',
    });
  return buildCircuit(graph, modelSha256, options);
}

/** Whether the ranges are those of the graph's inputs: one each, or one per column of a table. */
function fits({ inputs, values }: Graph, ranges: CircuitOptions['ranges']): boolean {
  if (Object.keys(ranges).length !== inputs.length) return false;
  return inputs.every(({ name, value }) => {
    const { shape, dtype } = values[value];
    const given = own(ranges, name)?.length;
    return given === 1 || (given === shape[1] && shape.length === 2 && shape[0] === 1 && isFloat(dtype));
  });
}

function inputRanges(graph: Graph, { inputRanges = {}, calibration }: CompileOptions): CircuitOptions['ranges'] {
  const names = graph.inputs.map((input) => input.name);
  const unknown = Object.keys(inputRanges).find((name) => name !== '' && !names.includes(name));
  if (unknown !== undefined) {
    throw new InferproofError('usage', `expected the name of an input, got '${unknown}'`, {
      where: 'input range',
      hint: `the model's inputs are ${names.join(', ')}`,
    });
  }
  return Object.fromEntries(
    graph.inputs.map(({ name, value }) => {
      const declared = own(inputRanges, name) ?? inputRanges[''];
      const interval = declared ? { lo: declared[0], hi: declared[1] } : undefined;
      const list = inputRange(graph.values[value], interval, calibration);
      return [name, list.map(({ lo, hi }): readonly [number, number] => [lo, hi])];
    }),
  );
}

function checkBits(bits: number): number {
  const { least, most } = ACTIVATION_BITS;
  if (Number.isInteger(bits) && bits >= least && bits <= most) return bits;
  throw new InferproofError('usage', `expected ${least} to ${most} bits, got ${bits}`, { where: 'bits' });
}

/** Throws 'data' unless every input has the right number of finite values. */
export function checkSamples(graph: Pick<Graph, 'inputs' | 'values'>, { count, inputs }: Samples): void {
  for (const { name, value } of graph.inputs) {
    const { shape } = graph.values[value];
    const size = shape.reduce((n, d) => n * d, 1);
    const data = own(inputs, name);
    if (!data || data.length !== count * size || count === 0) {
      throw new InferproofError(
        'data',
        `expected samples of shape [${shape.join(', ')}], ${count} x ${size} values, got ${data ? data.length : 'none'}`,
        {
          where: name,
          hint: `the model's inputs are ${graph.inputs.map((input) => input.name).join(', ')}`,
        },
      );
    }
    const bad = data.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0)
      throw new InferproofError('data', `expected finite values, got ${data[bad]}`, { where: `${name}[${bad}]` });
  }
}

/** The accuracy contract. */
function enforce(report: Report, { minAgreement, maxError }: CompileOptions): void {
  const { agreement, rangeError } = report;
  if (minAgreement !== undefined && !(agreement !== null && agreement >= minAgreement)) {
    throw new InferproofError(
      'accuracy',
      `expected an agreement of at least ${minAgreement}, got ${agreement ?? 'nothing to compare'}`,
      {
        where: 'accuracy contract',
        hint:
          agreement === null
            ? 'give data with --calibrate'
            : 'more --bits, or calibration data nearer to what the model will see',
      },
    );
  }
  if (maxError !== undefined && !(rangeError !== null && rangeError <= maxError)) {
    throw new InferproofError(
      'accuracy',
      `expected a range error of at most ${maxError}, got ${rangeError ?? 'nothing to compare'}`,
      {
        where: 'accuracy contract',
        hint:
          rangeError === null
            ? 'give data with --calibrate'
            : 'more --bits, or calibration data nearer to what the model will see',
      },
    );
  }
}
