// A constant tensor: what initializers, Constant nodes and folded shapes hold, and what float evaluation computes.

export const DTYPES = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int2',
  'uint2',
  'int4',
  'uint4',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
] as const;
export type DType = (typeof DTYPES)[number];

export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major. Every type is held in float64: integers are exact below 2^53 and rounded beyond, booleans are 0 and 1. */
  readonly data: Float64Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Row-major strides of a shape, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

export const isFloat = (dtype: DType): boolean => /float/.test(dtype);

interface IntegerRange {
  readonly lo: number;
  readonly hi: number;
}
/** Once for each type: it is asked for each element. */
const RANGES = new Map(
  DTYPES.filter((dtype) => !isFloat(dtype)).map((dtype): [DType, IntegerRange] => {
    if (dtype === 'bool') return [dtype, { lo: 0, hi: 1 }];
    const bits = Number(/\d+/.exec(dtype));
    const half = 2 ** (bits - 1);
    return [dtype, dtype.startsWith('u') ? { lo: 0, hi: 2 ** bits - 1 } : { lo: -half, hi: half - 1 }];
  }),
);

/** The least and the largest number of an integer type, those of 64 bits as float64 has them; null for a float. */
export const integerRange = (dtype: DType): IntegerRange | null => RANGES.get(dtype) ?? null;

/** A whole number modulo 2^bits, in two's complement. */
export function wrapped(dtype: DType, x: number): number {
  const { lo, hi } = integerRange(dtype) ?? { lo: -Infinity, hi: Infinity };
  if (x >= lo && x <= hi) return x + 0;
  const modulus = hi - lo + 1;
  const rest = x % modulus;
  return rest < lo ? rest + modulus : rest > hi ? rest - modulus : rest + 0;
}

/** Whether an integer of the type can be computed that wraps around to another one: those of 64 bits are refused before. */
export const canWrap = (dtype: DType): boolean => !isFloat(dtype) && dtype !== 'bool' && !dtype.endsWith('64');
