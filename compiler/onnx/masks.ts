// Masks of attention: constants of 0 and -Infinity alone, as PyTorch's masked_fill and triu write them. What they are added to, or put
// in the place of, is read by a softmax, which makes 0 of the least float as well; anything else finds it unbounded, and is refused.
import { isFloat, type DType } from '../tensor.js';
import type { Operand, Site } from './site.js';

/** Whether all numbers are 0 or -Infinity, some of them the latter. */
export const isMask = (data: Float64Array): boolean =>
  data.includes(-Infinity) && data.every((v) => v === 0 || v === -Infinity);

/** The least finite number of a type. */
const leastOf = (dtype: DType): number => (dtype === 'float16' ? -65504 : -(2 - 2 ** -7) * 2 ** 127);

/** A mask with finite numbers in place of the infinite ones; anything else as it is. */
export function finite(site: Site, x: Operand): Operand {
  const { constant, dtype, shape } = x;
  if (constant === null || !isFloat(dtype) || !isMask(constant)) return x;
  return site.tensor(
    dtype,
    shape,
    constant.map((v) => (v === 0 ? 0 : leastOf(dtype))),
  );
}
