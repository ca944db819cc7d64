// Sums that a division may read through: x over the sum of its own elements is a share, 0 where all of them are 0.
import type { Operand } from './site.js';

const summands = new WeakMap<Operand, Operand>();

/** Notes what a sum is of. */
export function totalled(of: Operand, sum: Operand): Operand {
  if (sum.constant === null) summands.set(sum, of);
  return sum;
}

/** What an operand is the sum of, if it is one of live elements. */
export const summandsOf = (sum: Operand): Operand | null => summands.get(sum) ?? null;
