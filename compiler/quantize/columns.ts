// Which axis of an input has scales of its own for its columns, decided on data by what they gain and what they cost.
//
// An element is rounded to a step of its scale, and a layer adds up the roundings times its coefficients. In one scale for
// the tensor every step is the widest column's; the gain is how many bits less noise the layer has when each column has a
// step of its own. The cost is that a column's range is known from fewer values than the tensor's: the bits by which ranges
// read from one half of the samples must be widened to hold the samples of the other half.
//
// Columns in units of their own (tables, price candles, features of tokens) gain 4 to 26 bits and cost 1 or 2. The elements
// of a picture, a sound or a spectrum share a unit: they gain below 2 bits and cost 1 to 5, since a pixel at the border or a
// quiet moment has a narrow range in one half of the samples and a wide one in the other.
import { greatest, least } from '../extremes.js';
import type { Interval, Intervals } from '../linear/intervals.js';
import { sizeOf, stridesOf } from '../tensor.js';

/** Bits that scales of their own must gain above what they cost. */
const LEAST_GAIN = 2;
/** What each end of a column's range is widened by at least, as a share of its width: one bit. */
export const MARGIN = 0.5;
/** Share of the samples of the other half that may lie outside. */
const OUTSIDE = 0.01;

/** Values of an input: samples one after the other, each of `shape`. */
export interface InputData {
  readonly shape: readonly number[];
  readonly count: number;
  readonly data: ArrayLike<number>;
}

/** The index along an axis of every element of a shape. */
export function indicesAlong(shape: readonly number[], axis: number): Int32Array {
  const stride = stridesOf(shape)[axis];
  const size = shape.reduce((n, d) => n * d, 1);
  return Int32Array.from({ length: size }, (_, i) => Math.floor(i / stride) % shape[axis]);
}

/** Least and greatest value of each column over every `step`-th sample from `first` on; [Infinity, -Infinity] without one. */
export function spansOf(
  { count, data }: InputData,
  column: Int32Array,
  columns: number,
  first = 0,
  step = 1,
): Intervals {
  const lo = new Float64Array(columns).fill(Infinity);
  const hi = new Float64Array(columns).fill(-Infinity);
  for (let sample = first; sample < count; sample += step)
    for (let i = 0; i < column.length; i++) {
      const x = data[sample * column.length + i];
      const c = column[i];
      if (x < lo[c]) lo[c] = x;
      if (x > hi[c]) hi[c] = x;
    }
  return { lo, hi };
}

/**
 * The axis whose columns get scales of their own; null: one scale serves the tensor.
 * @param influences squared coefficients of every element, for each step that reads the input: asked for when needed
 */
export function columnAxis(input: InputData, influences: () => readonly Float64Array[]): number | null {
  const { shape } = input;
  let best: { readonly axis: number | null; readonly net: number } = { axis: null, net: LEAST_GAIN };
  let read: readonly Float64Array[] | null = null;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    const column = indicesAlong(shape, axis);
    const widths = widthsOf(spansOf(input, column, shape[axis]));
    // no layer can gain more than the narrowest column
    const most = Math.log2(widths.tensor / widths.narrowest);
    if (!(most - costOf(0) > best.net)) continue;
    read ??= influences();
    const gain = read.reduce((bits, squares) => Math.max(bits, gainOf(squares, column, widths)), 0);
    if (!(gain - costOf(0) > best.net)) continue;
    const net = gain - costOf(wideningOf(input, column, shape[axis]));
    if (net > best.net) best = { axis, net };
  }
  return best.axis;
}

/**
 * The axis whose columns of an integer input get ranges of their own; null: one range serves the tensor. Integers lose no precision
 * to a wide range, but a category that indexes a table has to stay inside it. Where one range does not, that decides. Else
 * columns count as categories where the ranges that either half of the samples shows hold the other half: the places of a
 * sequence show other words in either. Of several axes, the one whose columns are narrowest.
 * @param isInside whether every index that the input leads stays inside its table, for an interval of each element
 */
export function integerAxis(input: InputData, isInside: (ranges: Intervals) => boolean): number | null {
  const { shape, count } = input;
  const size = sizeOf(shape);
  const spread = ({ lo, hi }: Intervals, column: Int32Array): Intervals => ({
    lo: Float64Array.from(column, (c) => lo[c]),
    hi: Float64Array.from(column, (c) => hi[c]),
  });
  const one = new Int32Array(size);
  const whole = spansOf(input, one, 1);
  const isNeeded = !isInside(spread(whole, one));
  let best: { readonly axis: number | null; readonly bits: number } = { axis: null, bits: 0 };
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const column = indicesAlong(shape, axis);
    const own = spansOf(input, column, shape[axis]);
    const bits = own.hi.reduce((sum, most, c) => sum + Math.log2((whole.hi[0] - whole.lo[0] + 1) / (most - own.lo[c] + 1)), 0) / shape[axis]; // prettier-ignore
    if (!(bits > best.bits)) continue;
    if (isNeeded ? isInside(spread(own, column)) : count > 1 && wideningOf(input, column, shape[axis]) === 0)
      best = { axis, bits };
  }
  return best.axis;
}

interface Widths {
  /** 0 where a column is constant: it has no noise to lose. */
  readonly columns: Float64Array;
  readonly tensor: number;
  readonly narrowest: number;
}

function widthsOf({ lo, hi }: Intervals): Widths {
  const columns = hi.map((h, c) => (isConstant(lo[c], h) ? 0 : h - lo[c]));
  const narrowest = least(columns.filter((width) => width > 0));
  return { columns, tensor: greatest(hi) - least(lo), narrowest };
}

/** Bits by which the noise of a layer falls when every column has a step of its own. */
function gainOf(squares: Float64Array, column: Int32Array, { columns, tensor }: Widths): number {
  let [one, own] = [0, 0];
  squares.forEach((square, i) => {
    const width = columns[column[i]];
    if (width === 0) return;
    one += square * tensor ** 2;
    own += square * width ** 2;
  });
  return own > 0 ? Math.log2(one / own) / 2 : 0;
}

/** Bits that a widening takes from every column. */
const costOf = (widening: number): number => Math.log2(1 + 2 * Math.max(widening, MARGIN));

/** The share of its width by which either half's ranges must be widened at both ends to hold the other half's samples. */
function wideningOf(input: InputData, column: Int32Array, columns: number): number {
  if (input.count < 2) return 0;
  const halves = [0, 1].map((half) => spansOf(input, column, columns, half, 2));
  const needed = Float64Array.from({ length: input.count }, (_, sample) => {
    const { lo, hi } = halves[1 - (sample % 2)];
    let most = 0;
    for (let i = 0; i < column.length; i++) {
      const x = input.data[sample * column.length + i];
      const c = column[i];
      if (x >= lo[c] && x <= hi[c]) continue;
      const range = widened(lo[c], hi[c]);
      most = Math.max(most, (range.lo - x) / (range.hi - range.lo), (x - range.hi) / (range.hi - range.lo));
    }
    return most;
  }).sort();
  return needed[input.count - 1 - Math.floor(OUTSIDE * input.count)];
}

/** Below this share of its ends a width is rounding: float32 has 24 bits, and float64 has no steps left beside the offset. */
const LEAST_WIDTH = 2 ** -36;
const isConstant = (lo: number, hi: number): boolean => !(hi - lo > LEAST_WIDTH * Math.max(Math.abs(lo), Math.abs(hi)));

/** A range over the reals that is not empty; of one value v: [min(0, v), max(0, v)], and [0, 1] for the value 0. */
export function widened(lo: number, hi: number): Interval {
  if (!isConstant(lo, hi)) return { lo, hi };
  return lo === 0 && hi === 0 ? { lo: 0, hi: 1 } : { lo: Math.min(0, lo), hi: Math.max(0, hi) };
}
