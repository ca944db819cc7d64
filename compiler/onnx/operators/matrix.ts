// Weighted sums with constant weights: every output element is one row of a linear map.
import { mapBuilder, type RowForm } from '../../linear/builder.js';
import type { LinearMap } from '../../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../../linear/maps.js';
import { sizeOf } from '../../tensor.js';
import { broadcastIndices, broadcastShape, lattice } from '../indexing.js';
import { liveConvolution } from '../live-convolution.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { contracted, type Reads } from '../sums.js';
import { convolutionOf, windowsOf } from '../windows.js';

/** https://onnx.ai/onnx/operators/onnx__Gemm.html : Y = alpha A' B' + beta C, any of them live. */
const Gemm: Lowering = (site) => {
  const [a, b, c] = [site.input(0), site.input(1), site.optional(2)];
  const [alpha, beta] = [site.float('alpha', 1), site.float('beta', 1)];
  const [transA, transB] = [site.int('transA', 0) !== 0, site.int('transB', 0) !== 0];
  if (a.shape.length !== 2 || b.shape.length !== 2)
    site.refuse(`expected two matrices, got ranks ${a.shape.length} and ${b.shape.length}`);
  const [rows, depth] = transA ? a.shape.toReversed() : a.shape;
  const [depthB, columns] = transB ? b.shape.toReversed() : b.shape;
  if (depth !== depthB) site.refuse(`expected ${depth} rows of 'B', got ${depthB}`);
  const shape = [rows, columns];
  const product = multiplied(site, shape, {
    a: { of: a, starts: Int32Array.of(0), row: transA ? 1 : depth, column: transA ? rows : 1 },
    b: { of: b, starts: Int32Array.of(0), row: transB ? 1 : columns, column: transB ? depth : 1 },
    depth,
    alpha,
  });
  if (c === null) return product;
  if (broadcastShape(site, [c.shape, shape]).join() !== shape.join())
    site.refuse(`expected 'C' to broadcast to [${shape.join(', ')}], got [${c.shape.join(', ')}]`);
  const bias = scaleMap(gatherMap(c.id, broadcastIndices(c.shape, shape)), beta);
  return site.linear(addMaps([identityMap(product.id, bias.size), bias]), shape, a.dtype);
};

/** https://onnx.ai/onnx/operators/onnx__MatMul.html : numpy.matmul. */
const MatMul: Lowering = (site) => {
  const [a, b] = [site.input(0), site.input(1)];
  if (a.shape.length === 0 || b.shape.length === 0) site.refuse('expected vectors or matrices, got a scalar');
  const shapeA = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const shapeB = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const [rows, depth] = shapeA.slice(-2);
  const [depthB, columns] = shapeB.slice(-2);
  if (depth !== depthB) site.refuse(`expected inner dimensions that agree, got ${depth} and ${depthB}`);
  const batch = broadcastShape(site, [shapeA.slice(0, -2), shapeB.slice(0, -2)]);
  const shape = [...batch, ...(a.shape.length === 1 ? [] : [rows]), ...(b.shape.length === 1 ? [] : [columns])];
  const starts = (own: readonly number[]): Int32Array =>
    broadcastIndices(own.slice(0, -2), batch).map((s) => s * sizeOf(own.slice(-2)));
  const product = multiplied(site, [...batch, rows, columns], {
    a: { of: a, starts: starts(shapeA), row: depth, column: 1 },
    b: { of: b, starts: starts(shapeB), row: columns, column: 1 },
    depth,
    alpha: 1,
  });
  return site.reshape(product, shape);
};

/** Matrices inside a tensor: where each begins, and how far its rows and its columns are apart. */
interface Matrices {
  readonly of: Operand;
  readonly starts: Int32Array;
  readonly row: number;
  readonly column: number;
}

interface Factors {
  readonly a: Matrices;
  readonly b: Matrices;
  readonly depth: number;
  readonly alpha: number;
}

/** alpha A B */
function multiplied(site: Site, shape: readonly number[], factors: Factors): Operand {
  const { a, b, depth, alpha } = factors;
  if (a.of.constant !== null || b.of.constant !== null)
    return site.linear(weighted(site, shape, factors), shape, a.of.dtype);
  const [rows, columns] = shape.slice(-2);
  const reads = ({ of, starts }: Matrices, step: number, strides: readonly number[]): Reads => ({
    of,
    outer: Int32Array.from(Array.from(starts, (start) => Array.from(lattice([rows, columns], strides), (i) => start + i)).flat()), // prettier-ignore
    inner: lattice([depth], [step]),
  });
  const product = contracted(site, reads(a, a.column, [a.row, 0]), reads(b, b.row, [0, b.column]), shape);
  return alpha === 1
    ? product
    : site.linear(scaleMap(identityMap(product.id, sizeOf(shape)), alpha), shape, a.of.dtype);
}

/** alpha A B, one of them constant. */
function weighted(site: Site, shape: readonly number[], { a, b, depth, alpha }: Factors): LinearMap {
  const [rows, columns] = shape.slice(-2);
  const builder = mapBuilder(site.size(shape));
  site.terms(2 * builder.bias.length * depth);
  // The live side is x; the other one gives a form for each of its rows (or columns), whatever the place in x.
  const isLeft = b.of.constant !== null;
  const x = isLeft ? a : b;
  const weights = (isLeft ? b.of : a.of).constant ?? [];
  const step = isLeft ? b.row : a.column;
  const part = builder.part(x.of.id);
  const offsets = Int32Array.from({ length: depth }, (_, k) => k * (isLeft ? a.column : b.row));
  const forms = new Map<number, RowForm>();
  const formAt = (start: number): RowForm => {
    const known = forms.get(start);
    if (known !== undefined) return known;
    const form = part.form(
      offsets,
      Float64Array.from({ length: depth }, (_, k) => alpha * weights[start + k * step]),
    );
    forms.set(start, form);
    return form;
  };
  for (let s = 0, o = 0; s < a.starts.length; s++)
    for (let m = 0; m < rows; m++)
      for (let n = 0; n < columns; n++, o++) {
        const [inA, inB] = [a.starts[s] + m * a.row, b.starts[s] + n * b.column];
        const { shift, pattern, kernel } = formAt(isLeft ? inB : inA);
        part.set(o, (isLeft ? inA : inB) + shift, pattern, kernel);
      }
  site.macs(builder.bias.length * depth);
  return builder.build();
}

/** https://onnx.ai/onnx/operators/onnx__Conv.html : Y = B + sum over the window of W x; any number of spatial axes. */
const Conv: Lowering = (site) => {
  if ([1, 2].some((i) => site.optional(i)?.constant === null)) return liveConvolution(site);
  const { x, w, bias, spatial, kernel: kernelShape, groups } = convolutionOf(site);
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
  for (let channel = 0; channel < outChannels; channel++) {
    const firstChannel = Math.floor(channel / (outChannels / groups)) * groupChannels;
    const forms = windows.forms.map((form): RowForm => {
      const count = form.taps.length;
      const offsets = Int32Array.from(
        { length: groupChannels * count },
        (_, k) => Math.floor(k / count) * plane + form.offsets[k % count],
      );
      const weights = Float64Array.from(
        offsets,
        (_, k) => w.data[(channel * groupChannels + Math.floor(k / count)) * taps + form.taps[k % count]],
      );
      return part.form(offsets, weights);
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
};

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
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  const spatial = x.shape.slice(2);
  const windows = windowsOf(site, spatial, site.ints('kernel_shape') ?? [], true);
  const includesPad = site.int('count_include_pad', 0) !== 0;
  const shape = [...x.shape.slice(0, 2), ...windows.shape];
  const builder = mapBuilder(site.size(shape));
  site.terms(2 * sizeOf(x.shape.slice(0, 2)) * windows.taps);
  const part = builder.part(x.id);
  const positions = windows.form.length;
  for (let o = 0; o < builder.bias.length; o++) {
    const p = o % positions;
    const { offsets } = windows.forms[windows.form[p]];
    const divisor = includesPad ? windows.paddedTaps[p] : offsets.length;
    if (offsets.length === 0) site.refuse('expected windows that touch the input, got one in the padding');
    const kernel = part.kernel(new Float64Array(offsets.length).fill(1 / divisor));
    part.set(o, Math.floor(o / positions) * sizeOf(spatial) + windows.base[p], part.pattern(offsets), kernel);
  }
  return site.linear(builder.build(), shape, x.dtype);
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
