// The arithmetic of element types, for what is computed when the model is compiled: a constant is the number that onnxruntime
// gets. After each node floats are rounded to their type and integers wrap around. float64 stands for all types, so an integer of
// 2^53 or more may be another one: it can be moved ("to the end" of a Slice), but nothing is computed with it.
import { InferproofError } from '../../verifier/errors.js';
import { applyMap } from '../linear/apply.js';
import { isSelection, type LinearMap, type Source } from '../linear/map.js';
import { holder } from '../holder.js';
import { integerRange, isFloat, type DType, type Tensor } from '../tensor.js';

type Numbers = Pick<Tensor, 'dtype' | 'data'>;

/** Numbers that were computed exactly, as their type holds them. Throws 'unsupported' for integers of 2^53 or more. */
export function inType(dtype: DType, data: Float64Array): Float64Array {
  const hold = holder(dtype);
  return exact({ dtype, data: exact({ dtype, data }).map((x) => hold(x)) });
}

/** The value of a map of constants, a node of its own. Throws as `inType`. */
export function foldMap(dtype: DType, map: LinearMap, constant: (from: Source) => Float64Array): Float64Array {
  if (isSelection(map)) return applyMap(map, constant);
  if (!isFloat(dtype)) {
    // sums of magnitudes: where they stay below 2^53 no order of the terms, and no product, was rounded
    const magnitudes = ({ kernels }: { readonly kernels: readonly Float64Array[] }): Float64Array[] =>
      kernels.map((weights) => weights.map(Math.abs));
    const parts = map.parts.map((part) => ({ ...part, kernels: magnitudes(part) }));
    const most = applyMap({ ...map, bias: map.bias.map(Math.abs), parts }, (from) => constant(from).map(Math.abs));
    exact({ dtype, data: most });
  }
  return inType(dtype, applyMap(map, constant));
}

/** The numbers in another type, as Cast has it. Throws 'unsupported' from 2^53 on, and for floats outside an integer type. */
export function converted(x: Numbers, to: DType): Float64Array {
  if (x.dtype === to) return x.data;
  const range = to === 'bool' ? null : integerRange(to);
  if (range === null) return exact(x).map(holder(to));
  if (!isFloat(x.dtype)) return inType(to, x.data);
  const whole = x.data.map((v) => Math.trunc(v) + 0);
  const bad = whole.findIndex((v) => !(v >= range.lo && v <= range.hi));
  if (bad !== -1)
    throw new InferproofError('unsupported', `expected a number that ${to} holds, got ${x.data[bad]}`, {
      hint: 'ONNX leaves open what such a Cast gives: clip the constant first',
    });
  return exact({ dtype: to, data: whole });
}

/** Integers that float64 holds exactly. Throws 'unsupported' for others. */
export function exact({ dtype, data }: Numbers): Float64Array {
  const bad = isFloat(dtype) ? -1 : data.findIndex((v) => !Number.isSafeInteger(v));
  if (bad === -1) return data;
  throw new InferproofError('unsupported', `expected integers below 2^53 (${dtype}), got ${data[bad]}`, {
    hint: 'compute with smaller integers, or in float64',
  });
}

/**
 * Throws 'unsupported' for coefficients and constants that no value of the type can be made of: those of floats are finite,
 * those of integers whole and below 2^53.
 */
export function checkCoefficients(dtype: DType, { bias, parts }: LinearMap): void {
  const [isGood, expected, hint] = isFloat(dtype)
    ? ([Number.isFinite, 'finite coefficients', 'look for infinite weights or a division by zero'] as const)
    : ([Number.isSafeInteger, `whole coefficients below 2^53 of ${dtype}`, 'compute in floats: cast before'] as const);
  for (const list of [bias, ...parts.flatMap(({ kernels }) => kernels)]) {
    const bad = list.find((c) => !isGood(c));
    if (bad !== undefined) throw new InferproofError('unsupported', `expected ${expected}, got ${bad}`, { hint });
  }
}
