// How an input becomes integers: its scale, and the rounding of values.
import { InferproofError } from '../../verifier/errors.js';
import { FINITE, orderOf } from '../../verifier/ordered.js';
import { rangeOfElement } from '../../verifier/words.js';
import { greatest, least } from '../extremes.js';
import type { Circuit, CircuitTensor, Ends, InputRange } from '../circuit/circuit.js';
import { quantisationOf } from '../circuit/quantisation.js';
import type { Graph } from '../graph/graph.js';
import { ACC_BITS } from '../limits.js';
import { own } from '../own.js';
import type { Value } from '../recipes/values.js';
import { onGrid } from '../recipes/rounding.js';
import { integerRange, isFloat, sizeOf, type DType } from '../tensor.js';

/** Values of every input: `count` samples, row-major one after the other, in the model's own real units. */
export interface Samples {
  readonly count: number;
  readonly inputs: Readonly<Record<string, Float32Array | Float64Array>>;
}

/** Throws 'data' unless every input has the right number of finite values. */
export function checkSamples(graph: Pick<Graph, 'inputs' | 'values'>, { count, inputs }: Samples): void {
  for (const { name, value } of graph.inputs) {
    const { shape } = graph.values[value];
    const size = shape.reduce((n, d) => n * d, 1);
    const data = own(inputs, name);
    if (!data || data.length !== count * size || count === 0) {
      throw new InferproofError(
        'data',
        `expected samples of shape [${shape.join(', ')}], ${count} x ${size} values, got ${data ? data.length : 'none'}`,
        {
          where: name,
          hint: `the model's inputs are ${graph.inputs.map((input) => input.name).join(', ')}`,
        },
      );
    }
    const bad = data.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0)
      throw new InferproofError('data', `expected finite values, got ${data[bad]}`, { where: `${name}[${bad}]` });
  }
}

/** Steps between 0 and a range: float64 tells sixteenths of a step apart below, and the ends of a range are inputs. */
const OFFSET_BITS = 48;
/** The least number that float64 holds at full precision. */
const LEAST_SCALE = 2 ** -1022;

/**
 * Scale, zero and ranges of an input: floats take 2^bits steps of their range, integers stay as they are.
 * Throws 'usage' for a range that holds no integer, or too many, or others than the input's type, and for one whose steps float64
 * does not tell apart.
 */
export function inputTensor(
  { name, dtype }: Value,
  { axis, ends }: InputRange,
  bits: number,
): Pick<CircuitTensor, 'lo' | 'hi' | 'scale' | 'zero' | 'axis' | 'columns'> {
  if (!isFloat(dtype)) {
    const columns = ends.map((pair, c) => integersIn(pair, dtype, axis === null ? name : `${name}[${c}]`));
    const all = [least(columns.map(([lo]) => lo)), greatest(columns.map(([, hi]) => hi))] as const;
    const [lo, hi] = integersIn(all, dtype, name);
    const isOne = columns.every((pair) => pair[0] === lo && pair[1] === hi);
    const own = axis === null || isOne ? {} : { columns: { axis, ends: columns } };
    return { lo, hi, scale: 1, zero: 0, axis: null, ...own };
  }
  const hi = 2 ** bits - 1;
  const scales = ends.map(([lo, top], c) => {
    const scale = (top - lo) / hi;
    if (scale >= LEAST_SCALE && scale < Infinity && Math.max(-lo, top) < scale * 2 ** OFFSET_BITS) return scale;
    throw new InferproofError(
      'usage',
      `expected an input range of ${hi} steps that float64 tells apart, got ${lo},${top}`,
      {
        where: axis === null ? name : `${name}[${c}]`,
        hint: 'a range so far from 0 for its width has no room for values: subtract the offset from the data, in the model too',
      },
    );
  });
  const zeros = ends.map(([lo], c) => -lo / scales[c] + 0);
  if (axis === null) return { lo: 0, hi, scale: scales[0], zero: zeros[0], axis };
  return { lo: 0, hi, scale: scales, zero: zeros, axis };
}

/** The integers of a range. */
function integersIn([lo, hi]: Ends, dtype: DType, where: string): Ends {
  const type = integerRange(dtype);
  if (type !== null && (lo < type.lo || hi > type.hi))
    throw new InferproofError(
      'usage',
      `expected an input range of ${dtype}, in [${type.lo}, ${type.hi}], got ${lo},${hi}`,
      { where, hint: 'give the input a range of its own: --input-range NAME=LO,HI' },
    );
  const [first, last] = [Math.ceil(lo) + 0, Math.floor(hi) + 0];
  if (first <= last && last - first < 2 ** ACC_BITS && Math.max(-first, last) <= Number.MAX_SAFE_INTEGER)
    return [first, last];
  throw new InferproofError(
    'usage',
    `expected an input range with an integer in it and fewer than 2^${ACC_BITS} of them, got ${lo},${hi}`,
    { where },
  );
}

/**
 * Stored values (int - lo) of one sample's inputs, by tensor.
 * Throws 'range' for a value more than half a step outside its range, with name and index, unless `clamp`; 'data' for a
 * missing input, another length, a value that is not finite, or a fraction where integers are expected.
 */
export function quantiseInputs(
  { inputs, tensors }: Pick<Circuit, 'inputs' | 'tensors'>,
  samples: Samples,
  index: number,
  clamp: boolean,
): { readonly stored: Map<number, Float64Array>; readonly clamped: number } {
  let clamped = 0;
  const stored = new Map<number, Float64Array>();
  for (const { name, tensor: id, dtype, rounding } of inputs) {
    const tensor = tensors[id];
    const size = sizeOf(tensor.shape);
    const data = own(samples.inputs, name);
    if (!data || data.length !== samples.count * size) {
      throw new InferproofError(
        'data',
        `expected ${samples.count} x ${size} values of shape [${tensor.shape.join(', ')}], got ${data ? data.length : 'none'}`,
        {
          where: name,
          hint: `the model's inputs are ${inputs.map((input) => input.name).join(', ')}`,
        },
      );
    }
    const of = quantisationOf(tensor);
    const rangeOf = rangeOfElement(tensor);
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      const x = data[index * size + i];
      const where = `${name}[${i}]${samples.count > 1 ? ` of sample ${index}` : ''}`;
      if (!Number.isFinite(x)) throw new InferproofError('data', `expected a finite value, got ${x}`, { where });
      if (!isFloat(dtype) && !Number.isInteger(x))
        throw new InferproofError('data', `expected an integer (${dtype}), got ${x}`, { where });
      if (tensor.encoding) {
        out[i] = orderOf(asFloat32(x, where)) - tensor.lo;
        continue;
      }
      const { scale, zero } = of(i);
      if (rounding === 'even') {
        out[i] = onGrid({ scale, zero, lo: tensor.lo, hi: tensor.hi }, x) - tensor.lo;
        continue;
      }
      const steps = x / scale + zero;
      const [lo, hi] = rangeOf(i);
      const nearest = Math.min(Math.max(Math.round(steps), lo), hi);
      if (Math.abs(steps - nearest) > 0.5 + 1e-6) {
        clamped++;
        if (!clamp) {
          const real = (int: number): number => scale * (int - zero);
          throw new InferproofError('range', `expected a value in [${real(lo)}, ${real(hi)}], got ${x}`, {
            where,
            hint: 'compile with a wider --input-range, or clamp the input with --clamp',
          });
        }
      }
      out[i] = nearest - tensor.lo;
    }
    stored.set(id, out);
  }
  return { stored, clamped };
}

/** The float32 that a model is fed for a number; Throws 'range' for one beyond all of them. */
function asFloat32(x: number, where: string): number {
  const float = Math.fround(x);
  if (Number.isFinite(float)) return float;
  throw new InferproofError('range', `expected a number of float32, got ${x}`, { where });
}

/** An input that is compared and nothing else: any finite float32. */
export const orderedTensor = {
  lo: FINITE.least,
  hi: FINITE.most,
  scale: 1,
  zero: 0,
  axis: null,
  encoding: 'float32',
} as const;
