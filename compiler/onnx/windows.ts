// Sliding windows of convolutions and pools over any number of spatial axes: which elements each output position sees,
// with strides, dilations, padding, auto_pad and ceil_mode as ONNX defines them.
// https://onnx.ai/onnx/operators/onnx__MaxPool.html, onnx__Conv.html
import type { Site } from './site.js';
import { place, type Axis, type Windows } from './window-forms.js';

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
    const { begin, end, out } = paddingOf(site, autoPad, {
      size,
      reach,
      stride,
      begin: pads[axis],
      end: pads[rank + axis],
      isCeil,
    });
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
  readonly begin: number;
  readonly end: number;
  readonly isCeil: boolean;
}

function paddingOf(
  site: Site,
  autoPad: string,
  { size, reach, stride, begin, end, isCeil }: Extent,
): { begin: number; end: number; out: number } {
  switch (autoPad) {
    case 'NOTSET': {
      const span = (size + begin + end - reach) / stride;
      const out = (isCeil ? Math.ceil(span) : Math.floor(span)) + 1;
      // A window that would start in the padding at the end is left out.
      return { begin, end, out: isCeil && (out - 1) * stride >= size + begin ? out - 1 : out };
    }
    case 'VALID':
      return { begin: 0, end: 0, out: Math.floor((size - reach) / stride) + 1 };
    case 'SAME_UPPER':
    case 'SAME_LOWER': {
      const out = Math.ceil(size / stride);
      const total = Math.max((out - 1) * stride + reach - size, 0);
      const less = Math.floor(total / 2);
      return autoPad === 'SAME_UPPER'
        ? { begin: less, end: total - less, out }
        : { begin: total - less, end: less, out };
    }
    default:
      return site.refuse(`expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got '${autoPad}'`);
  }
}
