// Lists of values as functions of integers: what is equal at the ends is listed once.
import type { IntegerFunction } from '../primitives/integer-functions.js';

/** A function by its values. */
export type ListedFunction = Extract<IntegerFunction, { readonly kind: 'values' }>;

/** Values at first, first + 1, ...; equal ones at the ends are listed once. */
export function trimmed(name: string, first: number, all: Float64Array): ListedFunction {
  let [from, last] = [0, all.length - 1];
  while (from < last && all[from + 1] === all[from]) from++;
  while (last > from && all[last - 1] === all[last]) last--;
  return { kind: 'values', name, first: first + from, values: all.slice(from, last + 1) };
}
