// Class labels in a file of their own: .npy, a column of CSV, or a JSON list.
import { parseJson } from '../verifier/json-text.js';
import { fileKind } from '../compiler/onnx/file-kinds.js';
import { InferproofError } from '../verifier/errors.js';
import { classesOf, type Labels } from './classes.js';
import { isNpy, otherKind, parseNpy } from './npy.js';
import { numberOf } from './numbers.js';
import { readBytes, readStdin, readText, STDIN } from './read.js';

const WHAT = 'class labels (.npy, CSV or JSON)';

/**
 * Reads the class of each of `count` samples: whole numbers from 0, or names, which are numbered in their order.
 * @param path a file, or `-` for standard input
 * @throws InferproofError 'data' for another count or other values
 * @example
 * ```ts
 * const { labels, classes } = await readLabelSet('labels.csv', samples.count);
 * ```
 */
export async function readLabelSet(path: string, count: number): Promise<Labels> {
  const where = path === '-' ? STDIN : path;
  const bytes = path === '-' ? await readStdin(WHAT) : await readBytes(path, WHAT);
  const found = isNpy(bytes) ? ofArray(bytes, count, where) : await ofText(bytes, count, where);
  if (found.labels.length !== count)
    throw dataError(`expected ${count} labels, one a sample, got ${found.labels.length}`, where);
  return found;
}

/**
 * The classes of `readLabelSet` as numbers alone.
 * @example
 * ```ts
 * const labels = await readLabels('labels.csv', samples.count);
 * ```
 */
export const readLabels = async (path: string, count: number): Promise<number[]> => [
  ...(await readLabelSet(path, count)).labels,
];

function ofArray(bytes: Uint8Array, count: number, where: string): Labels {
  const { data, shape } = parseNpy(bytes, where);
  if (data.length !== count)
    throw dataError(`expected ${count} labels, one a sample, got shape [${shape.join(', ')}]`, where);
  const at = data.findIndex((v) => !Number.isInteger(v) || v < 0);
  if (at >= 0)
    throw dataError(`expected whole numbers from 0, got ${data[at]} at index ${at}`, where, 'labels are class indices');
  return { labels: Array.from(data) };
}

async function ofText(bytes: Uint8Array, count: number, where: string): Promise<Labels> {
  const kind = fileKind(bytes);
  if (kind?.isTable === true) {
    const { parseLabelColumn } = await import('./table.js');
    const cells = parseLabelColumn(bytes, where);
    const hasHeader = cells.length === count + 1 && numberOf(cells[0]) === undefined;
    return classesOf(hasHeader ? cells.slice(1) : cells, where);
  }
  if (!/^(\uFEFF|\s)*\[/.test(new TextDecoder().decode(bytes.subarray(0, 64)))) throw otherKind(WHAT, bytes, where);
  let list: unknown;
  try {
    list = parseJson(readText(bytes, where).replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new InferproofError('format', 'expected JSON, got a text that does not parse', { where, cause });
  }
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string' || typeof one === 'number'))
    throw dataError('expected a list of whole numbers or names', where);
  const bad = list.findIndex((one) => typeof one === 'number' && !(Number.isSafeInteger(one) && one >= 0));
  if (bad >= 0) throw dataError(`expected whole numbers from 0, got ${list[bad]} at index ${bad}`, where, 'labels are class indices'); // prettier-ignore
  return classesOf(list.map(String), where);
}

const dataError = (message: string, where: string, hint?: string): InferproofError =>
  new InferproofError('data', message, { where, hint });
