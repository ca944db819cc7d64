// Fourier transforms and the weights of mel scales: lengths are constant, so a transform is a linear map.
import { mapBuilder } from '../../linear/builder.js';
import { cos, exp, log, sin } from '../../maths.js';
import { stridesOf } from '../../tensor.js';
import { axisOf, lattice } from '../indexing.js';
import type { Lowering, Operator } from '../site.js';
import { dtypeOf } from '../tensor-data.js';

/** What a place of a transform is made of: weights of the elements along the axis, real parts and, where there are any, imaginary ones. */
type Weights = (place: number, part: number, element: number, ofImaginary: boolean) => number;

/** e^(i angle) of k turns out of n, its real or its imaginary part. */
function turned(k: number, n: number, part: number): number {
  const eighths = (8 * (k % n)) / n;
  if (eighths % 2 === 0) return [1, 0, -1, 0][(eighths / 2 - part + 4) % 4]; // exactly
  return (part === 0 ? cos : sin)((2 * Math.PI * (k % n)) / n);
}

/** Sums of x e^(-2 pi i k t / length), or of x e^(2 pi i k t / length) / length. */
const complex =
  (length: number, isInverse: boolean): Weights =>
  (k, part, t, ofImaginary) => {
    const [re, im] = [0, 1].map((p) => (p === 1 && !isInverse ? -1 : 1) * turned(k * t, length, p));
    const weight = ofImaginary ? (part === 0 ? -im : re) : part === 0 ? re : im;
    return isInverse ? weight / length : weight;
  };

/** The real signal of the first half of its spectrum: each frequency but the ends stands for two. */
const realInverse =
  (length: number): Weights =>
  (k, _, t, ofImaginary) => {
    const isEnd = t === 0 || 2 * t === length;
    const weight = (ofImaginary ? -1 : 1) * turned(k * t, length, ofImaginary ? 1 : 0);
    return ofImaginary && isEnd ? 0 : ((isEnd ? 1 : 2) * weight) / length;
  };

/**
 * https://onnx.ai/onnx/operators/onnx__DFT.html : the transform along an axis, of `dft_length` elements, cut or filled up with zeros;
 * one-sided the first half of what a real signal gives, or inverse the real signal of such a half.
 */
const DFT: Lowering = (site) => {
  const x = site.floats(0);
  const rank = x.shape.length;
  const axis = axisOf(site, site.opset < 20 ? site.int('axis', 1) : (site.optionalConstant(2, "'axis'")?.data[0] ?? -2), rank); // prettier-ignore
  const [isInverse, isOnesided] = [site.int('inverse', 0) !== 0, site.int('onesided', 0) !== 0];
  const [dim, parts] = [x.shape[axis], x.shape[rank - 1]];
  const toReal = isInverse && isOnesided;
  const length = site.optionalConstant(1, "'dft_length'")?.data[0] ?? (toReal ? 2 * (dim - 1) : dim);
  if (rank < 2 || axis === rank - 1 || parts > 2)
    site.refuse(`expected numbers of one or two parts, and another axis than that of the parts, got [${x.shape.join(', ')}] and axis ${axis}`); // prettier-ignore
  if (isOnesided && parts !== (isInverse ? 2 : 1))
    site.refuse(`expected ${isInverse ? 'complex' : 'real'} numbers of a one-sided transform, got those of ${parts} parts`); // prettier-ignore
  if (!(length >= 1)) site.refuse(`expected a length from 1, got ${length}`);
  const places = isOnesided && !isInverse ? Math.floor(length / 2) + 1 : length;
  const known = Math.min(dim, toReal ? Math.floor(length / 2) + 1 : length);
  const shape = x.shape.with(axis, places).with(rank - 1, toReal ? 1 : 2);
  const [strides, own] = [stridesOf(x.shape), stridesOf(shape)];
  const others = [...x.shape.keys()].filter((a) => a !== axis && a !== rank - 1);
  const dims = others.map((a) => x.shape[a]);
  const each = (of: readonly number[]): Int32Array => lattice(dims, others.map((a) => of[a])); // prettier-ignore
  const [from, to] = [each(strides), each(own)];
  const builder = mapBuilder(site.size(shape));
  site.terms(4 * places * shape[rank - 1] * known * parts + 4 * builder.bias.length);
  const part = builder.part(x.id);
  const weights = toReal ? realInverse(length) : complex(length, isInverse);
  const at = Int32Array.from({ length: known * parts }, (_, i) => Math.floor(i / parts) * strides[axis] + (i % parts));
  for (let k = 0; k < places; k++)
    for (let p = 0; p < shape[rank - 1]; p++) {
      const row = Float64Array.from(at, (_, i) => weights(k, p, Math.floor(i / parts), i % parts === 1));
      const { shift, pattern, kernel } = part.form(at, row);
      to.forEach((start, l) => part.set(start + k * own[axis] + p, from[l] + shift, pattern, kernel));
    }
  return site.linear(builder.build(), shape, x.dtype);
};

/** https://onnx.ai/onnx/operators/onnx__STFT.html : the transforms of frames, each `frame_step` after the other, under a window. */
const STFT: Lowering = (site) => {
  const x = site.floats(0);
  const [batch, samples, parts = 1] = x.shape;
  const step = site.constant(1, "'frame_step'").data[0];
  const window = site.optionalConstant(2, "'window'")?.data ?? null;
  const length = site.optionalConstant(3, "'frame_length'")?.data[0] ?? window?.length ?? samples;
  const isOnesided = site.int('onesided', 1) !== 0;
  if (x.shape.length !== 3 || parts > 2) site.refuse(`expected a signal of shape [batch, length, 1 or 2], got [${x.shape.join(', ')}]`); // prettier-ignore
  if (!(step >= 1) || !(length >= 1 && length <= samples) || (window !== null && window.length !== length))
    site.refuse(`expected frames inside ${samples} samples and a window of their length, got frames of ${length}, steps of ${step}${window === null ? '' : ` and a window of ${window.length}`}`); // prettier-ignore
  if (window !== null && parts === 2)
    site.refuse(
      'expected no window of a complex signal, got one: runtimes differ in what it is',
      'Mul the signal by it',
    );
  if (isOnesided && parts === 2) site.refuse('expected a real signal of one-sided transforms, got a complex one');
  const frames = 1 + Math.floor((samples - length) / step);
  const bins = isOnesided ? Math.floor(length / 2) + 1 : length;
  const shape = [batch, frames, bins, 2];
  const builder = mapBuilder(site.size(shape));
  site.terms(8 * bins * length * parts + 4 * builder.bias.length);
  const part = builder.part(x.id);
  const weights = complex(length, false);
  const at = Int32Array.from({ length: length * parts }, (_, i) => i);
  for (let o = 0; o < 2 * bins; o++) {
    const row = Float64Array.from(at, (i) => {
      const t = Math.floor(i / parts);
      return (window?.[t] ?? 1) * weights(Math.floor(o / 2), o % 2, t, i % parts === 1);
    });
    const { shift, pattern, kernel } = part.form(at, row);
    for (let n = 0; n < batch; n++)
      for (let f = 0; f < frames; f++)
        part.set((n * frames + f) * 2 * bins + o, (n * samples + f * step) * parts + shift, pattern, kernel);
  }
  return site.linear(builder.build(), shape, x.dtype);
};

const MEL = 2595 / Math.LN10;

/** https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html : triangles over the bins of a spectrum, evenly spaced on the mel scale. */
const MelWeightMatrix: Lowering = (site) => {
  const names = ['num_mel_bins', 'dft_length', 'sample_rate', 'lower_edge_hertz', 'upper_edge_hertz'];
  const [count, length, rate, lower, upper] = names.map((name, i) => site.constant(i, `'${name}'`).data[0]);
  const to = dtypeOf(site.int('output_datatype', 1));
  if (to === undefined) return site.refuse(`expected output_datatype of numbers, got ${site.int('output_datatype', 1)}`); // prettier-ignore
  const isGood = count >= 1 && length >= 1 && rate >= 1 && lower >= 0 && upper >= lower && 2 * upper <= rate;
  if (!isGood)
    site.refuse(`expected bins from 1 and frequencies up to half the sample rate, got ${count} of ${length}, ${lower} to ${upper} at ${rate}`); // prettier-ignore
  const spectrum = Math.floor(length / 2) + 1;
  const size = site.size([spectrum, count]);
  const [low, high] = [lower, upper].map((hertz) => MEL * log(1 + hertz / 700));
  const step = (high - low) / (count + 2);
  const bins = Array.from({ length: count + 2 }, (_, i) => Math.floor(((length + 1) * 700 * (exp((low + i * step) / MEL) - 1)) / rate)); // prettier-ignore
  const weights = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    const [left, centre, right] = bins.slice(i, i + 3);
    site.terms(right - left + 1);
    for (let j = left; j <= centre; j++) weights[j * count + i] = left === centre ? 1 : (j - left) / (centre - left);
    for (let j = centre; j < right; j++) weights[j * count + i] = (right - j) / (right - centre);
  }
  return site.computed(to, [spectrum, count], weights);
};

export const SIGNAL: readonly Operator[] = [
  { op: 'DFT', since: 17, inputs: [1, 2], outputs: 1, lower: DFT },
  { op: 'DFT', since: 20, inputs: [1, 3], outputs: 1, lower: DFT },
  { op: 'MelWeightMatrix', since: 17, inputs: [5, 5], outputs: 1, lower: MelWeightMatrix },
  { op: 'STFT', since: 17, inputs: [2, 4], outputs: 1, lower: STFT },
];
