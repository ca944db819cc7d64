// What an accumulator can be. A form of several tensors has the box of their intervals, and one that reads a product may have a
// narrower one: whatever the other tensors hold, an element that reads the product once is linear in either factor, so it lies
// between the forms in which that factor is at an end. In a + z (b - a) with z in [0, 1] the ends are a and b: a mean of both,
// however many of them follow one another. And of the places that an index may name it names one, so what it chooses from constants is
// one of them.
import { rangeOfElement } from '../../verifier/words.js';
import { greatest } from '../extremes.js';
import { composeMaps } from '../linear/compose.js';
import { hull, mapIntervals, type Interval, type Intervals, type Reach } from '../linear/intervals.js';
import type { LinearMap, LinearPart } from '../linear/map.js';
import { scaleMap } from '../linear/maps.js';
import { integerOf } from '../primitives/index.js';
import type { Proved } from '../primitives/integer.js';
import { sizeOf } from '../tensor.js';
import type { CircuitTensor, IntegerStep, TensorId } from './circuit.js';

/** Magnitudes below which float64 adds integers as they are. */
const MAX_EXACT = 2 ** 53;

type Ranged = Pick<CircuitTensor, 'shape' | 'lo' | 'hi' | 'columns'>;

/** What the stored values of a tensor can be: one interval, or one for each element where columns have ranges of their own. */
export function storedReach(tensor: Ranged): Interval | Intervals {
  const { lo, hi, shape, columns } = tensor;
  if (!columns) return { lo: 0, hi: hi - lo };
  const ends = Array.from({ length: sizeOf(shape) }, (_, i) => rangeOfElement(tensor)(i));
  return { lo: Float64Array.from(ends, ([least]) => least - lo), hi: Float64Array.from(ends, ([, most]) => most - lo) };
}

/** Whether what a step proves of an element is all of its range. */
export function provesRange(tensor: Ranged, { element, below }: Pick<Proved, 'element' | 'below'>): boolean {
  const [least, most] = rangeOfElement(tensor)(element);
  return least === tensor.lo && below <= most - least + 1;
}

/** What a form reaches by the balls of its tensors; undefined where that is no less than its bounds. */
export function withinBalls(
  map: LinearMap,
  { lo, hi }: Interval,
  tensors: readonly Pick<CircuitTensor, 'lo' | 'hi' | 'zero' | 'ball'>[],
): Interval | undefined {
  if (!map.parts.some(({ from }) => tensors[from].ball !== undefined)) return undefined;
  const reach = hull(
    mapIntervals(map, (id) => {
      const { lo: least, hi: most, zero, ball } = tensors[id];
      const stored = { lo: 0, hi: most - least };
      if (ball === undefined || typeof zero !== 'number') return stored;
      return { ...stored, ball: { ...ball, centre: zero - least } };
    }),
  );
  const whole = { lo: Math.max(Math.floor(reach.lo), lo), hi: Math.min(Math.ceil(reach.hi), hi) };
  return whole.lo > lo || whole.hi < hi ? whole : undefined;
}

/**
 * The interval of every element of a map over stored values.
 * @param map integer coefficients
 * @param makerOf the step that makes a tensor
 */
export function accumulatorIntervals(
  map: LinearMap,
  tensors: readonly Ranged[],
  makerOf: (id: TensorId) => IntegerStep,
): Intervals {
  const stored = (id: TensorId): Reach | Intervals => {
    const maker = makerOf(id);
    const oneOf = integerOf(maker).oneOf?.(maker);
    return { ...storedReach(tensors[id]), ...(oneOf && { oneOf }) };
  };
  const box = mapIntervals(map, stored);
  const magnitude = ({ bias }: LinearMap, { lo, hi }: Intervals): number =>
    greatest(bias.map((b, o) => Math.abs(b) + hi[o] - lo[o]));
  const whole = magnitude(map, box);
  const known = { lo: box.lo.slice(), hi: box.hi.slice() };
  for (const part of map.parts) {
    const { from, kernels } = part;
    if (kernels.some(({ length }) => length > 1)) continue; // each term has factors of its own
    const maker = makerOf(from);
    const factors = integerOf(maker).factors?.(maker) ?? null;
    if (factors === null) continue;
    const rows = rowsOf(part);
    const reading = rows.length === map.size ? map : restricted(map, rows); // of a thousand products each may be read once
    const [least, weight] = [tensors[from].lo, Math.max(greatest(kernels.map(([w = 0]) => Math.abs(w))), 0)];
    for (const [at, other] of [factors, factors.toReversed()]) {
      const end = Math.max(Math.abs(at.accLo), Math.abs(at.accHi));
      const replaced = end * magnitude(other.map, mapIntervals(other.map, stored)) + Math.abs(least);
      if (whole + weight * replaced >= MAX_EXACT) continue;
      const withAt = (value: number): Intervals =>
        mapIntervals(composeMaps(reading, new Map([[from, scaleMap(other.map, value, -least)]])), stored);
      const { lo, hi } = union(withAt(at.accLo), withAt(at.accHi));
      rows.forEach((o, i) => {
        known.lo[o] = Math.max(known.lo[o], lo[i]);
        known.hi[o] = Math.min(known.hi[o], hi[i]);
      });
    }
  }
  return known;
}

/** The elements that read a part's source. */
const rowsOf = ({ kernel, kernels }: LinearPart): number[] =>
  [...kernel.keys()].filter((o) => kernels[kernel[o]].length > 0);

/** Some elements of a map, without the sources that none of them reads. */
function restricted({ bias, parts }: LinearMap, rows: readonly number[]): LinearMap {
  const picked = (list: Int32Array): Int32Array => Int32Array.from(rows, (o) => list[o]);
  const own = parts.filter(({ kernel, kernels }) => rows.some((o) => kernels[kernel[o]].length > 0));
  return {
    size: rows.length,
    bias: Float64Array.from(rows, (o) => bias[o]),
    parts: own.map((part) => ({ ...part, base: picked(part.base), pattern: picked(part.pattern), kernel: picked(part.kernel) })), // prettier-ignore
  };
}

const union = (a: Intervals, b: Intervals): Intervals => ({
  lo: a.lo.map((lo, o) => Math.min(lo, b.lo[o])),
  hi: a.hi.map((hi, o) => Math.max(hi, b.hi[o])),
});
