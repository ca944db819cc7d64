// Masks of attention: constants of 0 and -Infinity alone, as PyTorch's masked_fill and triu write them. What they are added to, or put
// in the place of, is read by a softmax, which makes 0 of the least float as well; anything else finds it unbounded, and is refused.
import { isFloat, type DType } from '../tensor.js';
import { choice } from './logic.js';
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

/** Numbers that nobody means but to hide a score, and what hides it as well: e to it is 0, and it leaves the scores their room. */
const FAR = -1e8;
const HIDING = -1e4;

const hiding = new WeakMap<Operand, (site: Site) => Operand>();

/** a where c holds, else b; scores that a live condition hides are noted for a softmax. */
export function chosen(site: Site, c: Operand, a: Operand, b: Operand): Operand {
  const whole = choice(site, c, a, b);
  const [hidesA, hidesB] = [a, b].map(({ constant }) => constant?.every((v) => v <= FAR) === true);
  if (c.constant === null && hidesA !== hidesB)
    hiding.set(whole, (at) => {
      const { dtype, shape } = hidesA ? a : b;
      const near = at.tensor(dtype, shape, new Float64Array(at.size(shape)).fill(HIDING));
      return hidesA ? choice(at, c, near, b) : choice(at, c, a, near);
    });
  return whole;
}

/** Scores as a softmax needs them: hidden by numbers that are not far beyond all others. */
export const scoresOf = (site: Site, x: Operand): Operand => hiding.get(x)?.(site) ?? x;
