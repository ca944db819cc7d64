// A formula: a function of one value that a model writes out in several nodes, as data. Its terms stand in the order in which
// they are computed: term 0 is x, the last one is the result. It becomes one table, as any function of one value does.
import { greatest, least } from '../extremes.js';
import { type Place, choiceOf, entriesOf, fieldsOf, finiteOf, integerOf, itemsOf, wrong } from '../json.js';
import type { Interval } from '../linear/intervals.js';

/** One term, of those before it: a weighted sum and a constant, a product of two, or a function that has a name. */
export type Term<F> =
  | { readonly op: 'sum'; readonly of: readonly number[]; readonly weights: readonly number[]; readonly bias: number }
  | { readonly op: 'product'; readonly of: readonly number[] }
  | { readonly op: 'function'; readonly of: readonly number[]; readonly f: F };

/** More terms than any activation has. */
export const MAX_TERMS = 64;

/** All terms at x, into `values`; returns the last. */
export function applyTerms<F>(
  terms: readonly Term<F>[],
  x: number,
  apply: (f: F, x: number) => number,
  values: Float64Array,
): number {
  values[0] = x;
  for (let t = 0; t < terms.length; t++) {
    const term = terms[t];
    const [a] = term.of;
    if (term.op === 'function') values[t + 1] = apply(term.f, values[a]);
    else if (term.op === 'product') values[t + 1] = values[a] * values[term.of[1]];
    else {
      let sum = term.bias;
      for (let k = 0; k < term.of.length; k++) sum += term.weights[k] * values[term.of[k]];
      values[t + 1] = sum;
    }
  }
  return values[terms.length];
}

const ANYTHING: Interval = { lo: -Infinity, hi: Infinity };
const hullOf = (ends: readonly number[]): Interval =>
  ends.some(Number.isNaN) ? ANYTHING : { lo: least(ends), hi: greatest(ends) };

/**
 * What each term can be for every x of an interval, by the intervals of those before it: proved, and often wider than need be.
 * @param monotone the ends of a function that only rises or only falls; null for any other
 */
export function termIntervals<F>(
  terms: readonly Term<F>[],
  x: Interval,
  monotone: (f: F, x: Interval) => readonly [number, number] | null,
): Interval[] {
  const known = [x];
  for (const term of terms) {
    const of = term.of.map((t) => known[t]);
    if (term.op === 'function') known.push(hullOf(monotone(term.f, of[0]) ?? [NaN]));
    else if (term.op === 'product') {
      const [a, b] = of;
      const hull = hullOf([a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi]);
      const square = a.lo > 0 ? a.lo * a.lo : a.hi < 0 ? a.hi * a.hi : 0;
      known.push(term.of[0] === term.of[1] ? { lo: square, hi: hull.hi } : hull);
    } else {
      const [lo, hi] = [0, 1].map((side) =>
        of.reduce((sum, { lo, hi }, k) => {
          const weight = term.weights[k];
          return sum + weight * (weight > 0 === (side === 0) ? lo : hi);
        }, term.bias),
      );
      known.push(hullOf([lo, hi]));
    }
  }
  return known;
}

/**
 * What a term takes between samples that lie close together: from each pair as far beyond as the pairs beside it step, which holds
 * for a term that the samples resolve.
 */
export function between(y: Float64Array): Interval {
  let [lo, hi] = [Infinity, -Infinity];
  const step = (i: number): number => (i < 0 || i + 1 >= y.length ? 0 : Math.abs(y[i + 1] - y[i]));
  for (let i = 0; i + 1 < y.length; i++) {
    const beyond = Math.max(step(i - 1), step(i), step(i + 1));
    lo = Math.min(lo, y[i] - beyond, y[i + 1] - beyond);
    hi = Math.max(hi, y[i] + beyond, y[i + 1] + beyond);
  }
  return hullOf([lo, hi]);
}

export const encodeTerm =
  <F>(encode: (f: F) => object) =>
  (term: Term<F>): object =>
    term.op === 'function' ? { op: term.op, of: term.of, f: encode(term.f) } : { ...term };

/** The terms of a formula; each reads earlier ones. */
export function decodeTerms<F>(place: Place, decode: (place: Place) => F): Term<F>[] {
  const items = itemsOf(place);
  if (items.length < 1 || items.length > MAX_TERMS) wrong(place, `1 to ${MAX_TERMS} terms`, String(items.length));
  return items.map((item, t): Term<F> => {
    const op = choiceOf(new Map(entriesOf(item)).get('op') ?? wrong(item, 'a field op'), [
      'sum',
      'product',
      'function',
    ]);
    const termsOf = (list: Place, count: number): number[] => {
      const of = itemsOf(list).map((one) => integerOf(one, 0, t));
      return of.length === count ? of : wrong(list, `${count} of the terms before it`, String(of.length));
    };
    if (op === 'product') return { op, of: termsOf(fieldsOf(item, ['op', 'of']).of, 2) };
    if (op === 'function') {
      const { of, f } = fieldsOf(item, ['op', 'of', 'f']);
      return { op, of: termsOf(of, 1), f: decode(f) };
    }
    const { of, weights: list, bias } = fieldsOf(item, ['op', 'of', 'weights', 'bias']);
    const weights = itemsOf(list).map(finiteOf);
    return { op, of: termsOf(of, weights.length), weights, bias: finiteOf(bias) };
  });
}
