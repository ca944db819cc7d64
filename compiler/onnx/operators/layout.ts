// Operators that cut, repeat and shuffle what stands in a tensor: index maps, without any constraint.
import { WORK } from '../../limits.js';
import { sizeOf } from '../../tensor.js';
import { axesOf, axisIndices, axisOf, indicesOfAxis, lattice } from '../indexing.js';
import type { Lowering, Operator, Result, Site } from '../site.js';

/** https://onnx.ai/onnx/operators/onnx__Split.html : parts along an axis, of the sizes `split` or as equal as can be. */
const Split: Lowering = (site) => {
  const x = site.result(0);
  const axis = axisOf(site, site.int('axis', 0), x.shape.length);
  const dim = x.shape[axis];
  const sizes = partsOf(site, dim);
  if (sizes.length !== site.outputs || sizes.some((size) => size < 0) || sizes.reduce((a, b) => a + b, 0) !== dim)
    site.refuse(`expected ${site.outputs} parts of ${dim} elements, got sizes [${sizes.join(', ')}]`);
  site.size(x.shape);
  let start = 0;
  return sizes.map((size, k) => {
    const first = start;
    start += size;
    return alongAxis(site.forOutput(k), x, axis, Int32Array.from({ length: size }, (_, i) => first + i)); // prettier-ignore
  });
};

/** Sizes are an attribute before opset 13, an input since; `num_outputs`, since opset 18, leaves the last part smaller. */
function partsOf(site: Site, dim: number): readonly number[] {
  const listed = site.opset < 13 ? site.ints('split') : (site.optionalConstant(1, "'split'")?.data ?? null);
  const count = site.opset < 18 ? null : site.int('num_outputs', 0);
  if (listed !== null) {
    if (count !== null && count !== 0) site.refuse("expected 'split' or 'num_outputs', got both");
    return [...listed];
  }
  if (count === 0) site.refuse("expected 'split' or 'num_outputs', got neither");
  const parts = site.outputs;
  if (count !== null && count !== parts) site.refuse(`expected num_outputs ${parts}, as many as outputs, got ${count}`);
  const size = count === null ? dim / parts : Math.ceil(dim / parts);
  if (!Number.isInteger(size)) site.refuse(`expected ${dim} elements to split into ${parts} equal parts, got a rest`);
  return Array.from({ length: parts }, (_, k) => (k < parts - 1 ? size : dim - size * (parts - 1)));
}

/** The elements at some places of an axis. */
function alongAxis(site: Site, x: Result, axis: number, places: Int32Array): Result {
  const shape = x.shape.with(axis, places.length);
  site.size(shape);
  return site.move(x, indicesOfAxis(x.shape, axis, places), shape);
}

/** https://onnx.ai/onnx/operators/onnx__Tile.html : copies one after the other along each axis. */
const Tile: Lowering = (site) => {
  const x = site.result(0);
  const repeats = [...site.constant(1, "'repeats'").data];
  if (repeats.length !== x.shape.length || repeats.some((n) => n < 0))
    site.refuse(`expected ${x.shape.length} numbers of copies, got [${repeats.join(', ')}]`);
  const shape = x.shape.map((dim, axis) => dim * repeats[axis]);
  site.size(shape);
  const maps = x.shape.map((dim, axis) => Int32Array.from({ length: shape[axis] }, (_, i) => i % dim));
  return site.move(x, axisIndices(x.shape, maps), shape);
};

/** https://onnx.ai/onnx/operators/onnx__Trilu.html : the triangle above or below the k-th diagonal, zeros elsewhere. */
const Trilu: Lowering = (site) => {
  const x = site.input(0);
  if (x.shape.length < 2) site.refuse(`expected matrices, got rank ${x.shape.length}`);
  const k = site.optionalConstant(1, "the diagonal 'k'")?.data[0] ?? 0;
  const isUpper = site.int('upper', 1) !== 0;
  const [rows, columns] = x.shape.slice(-2);
  const inside = (o: number): boolean => {
    const distance = (o % columns) - (Math.floor(o / columns) % rows);
    return isUpper ? distance >= k : distance <= k;
  };
  return site.gather(x, Int32Array.from({ length: site.size(x.shape) }, (_, o) => (inside(o) ? o : -1)), x.shape); // prettier-ignore
};

/** https://onnx.ai/onnx/operators/onnx__DepthToSpace.html : channels become blocks of the picture, depth or column first. */
const DepthToSpace: Lowering = (site) => {
  const [x, b, batch, depth, height, width] = blocks(site);
  const mode = modeOf(site);
  if (depth % b ** 2 !== 0) site.refuse(`expected channels in groups of ${b ** 2}, got ${depth}`);
  const [channels, plane] = [depth / b ** 2, height * width];
  const [channel, row, column] =
    mode === 'DCR' ? [plane, b * channels * plane, channels * plane] : [b ** 2 * plane, b * plane, plane];
  const indices = lattice([batch, channels, height, b, width, b], [depth * plane, channel, width, row, 1, column]);
  return site.move(x, indices, [batch, channels, height * b, width * b]);
};

/** https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html : blocks of the picture become channels, depth or column first. */
const SpaceToDepth: Lowering = (site) => {
  const [x, b, batch, channels, height, width] = blocks(site);
  if (height % b !== 0 || width % b !== 0)
    site.refuse(`expected a picture of blocks of ${b}, got ${height} x ${width}`);
  const mode = site.opset < 28 ? 'DCR' : modeOf(site);
  const plane = height * width;
  const [row, column, channel] = [
    { dim: b, by: width },
    { dim: b, by: 1 },
    { dim: channels, by: plane },
  ];
  const depth = mode === 'DCR' ? [row, column, channel] : [channel, row, column];
  const axes = [{ dim: batch, by: channels * plane }, ...depth, { dim: height / b, by: b * width }, { dim: width / b, by: b }]; // prettier-ignore
  const indices = lattice(axes.map(({ dim }) => dim), axes.map(({ by }) => by)); // prettier-ignore
  return site.move(x, indices, [batch, channels * b ** 2, height / b, width / b]);
};

function modeOf(site: Site): string {
  const mode = site.string('mode', 'DCR');
  if (mode !== 'DCR' && mode !== 'CRD') site.refuse(`expected mode DCR or CRD, got '${mode}'`);
  return mode;
}

function blocks(site: Site): [x: Result, size: number, n: number, c: number, h: number, w: number] {
  const x = site.result(0);
  const size = site.int('blocksize', 0);
  if (x.shape.length !== 4) site.refuse(`expected a picture of rank 4, got ${x.shape.length}`);
  if (size < 1) site.refuse(`expected a blocksize from 1, got ${size}`);
  site.size(x.shape);
  const [n, c, h, w] = x.shape;
  return [x, size, n, c, h, w];
}

/** https://onnx.ai/onnx/operators/onnx__ReverseSequence.html : the first elements of each sequence backwards. */
const ReverseSequence: Lowering = (site) => {
  const x = site.result(0);
  const lengths = site.constant(1, "'sequence_lens'").data;
  const [batch, time] = [site.int('batch_axis', 1), site.int('time_axis', 0)];
  if (x.shape.length < 2 || batch + time !== 1 || batch * time !== 0)
    site.refuse(`expected axes 0 and 1 of batch and time, got ${batch} and ${time} of rank ${x.shape.length}`);
  const steps = x.shape[time];
  if (lengths.length !== x.shape[batch] || lengths.some((n) => n < 0 || n > steps))
    site.refuse(`expected ${x.shape[batch]} lengths up to ${steps}, got [${lengths.join(', ')}]`);
  site.size(x.shape);
  const [, second] = x.shape;
  const inner = sizeOf(x.shape.slice(2));
  const indices = Int32Array.from({ length: sizeOf(x.shape) }, (_, o) => {
    const at = [Math.floor(o / inner / second), Math.floor(o / inner) % second];
    const [t, length] = [at[time], lengths[at[batch]]];
    return t >= length ? o : o + (length - 1 - 2 * t) * (time === 0 ? second * inner : inner);
  });
  return site.move(x, indices, x.shape);
};

/** https://onnx.ai/onnx/operators/onnx__CenterCropPad.html : the middle of each axis, or zeros on both sides of it. */
const CenterCropPad: Lowering = (site) => {
  const x = site.input(0);
  const target = [...site.constant(1, "'shape'").data];
  const axes = axesOf(site, site.ints('axes') ?? [...x.shape.keys()], x.shape.length);
  if (target.length !== axes.length || target.some((dim) => dim < 0))
    site.refuse(`expected ${axes.length} dimensions, got [${target.join(', ')}]`);
  const shape = x.shape.map((dim, axis) => target[axes.indexOf(axis)] ?? dim);
  site.size(shape);
  site.terms(WORK.element * shape.reduce((a, b) => a + b, 0));
  const maps = x.shape.map((dim, axis) => {
    const first = dim > shape[axis] ? Math.floor((dim - shape[axis]) / 2) : -Math.floor((shape[axis] - dim) / 2);
    return Int32Array.from({ length: shape[axis] }, (_, o) => (o + first >= 0 && o + first < dim ? o + first : -1));
  });
  return site.gather(x, axisIndices(x.shape, maps), shape);
};

export const LAYOUT: readonly Operator[] = [
  { op: 'CenterCropPad', since: 18, inputs: [2, 2], outputs: 1, lower: CenterCropPad },
  { op: 'DepthToSpace', since: 1, inputs: [1, 1], outputs: 1, lower: DepthToSpace },
  { op: 'ReverseSequence', since: 10, inputs: [2, 2], outputs: 1, lower: ReverseSequence },
  { op: 'SpaceToDepth', since: 1, inputs: [1, 1], outputs: 1, lower: SpaceToDepth },
  { op: 'Split', since: 2, inputs: [1, 1], outputs: Infinity, lower: Split },
  { op: 'Split', since: 13, inputs: [1, 2], outputs: Infinity, lower: Split },
  { op: 'Tile', since: 6, inputs: [2, 2], outputs: 1, lower: Tile },
  { op: 'Trilu', since: 14, inputs: [1, 2], outputs: 1, lower: Trilu },
];
