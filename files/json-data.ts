// Input data as JSON: {"input_data": [list, …]} with one list per input, in graph order (the form that ezkl reads), or
// {"name": list, …}. A list is flat or nested; nested ones must be regular.
import { InferproofError } from '../verifier/errors.js';
import { parseJson, RepeatedName } from '../verifier/json-text.js';
import { MAX_ELEMENTS, type DataArray } from './npy.js';

/** What ezkl writes besides its input data; we do not use it. */
const EZKL_COMPANIONS = new Set(['output_data', 'input_shapes']);
const MAX_DEPTH = 32;

const bad = (code: 'format' | 'data', message: string, where: string, hint?: string, cause?: unknown) =>
  new InferproofError(code, message, { where, hint, cause });

/**
 * Reads JSON data for inputs of the given names, in graph order.
 * @throws InferproofError 'format' for what is not JSON of either form, 'data' for lists that are ragged or not of finite numbers
 */
export function parseJsonData(text: string, names: readonly string[], where: string): Map<string, DataArray> {
  const value = parseObject(text, where);
  const lists = value['input_data'];
  if (lists === undefined || (names.includes('input_data') && names.length > 1)) {
    return new Map(Object.entries(value).map(([name, list]) => [name, parseList(list, `${where}, '${name}'`)]));
  }
  const strange = Object.keys(value).find((key) => key !== 'input_data' && !EZKL_COMPANIONS.has(key));
  if (strange !== undefined) {
    throw bad('format', `expected "input_data" alone, got "${strange}" beside it`, where, 'name every input, or none');
  }
  const form = 'write {"input_data": [[…], …]}: one list per input, several samples one after the other in that list';
  if (!Array.isArray(lists) || !lists.every(Array.isArray)) throw bad('data', 'expected a list of lists', where, form);
  if (lists.length !== names.length) {
    throw bad(
      'data',
      `expected ${names.length} list(s), one for each of ${names.join(', ')}, got ${lists.length}`,
      where,
      form,
    );
  }
  return new Map(lists.map((list, i) => [names[i], parseList(list, `${where}, '${names[i]}'`)]));
}

function parseObject(text: string, where: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    const got = cause instanceof RepeatedName ? cause.message : 'a text that does not parse';
    throw bad('format', `expected JSON, got ${got}`, where, 'DATA is .npy, .npz or JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad('format', 'expected a JSON object', where, 'write {"input_data": [[…], …]} or {"name": […], …}');
  }
  return value as Record<string, unknown>;
}

function parseList(value: unknown, where: string): DataArray {
  const shape: number[] = [];
  for (let list = value; Array.isArray(list) && shape.length <= MAX_DEPTH; list = list[0]) shape.push(list.length);
  if (shape.length === 0) throw bad('data', `expected a list of numbers, got ${kindOf(value)}`, where);
  const size = shape.reduce((n, d) => n * d, 1);
  if (shape.length > MAX_DEPTH || size > MAX_ELEMENTS) throw bad('data', 'expected a smaller list', where);
  const data = new Float64Array(size);
  let filled = 0;
  const fill = (item: unknown, depth: number): void => {
    if (depth < shape.length) {
      if (!Array.isArray(item) || item.length !== shape[depth]) {
        const got = Array.isArray(item) ? `one of ${item.length}` : kindOf(item);
        throw bad(
          'data',
          `expected a list of ${shape[depth]} at depth ${depth + 1} before value ${filled}, got ${got}`,
          where,
        );
      }
      for (const inner of item) fill(inner, depth + 1);
    } else {
      const number = typeof item === 'boolean' ? Number(item) : item;
      if (typeof number !== 'number')
        throw bad('data', `expected a number at index ${filled}, got ${kindOf(item)}`, where);
      data[filled++] = number;
    }
  };
  fill(value, 0);
  return { shape, data };
}

const kindOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : `a ${typeof value}`;
