// Sliding windows of convolutions and pools over any number of spatial axes: which elements each output position sees,
// with strides, dilations, padding, auto_pad and ceil_mode as ONNX defines them, and as onnxruntime reads them where that differs.
// https://onnx.ai/onnx/operators/onnx__MaxPool.html, onnx__Conv.html
import type { Tensor } from '../tensor.js';
import type { Operand, Site } from './site.js';
import { place, type Axis, type Windows } from './window-forms.js';

/** How windows lie on a picture. */
interface Spacing {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Those before each axis, then those behind. */
  readonly pads: readonly number[];
  readonly autoPad: string;
}

const AUTO_PADS = ['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'];

/** Reads strides, dilations, pads and, of windows that have it, auto_pad over `rank` axes. */
export function spacingOf(site: Site, rank: number, hasAuto = true): Spacing {
  const autoPad = hasAuto ? site.string('auto_pad', 'NOTSET') : 'NOTSET';
  if (!AUTO_PADS.includes(autoPad))
    site.refuse(`expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got '${autoPad}'`);
  return {
    strides: listOf(site, 'strides', { length: rank, least: 1, fallback: 1 }),
    dilations: listOf(site, 'dilations', { length: rank, least: 1, fallback: 1 }),
    pads: listOf(site, 'pads', { length: 2 * rank, least: 0, fallback: 0 }),
    autoPad,
  };
}

interface ListShape {
  readonly length: number;
  readonly least: number;
  readonly fallback: number;
}

/** An attribute that is a list of counts. */
export function listOf(site: Site, name: string, { length, least, fallback }: ListShape): readonly number[] {
  const list = site.ints(name) ?? new Array<number>(length).fill(fallback);
  if (list.length !== length || list.some((v) => v < least || v > 0x7fffffff))
    site.refuse(`expected ${length} ${name} of at least ${least}, got ${list.join(', ')}`);
  return list;
}

export interface Convolution {
  readonly x: Operand;
  readonly w: Tensor;
  readonly bias: Tensor | null;
  readonly spatial: readonly number[];
  /** Shape of a kernel. */
  readonly kernel: readonly number[];
  readonly groups: number;
}

/** Reads picture, constant weights and bias of a convolution: the first is N x C x ..., the kernels are those of W behind its first two axes. */
export function convolutionOf(
  site: Site,
  x = site.input(0),
  w = site.constant(1, "the weights 'W'"),
  bias = site.optionalConstant(2, "the bias 'B'"),
): Convolution {
  if (x.shape.length < 3 || w.shape.length !== x.shape.length)
    site.refuse(`expected 'X' and 'W' of one rank from 3, got ${x.shape.length} and ${w.shape.length}`);
  const kernel = w.shape.slice(2);
  const groups = site.int('group', 1);
  const declared = site.ints('kernel_shape');
  if (declared !== null && declared.join() !== kernel.join())
    site.refuse(`expected kernel_shape [${kernel.join(', ')}] as 'W' has, got [${declared.join(', ')}]`);
  return { x, w, bias, spatial: x.shape.slice(2), kernel, groups };
}

/** Reads their spacing and, for pools, ceil_mode. */
export function windowsOf(site: Site, spatial: readonly number[], kernel: readonly number[], isPool: boolean): Windows {
  const rank = spatial.length;
  if (kernel.length !== rank || kernel.some((k) => k < 1))
    site.refuse(`expected a kernel of ${rank} axes, got [${kernel.join(', ')}]`);
  const { strides, dilations, pads, autoPad } = spacingOf(site, rank);
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
  const total = (Math.ceil(size / stride) - 1) * stride + reach - size;
  const begin = Math.trunc((autoPad === 'SAME_UPPER' ? total : total + 1) / 2);
  if (begin < 0)
    site.refuse(
      `expected padding under auto_pad ${autoPad}, got windows of ${reach} that leave elements out at stride ${stride}`,
      'write the pads out: runtimes disagree on where such windows start',
    );
  return [begin, Math.max(total - begin, 0)];
}
