// What rescales share: the floors of an accumulator after a shift, and the bounds that keep values integers.
import { InferproofError } from '../../verifier/errors.js';
import { R } from '../../verifier/field.js';
import type { Interval } from '../linear/intervals.js';
import type { Table } from './gadget.js';
import type { IntegerForm } from './steps.js';

export type Bounds = Pick<IntegerForm, 'accLo' | 'accHi'>;

/** The addend that rounds to the nearest: 2^(shift-1), 0 for no shift. */
export const half = (shift: number): number => (shift === 0 ? 0 : 2 ** (shift - 1));

export const floorOf = (acc: number, shift: number): number => Math.floor((acc + half(shift)) / 2 ** shift);

/** The least and greatest floor after a shift of what an accumulator reaches: by balls, where they say more than its bounds. */
export function floorsOf(
  { accLo, accHi, within = { lo: accLo, hi: accHi } }: Bounds & Pick<IntegerForm, 'within'>,
  shift: number,
): Interval {
  return { lo: floorOf(within.lo, shift), hi: floorOf(within.hi, shift) };
}

/** Whether the bounds of an accumulator alone keep its floors in [0, width]. */
export function isInside({ accLo, accHi }: Bounds, shift: number, width: number): boolean {
  const { lo, hi } = floorsOf({ accLo, accHi }, shift);
  return lo >= 0 && hi <= width;
}

/**
 * |acc| + half + 2^scale (max|t| + 1) < r: then 2^scale t plus what is below it is acc + half over the integers, not only modulo r.
 * Throws 'unbounded' where the bound fails.
 */
export function checkNoWrap(
  { accLo, accHi }: Bounds,
  shift: number,
  scale: number,
  { name, first, size }: Pick<Table, 'name' | 'first' | 'size'>,
): void {
  const largest = Math.max(Math.abs(first), Math.abs(first + size - 1));
  const reach = BigInt(Math.max(-accLo, accHi)) + BigInt(half(shift)) + 2n ** BigInt(scale) * BigInt(largest + 1);
  checkReach(reach, 'an accumulator', name);
}

/** Throws 'unbounded' for what could be another integer modulo r. */
export function checkReach(reach: bigint, what: string, where: string): void {
  if (reach < R) return;
  throw new InferproofError('unbounded', `expected ${what} that cannot wrap round the field, the reach is ${reach}`, {
    where,
  });
}
