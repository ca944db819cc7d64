// The transposed convolution: every input element adds a kernel to the output, so every output element is a row.
import { mapBuilder } from '../../linear/builder.js';
import { sizeOf, stridesOf } from '../../tensor.js';
import type { Lowering, Operator, Site } from '../site.js';
import { convolutionOf, listOf, spacingOf } from '../windows.js';

/** https://onnx.ai/onnx/operators/onnx__ConvTranspose.html : Y = B + the sum of W x over all windows that reach it. */
const ConvTranspose: Lowering = (site) => {
  const { x, w, bias, spatial, kernel: kernelShape, groups } = convolutionOf(site);
  const [batch, channels] = x.shape;
  const [inChannels, groupOut] = w.shape;
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
  const { strides, dilations, pads, autoPad } = spacingOf(site, rank);
  const extra = listOf(site, 'output_padding', { length: rank, least: 0, fallback: 0 });
  const wanted = site.ints('output_shape')?.slice(-rank) ?? null;
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

/** https://onnx.ai/onnx/operators/onnx__Col2Im.html : blocks added up where they lie on a picture. */
const Col2Im: Lowering = (site) => {
  const x = site.input(0);
  const [image, block] = ['image_shape', 'block_shape'].map((name, i) => [...site.constant(i + 1, `'${name}'`).data]);
  const rank = image.length;
  const { strides, dilations, pads } = spacingOf(site, rank, false);
  const positions = image.map((dim, a) => Math.floor((dim + pads[a] + pads[rank + a] - dilations[a] * (block[a] - 1) - 1) / strides[a]) + 1); // prettier-ignore
  const [taps, plane] = [sizeOf(block), sizeOf(image)];
  const [batch, rows, columns] = x.shape;
  const isWhole = [...image, ...block, ...positions].every((dim) => dim >= 1);
  if (x.shape.length !== 3 || block.length !== rank || !isWhole || rows % taps !== 0 || columns !== sizeOf(positions))
    site.refuse(`expected blocks of [${block.join(', ')}] at [${positions.join(', ')}] places, got [${x.shape.join(', ')}]`); // prettier-ignore
  if (rank !== 2 && dilations.some((d) => d !== 1))
    site.refuse(`expected no dilations over ${rank} axes, got [${dilations.join(', ')}]: runtimes differ in where the blocks lie`, 'use two axes'); // prettier-ignore
  const channels = rows / taps;
  const shape = [batch, channels, ...image];
  const builder = mapBuilder(site.size(shape));
  site.terms(4 * builder.bias.length + 4 * channels * batch * taps * columns);
  const steps = stridesOf(image);
  const lists = Array.from({ length: plane }, (): number[] => []);
  const [tapAt, placeAt] = [stridesOf(block), stridesOf(positions)];
  for (let t = 0; t < taps; t++)
    for (let p = 0; p < columns; p++) {
      const at = image.map((_, a) => (Math.floor(p / placeAt[a]) % positions[a]) * strides[a] - pads[a] + (Math.floor(t / tapAt[a]) % block[a]) * dilations[a]); // prettier-ignore
      if (at.every((i, a) => i >= 0 && i < image[a]))
        lists[at.reduce((sum, i, a) => sum + i * steps[a], 0)].push(t * columns + p);
    }
  const part = builder.part(x.id);
  lists.forEach((list, o) => {
    const { shift, pattern, kernel } = part.form(list, new Float64Array(list.length).fill(1));
    if (list.length > 0)
      for (let c = 0; c < batch * channels; c++) part.set(c * plane + o, c * taps * columns + shift, pattern, kernel);
  });
  return site.linear(builder.build(), shape, x.dtype);
};

export const TRANSPOSED: readonly Operator[] = [
  { op: 'Col2Im', since: 18, inputs: [3, 3], outputs: 1, lower: Col2Im },
  { op: 'ConvTranspose', since: 1, inputs: [2, 3], outputs: 1, lower: ConvTranspose },
];
