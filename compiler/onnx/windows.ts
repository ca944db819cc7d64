// Sliding windows of convolutions and pools over any number of spatial axes: which elements each output position sees,
// with strides, dilations, padding, auto_pad and ceil_mode as ONNX defines them, and as onnxruntime reads them where that differs.
// https://onnx.ai/onnx/operators/onnx__MaxPool.html, onnx__Conv.html
import { MAX_TENSOR_ELEMENTS } from '../limits.js';
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
}

interface Axis {
  readonly size: number;
  /** For each output coordinate: valid taps are lo <= j < hi, those on picture or padding number `padded`. */
  readonly lo: readonly number[];
  readonly hi: readonly number[];
  readonly padded: readonly number[];
  readonly first: readonly number[];
}

/** Reads strides, dilations, auto_pad, pads and, for pools, ceil_mode. */
export function windowsOf(site: Site, spatial: readonly number[], kernel: readonly number[], isPool: boolean): Windows {
  const rank = spatial.length;
  const listOf = (name: string, fallback: number, length: number, least: number): readonly number[] => {
    const list = site.ints(name) ?? new Array<number>(length).fill(fallback);
    if (list.length !== length || list.some((v) => v < least || v > 0x7fffffff))
      site.refuse(`expected ${length} ${name} of at least ${least}, got ${list.join(', ')}`);
    return list;
  };
  if (kernel.length !== rank || kernel.some((k) => k < 1))
    site.refuse(`expected a kernel of ${rank} axes, got [${kernel.join(', ')}]`);
  const strides = listOf('strides', 1, rank, 1);
  const dilations = listOf('dilations', 1, rank, 1);
  const pads = listOf('pads', 0, 2 * rank, 0);
  const autoPad = site.string('auto_pad', 'NOTSET');
  const isCeil = isPool && site.int('ceil_mode', 0) !== 0;

  const axes = spatial.map((size, axis): Axis => {
    const [stride, dilation] = [strides[axis], dilations[axis]];
    const reach = (kernel[axis] - 1) * dilation + 1;
    if (isPool && dilation > 1 && autoPad.startsWith('SAME'))
      site.refuse(
        `expected a window that is not dilated under auto_pad ${autoPad}, got dilation ${dilation}`,
        'write the pads out: runtimes disagree on whether they count the dilation',
      );
    const [begin, end] = paddingOf(site, autoPad, { size, reach, stride, pads: [pads[axis], pads[rank + axis]] });
    const span = (size + begin + end - reach) / stride;
    const count = (isCeil ? Math.ceil(span) : Math.floor(span)) + 1;
    // A window that would start in the padding at the end is left out.
    const out = isCeil && (count - 1) * stride >= size + begin ? count - 1 : count;
    if (out < 1)
      site.refuse(`expected a window no larger than its padded input, got ${reach} over ${size + begin + end}`);
    site.size([out]);
    const starts = Array.from({ length: out }, (_, c) => c * stride - begin);
    const lo = starts.map((start) => Math.max(0, Math.ceil(-start / dilation)));
    return {
      size: out,
      lo,
      hi: starts.map((start) => Math.min(kernel[axis], Math.floor((size - 1 - start) / dilation) + 1)),
      padded: starts.map((start) => Math.min(kernel[axis], Math.floor((size + end - 1 - start) / dilation) + 1)),
      first: starts.map((start, c) => start + lo[c] * dilation),
    };
  });
  return place(site, spatial, kernel, dilations, axes);
}

interface Extent {
  readonly size: number;
  readonly reach: number;
  readonly stride: number;
  readonly pads: readonly [begin: number, end: number];
}

/** What stands before and behind an axis. */
function paddingOf(
  site: Site,
  autoPad: string,
  { size, reach, stride, pads }: Extent,
): readonly [begin: number, end: number] {
  if (autoPad === 'NOTSET') return pads;
  if (autoPad === 'VALID') return [0, 0];
  if (autoPad !== 'SAME_UPPER' && autoPad !== 'SAME_LOWER')
    site.refuse(`expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got '${autoPad}'`);
  const total = (Math.ceil(size / stride) - 1) * stride + reach - size;
  const begin = Math.trunc((autoPad === 'SAME_UPPER' ? total : total + 1) / 2);
  if (begin < 0)
    site.refuse(
      `expected padding under auto_pad ${autoPad}, got windows of ${reach} that leave elements out at stride ${stride}`,
      'write the pads out: runtimes disagree on where such windows start',
    );
  return [begin, Math.max(total - begin, 0)];
}

function place(
  site: Site,
  spatial: readonly number[],
  kernel: readonly number[],
  dilations: readonly number[],
  axes: readonly Axis[],
): Windows {
  const shape = axes.map(({ size }) => size);
  const count = site.size(shape);
  const [strides, outStrides, tapStrides] = [stridesOf(spatial), stridesOf(shape), stridesOf(kernel)];
  const form = new Int32Array(count);
  const base = new Int32Array(count);
  const paddedTaps = new Int32Array(count);
  const forms: WindowForm[] = [];
  const byKey = new Map<string, number>();
  let total = 0;
  for (let o = 0; o < count; o++) {
    const at = axes.map((axis, a) => Math.floor(o / outStrides[a]) % axis.size);
    const ranges = axes.map(({ lo, hi }, a): [number, number] => [lo[at[a]], Math.max(lo[at[a]], hi[at[a]])]);
    const key = ranges.join();
    let id = byKey.get(key);
    if (id === undefined) {
      total += ranges.reduce((n, [lo, hi]) => n * (hi - lo), 1);
      if (total > MAX_TENSOR_ELEMENTS)
        site.refuse(`expected windows of at most ${MAX_TENSOR_ELEMENTS} elements, got more`, 'use smaller kernels');
      id = forms.push(formOf(ranges, tapStrides, strides, dilations)) - 1;
      byKey.set(key, id);
    }
    form[o] = id;
    base[o] = axes.reduce((sum, { first }, a) => sum + first[at[a]] * strides[a], 0);
    paddedTaps[o] = axes.reduce((n, { padded }, a) => n * padded[at[a]], 1);
  }
  return { shape, forms, form, base, paddedTaps };
}

function formOf(
  ranges: readonly [number, number][],
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
