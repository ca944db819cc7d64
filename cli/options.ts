// The flags that several commands share, and the reading of their values.
import type { Options } from 'yargs';
import { usageError } from './errors.js';

/** Flags of every command. */
export const EVERYWHERE = {
  json: { type: 'boolean', describe: 'print the result as one JSON object on stdout' },
  quiet: { type: 'boolean', describe: 'say nothing on stderr but errors' },
  verbose: { type: 'boolean', describe: 'say more on stderr, the stack of an error included' },
} as const satisfies Record<string, Options>;

/** Flags that may be repeated. yargs refuses a value like `-1,1` for arrays, not for strings of one argument. */
export const repeated = (describe: string) =>
  ({
    type: 'string',
    nargs: 1,
    describe,
    coerce: (value: string | readonly string[] | undefined): readonly string[] =>
      value === undefined ? [] : typeof value === 'string' ? [value] : value,
  }) as const satisfies Options;

/** A value that may begin with a minus, which yargs takes with nargs alone. */
const signed = (describe: string) => ({ type: 'string', nargs: 1, describe }) as const satisfies Options;

/** How data is read beyond what its bytes say. */
export const READING = {
  label: signed('column of a CSV table that holds the class, by name or number (-1: the last)'),
  skip: repeated('COLUMN,...: columns of a CSV table that the model does not read'),
  header: {
    choices: ['yes', 'no'],
    requiresArg: true,
    describe: 'whether the first row of a CSV table names its columns',
  },
  pixels: signed(
    "LO,HI: what black and white are to the model (0,1 for pixels divided by 255, as torchvision's ToTensor)",
  ),
  mean: signed('M,...: subtracted from each channel of a picture after --pixels'),
  std: signed('S,...: what is left of each channel is divided by it'),
  layout: {
    choices: ['NCHW', 'NHWC'],
    requiresArg: true,
    describe: 'where the channels of a picture stand, if the shape leaves it open',
  },
  channels: { choices: ['rgb', 'bgr'], requiresArg: true, describe: 'order of colours (default rgb)' },
} as const satisfies Record<string, Options>;

export const REPEATED: ReadonlySet<string> = new Set([
  ...['input-range', 'outputs', 'shape', 'skip'],
  ...['rpc', 'hub', 'from', 'token'], // of inferproof-network
]);

/** Flags of one number, read as text: yargs would make NaN of a wrong one before anyone can say what was given. */
const NUMBERS: ReadonlySet<string> = new Set([
  ...['batch', 'bits', 'index', 'min-agreement', 'max-error'],
  ...['deadline', 'share'], // of inferproof-network
]);

/** The flags as help shows them: numbers as numbers. */
export const shown = (flags: Readonly<Record<string, Options>>): Record<string, Options> =>
  Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, NUMBERS.has(name) ? { ...flag, type: 'number' } : flag]),
  );

/** A flag with a text behind it. */
export const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const satisfies Options;

/** What every command reads. */
const DATA = '.npy, .npz, JSON, CSV, PNG, JPEG, a folder of pictures, or - for standard input';

/** Flags of compile, which inspect takes as well. */
export const COMPILE = {
  calibrate: text(`data set that ranges are read from and accuracy is measured on: ${DATA}`),
  labels: text(
    'class of each sample of the data set (.npy, CSV, JSON); a column or the folders of the data may say it instead',
  ),
  decision: {
    choices: ['argmax', 'argmin', 'sign', 'none'],
    requiresArg: true,
    describe: 'what the output decides, which agreement counts (default: what the model shows)',
  },
  'min-agreement': text('least share of decisions as by the float model, 0 to 1; fails below (default 0.95)'),
  'max-error': text('greatest mean error over the range of an output; fails above (default 0.03)'),
  'allow-loss': { type: 'boolean', describe: 'go on, with a warning, where more accuracy is lost than that' },
  bits: text(
    'bits of inputs and activations, 2 to 12 (default 8, more where these lose accuracy; where you say what may be lost, those of each part that meet it in the fewest rows)',
  ),
  batch: text('samples that one proof is of (default 1): they share tables and the price of verification'),
  argument: {
    choices: ['lookup', 'plain'],
    requiresArg: true,
    describe: 'lookup (default): Groth16 with a committed block and tables; plain: stock Groth16',
  },
  'input-range': repeated(
    '[NAME=]LO,HI: range of an input, or of all inputs; NAME[i]=LO,HI: of a column; NAME=FILE: a pair per column (.npy, JSON)',
  ),
  shape: repeated('NAME=N: size of a symbolic dimension'),
  outputs: repeated('TENSOR,...: tensors to cut the model at, instead of its own outputs (a comma in a name: ,,)'),
  public: {
    choices: ['input,output', 'output', 'input', 'none'],
    requiresArg: true,
    describe: 'what the verifier sees (default input,output)',
  },
  ...READING,
} as const satisfies Record<string, Options>;

export const INPUT = {
  input: { ...text(`input data: ${DATA}`), demandOption: true },
  ...READING,
} as const satisfies Record<string, Options>;

/** Of commands that can show what they found on a page. */
export const HTML = text('write a page to look at, FILE.html') satisfies Options;

export const CLAMP = {
  clamp: { type: 'boolean', default: false, describe: 'move values outside the declared range onto its ends' },
} as const satisfies Record<string, Options>;

export const CONTEXT = {
  context: text('32 bytes in hex that the proof is bound to (default: none)'),
} as const satisfies Record<string, Options>;

/** The given options without those that were not: what an `exactOptionalPropertyTypes` callee wants. */
export type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };
export const given = <T extends object>(options: T): Given<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;

/**
 * A number in [lo, hi], whole if asked for; undefined stays undefined.
 * @param flag name with its dashes, for the error
 */
export function readNumber(
  value: string | undefined,
  flag: string,
  { lo = -Infinity, hi = Infinity, whole = false }: { lo?: number; hi?: number; whole?: boolean } = {},
): number | undefined {
  if (value === undefined) return undefined;
  const x = parseDecimal(value);
  if (x >= lo && x <= hi && (!whole || Number.isInteger(x))) return x;
  const bounds = hi === Infinity ? `of at least ${lo}` : `from ${lo} to ${hi}`;
  throw usageError(`expected ${whole ? 'a whole number' : 'a number'} ${bounds}, got '${value}'`, undefined, flag);
}

export const parseDecimal = (text: string): number =>
  /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : NaN;

/** What `--input-range` gives, by the name of an input, `NAME[i]` for a column, '' for all inputs. */
export interface GivenRanges {
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  /** Paths of files that hold a range per column. */
  readonly files: Readonly<Record<string, string>>;
}

/** `[NAME[i]=]LO,HI` -> ranges, `[NAME=]FILE` -> files of them. */
export function readRangeFlags(values: readonly string[] = []): GivenRanges {
  const ranges = new Map<string, readonly [number, number]>();
  const files = new Map<string, string>();
  for (const value of values) {
    const isFile = /\.(npy|json)$/i.test(value);
    const at = isFile ? value.indexOf('=') : value.lastIndexOf('='); // a path may hold = signs, and so may a name
    const name = value.slice(0, Math.max(at, 0));
    const ends = value
      .slice(at + 1)
      .split(',')
      .map(parseDecimal);
    if (at === 0 || (!isFile && (ends.length !== 2 || !ends.every(Number.isFinite) || !(ends[0] < ends[1])))) {
      throw usageError(
        `expected [NAME=]LO,HI with LO < HI, or a .npy or .json file of such pairs, got '${value}'`,
        "write --input-range 0,1 or --input-range image=-1,1; 'table[3]=0,50' for a column, table=ranges.npy for all columns",
        '--input-range',
      );
    }
    if (ranges.has(name) || files.has(name)) {
      throw usageError(
        `expected one range ${name === '' ? 'for all inputs' : `of '${name}'`}, got two`,
        undefined,
        '--input-range',
      );
    }
    if (isFile) files.set(name, value.slice(at + 1));
    else ranges.set(name, [ends[0], ends[1]]);
  }
  return { ranges: Object.fromEntries(ranges), files: Object.fromEntries(files) };
}

/** `NAME=N` -> sizes by name. */
export function readShapes(values: readonly string[] = []): Readonly<Record<string, number>> | undefined {
  const shapes = new Map<string, number>();
  for (const value of values) {
    const [, name, size] = /^(.+)=(\d{1,9})$/.exec(value) ?? [];
    if (name === undefined || Number(size) === 0) {
      throw usageError(`expected NAME=N with N at least 1, got '${value}'`, 'write --shape batch=1', '--shape');
    }
    if (shapes.has(name)) throw usageError(`expected one size of '${name}', got two`, undefined, '--shape');
    shapes.set(name, Number(size));
  }
  return shapes.size === 0 ? undefined : Object.fromEntries(shapes);
}

/** `TENSOR,...` -> names; a comma that belongs to a name is written twice. */
export function readOutputs(values: readonly string[] = []): readonly string[] | undefined {
  const names = values.flatMap((value) => {
    if (!/^(?:[^,]|,,)+(?:,(?:[^,]|,,)+)*$/.test(value)) {
      throw usageError(
        `expected TENSOR,..., got '${value}'`,
        'write --outputs features,scores, and a comma that belongs to a name twice',
        '--outputs',
      );
    }
    return Array.from(value.matchAll(/(?:[^,]|,,)+/g), ([name]) => name.replaceAll(',,', ','));
  });
  return names.length === 0 ? undefined : names;
}

/** 64 hex digits, with or without 0x -> 0x and 64 lower-case digits. */
export function readContext(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, digits] = /^(?:0x)?([0-9a-f]{64})$/i.exec(value) ?? [];
  if (digits === undefined)
    throw usageError(`expected 32 bytes as 64 hex digits, got '${value}'`, undefined, '--context');
  return `0x${digits.toLowerCase()}`;
}
