// Which elements windows see: a window is the product of what it sees of each axis, so those that are cut alike by the border
// share one list of taps, and the work is known before any list is made.
import { sizeOf, stridesOf } from '../tensor.js';
import type { Site } from './site.js';

/** The part of a window that lies on the picture; positions whose parts are alike share it. */
export interface WindowForm {
  /** Row-major indices in the kernel. */
  readonly taps: Int32Array;
  /** Spatial index of each tap relative to the first. */
  readonly offsets: Int32Array;
}

export interface Windows {
  /** Spatial shape of the output. */
  readonly shape: readonly number[];
  readonly forms: readonly WindowForm[];
  /** For each output position: its form, the spatial index of its first tap, and its taps on picture and padding. */
  readonly form: Int32Array;
  readonly base: Int32Array;
  readonly paddedTaps: Int32Array;
  /** Taps on the picture of all positions together, and of all forms. */
  readonly taps: number;
  readonly formTaps: number;
}

/** Work of placing a window, and of a tap of a form, which is kept, compared and checked, in terms. */
const POSITION = 4;
const FORM_TAP = 4;

/** An axis of the picture. */
export interface Axis {
  readonly size: number;
  /** For each output coordinate: valid taps are lo <= j < hi, those on picture or padding number `padded`. */
  readonly lo: readonly number[];
  readonly hi: readonly number[];
  readonly padded: readonly number[];
  readonly first: readonly number[];
}

/** The windows, from what they see of each axis. */
export function place(
  site: Site,
  spatial: readonly number[],
  kernel: readonly number[],
  dilations: readonly number[],
  axes: readonly Axis[],
): Windows {
  const shape = axes.map(({ size }) => size);
  const count = site.size(shape);
  const [strides, tapStrides] = [stridesOf(spatial), stridesOf(kernel)];
  const cuts = axes.map(cutsOf);
  const taps = cuts.reduce((n, { seen, of }) => n * of.reduce((sum, cut) => sum + lengthOf(seen[cut]), 0), 1);
  const formTaps = cuts.reduce((n, { seen }) => n * seen.reduce((sum, range) => sum + lengthOf(range), 0), 1);
  site.terms(POSITION * count + FORM_TAP * formTaps);

  const base = product(
    axes.map(({ first }, a) => first.map((at) => at * strides[a])),
    (sum, at) => sum + at,
    0,
  );
  const paddedTaps = product(
    axes.map(({ padded }) => padded),
    (n, taps) => n * taps,
    1,
  );
  const radix = cuts.map(({ seen }) => seen.length);
  const cut = product(
    cuts.map(({ of }, a) => of.map((one) => one * sizeOf(radix.slice(a + 1)))),
    (sum, one) => sum + one,
    0,
  );
  const forms: WindowForm[] = [];
  const byCut = new Map<number, number>();
  const form = cut.map((one) => {
    const known = byCut.get(one);
    if (known !== undefined) return known;
    const ranges = cuts.map(({ seen }, a) => seen[Math.floor(one / sizeOf(radix.slice(a + 1))) % seen.length]);
    const id = forms.push(formOf(ranges, tapStrides, strides, dilations)) - 1;
    byCut.set(one, id);
    return id;
  });
  return { shape, forms, form, base, paddedTaps, taps, formTaps };
}

type Range = readonly [lo: number, hi: number];
const lengthOf = ([lo, hi]: Range): number => hi - lo;

/** The distinct ranges of taps along an axis, and which of them each output coordinate has. */
function cutsOf({ lo, hi }: Axis): { readonly seen: readonly Range[]; readonly of: readonly number[] } {
  const numbers = new Map<string, number>();
  const seen: Range[] = [];
  const of = lo.map((from, c) => {
    const range: Range = [from, Math.max(from, hi[c])];
    const known = numbers.get(range.join()) ?? seen.push(range) - 1;
    numbers.set(range.join(), known);
    return known;
  });
  return { seen, of };
}

/** For each output position, row-major, what its coordinates give when they are joined from `start`, axis by axis. */
function product(
  axes: readonly (readonly number[])[],
  join: (all: number, one: number) => number,
  start: number,
): Int32Array {
  let all = Int32Array.of(start);
  for (const axis of axes) {
    const next = new Int32Array(all.length * axis.length);
    let o = 0;
    for (const value of all) for (const one of axis) next[o++] = join(value, one);
    all = next;
  }
  return all;
}

function formOf(
  ranges: readonly Range[],
  tapStrides: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): WindowForm {
  const count = sizeOf(ranges.map(([lo, hi]) => hi - lo));
  const taps = new Int32Array(count);
  const offsets = new Int32Array(count);
  for (let t = 0; t < count; t++) {
    let rest = t;
    for (let axis = ranges.length - 1; axis >= 0; axis--) {
      const [lo, hi] = ranges[axis];
      const j = rest % (hi - lo);
      rest = Math.floor(rest / (hi - lo));
      taps[t] += (lo + j) * tapStrides[axis];
      offsets[t] += j * dilations[axis] * strides[axis];
    }
  }
  return { taps, offsets };
}
