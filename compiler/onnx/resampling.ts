// What an axis becomes when it is resized: each new element as a row of weights of the old ones, for the modes, the coordinates
// and the roundings that ONNX has, in float32 where onnxruntime computes in it: a rounding decides which element is taken.
// https://onnx.ai/onnx/operators/onnx__Resize.html
import type { Site } from './site.js';

/** A new element; null where it lies outside and is extrapolated. */
export type Row = { readonly at: readonly number[]; readonly weights: readonly number[] } | null;

/** An axis: its elements, those that it becomes, their ratio, and the part of it that is cropped, from 0 to 1. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly crop: readonly [start: number, end: number];
}

const f = Math.fround;

/** Where an element of the new axis lies on the old one. */
type Coordinate = (o: number, axis: Axis) => number;

const COORDINATES: Readonly<Record<string, Coordinate>> = {
  asymmetric: (o, { scale }) => f(o / scale),
  half_pixel: (o, { scale }) => f(f(f(o + 0.5) / scale) - 0.5),
  pytorch_half_pixel: (o, { scale, to }) => (to > 1 ? f(f(f(o + 0.5) / scale) - 0.5) : 0),
  tf_half_pixel_for_nn: (o, { scale }) => f(f(o + 0.5) / scale),
  align_corners: (o, { from, to }) => (to === 1 ? 0 : f(f(o * (from - 1)) / (to - 1))),
  half_pixel_symmetric(o, { from, to, scale }) {
    const adjustment = f(to / f(scale * from));
    const offset = f(f(from / 2) * f(1 - adjustment));
    return f(f(offset + f(f(o + 0.5) / scale)) - 0.5);
  },
  tf_crop_and_resize: (o, { from, to, crop: [start, end] }) =>
    to > 1 ? f(f(start * (from - 1)) + f(f(o * f(f(end - start) * (from - 1))) / (to - 1))) : f(0.5 * f(start + end) * (from - 1)), // prettier-ignore
};

/** The element that stands for a coordinate; `simple` is what there was before the roundings had names. */
const ROUNDINGS: Readonly<Record<string, (x: number, scale: number) => number>> = {
  simple: (x, scale) => (scale < 1 ? Math.ceil(x) : Math.trunc(x)),
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5 + 1e-6), // onnxruntime takes so little less for a half, too
  floor: Math.floor,
  ceil: Math.ceil,
};

export interface Resampling {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: string;
  readonly rounding: string;
  /** The weights of the cubic. */
  readonly a: number;
  readonly isAntialiased: boolean;
  readonly excludesOutside: boolean;
}

/** Refuses a mode that ONNX does not have. */
export function checkResampling(site: Site, { mode, coordinates, rounding }: Resampling): void {
  const known = [
    { name: 'mode', value: mode, names: ['nearest', 'linear', 'cubic'] },
    { name: 'coordinate_transformation_mode', value: coordinates, names: Object.keys(COORDINATES) },
    { name: 'nearest_mode', value: rounding, names: Object.keys(ROUNDINGS) },
  ];
  for (const { name, value, names } of known)
    if (!names.includes(value)) site.refuse(`expected ${name} ${names.join(', ')}, got '${value}'`);
}

/** Reach of the weights on either side, in old elements. */
export function reachOf({ mode, isAntialiased }: Resampling, { scale }: Axis): number {
  const wide = isAntialiased ? Math.min(scale, 1) : 1;
  return mode === 'nearest' ? 1 : (mode === 'linear' ? 1 : 2) / wide;
}

/** The rows of an axis. */
export function rowsOf(how: Resampling, axis: Axis): Row[] {
  const { from, to, scale } = axis;
  return Array.from({ length: to }, (_, o): Row => {
    const isCrop = how.coordinates === 'tf_crop_and_resize';
    const x = scale === 1 ? o : COORDINATES[how.coordinates](o, axis);
    if (isCrop && (x < 0 || x > from - 1)) return null;
    if (how.mode !== 'nearest') return weighted(how, axis, x);
    return { at: [clamp(ROUNDINGS[how.rounding](x, scale), from)], weights: [1] };
  });
}

const clamp = (i: number, from: number): number => Math.min(Math.max(i, 0), from - 1);

/** Neighbours by their distance, the sum of their weights 1; those outside are the element at the border, or are left out. */
function weighted(how: Resampling, axis: Axis, x: number): Row {
  const narrow = how.isAntialiased ? Math.min(axis.scale, 1) : 1;
  const reach = reachOf(how, axis);
  const sums = new Map<number, number>();
  let total = 0;
  for (let i = Math.floor(x - reach) + 1; i < x + reach; i++) {
    const at = clamp(i, axis.from);
    if (how.excludesOutside && at !== i) continue;
    const distance = Math.abs(i - x) * narrow;
    const weight = how.mode === 'linear' ? Math.max(1 - distance, 0) : cubic(distance, how.a);
    sums.set(at, (sums.get(at) ?? 0) + weight);
    total += weight;
  }
  const at = [...sums.keys()].filter((i) => sums.get(i) !== 0);
  return { at, weights: at.map((i) => (sums.get(i) ?? 0) / total) };
}

function cubic(t: number, a: number): number {
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}
