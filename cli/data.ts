// The flags of how data is read, and the data of a command about a compiled model.
import type { InferredOptionTypes } from 'yargs';
import { circuitInputs, type Circuit } from '../compiler/circuit/index.js';
import type { Samples } from '../compiler/index.js';
import { readDataSet, readReading, type Labels, type Reading } from '../files/index.js';
import { usageError } from './errors.js';
import type { INPUT, READING } from './options.js';
import { given, parseDecimal } from './options.js';
import type { Output } from './output.js';
import { word } from './printable.js';

type ReadingFlags = Readonly<InferredOptionTypes<typeof READING>>;

export function readReadingFlags({ label, skip, header, pixels, mean, std, layout, channels }: ReadingFlags): Reading {
  const range = numbers(pixels, '--pixels');
  if (range !== undefined && (range.length !== 2 || range[0] === range[1]))
    throw usageError(`expected LO,HI, got '${pixels ?? ''}'`, 'write --pixels 0,1', '--pixels');
  const deviations = numbers(std, '--std');
  if (deviations?.some((s) => !(s > 0)) === true)
    throw usageError(`expected numbers above 0, got '${std ?? ''}'`, undefined, '--std');
  return given({
    label,
    skip: skip === undefined || skip.length === 0 ? undefined : skip.flatMap((names) => names.split(',')),
    header: header === undefined ? undefined : header === 'yes',
    pixels: range,
    mean: numbers(mean, '--mean'),
    std: deviations,
    layout,
    channels,
  });
}

/** One to four numbers, one per channel. */
function numbers(value: string | undefined, flag: string): readonly number[] | undefined {
  if (value === undefined) return undefined;
  const all = value.split(',').map(parseDecimal);
  if (all.length <= 4 && all.every(Number.isFinite)) return all;
  throw usageError(`expected one to four numbers with commas between them, got '${value}'`, undefined, flag);
}

/** The samples of `--input`, read as the data that the model was compiled with, but for what flags say. */
export async function readInput(
  dir: string,
  circuit: Circuit,
  flags: Readonly<InferredOptionTypes<typeof INPUT>>,
  output: Output,
): Promise<Samples> {
  const flagged = readReadingFlags(flags);
  const reading = {
    ...(await readReading(dir)),
    ifThere: flagged.label === undefined && flagged.skip === undefined,
    ...flagged,
  };
  const { samples, note } = await readDataSet(flags.input, circuitInputs(circuit), reading);
  if (note !== undefined) output.note(note);
  return samples;
}

const MOST_CLASSES = 20;

/** "classes: 0 cat, 1 dog": which number stands for which name. */
export function classLine({ classes }: Labels): string | undefined {
  if (classes === undefined) return undefined;
  const more = classes.length > MOST_CLASSES ? `, and ${classes.length - MOST_CLASSES} more` : '';
  const shown = classes.slice(0, MOST_CLASSES).map((name, i) => `${i} ${word(name)}`);
  return `classes: ${shown.join(', ')}${more}; the model's own order must be this one`;
}
