// A model file and compile's flags, read into the options of the API: what inspect, compile and audit share.
import type { InferredOptionTypes } from 'yargs';
import { modelInputs, modelPictures, type CompileOptions, type InputInfo } from '../compiler/index.js';
import { externalDataReader, readDataSet, readLabelSet, readRanges, type Reading } from '../files/index.js';
import { classLine, readReadingFlags } from './data.js';
import { usageError } from './errors.js';
import type { COMPILE } from './options.js';
import { given, readNumber, readOutputs, readRangeFlags, readShapes } from './options.js';
import type { Output } from './output.js';
import { plural } from './text.js';

export type CompileFlags = Readonly<InferredOptionTypes<typeof COMPILE>>;

/** The flags that need no data: wrong ones are refused before anything is read. */
export function readCompileFlags(flags: CompileFlags, path: string): CompileOptions {
  const needsData = (['labels', 'label', 'min-agreement', 'max-error'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (flags.calibrate === undefined && needsData !== undefined) {
    throw usageError(`expected --calibrate DATA beside --${needsData}, got none`, undefined, `--${needsData}`);
  }
  return given({
    argument: flags.argument,
    public: flags.public,
    bits: readNumber(flags.bits, '--bits', { lo: 2, hi: 12, whole: true }),
    batch: readNumber(flags.batch, '--batch', { lo: 1, hi: 4096, whole: true }),
    inputRanges: readRangeFlags(flags['input-range']).ranges,
    shapes: readShapes(flags.shape),
    outputs: readOutputs(flags.outputs),
    minAgreement: readNumber(flags['min-agreement'], '--min-agreement', { lo: 0, hi: 1 }),
    allowLoss: flags['allow-loss'],
    decision: flags.decision,
    maxError: readNumber(flags['max-error'], '--max-error', { lo: 0 }),
    externalData: externalDataReader(path),
  });
}

/** The options with what the files of `--input-range`, `--calibrate` and `--labels` hold. */
export async function withData(
  bytes: Uint8Array,
  flags: CompileFlags,
  options: CompileOptions,
  output: Output,
): Promise<{ readonly options: CompileOptions; readonly inputs: readonly InputInfo[]; readonly reading: Reading }> {
  const inputs = modelInputs(bytes, options);
  const ofFiles = Object.entries(readRangeFlags(flags['input-range']).files).map(
    async ([name, path]) => [name, await readRanges(path)] as const,
  );
  const inputRanges = { ...options.inputRanges, ...Object.fromEntries(await Promise.all(ofFiles)) };
  const known = { ...options, inputRanges };
  if (flags.calibrate === undefined) return { options: known, inputs, reading: readReadingFlags(flags) };
  const flagged = readReadingFlags(flags);
  const found = await readDataSet(flags.calibrate, inputs, flagged, () => modelPictures(bytes, options));
  const calibration = found.samples;
  output.detail(`${flags.calibrate}: ${plural(calibration.count, 'sample')}`);
  if (flags.labels !== undefined && flags.label !== undefined)
    throw usageError('expected one of --labels and --label, got both');
  const labels = flags.labels === undefined ? found.labels : await readLabelSet(flags.labels, calibration.count);
  const classes = labels === undefined ? undefined : classLine(labels);
  if (classes !== undefined) output.note(classes);
  const measured = { calibration, ...given({ labels: labels?.labels }) };
  return { options: { ...known, ...measured }, inputs, reading: found.reading };
}
