// How data is read beyond what its bytes say: which column of a table is the label, what a pixel's value becomes. A user gives it,
// or the model's metadata does; `compile` writes what it used to data.json, so that the next command reads the next picture alike.
import type { PictureForm } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import { parseJson } from '../verifier/json-text.js';

/** Everything may be left out. What is about pictures, `PictureForm`, may come from the model as well. */
export interface Reading extends PictureForm {
  /** Whether the first row of a table names its columns; found out where it is left out. */
  readonly header?: boolean;
  /** The column of a table that holds each sample's class: its name, or its number from 0, from the end where negative. */
  readonly label?: string;
  /** Columns of a table that are not read: names, or numbers like that of `label`. */
  readonly skip?: readonly string[];
  /** What the columns of a table are called, one per element of the inputs: a table with a header is read by these names. */
  readonly columns?: readonly string[];
  /** `label` and `skip` were said of other data: columns that are not there are not missed. */
  readonly ifThere?: boolean;
  /** Subtracted from each channel, or from all of them, after `pixels`. */
  readonly mean?: readonly number[];
  /** What is left is divided by it. */
  readonly std?: readonly number[];
}

const FORMAT = 'inferproof-data';
const VERSION = 1;

/** What data.json holds of a reading; undefined where there is nothing that the next data shares. */
export function encodeReading({
  label,
  skip,
  columns,
  layout,
  pixels,
  channels,
  mean,
  std,
}: Reading): string | undefined {
  const kept = { label, skip, columns, layout, pixels, channels, mean, std };
  if (Object.values(kept).every((value) => value === undefined)) return undefined;
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...kept }, undefined, 2)}\n`;
}

/** @throws InferproofError 'format' for anything but what `encodeReading` writes */
export function decodeReading(text: string, where: string): Reading {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw bad('expected JSON, got a text that does not parse', where, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('expected a JSON object', where);
  const { format, version, ...fields } = value as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || version !== VERSION) throw bad(`expected ${FORMAT} ${VERSION}`, where);
  for (const [name, field] of Object.entries(fields))
    if (!Object.hasOwn(FIELDS, name) || !FIELDS[name as keyof typeof FIELDS](field))
      throw bad(`expected what compile writes, got another '${name}'`, where);
  return fields;
}

const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.length <= 4 && value.every(Number.isFinite);

const FIELDS = {
  label: (value: unknown) => typeof value === 'string',
  skip: (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  columns: (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  layout: (value: unknown) => value === 'NCHW' || value === 'NHWC',
  pixels: (value: unknown) => isNumbers(value) && (value as readonly number[]).length === 2,
  channels: (value: unknown) => value === 'rgb' || value === 'bgr',
  mean: isNumbers,
  std: isNumbers,
};

const bad = (message: string, where: string, cause?: unknown): InferproofError =>
  new InferproofError('format', message, { where, hint: 'compile again, or remove this file', cause });
