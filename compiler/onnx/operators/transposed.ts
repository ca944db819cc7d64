// The transposed convolution: every input element adds a kernel to the output, so every output element is a row.
import { mapBuilder } from '../../linear/builder.js';
import { sizeOf, stridesOf } from '../../tensor.js';
import type { Lowering, Operator, Site } from '../site.js';

/** https://onnx.ai/onnx/operators/onnx__ConvTranspose.html : Y = B + the sum of W x over all windows that reach it. */
const ConvTranspose: Lowering = (site) => {
  const x = site.input(0);
  const w = site.constant(1, "the weights 'W'");
  const bias = site.optionalConstant(2, "the bias 'B'");
  if (x.shape.length < 3 || w.shape.length !== x.shape.length)
    site.refuse(`expected 'X' and 'W' of one rank from 3, got ${x.shape.length} and ${w.shape.length}`);
  const [batch, channels, ...spatial] = x.shape;
  const [inChannels, groupOut, ...kernelShape] = w.shape;
  const groups = site.int('group', 1);
  const declared = site.ints('kernel_shape');
  if (declared !== null && declared.join() !== kernelShape.join())
    site.refuse(`expected kernel_shape [${kernelShape.join(', ')}] as 'W' has, got [${declared.join(', ')}]`);
  if (groups < 1 || inChannels !== channels || channels % groups !== 0)
    site.refuse(`expected ${channels} channels in ${groups} groups, got 'W' of shape [${w.shape.join(', ')}]`);
  const outChannels = groupOut * groups;
  if (bias !== null && bias.data.length !== outChannels)
    site.refuse(`expected ${outChannels} biases, got ${bias.data.length}`);

  const axes = axesOfWindows(site, spatial, kernelShape);
  const outShape = axes.map(({ length }) => length);
  const shape = [batch, outChannels, ...outShape];
  const [plane, taps, perGroup] = [sizeOf(spatial), sizeOf(kernelShape), channels / groups];
  const builder = mapBuilder(site.size(shape));
  const reached = axes.reduce((n, axis) => n * axis.reduce((sum, hits) => sum + hits.length, 0), 1);
  site.terms(4 * reached * perGroup * outChannels + 2 * builder.bias.length);
  const windows = windowsOf(axes, stridesOf(spatial), stridesOf(kernelShape));
  const part = builder.part(x.id);
  for (let channel = 0; channel < outChannels; channel++) {
    const [group, own] = [Math.floor(channel / groupOut), channel % groupOut];
    windows.forEach(({ at, tap }, p) => {
      const count = at.length;
      const indices = Int32Array.from({ length: perGroup * count }, (_, k) => (group * perGroup + Math.floor(k / count)) * plane + at[k % count]); // prettier-ignore
      const weights = Float64Array.from(indices, (_, k) => w.data[((group * perGroup + Math.floor(k / count)) * groupOut + own) * taps + tap[k % count]]); // prettier-ignore
      const { shift, pattern, kernel } = part.form(indices, weights);
      for (let n = 0; n < batch; n++) {
        const o = (n * outChannels + channel) * windows.length + p;
        part.set(o, n * channels * plane + shift, pattern, kernel);
        if (bias !== null) builder.bias[o] = bias.data[channel];
      }
    });
  }
  site.macs(batch * outChannels * perGroup * reached);
  return site.linear(builder.build(), shape, x.dtype);
};

/** An input element that reaches an output, and the element of the kernel that it reaches it by. */
interface Hit {
  readonly at: number;
  readonly tap: number;
}

/** For each axis and each output coordinate along it, what reaches it. */
function axesOfWindows(site: Site, spatial: readonly number[], kernel: readonly number[]): Hit[][][] {
  const rank = spatial.length;
  const listOf = (name: string, fallback: number, length: number, least: number): readonly number[] => {
    const list = site.ints(name) ?? new Array<number>(length).fill(fallback);
    if (list.length !== length || list.some((v) => v < least || v > 0x7fffffff))
      site.refuse(`expected ${length} ${name} of at least ${least}, got ${list.join(', ')}`);
    return list;
  };
  const strides = listOf('strides', 1, rank, 1);
  const dilations = listOf('dilations', 1, rank, 1);
  const extra = listOf('output_padding', 0, rank, 0);
  const pads = listOf('pads', 0, 2 * rank, 0);
  const wanted = site.ints('output_shape')?.slice(-rank) ?? null;
  const autoPad = site.string('auto_pad', 'NOTSET');
  if (!['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(autoPad))
    site.refuse(`expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got '${autoPad}'`);
  const isSame = autoPad.startsWith('SAME');
  return spatial.map((size, axis) => {
    const [stride, dilation] = [strides[axis], dilations[axis]];
    const full = stride * (size - 1) + extra[axis] + (kernel[axis] - 1) * dilation + 1;
    const most = full - extra[axis] + stride - 1; // one more would be the size of a larger input
    if (wanted !== null && wanted[axis] > most)
      site.refuse(`expected an output_shape of at most ${most} on axis ${axis}, got ${wanted[axis]}`);
    let [begin, end] = autoPad === 'NOTSET' ? [pads[axis], pads[rank + axis]] : [0, 0];
    if (wanted !== null || isSame) {
      const total = Math.max(full - (wanted?.[axis] ?? size * stride), 0);
      const half = Math.floor(total / 2);
      [begin, end] = autoPad === 'SAME_UPPER' ? [half, total - half] : [total - half, half];
    }
    const length = wanted?.[axis] ?? full - begin - end;
    if (length < 1) site.refuse(`expected pads that leave an output, got ${length} elements of axis ${axis}`);
    site.size([length, kernel[axis]]);
    return Array.from({ length }, (_, o) =>
      Array.from({ length: kernel[axis] }, (_, tap) => ({ at: (o + begin - tap * dilation) / stride, tap }))
        .filter(({ at }) => Number.isInteger(at) && at >= 0 && at < size)
        .reverse(),
    );
  });
}

/** For each output position, the hits of all axes together, by place in the picture and in the kernel. */
function windowsOf(
  axes: readonly (readonly (readonly Hit[])[])[],
  strides: readonly number[],
  tapStrides: readonly number[],
): { readonly at: readonly number[]; readonly tap: readonly number[] }[] {
  let all = [{ at: [0], tap: [0] }];
  axes.forEach((axis, a) => {
    all = all.flatMap(({ at, tap }) =>
      axis.map((hits) => ({
        at: at.flatMap((start) => hits.map((hit) => start + hit.at * strides[a])),
        tap: tap.flatMap((start) => hits.map((hit) => start + hit.tap * tapStrides[a])),
      })),
    );
  });
  return all;
}

export const TRANSPOSED: readonly Operator[] = [
  { op: 'ConvTranspose', since: 1, inputs: [2, 3], outputs: 1, lower: ConvTranspose },
];
