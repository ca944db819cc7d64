// How an input becomes integers: its range, its scale, and the rounding of values.
import { InferproofError } from '../../verifier/errors.js';
import type { Circuit, CircuitTensor } from '../circuit/circuit.js';
import { quantisationOf } from '../circuit/quantisation.js';
import { greatest, least } from '../extremes.js';
import type { Interval } from '../linear/intervals.js';
import { ACC_BITS } from '../limits.js';
import { own } from '../own.js';
import type { Value } from '../primitives/steps.js';
import { isFloat, sizeOf, type DType } from '../tensor.js';

/** Values of every input: `count` samples, row-major one after the other, in the model's own real units. */
export interface Samples {
  readonly count: number;
  readonly inputs: Readonly<Record<string, Float32Array | Float64Array>>;
}

/** Integer types are proved as they are, up to 16 bits without a declared range. */
const INTEGER_RANGES: Partial<Record<DType, Interval>> = {
  bool: { lo: 0, hi: 1 },
  int8: { lo: -128, hi: 127 },
  uint8: { lo: 0, hi: 255 },
  int16: { lo: -32768, hi: 32767 },
  uint16: { lo: 0, hi: 65535 },
};

/** An interval over the reals that holds 0 and is not empty: [min(0, lo), max(0, hi)] for one value, [0, 1] for the value 0. */
function widened({ lo, hi }: Interval): Interval {
  if (lo < hi) return { lo, hi };
  return lo === 0 ? { lo: 0, hi: 1 } : { lo: Math.min(0, lo), hi: Math.max(0, hi) };
}

/**
 * The range of an input: the declared one, else what the data shows, else what the type allows.
 * One interval, or one per column for a 2-D float input whose columns differ by more than 256 in size.
 * Throws 'usage' when there is none of these.
 */
export function inputRange(value: Value, declared: Interval | undefined, samples: Samples | undefined): Interval[] {
  const { name, dtype, shape } = value;
  if (declared) {
    if (!(declared.lo < declared.hi) || !Number.isFinite(declared.lo) || !Number.isFinite(declared.hi)) {
      throw new InferproofError(
        'usage',
        `expected an input range LO,HI with LO < HI, got ${declared.lo},${declared.hi}`,
        { where: name },
      );
    }
    return [declared];
  }
  const data = samples && own(samples.inputs, name);
  if (!data) {
    const ofType = INTEGER_RANGES[dtype];
    if (ofType) return [ofType];
    throw new InferproofError('usage', 'expected the range of the input, got neither a declared range nor data', {
      where: name,
      hint: 'give --input-range LO,HI, or --calibrate DATA to read it from data',
    });
  }
  const columns = sizeOf(shape);
  const byColumn = Array.from({ length: columns }, (_, c) => rangeOf(data, c, columns));
  if (shape.length === 2 && shape[0] === 1 && isFloat(dtype)) {
    const widths = byColumn.map(({ lo, hi }) => hi - lo).filter((width) => width > 0);
    if (widths.length > 0 && least(widths) < greatest(widths) / 256) return byColumn.map(widened);
  }
  return [widened({ lo: least(byColumn.map((c) => c.lo)), hi: greatest(byColumn.map((c) => c.hi)) })];
}

function rangeOf(data: ArrayLike<number>, first: number, stride: number): Interval {
  let lo = Infinity;
  let hi = -Infinity;
  for (let i = first; i < data.length; i += stride) {
    lo = Math.min(lo, data[i]);
    hi = Math.max(hi, data[i]);
  }
  return { lo, hi };
}

/**
 * Scale, zero and range of an input: floats take 2^bits steps of their range, integers stay as they are.
 * Throws 'usage' for a range that holds no integer, or too many.
 */
export function inputTensor(
  { name, shape, dtype }: Value,
  ranges: readonly Interval[],
  bits: number,
): Pick<CircuitTensor, 'lo' | 'hi' | 'scale' | 'zero' | 'axis'> {
  if (!isFloat(dtype)) {
    const [{ lo, hi }] = ranges;
    const [least, most] = [Math.ceil(lo) + 0, Math.floor(hi) + 0];
    if (!(least <= most && most - least < 2 ** ACC_BITS && Math.max(-least, most) <= Number.MAX_SAFE_INTEGER)) {
      throw new InferproofError(
        'usage',
        `expected an input range with an integer in it and fewer than 2^${ACC_BITS} of them, got ${lo},${hi}`,
        { where: name },
      );
    }
    return { lo: least, hi: most, scale: 1, zero: 0, axis: null };
  }
  const hi = 2 ** bits - 1;
  const scales = ranges.map((range) => (range.hi - range.lo) / hi);
  const zeros = ranges.map((range, i) => -range.lo / scales[i] + 0);
  if (ranges.length === 1) return { lo: 0, hi, scale: scales[0], zero: zeros[0], axis: null };
  return { lo: 0, hi, scale: scales, zero: zeros, axis: shape.length - 1 };
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
  for (const { name, tensor: id, dtype } of inputs) {
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
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      const x = data[index * size + i];
      const where = `${name}[${i}]${samples.count > 1 ? ` of sample ${index}` : ''}`;
      if (!Number.isFinite(x)) throw new InferproofError('data', `expected a finite value, got ${x}`, { where });
      if (!isFloat(dtype) && !Number.isInteger(x))
        throw new InferproofError('data', `expected an integer (${dtype}), got ${x}`, { where });
      const { scale, zero } = of(i);
      const steps = x / scale + zero;
      const nearest = Math.min(Math.max(Math.round(steps), tensor.lo), tensor.hi);
      if (Math.abs(steps - nearest) > 0.5 + 1e-6) {
        clamped++;
        if (!clamp) {
          const real = (int: number): number => scale * (int - zero);
          throw new InferproofError('range', `expected a value in [${real(tensor.lo)}, ${real(tensor.hi)}], got ${x}`, {
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
