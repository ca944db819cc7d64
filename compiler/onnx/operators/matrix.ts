// Weighted sums with constant weights: every output element is one row of a linear map.
import { mapBuilder } from '../../linear/builder.js';
import { sizeOf } from '../../tensor.js';
import { liveConvolution } from '../live-convolution.js';
import { convolved } from '../convolution.js';
import { gemmOf, matmulOf } from '../matrices.js';
import { averageMap } from '../pooled.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { convolutionOf } from '../windows.js';

/** https://onnx.ai/onnx/operators/onnx__Gemm.html : Y = alpha A' B' + beta C, any of them live. */
const Gemm: Lowering = (site) => {
  const [alpha, beta] = [site.float('alpha', 1), site.float('beta', 1)];
  return gemmOf(site, site.input(0), site.input(1), site.optional(2), alpha, beta);
};

/** https://onnx.ai/onnx/operators/onnx__MatMul.html : numpy.matmul. */
const MatMul: Lowering = (site) => matmulOf(site, site.input(0), site.input(1));

/** https://onnx.ai/onnx/operators/onnx__Conv.html : Y = B + sum over the window of W x; any number of spatial axes. */
const Conv: Lowering = (site) =>
  [1, 2].some((i) => site.optional(i)?.constant === null)
    ? liveConvolution(site)
    : convolved(site, convolutionOf(site));

/** https://onnx.ai/onnx/operators/onnx__BatchNormalization.html : Y = (X - mean) scale / sqrt(var + epsilon) + B, inference only. */
const BatchNormalization: Lowering = (site) => {
  const x = site.input(0);
  const [scale, shift, mean, variance] = ['scale', 'B', 'mean', 'var'].map(
    (name, i) => site.constant(i + 1, `'${name}'`).data,
  );
  const epsilon = site.float('epsilon', 1e-5);
  site.float('momentum', 0.9); // of training only
  if (site.int('training_mode', 0) !== 0)
    site.refuse('expected training_mode 0, got 1', 'export the model in evaluation mode');
  if (site.opset < 9 && site.int('spatial', 1) !== 1) site.refuse('expected statistics by channel, got spatial 0');
  const channels = x.shape[1] ?? 1;
  if ([scale, shift, mean, variance].some((list) => list.length !== channels))
    site.refuse(`expected ${channels} statistics, as many as channels`);
  const plane = sizeOf(x.shape.slice(2));
  const builder = mapBuilder(site.size(x.shape));
  const part = builder.part(x.id);
  const forms = Array.from(scale, (s, c) => part.form([0], [s / Math.sqrt(variance[c] + epsilon)]));
  for (let o = 0; o < builder.bias.length; o++) {
    const c = Math.floor(o / plane) % channels;
    part.set(o, o, forms[c].pattern, forms[c].kernel);
    builder.bias[o] = shift[c] - (mean[c] * scale[c]) / Math.sqrt(variance[c] + epsilon);
  }
  return site.linear(builder.build(), x.shape, x.dtype);
};

/** https://onnx.ai/onnx/operators/onnx__AveragePool.html : the mean of each window. */
const AveragePool: Lowering = (site) => {
  const x = site.input(0);
  const { map, shape } = averageMap(site, x, false);
  return site.linear(map, shape, x.dtype);
};

/** https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html : the mean of each channel. */
const GlobalAveragePool: Lowering = (site) => {
  const x = site.input(0);
  const [batch, channels, plane] = planesOf(site, x);
  const builder = mapBuilder(site.size([batch, channels]));
  site.terms(batch * channels * plane);
  const part = builder.part(x.id);
  const pattern = part.pattern(Int32Array.from({ length: plane }, (_, i) => i));
  const kernel = part.kernel(new Float64Array(plane).fill(1 / plane));
  for (let o = 0; o < builder.bias.length; o++) part.set(o, o * plane, pattern, kernel);
  return site.linear(builder.build(), [batch, channels, ...x.shape.slice(2).map(() => 1)], x.dtype);
};

function planesOf(site: Site, x: Operand): [number, number, number] {
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  return [x.shape[0], x.shape[1], sizeOf(x.shape.slice(2))];
}

export const MATRIX: readonly Operator[] = [
  { op: 'AveragePool', since: 1, inputs: [1, 1], outputs: 1, lower: AveragePool },
  { op: 'BatchNormalization', since: 7, inputs: [5, 5], outputs: 5, lower: BatchNormalization },
  { op: 'BatchNormalization', since: 14, inputs: [5, 5], outputs: 3, lower: BatchNormalization },
  { op: 'Conv', since: 1, inputs: [2, 3], outputs: 1, lower: Conv },
  { op: 'Gemm', since: 7, inputs: [3, 3], outputs: 1, lower: Gemm },
  { op: 'Gemm', since: 11, inputs: [2, 3], outputs: 1, lower: Gemm },
  { op: 'GlobalAveragePool', since: 1, inputs: [1, 1], outputs: 1, lower: GlobalAveragePool },
  { op: 'MatMul', since: 1, inputs: [2, 2], outputs: 1, lower: MatMul },
];
