// A convolution whose weights or biases depend on the input: products over patches, those of windows that the border cuts alike together.
import { addMaps, gatherMap } from '../linear/maps.js';
import { sizeOf } from '../tensor.js';
import { lattice } from './indexing.js';
import type { Operand, Site } from './site.js';
import { contracted, weightedSum } from './sums.js';
import { windowsOf } from './windows.js';

/** Y = B + sum over the window of W x, any of them live. */
export function liveConvolution(site: Site): Operand {
  const [x, w, bias] = [site.floats(0), site.floats(1), site.optional(2)];
  const [batch, channels, ...spatial] = x.shape;
  const [outChannels, groupChannels, ...kernel] = w.shape;
  const groups = site.int('group', 1);
  const isWhole = groups >= 1 && groupChannels * groups === channels && outChannels % groups === 0;
  if (x.shape.length < 3 || w.shape.length !== x.shape.length || !isWhole)
    site.refuse(`expected ${channels} channels in ${groups} groups, got 'W' of shape [${w.shape.join(', ')}]`);
  const declared = site.ints('kernel_shape');
  if (declared !== null && declared.join() !== kernel.join())
    site.refuse(`expected kernel_shape [${kernel.join(', ')}] as 'W' has, got [${declared.join(', ')}]`);
  if (bias !== null && bias.shape.join() !== String(outChannels))
    site.refuse(`expected ${outChannels} biases, got shape [${bias.shape.join(', ')}]`);
  const windows = windowsOf(site, spatial, kernel, false);
  const [plane, taps, positions] = [sizeOf(spatial), sizeOf(kernel), windows.form.length];
  const shape = [batch, outChannels, ...windows.shape];
  const size = site.size(shape);
  const parts = windows.forms.map(({ taps: own, offsets }, f) => {
    const at = Int32Array.from(windows.form.keys()).filter((p) => windows.form[p] === f);
    site.size(shape);
    const [each, depth] = [[batch, outChannels, at.length], groupChannels * own.length];
    const origin = lattice(each, [0, 1, 0]).map((channel, o) => {
      const [n, p] = [Math.floor(o / at.length / outChannels), at[o % at.length]];
      return (n * channels + Math.floor(channel / (outChannels / groups)) * groupChannels) * plane + windows.base[p];
    });
    const inner = (stride: number, list: Int32Array): Int32Array => Int32Array.from({ length: depth }, (_, k) => Math.floor(k / own.length) * stride + list[k % own.length]); // prettier-ignore
    const sums = contracted(
      site,
      { of: x, outer: origin, inner: inner(plane, offsets) },
      { of: w, outer: lattice(each, [0, groupChannels * taps, 0]), inner: inner(taps, own) },
      each,
    );
    const from = new Int32Array(size).fill(-1);
    lattice(each, [outChannels * positions, positions, 0]).forEach((start, i) => (from[start + at[i % at.length]] = i));
    return gatherMap(sums.id, from);
  });
  const y = site.linear(addMaps(parts), shape, x.dtype);
  return bias === null ? y : weightedSum(site, [y, site.reshape(bias, [outChannels, ...spatial.map(() => 1)])], [1, 1]);
}
