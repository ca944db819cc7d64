// Sums that a reader may read through: x over the sum of its own elements is a share, 0 where all of them are 0; and the logarithm of a
// sum of exponentials is one step, which has a value however far apart they are.
import { logsum } from '../recipes/logsum.js';
import { point } from '../recipes/functions.js';
import { groupsOf, summed, type Reduction } from './reduced.js';
import type { Operand, Site } from './site.js';

const totals = new WeakMap<Operand, Reduction>();

/** The sum of each group; what it is of is noted. */
export function totalled(site: Site, of: Reduction): Operand {
  const sum = summed(site, of, 1);
  if (sum.constant === null) totals.set(sum, of);
  return sum;
}

/** What an operand is the sum of, if it is one of live elements. */
export const summandsOf = (sum: Operand): Operand | null => totals.get(sum)?.x ?? null;

const exponents = new WeakMap<Operand, Operand>();

/** e to every element. */
export function exponential(site: Site, x: Operand): Operand {
  const power = site.table(x, point('exp'));
  if (power.constant === null) exponents.set(power, x);
  return power;
}

/** The natural logarithm of every element. */
export function logarithm(site: Site, x: Operand): Operand {
  const total = totals.get(x);
  const of = total && exponents.get(total.x);
  return of ? logOfSums(site, { ...total, x: of }) : site.table(x, point('log'));
}

/** The logarithm of the sum of the exponentials of each group. */
export function logOfSums(site: Site, { x, length, shape, starts, offsets }: Reduction): Operand {
  if (length === 0) site.refuse('expected elements to sum, got an empty tensor');
  if (length === 1) return site.reshape(x, shape);
  site.gadgets(2 * starts.length * length);
  return site.step(logsum, [x], groupsOf(starts, offsets), shape, x.dtype);
}
