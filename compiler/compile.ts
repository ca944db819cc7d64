// compile: from an ONNX file and what the user wants of it to a circuit with its report.
import { arranged } from './build.js';
import type { Circuit } from './circuit/circuit.js';
import { emitCircom } from './emit/circom.js';
import { emitQuantisedOnnx } from './emit/onnx.js';
import type { Graph } from './graph/graph.js';
import { refuseTooLong } from './graph/json.js';
import { lowerModel } from './lowered.js';
import { calibrate, type Calibration } from './measure/calibrate.js';
import { besideWarnings } from './measure/beside.js';
import { integerWarnings } from './measure/integers.js';
import { labelWarnings } from './measure/labels.js';
import { deviationsOf } from './measure/meanings.js';
import { makeReport, type Report } from './measure/report.js';
import { floatOutputs } from './measure/run.js';
import type { Data } from './measure/some-samples.js';
import { verdict } from './measure/verdict.js';
import { circuitOptions, type CompileOptions } from './options.js';
import { checkSamples } from './quantize/inputs.js';
import { marginsOf, unusedRanges } from './quantize/ranges.js';

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
 * not met, where a value that is compared is not finite, and where integers beside scores are not the float model's.
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
  const others = data && calibration ? integerWarnings(graph, calibration.outputs, data, options) : [];
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
        ...others,
        ...besideWarnings(settled?.measured.pairs ?? [], calibration?.outputs ?? {}),
        ...labelWarnings(settled?.measured.pairs ?? [], options.labels ?? []),
      ],
    },
    margins: marginsOf(graph, circuit.options.ranges, options.inputRanges ?? {}, options.calibration),
  };
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
