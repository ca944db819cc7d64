// Strict reading and compact writing of the project's own JSON files. A value is read together with its place in the file,
// so that whatever is wrong is one 'format' error that names the field. Number arrays are base64 of little-endian bytes
// after the name of their type: 'i32:...' or 'f64:...'.
import { InferproofError } from '../verifier/errors.js';
import { READ_FUNCTIONS, type Read } from '../verifier/functions.js';
import type { Labels } from '../verifier/words.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { parseJson, RepeatedName } from '../verifier/json-text.js';
import { MAX_RANK } from './limits.js';

/** A value inside a parsed file, and the way to it: file 'circuit.json', path 'steps[3].form'. */
export interface Place {
  readonly file: string;
  readonly path: string;
  readonly value: unknown;
}

const HINT = 'the file is damaged or was edited: make it again with inferproof compile';

/** Throws the 'format' error of a place. */
export function wrong(place: Place, expected: string, got = described(place.value)): never {
  const where = place.path === '' ? place.file : `${place.file}: ${place.path}`;
  throw new InferproofError('format', `expected ${expected}, got ${got}`, { where, hint: HINT });
}

function described(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}… (${text.length} characters)`;
}

/**
 * The root of a file: an object with `format` and `version`.
 * Throws 'format' for text that is not JSON, for another kind of file and for another version.
 */
export function parseFile(text: string, file: string, format: string, version: number): Place {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    const got = cause instanceof RepeatedName ? cause.message : `${text.length} characters of something else`;
    throw new InferproofError('format', `expected JSON of format ${format}, got ${got}`, {
      where: file,
      hint: HINT,
      cause,
    });
  }
  const root = { file, path: '', value };
  const header = new Map(entriesOf(root));
  const formatOf = header.get('format') ?? { file, path: 'format', value: undefined };
  if (formatOf.value !== format) wrong(formatOf, `format "${format}"`);
  const versionOf = header.get('version') ?? { file, path: 'version', value: undefined };
  const found = integerOf(versionOf, 1, Number.MAX_SAFE_INTEGER);
  if (found !== version) {
    throw new InferproofError('format', `expected version ${version} of ${format}, got version ${found}`, {
      where: file,
      hint: `an inferproof of format version ${found} reads it; this one wants the model compiled again`,
    });
  }
  return root;
}

/** The fields of an object that has exactly these. */
export function fieldsOf<Name extends string>(place: Place, names: readonly Name[]): Readonly<Record<Name, Place>> {
  const entries = entriesOf(place);
  const known = new Set<string>(names);
  const unknown = entries.find(([name]) => !known.has(name));
  if (unknown) wrong(unknown[1], `only the fields ${names.join(', ')}`, `the field ${described(unknown[0])}`);
  const found = new Map(entries);
  const fields = names.map((name) => [name, found.get(name) ?? wrong(at(place, `.${name}`, undefined), 'a field')]);
  return Object.fromEntries(fields) as Record<Name, Place>; // one entry for every name
}

/** All entries of an object whose names are data. */
export function entriesOf(place: Place): [string, Place][] {
  const { value } = place;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(place, 'an object');
  return Object.entries(value).map(([name, entry]) => [name, at(place, `.${name}`, entry)]);
}

export function itemsOf(place: Place): Place[] {
  if (!Array.isArray(place.value)) wrong(place, 'a list');
  return place.value.map((item, i) => at(place, `[${i}]`, item));
}

const at = ({ file, path }: Place, step: string, value: unknown): Place => ({
  file,
  path: path === '' ? step.replace(/^\./, '') : path + step,
  value,
});

export function textOf(place: Place): string {
  return typeof place.value === 'string' ? place.value : wrong(place, 'a string');
}

/** One of a list of constants. */
export function choiceOf<T extends string>(place: Place, choices: readonly T[]): T {
  return choices.find((choice) => choice === place.value) ?? wrong(place, `one of ${choices.join(' | ')}`);
}

/** An integer in [lo, hi]. */
export function integerOf(place: Place, lo: number, hi: number): number {
  const { value } = place;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < lo || value > hi)
    wrong(place, `an integer of [${lo}, ${hi}]`);
  return value;
}

export function finiteOf(place: Place): number {
  const { value } = place;
  return typeof value === 'number' && Number.isFinite(value) ? value : wrong(place, 'a finite number');
}

/** null, or what `read` makes of the place. */
export const nullOr = <T>(place: Place, read: (place: Place) => T): T | null =>
  place.value === null ? null : read(place);

/** Integers that fit 32 bits as 'i32', anything else (-0 included) as 'f64'. */
export function encodeNumbers(values: Int32Array | Float64Array): string {
  if (values instanceof Int32Array) return `i32:${encodeBase64(littleEndian(values))}`;
  return areInt32s(values)
    ? `i32:${encodeBase64(littleEndian(new Int32Array(values)))}`
    : `f64:${encodeBase64(littleEndian(values))}`;
}

/** Loops, not callbacks: they run once, over every number of a file, before anything is compiled. */
function areInt32s(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Object.is(values[i] | 0, values[i])) return false;
  return true;
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of numbers, the least first. A view where numbers lie so in memory. */
export function littleEndian<B extends ArrayBufferLike>(
  values: Int32Array<B> | Float64Array<B>,
): Uint8Array<B> | Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return IS_LITTLE_ENDIAN ? bytes : reversed(bytes, values.BYTES_PER_ELEMENT);
}

function reversed(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes);
  for (let at = 0; at < out.length; at += width) out.subarray(at, at + width).reverse();
  return out;
}

/** Numbers as they are written; those of a file are finite. */
function typedOf(place: Place): Int32Array | Float64Array {
  const text = textOf(place);
  const type = text.slice(0, 4);
  if (type !== 'i32:' && type !== 'f64:') wrong(place, "base64 numbers behind 'i32:' or 'f64:'");
  const found = decodeBase64(text.slice(4)) ?? wrong(place, 'base64', 'other characters or a wrong length');
  const width = type === 'i32:' ? 4 : 8;
  if (found.length % width !== 0) wrong(place, `a multiple of ${width} bytes`, `${found.length} bytes`);
  const { buffer } = IS_LITTLE_ENDIAN ? found : reversed(found, width);
  if (width === 4) return new Int32Array(buffer);
  const numbers = new Float64Array(buffer);
  for (let i = 0; i < numbers.length; i++)
    if (!Number.isFinite(numbers[i])) wrong(place, 'finite numbers', 'NaN or infinity');
  return numbers;
}

/** Numbers of either type, all of them finite. */
export function numbersOf(place: Place): Float64Array {
  const numbers = typedOf(place);
  return numbers instanceof Float64Array ? numbers : new Float64Array(numbers);
}

/** Integers in [lo, hi], within 32 bits. */
export function int32sOf(place: Place, lo = -(2 ** 31), hi = 2 ** 31 - 1): Int32Array {
  const numbers = typedOf(place);
  const i = otherThanInts(numbers, lo, hi);
  if (i < numbers.length) wrong(place, `integers of [${lo}, ${hi}]`, `${numbers[i]} at position ${i}`);
  return numbers instanceof Int32Array ? numbers : new Int32Array(numbers);
}

/** The place of the first number that is no integer of [lo, hi]; their length where there is none. */
function otherThanInts(numbers: Int32Array | Float64Array, lo: number, hi: number): number {
  let i = 0;
  while (i < numbers.length && Number.isInteger(numbers[i]) && numbers[i] >= lo && numbers[i] <= hi) i++;
  return i;
}

/** Many short lists as one array and their lengths. */
export function encodeLists(lists: readonly (Int32Array | Float64Array)[]): { lengths: string; values: string } {
  const lengths = Int32Array.from(lists, (list) => list.length);
  const values = new Float64Array(lengths.reduce((a, b) => a + b, 0));
  let next = 0;
  for (const list of lists) {
    values.set(list, next);
    next += list.length;
  }
  return { lengths: encodeNumbers(lengths), values: encodeNumbers(values) };
}

/**
 * The lists that `encodeLists` wrote.
 * @param read `numbersOf` or `int32sOf`
 */
export function listsOf<T extends Int32Array | Float64Array>(place: Place, read: (place: Place) => T): T[] {
  const { lengths, values } = fieldsOf(place, ['lengths', 'values']);
  const all = read(values);
  let next = 0;
  const lists = Array.from(int32sOf(lengths, 0), (length) => all.slice(next, (next += length)) as T);
  if (next !== all.length) wrong(values, `${next} numbers, the sum of the lengths`, `${all.length}`);
  return lists;
}

export const encodeLabels = ({ names, axis }: Labels): object => ({ names, axis });

/** Names of what an output says; whether they fit its tensor is for others to check. */
export function decodeLabels(place: Place): Labels {
  const { names, axis } = fieldsOf(place, ['names', 'axis']);
  return { names: itemsOf(names).map(textOf), axis: nullOr(axis, (a) => integerOf(a, 0, MAX_RANK)) };
}

export const encodeRead = ({ function: name, axis }: Read): object => ({ function: name, axis });

/** A function at the end of a model; whether it fits its tensor is for others to check. */
export function decodeRead(place: Place): Read {
  const { function: name, axis } = fieldsOf(place, ['function', 'axis']);
  return { function: choiceOf(name, READ_FUNCTIONS), axis: nullOr(axis, (a) => integerOf(a, 0, MAX_RANK)) };
}
