// Convolutions with constant weights: all outputs of a channel share their coefficients.
import { mapBuilder, type RowForm } from '../linear/builder.js';
import { sizeOf } from '../tensor.js';
import type { Operand, Site } from './site.js';
import { windowsOf, type Convolution } from './windows.js';

/** B + the sum over each window of W x, over any number of spatial axes; how windows lie is read from the node. */
export function convolved(site: Site, { x, w, bias, spatial, kernel: kernelShape, groups }: Convolution): Operand {
  const [batch, channels] = x.shape;
  const [outChannels, groupChannels] = w.shape;
  if (groups < 1 || groupChannels * groups !== channels || outChannels % groups !== 0) {
    site.refuse(`expected ${channels} channels in ${groups} groups, got 'W' of shape [${w.shape.join(', ')}]`);
  }
  if (bias !== null && bias.data.length !== outChannels)
    site.refuse(`expected ${outChannels} biases, got ${bias.data.length}`);
  const windows = windowsOf(site, spatial, kernelShape, false);
  const [plane, taps, positions] = [sizeOf(spatial), sizeOf(kernelShape), windows.form.length];

  const builder = mapBuilder(site.size([batch, outChannels, ...windows.shape]));
  site.terms(outChannels * groupChannels * (batch * windows.taps + windows.formTaps));
  const part = builder.part(x.id);
  const offsets = windows.forms.map(({ taps: { length }, offsets: ofTaps }) =>
    Int32Array.from({ length: groupChannels * length }, (_, k) => Math.floor(k / length) * plane + ofTaps[k % length]),
  );
  for (let channel = 0; channel < outChannels; channel++) {
    const firstChannel = Math.floor(channel / (outChannels / groups)) * groupChannels;
    const forms = windows.forms.map((form, f): RowForm => {
      const weights = new Float64Array(offsets[f].length);
      let next = 0;
      for (let c = 0; c < groupChannels; c++) {
        const first = (channel * groupChannels + c) * taps;
        for (let t = 0; t < form.taps.length; t++) weights[next++] = w.data[first + form.taps[t]];
      }
      return part.form(offsets[f], weights);
    });
    for (let n = 0; n < batch; n++) {
      const origin = (n * channels + firstChannel) * plane;
      const out = (n * outChannels + channel) * positions;
      for (let p = 0; p < positions; p++) {
        const { shift, pattern, kernel } = forms[windows.form[p]];
        part.set(out + p, origin + windows.base[p] + shift, pattern, kernel);
      }
      if (bias !== null) builder.bias.fill(bias.data[channel], out, out + positions);
    }
  }
  site.macs(batch * outChannels * positions * groupChannels * taps);
  return site.linear(builder.build(), [batch, outChannels, ...windows.shape], x.dtype);
}
