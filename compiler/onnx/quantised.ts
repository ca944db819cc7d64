// Integers with a scale and a zero point: what the operators of quantised models share.
import { identityMap, scaleMap } from '../linear/maps.js';
import { quantise } from '../recipes/quantise.js';
import { requantise, type RequantiseOwn } from '../recipes/requantise.js';
import { integerRange, isFloat, sizeOf, stridesOf, type DType, type Tensor } from '../tensor.js';
import { axisOf } from './indexing.js';
import type { Operand, Site } from './site.js';

/** Scale and zero of a tensor; several where they differ along an axis. */
export interface Steps {
  readonly scales: Float64Array;
  readonly zeros: Float64Array;
  readonly dtype: DType;
}

const { fround } = Math;

/** Reads a constant scale and zero point; without one, 0 of `dtype`. */
export function stepsOf(site: Site, scale: number, zero: number, dtype: DType): Steps {
  const scales = site.constant(scale, 'the scale').data;
  const given = site.optionalConstant(zero, 'the zero point');
  if (!scales.every((s) => s > 0 && s < Infinity)) site.refuse('expected scales above 0, got others');
  const zeros = given?.data ?? Float64Array.of(0);
  if (zeros.length !== 1 && zeros.length !== scales.length)
    site.refuse(`expected ${scales.length} zero points, as many as scales, got ${zeros.length}`);
  return { scales, zeros, dtype: given?.dtype ?? dtype };
}

/** Those of a whole tensor of bytes, which integer kernels read and write. */
export function oneStep(
  site: Site,
  scale: number,
  zero: number,
  dtype: DType,
): { readonly scale: number; readonly zero: number; readonly dtype: DType } {
  const steps = stepsOf(site, scale, zero, dtype);
  if (steps.scales.length !== 1) site.refuse(`expected one scale for the tensor, got ${steps.scales.length}`);
  const range = integerRange(steps.dtype);
  if (range === null || range.hi - range.lo > 255)
    site.refuse(`expected integers of at most 8 bits, got ${steps.dtype}`, 'write the layer in floats between DequantizeLinear and QuantizeLinear'); // prettier-ignore
  return { scale: steps.scales[0], zero: steps.zeros[0], dtype: steps.dtype };
}

/** For each element of a shape, its place among values along an axis, or in blocks of it; one value serves all. */
export function placesAlong(
  site: Site,
  shape: readonly number[],
  values: Pick<Tensor, 'shape' | 'data'>,
  axis: number,
  block: number,
): (o: number) => number {
  const isOne = values.data.length === 1;
  if (block < 0 || (block > 0 && isOne && values.shape.length < 2))
    site.refuse(`expected block_size 0 of one scale, or a scale for each block, got ${block}`, 'leave block_size out');
  if (isOne) return () => 0;
  const at = axisOf(site, axis, shape.length);
  const stride = stridesOf(shape)[at];
  if (block > 0) {
    const blocked = shape.with(at, Math.ceil(shape[at] / block));
    if (blocked.join() !== values.shape.join())
      site.refuse(
        `expected scales of shape [${blocked.join(', ')}] in blocks of ${block}, got [${values.shape.join(', ')}]`,
      );
    return (o) => {
      const k = Math.floor(o / stride) % shape[at];
      return (Math.floor(o / stride / shape[at]) * blocked[at] + Math.floor(k / block)) * stride + (o % stride);
    };
  }
  if (values.data.length !== shape[at])
    site.refuse(
      `expected a scale, or one for each of ${shape[at]} indices along axis ${at}, got ${values.data.length}`,
    );
  return (o) => Math.floor(o / stride) % shape[at];
}

/** x - zero, as int32; zeros along an axis where there are several. */
export function centred(site: Site, x: Operand, zeros: Float64Array, axis: number): Operand {
  site.size(x.shape);
  const at = placesAlong(site, x.shape, { shape: [zeros.length], data: zeros }, axis, 0);
  const offsets = Float64Array.from({ length: sizeOf(x.shape) }, (_, o) => -zeros[at(o)]);
  return site.linear(scaleMap(identityMap(x.id, offsets.length), 1, offsets), x.shape, 'int32');
}

/** The same of a tensor with one zero point. */
export const lessZero = (site: Site, x: Operand, { zero }: { readonly zero: number }): Operand =>
  centred(site, x, Float64Array.of(zero), 0);

/** A constant as a tensor. */
export const tensorOf = (site: Site, { constant, shape, dtype }: Operand, what: string): Tensor =>
  constant === null
    ? site.refuse(`expected ${what} to be constant, got a tensor that depends on the input`)
    : { shape, dtype, data: constant };

/** Where results saturate: at the ends of their type, or where a Relu or a Clip leaves them. */
export function endsOf(site: Site, zero: number, dtype: DType): Pick<RequantiseOwn, 'zero' | 'least' | 'most'> {
  const range = integerRange(dtype);
  if (range === null || isFloat(dtype)) return site.refuse(`expected an integer type of the zero point, got ${dtype}`);
  const [least, most] = site.mark('ends') ?? [-Infinity, Infinity];
  return { zero, least: Math.max(range.lo, least), most: Math.min(range.hi, most) };
}

/** M of each channel of a linear layer, in the order in which the kernels round: f32(f32(sx sw) / sy). */
export const multipliersOf = (x: number, w: Float64Array, y: number, alpha = 1): Float64Array =>
  w.map((s) => fround(fround(fround(alpha * x) * s) / y));

/** An accumulator in steps of a result, saturated. */
export const requantised = (
  site: Site,
  acc: Operand,
  own: Pick<RequantiseOwn, 'rounding' | 'multipliers' | 'divisor' | 'stride'>,
  zero: number,
  dtype: DType,
): Operand => site.step(requantise, [acc], { ...own, ...endsOf(site, zero, dtype) }, acc.shape, dtype);

/** The float of integers. */
export function dequantised(
  site: Site,
  x: Operand,
  { scales, zeros }: Steps,
  places: (o: number) => number,
  dtype: DType,
): Operand {
  const size = site.size(x.shape);
  const zeroAt = (o: number): number => zeros[zeros.length === 1 ? 0 : places(o)];
  if (x.constant !== null)
    return site.computed(
      dtype,
      x.shape,
      x.constant.map((v, o) => (v - zeroAt(o)) * scales[places(o)]),
    );
  const factors = Float64Array.from({ length: size }, (_, o) => scales[places(o)]);
  const offsets = factors.map((s, o) => -s * zeroAt(o));
  return site.linear(scaleMap(identityMap(x.id, size), factors, offsets), x.shape, dtype);
}

/** The integers of a float. */
export function quantised(
  site: Site,
  x: Operand,
  { scales, zeros, dtype }: Steps,
  places: (o: number) => number,
): Operand {
  const { least: lo, most: hi } = endsOf(site, 0, dtype);
  const each = scales.length === 1 ? [0] : Array.from({ length: sizeOf(x.shape) }, (_, o) => places(o));
  const own = {
    scale: Float64Array.from(each, (k) => scales[k]),
    zero: Float64Array.from(each, (k) => zeros[zeros.length === 1 ? 0 : k]),
  };
  return site.step(quantise, [x], { ...own, lo, hi }, x.shape, dtype);
}
