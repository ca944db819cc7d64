// NumPy's .npy, versions 1.0, 2.0 and 3.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
// Magic, version, length of the header, a Python dictionary with descr, fortran_order and shape, then the elements.
import { fileKind } from '../compiler/onnx/file-kinds.js';
import { float16 } from '../compiler/onnx/float16.js';
import { InferproofError } from '../verifier/errors.js';

/** An array of real values: integers are exact (those beyond 2^53 are refused), booleans are 0 and 1. */
export interface DataArray {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float64Array;
}

/** Most elements of one array: 2 GiB of float64. */
export const MAX_ELEMENTS = 2 ** 28;
const MAX_HEADER = 2 ** 20;
const MAGIC = '\x93NUMPY';

export const isNpy = (bytes: Uint8Array): boolean => Array.from(MAGIC).every((c, i) => bytes[i] === c.charCodeAt(0));

const bad = (message: string, where: string, hint?: string): InferproofError =>
  new InferproofError('format', message, { where, hint });

/** The error for a file of another kind, named by what its bytes tell. */
export function otherKind(expected: string, bytes: Uint8Array, where: string): InferproofError {
  const kind = bytes.length === 0 ? { name: 'an empty file' } : fileKind(bytes);
  return bad(`expected ${expected}, got ${kind?.name ?? 'a file of another kind'}`, where, kind?.data);
}

/**
 * Reads one .npy file: f2, f4, f8, i1..i8, u1..u8 and b1 in either byte order, in C or Fortran order.
 * @param where the file's name, for errors
 * @throws InferproofError 'format' for anything that is not exactly one whole array of such a type
 * @example
 * ```ts
 * const { shape } = parseNpy(await readBytes('data.npy', 'an array'), 'data.npy');
 * shape; // → [ 40, 4 ]
 * ```
 */
export function parseNpy(bytes: Uint8Array, where: string): DataArray {
  if (!isNpy(bytes)) throw otherKind('a .npy file', bytes, where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[6];
  if (bytes.length < 8 || major < 1 || major > 3) throw bad(`expected .npy version 1, 2 or 3, got ${major}`, where);
  const fieldEnd = major === 1 ? 10 : 12;
  if (bytes.length < fieldEnd) throw bad('expected a .npy header, got a truncated file', where);
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = fieldEnd + headerLength;
  if (headerLength > MAX_HEADER || start > bytes.length) {
    throw bad(`expected a .npy header of ${headerLength} bytes, got a truncated file`, where);
  }
  const header = parseHeader(new TextDecoder('utf-8').decode(bytes.subarray(fieldEnd, start)), where);
  const read = elementReader(header.descr, where);
  const size = header.shape.reduce((n, d) => n * d, 1);
  if (!(size <= MAX_ELEMENTS)) {
    throw bad(`expected at most ${MAX_ELEMENTS} elements, got shape [${header.shape.join(', ')}]`, where);
  }
  if (bytes.length - start !== size * read.width) {
    const expected = `${size * read.width} bytes for shape [${header.shape.join(', ')}] of ${header.descr}`;
    throw bad(
      `expected ${expected}, got ${bytes.length - start}`,
      where,
      'the file is truncated or has bytes after its end',
    );
  }
  const data = new Float64Array(size);
  for (let i = 0; i < size; i++) data[i] = read.at(view, start + i * read.width);
  if (read.exact) refuseInexact(data, where);
  return { shape: header.shape, data: header.fortran ? toRowMajor(data, header.shape) : data };
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

// One entry of the dictionary: a quoted key, then a quoted string, a boolean or a tuple of integers.
const ENTRY = /^\s*(['"])(\w+)\1\s*:\s*(?:(['"])([^'"]*)\3|(True|False)|\(([\d\sL,]*)\))\s*(?:,|$)/;

function parseHeader(text: string, where: string): Header {
  const refuse = () =>
    bad(
      "expected a header {'descr': …, 'fortran_order': …, 'shape': …}",
      where,
      'save a plain array: np.save(file, array.astype(np.float32))',
    );
  const body = /^\{([^]*)\}\s*$/.exec(text)?.[1];
  if (body === undefined) throw refuse();
  const found = new Map<string, RegExpExecArray>();
  for (let rest = body; rest.trim() !== '';) {
    const entry = ENTRY.exec(rest);
    if (entry === null || found.has(entry[2])) throw refuse();
    found.set(entry[2], entry);
    rest = rest.slice(entry[0].length);
  }
  const descr = found.get('descr')?.[4];
  const order = found.get('fortran_order')?.[5];
  const dims = found.get('shape')?.[6];
  if (found.size !== 3 || descr === undefined || order === undefined || dims === undefined) throw refuse();
  const parts = dims.replace(/,\s*$/, '').trim();
  const shape = parts === '' ? [] : parts.split(',').map((d) => (/^\s*\d+L?\s*$/.test(d) ? parseInt(d, 10) : NaN));
  if (shape.length > 32 || !shape.every((d) => Number.isSafeInteger(d))) throw refuse();
  return { descr, fortran: order === 'True', shape };
}

interface ElementReader {
  readonly width: number;
  /** Whether a value may be an integer that float64 does not hold. */
  readonly exact: boolean;
  readonly at: (view: DataView, offset: number) => number;
}

function elementReader(descr: string, where: string): ElementReader {
  const match = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr);
  const little = match?.[1] !== '>';
  const type = `${match?.[2] ?? ''}${match?.[3] ?? ''}`;
  const reader = (width: number, at: ElementReader['at'], exact = false): ElementReader => ({ width, at, exact });
  switch (type) {
    case 'f8':
      return reader(8, (v, o) => v.getFloat64(o, little));
    case 'f4':
      return reader(4, (v, o) => v.getFloat32(o, little));
    case 'f2':
      return reader(2, (v, o) => float16(v.getUint16(o, little)));
    case 'i1':
      return reader(1, (v, o) => v.getInt8(o));
    case 'i2':
      return reader(2, (v, o) => v.getInt16(o, little));
    case 'i4':
      return reader(4, (v, o) => v.getInt32(o, little));
    case 'i8':
      return reader(8, (v, o) => Number(v.getBigInt64(o, little)), true);
    case 'b1':
      return reader(1, (v, o) => (v.getUint8(o) === 0 ? 0 : 1));
    case 'u1':
      return reader(1, (v, o) => v.getUint8(o));
    case 'u2':
      return reader(2, (v, o) => v.getUint16(o, little));
    case 'u4':
      return reader(4, (v, o) => v.getUint32(o, little));
    case 'u8':
      return reader(8, (v, o) => Number(v.getBigUint64(o, little)), true);
    default:
      throw bad(
        `expected elements of type f2, f4, f8, i1 to i8, u1 to u8 or b1, got '${descr}'`,
        where,
        'convert it: np.save(file, array.astype(np.float32))',
      );
  }
}

function refuseInexact(data: Float64Array, where: string): void {
  const index = data.findIndex((v) => Math.abs(v) > Number.MAX_SAFE_INTEGER);
  if (index >= 0) throw bad(`expected integers below 2^53, got ${data[index]} at index ${index}`, where);
}

/** Column-major elements in row-major order. */
function toRowMajor(data: Float64Array, shape: readonly number[]): Float64Array {
  const strides: number[] = [];
  for (let axis = 0, stride = 1; axis < shape.length; stride *= shape[axis++]) strides.push(stride);
  const out = new Float64Array(data.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}
