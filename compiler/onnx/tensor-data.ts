// TensorProto -> Tensor: every way in which an ONNX file stores numbers (raw bytes, typed fields, a file beside it).
// https://onnx.ai/onnx/repo-docs/IR.html#tensor-definition
import { TensorProto_DataLocation, TensorProto_DataType, type TensorProto } from 'onnx-buf';
import { InferproofError } from '../../verifier/errors.js';
import { isFloat, type DType, type Tensor } from '../tensor.js';
import type { ExternalFiles } from './external-data.js';
import { float16 } from './float16.js';
import { isMask } from './masks.js';

/** Something in the file that no operator here can use: it is refused where it is used, not where it occurs. */
export interface Opaque {
  readonly opaque: string;
  /** Number of elements, where they are floats that are not finite, and these. */
  readonly weights?: number;
  readonly numbers?: Float64Array;
  /** The elements, where they are strings. */
  readonly strings?: StringTensor;
}

export interface StringTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: readonly string[];
}

/** What is wrong with it where a node reads it as `name`, and what to do. */
export const unusable = ({ opaque, weights }: Opaque, name: string): [message: string, hint: string] =>
  weights === undefined
    ? [
        `expected numbers in ${name}, got ${opaque}`,
        'export the model with numbers of a type that it can be proved with',
      ]
    : [
        `expected finite weights in ${name}, got ${opaque}`,
        'train or export the model again: a weight that is NaN or infinite has no place in a proof',
      ];

interface Layout {
  readonly dtype: DType;
  /** Of an element: 1/2 or 1/4 where a byte holds several, the first in its lowest bits. */
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  /** The typed field that holds it where there are no raw bytes; int32Data holds 16-bit floats as their bits. */
  readonly typed: (tensor: TensorProto) => ArrayLike<number | bigint>;
  readonly fromTyped?: (value: number) => number;
}

const { FLOAT, DOUBLE, FLOAT16, BFLOAT16, INT2, UINT2, INT4, UINT4, INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64, BOOL } = TensorProto_DataType; // prettier-ignore
const ints = (tensor: TensorProto): ArrayLike<number> => tensor.int32Data;
/** Reads an integer of less than a byte; `at` has its place in the byte behind the point. */
const part =
  (bits: 2 | 4, isSigned: boolean): Layout['read'] =>
  (view, at) => {
    const value = (view.getUint8(Math.floor(at)) >> (8 * (at % 1))) % 2 ** bits;
    return isSigned && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  };
const LAYOUTS: ReadonlyMap<number, Layout> = new Map<number, Layout>([
  [FLOAT, { dtype: 'float32', bytes: 4, read: (v, at) => v.getFloat32(at, true), typed: (t) => t.floatData }],
  [DOUBLE, { dtype: 'float64', bytes: 8, read: (v, at) => v.getFloat64(at, true), typed: (t) => t.doubleData }],
  [
    FLOAT16,
    { dtype: 'float16', bytes: 2, read: (v, at) => float16(v.getUint16(at, true)), typed: ints, fromTyped: float16 },
  ],
  [
    BFLOAT16,
    { dtype: 'bfloat16', bytes: 2, read: (v, at) => bfloat16(v.getUint16(at, true)), typed: ints, fromTyped: bfloat16 },
  ],
  [INT2, { dtype: 'int2', bytes: 1 / 4, read: part(2, true), typed: ints }],
  [UINT2, { dtype: 'uint2', bytes: 1 / 4, read: part(2, false), typed: ints }],
  [INT4, { dtype: 'int4', bytes: 1 / 2, read: part(4, true), typed: ints }],
  [UINT4, { dtype: 'uint4', bytes: 1 / 2, read: part(4, false), typed: ints }],
  [INT8, { dtype: 'int8', bytes: 1, read: (v, at) => v.getInt8(at), typed: ints }],
  [UINT8, { dtype: 'uint8', bytes: 1, read: (v, at) => v.getUint8(at), typed: ints }],
  [INT16, { dtype: 'int16', bytes: 2, read: (v, at) => v.getInt16(at, true), typed: ints }],
  [UINT16, { dtype: 'uint16', bytes: 2, read: (v, at) => v.getUint16(at, true), typed: ints }],
  [INT32, { dtype: 'int32', bytes: 4, read: (v, at) => v.getInt32(at, true), typed: ints }],
  [UINT32, { dtype: 'uint32', bytes: 4, read: (v, at) => v.getUint32(at, true), typed: (t) => t.uint64Data }],
  [INT64, { dtype: 'int64', bytes: 8, read: (v, at) => Number(v.getBigInt64(at, true)), typed: (t) => t.int64Data }],
  [
    UINT64,
    { dtype: 'uint64', bytes: 8, read: (v, at) => Number(v.getBigUint64(at, true)), typed: (t) => t.uint64Data },
  ],
  [
    BOOL,
    {
      dtype: 'bool',
      bytes: 1,
      read: (v, at) => (v.getUint8(at) === 0 ? 0 : 1),
      typed: ints,
      fromTyped: (x) => (x === 0 ? 0 : 1),
    },
  ],
]);

/** The type of a TensorProto's or a ValueInfo's element; undefined for those that have no meaning here. */
export const dtypeOf = (dataType: number): DType | undefined => LAYOUTS.get(dataType)?.dtype;

/** Whether a type is that of strings. */
export const isString = (dataType: number): boolean => TensorProto_DataType[dataType] === 'STRING';

/** The name that ONNX gives an element type: 'INT4'. */
export const dataTypeName = (dataType: number): string => TensorProto_DataType[dataType] ?? `type ${dataType}`;

/**
 * The tensor's numbers. Types without a meaning here (strings, 4-bit and 8-bit floats, complex), NaN, and infinities in more
 * than one element give an `Opaque`.
 * @throws 'format' where data and shape differ
 */
export function tensorOf(proto: TensorProto, where: string, files: ExternalFiles): Tensor | Opaque {
  const shape = proto.dims.map((dim) => dimension(dim, where));
  const count = shape.reduce((n, dim) => n * dim, 1);
  if (shape.reduce((n, dim) => n * Math.max(dim, 1), 1) > Number.MAX_SAFE_INTEGER)
    throw malformed(`expected a shape of fewer than 2^53 elements, got [${shape.join(', ')}]`, where);
  if (proto.segment !== undefined) throw malformed('expected a whole tensor, got a segment of one', where);
  const layout = LAYOUTS.get(proto.dataType);
  if (isString(proto.dataType) && proto.stringData.length === count) {
    const text = new TextDecoder();
    return {
      opaque: 'a tensor of STRING',
      strings: { shape, values: proto.stringData.map((bytes) => text.decode(bytes)) },
    };
  }
  if (layout === undefined) return { opaque: `a tensor of ${dataTypeName(proto.dataType)}` };

  const data = numbersOf(proto, layout, count, where, files);
  const bad = isFloat(layout.dtype) ? notFinite(data) : -1;
  return bad === -1
    ? { dtype: layout.dtype, shape, data }
    : { opaque: `${data[bad]} at element ${bad}`, weights: data.length, numbers: data };
}

function numbersOf(
  proto: TensorProto,
  layout: Layout,
  count: number,
  where: string,
  files: ExternalFiles,
): Float64Array {
  const of = (raw: Uint8Array): Float64Array => fromBytes(raw, layout, count, where);
  const length = Math.ceil(count * layout.bytes);
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) return files.numbers(proto, where, length, of);
  if (proto.rawData.length > 0) return of(proto.rawData);
  // a byte in each number of the field
  return layout.bytes < 1 ? of(Uint8Array.from(proto.int32Data)) : fromFields(proto, layout, count, where);
}

function dimension(dim: bigint, where: string): number {
  if (dim < 0n || dim > 0x7fffffffn) throw malformed(`expected dimensions from 0 to 2^31 - 1, got ${dim}`, where);
  return Number(dim);
}

function fromBytes(raw: Uint8Array, { bytes, read }: Layout, count: number, where: string): Float64Array {
  const expected = Math.ceil(count * bytes);
  if (raw.length !== expected) throw malformed(`expected ${expected} bytes for its shape, got ${raw.length}`, where);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const data = new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = read(view, i * bytes);
  return data;
}

function fromFields(proto: TensorProto, { typed, fromTyped }: Layout, count: number, where: string): Float64Array {
  const values = typed(proto);
  if (values.length !== count) throw malformed(`expected ${count} elements for its shape, got ${values.length}`, where);
  return Float64Array.from(values, (value) => (fromTyped === undefined ? Number(value) : fromTyped(Number(value))));
}

/** Index of a number that cannot be proved, or -1; infinite bounds of a Clip are single numbers, and masks are of 0 and -Infinity. */
function notFinite(data: Float64Array): number {
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i]) && (data.length > 1 || Number.isNaN(data[i]))) return isMask(data) ? -1 : i;
  return -1;
}

const word = new DataView(new ArrayBuffer(4));
function bfloat16(bits: number): number {
  word.setUint32(0, (bits & 0xffff) * 0x10000);
  return word.getFloat32(0);
}

const malformed = (message: string, where: string): InferproofError =>
  new InferproofError('format', message, {
    where,
    hint: 'the file may be truncated or damaged: export the model again',
  });
