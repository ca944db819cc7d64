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
const repeated = (describe: string) =>
  ({
    type: 'string',
    nargs: 1,
    describe,
    coerce: (value: string | readonly string[] | undefined): readonly string[] =>
      value === undefined ? [] : typeof value === 'string' ? [value] : value,
  }) as const satisfies Options;

export const REPEATED: ReadonlySet<string> = new Set(['input-range', 'shape']);

/** Flags of one number, read as text: yargs would make NaN of a wrong one before anyone can say what was given. */
const NUMBERS: ReadonlySet<string> = new Set(['bits', 'index', 'min-agreement', 'max-error']);

/** The flags as help shows them: numbers as numbers. */
export const shown = (flags: Readonly<Record<string, Options>>): Record<string, Options> =>
  Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, NUMBERS.has(name) ? { ...flag, type: 'number' } : flag]),
  );

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const satisfies Options;

/** Flags of compile, which inspect takes as well. */
export const COMPILE = {
  calibrate: text('data set that ranges are read from and accuracy is measured on (.npy, .npz, JSON)'),
  labels: text('class of each sample of the data set (.npy)'),
  decision: {
    choices: ['argmax', 'argmin', 'sign', 'none'],
    requiresArg: true,
    describe: 'what the output decides, which agreement counts (default: what the model shows)',
  },
  'min-agreement': text('least share of decisions as by the float model, 0 to 1; fails below (default 0.95)'),
  'max-error': text('greatest mean error over the range of an output; fails above (default 0.03)'),
  'allow-loss': { type: 'boolean', describe: 'go on, with a warning, where more accuracy is lost than that' },
  bits: text('bits of inputs and activations, 2 to 12 (default 8, more where these lose accuracy)'),
  argument: {
    choices: ['lookup', 'plain'],
    requiresArg: true,
    describe: 'lookup (default): Groth16 with a committed block and tables; plain: stock Groth16',
  },
  'input-range': repeated(
    '[NAME=]LO,HI: range of an input, or of all inputs; NAME[i]=LO,HI: of a column; NAME=FILE: a pair per column (.npy, JSON)',
  ),
  shape: repeated('NAME=N: size of a symbolic dimension'),
  public: {
    choices: ['input,output', 'output', 'input', 'none'],
    requiresArg: true,
    describe: 'what the verifier sees (default input,output)',
  },
} as const satisfies Record<string, Options>;

export const INPUT = {
  input: { ...text('input data (.npy, .npz, JSON)'), demandOption: true },
} as const satisfies Record<string, Options>;

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

const parseDecimal = (text: string): number =>
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

/** 64 hex digits, with or without 0x -> 0x and 64 lower-case digits. */
export function readContext(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, digits] = /^(?:0x)?([0-9a-f]{64})$/i.exec(value) ?? [];
  if (digits === undefined)
    throw usageError(`expected 32 bytes as 64 hex digits, got '${value}'`, undefined, '--context');
  return `0x${digits.toLowerCase()}`;
}
