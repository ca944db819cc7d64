// Domains: where the rows of a circuit stand. A domain of n places is the group of n-th roots of unity; n is 2^k, or 3·2^k in the
// lookup argument (r - 1 = 2^28 · 3^2 · …), so that a circuit pays for at most half as many rows again as it has.
//
// The places are those of cosets of one group of 2^k roots, one coset after the other, which is what transforms want:
//   2^k     place i is w^i
//   3·2^k   place 2^k s + t is w^s v^t for s < 3, v = w^3
import { mod } from '../../verifier/field.js';
import { primitiveRoot, rootOfUnity } from './field.js';

export interface Domain {
  readonly size: number;
  /** log2 of the places of a coset. */
  readonly lg: number;
  /** The first place of each coset, one or three; the next one is `root` times that, and so on. */
  readonly firsts: readonly bigint[];
  /** Of order 2^lg. */
  readonly root: bigint;
}

/** Memory and the field's 2^28-th roots of unity end there: a quotient takes twice the domain. */
export const MAX_DOMAIN = 2 ** 27;

/** The smallest domain of three cosets: a coset has the four elements of a butterfly of pairs. */
const LEAST_THIRDS = 12;

export const isPowerOfTwo = (size: number): boolean => Number.isInteger(Math.log2(size));

/** Whether a key of the argument may have a domain of that size. */
export const isDomain = (size: number, argument: 'plain' | 'lookup'): boolean =>
  size >= 2 &&
  size <= MAX_DOMAIN &&
  (isPowerOfTwo(size) || (argument === 'lookup' && size >= LEAST_THIRDS && isPowerOfTwo(size / 3)));

/** The smallest domain for that many rows, those that the key adds included. */
export function smallestDomain(rows: number, argument: 'plain' | 'lookup'): number {
  const two = Math.max(2, 2 ** Math.ceil(Math.log2(rows)));
  const three = (two / 4) * 3;
  return argument === 'lookup' && three >= rows && three >= LEAST_THIRDS ? three : two;
}

/** @param size as `isDomain` has it */
export function domainOf(size: number): Domain {
  const cosets = isPowerOfTwo(size) ? 1 : 3;
  const lg = Math.log2(size / cosets);
  const w = primitiveRoot(size);
  return { size, lg, firsts: cosets === 1 ? [1n] : [1n, w, mod(w * w)], root: rootOfUnity(lg) };
}
