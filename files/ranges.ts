// Ranges of an input's columns: a .npy of N x 2 numbers, or JSON of pairs, [[lo, hi], ...].
import { InferproofError } from '../verifier/errors.js';
import { isNpy, parseNpy } from './npy.js';
import { readBytes, readText } from './read.js';

/**
 * Reads one pair [lo, hi] per column.
 * @throws InferproofError 'file' when it cannot be read, 'format' when it is damaged or holds anything but pairs of numbers
 * @example
 * ```ts
 * const ranges = await readRanges('ranges.json');
 * const { circuit } = await compile(model, { inputRanges: { input: ranges } });
 * ```
 */
export async function readRanges(path: string): Promise<[lo: number, hi: number][]> {
  const bytes = await readBytes(path, 'a file of ranges (.npy or JSON)');
  return isNpy(bytes) ? ofArray(bytes, path) : ofJson(readText(bytes, path), path);
}

function ofArray(bytes: Uint8Array, path: string): [number, number][] {
  const { shape, data } = parseNpy(bytes, path);
  if (shape.length !== 2 || shape[1] !== 2)
    throw bad(`expected an array of N x 2 numbers, a pair [lo, hi] per column, got [${shape.join(', ')}]`, path);
  return Array.from({ length: shape[0] }, (_, c) => [data[2 * c], data[2 * c + 1]]);
}

function ofJson(text: string, path: string): [number, number][] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw bad('expected JSON or .npy, got a text that does not parse', path, cause);
  }
  if (!Array.isArray(value) || value.length === 0) throw bad('expected a list of pairs', path);
  return value.map((pair: unknown, c): [number, number] => {
    if (Array.isArray(pair) && pair.length === 2 && pair.every((x) => typeof x === 'number')) return [pair[0], pair[1]];
    throw bad(`expected a pair of numbers, got ${JSON.stringify(pair).slice(0, 60)}`, `${path}, column ${c}`);
  });
}

const bad = (message: string, where: string, cause?: unknown): InferproofError =>
  new InferproofError('format', message, { where, hint: 'write [[lo, hi], …]: one pair per column', cause });
