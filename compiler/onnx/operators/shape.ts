// Operators that move elements without changing them: each is an index map, without any constraint.
import { WORK } from '../../limits.js';
import { addMaps, gatherMap } from '../../linear/maps.js';
import { sizeOf } from '../../tensor.js';
import { chosenSlices } from '../chosen.js';
import {
  axesOf,
  axisIndices,
  axisOf,
  broadcastIndices,
  broadcastShape,
  indicesOfAxis,
  transposeIndices,
} from '../indexing.js';
import type { Lowering, Operator, Site } from '../site.js';

/** https://onnx.ai/onnx/operators/onnx__Flatten.html : a matrix of the axes before `axis` and from it on. */
const Flatten: Lowering = (site) => {
  const x = site.result(0);
  const rank = x.shape.length;
  const axis = axisOf(site, site.int('axis', 1), rank, rank);
  return site.move(x, null, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
};

/** https://onnx.ai/onnx/operators/onnx__Reshape.html : 0 copies a dimension (unless allowzero), -1 is what is left. */
const Reshape: Lowering = (site) => {
  const x = site.result(0);
  const wanted = site.opset < 5 ? (site.ints('shape') ?? []) : [...site.constant(1, "the new shape 'shape'").data];
  const allowsZero = site.int('allowzero', 0) !== 0;
  const dims = wanted.map((dim, axis) => (dim === 0 && !allowsZero ? (x.shape[axis] ?? 0) : dim));
  const known = dims.filter((dim) => dim !== -1);
  const size = site.size(x.shape);
  const shape = dims.map((dim) => (dim === -1 ? size / sizeOf(known) : dim));
  const isShape = dims.length - known.length <= 1 && shape.every((dim) => Number.isInteger(dim) && dim >= 0);
  if (!isShape || sizeOf(shape) !== size)
    site.refuse(`expected a shape for ${size} elements, got [${wanted.join(', ')}]`);
  return site.move(x, null, shape);
};

/** Axes are an attribute before opset 13, an input since. */
const axesInput = (site: Site): readonly number[] | null =>
  site.opset < 13 ? site.ints('axes') : site.arity > 1 ? [...site.constant(1, "'axes'").data] : null;

/** https://onnx.ai/onnx/operators/onnx__Squeeze.html : without some axes of size 1, or all of them. */
const Squeeze: Lowering = (site) => {
  const x = site.result(0);
  const given = axesInput(site);
  // onnxruntime takes an empty list for none
  const axes =
    given === null || given.length === 0
      ? x.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []))
      : axesOf(site, given, x.shape.length);
  if (axes.some((axis) => x.shape[axis] !== 1))
    site.refuse(`expected axes of size 1 in [${x.shape.join(', ')}], got axes ${axes.join(', ')}`);
  return site.move(
    x,
    null,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
};

/** https://onnx.ai/onnx/operators/onnx__Unsqueeze.html : with axes of size 1 at the places they have in the result. */
const Unsqueeze: Lowering = (site) => {
  const x = site.result(0);
  const given = axesInput(site) ?? site.refuse("expected 'axes', got none");
  const rank = x.shape.length + given.length;
  const axes = axesOf(site, given, rank);
  const rest = [...x.shape];
  return site.move(
    x,
    null,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1))),
  );
};

/** https://onnx.ai/onnx/operators/onnx__Transpose.html : axes in the order `perm`, reversed without it. */
const Transpose: Lowering = (site) => {
  const x = site.result(0);
  const perm = axesOf(site, site.ints('perm') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis), x.shape.length);
  if (perm.length !== x.shape.length)
    site.refuse(`expected a permutation of ${x.shape.length} axes, got [${perm.join(', ')}]`);
  site.size(x.shape);
  return site.move(
    x,
    transposeIndices(x.shape, perm),
    perm.map((axis) => x.shape[axis]),
  );
};

/** https://onnx.ai/onnx/operators/onnx__Concat.html : one after the other along an axis. */
const Concat: Lowering = (site) => {
  const xs = site.inputs();
  if (xs.length === 0) site.refuse('expected at least one input, got none');
  const rank = xs[0].shape.length;
  const axis = axisOf(site, site.int('axis', 1), rank);
  const alike = (shape: readonly number[]): boolean =>
    shape.length === rank && shape.every((dim, a) => a === axis || dim === xs[0].shape[a]);
  if (!xs.every(({ shape }) => alike(shape)))
    site.refuse(
      `expected shapes that differ on axis ${axis} only, got ${xs.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')}`,
    );
  const length = xs.reduce((sum, { shape }) => sum + shape[axis], 0);
  const shape = xs[0].shape.with(axis, length);
  site.size(shape);
  site.terms(WORK.element * xs.length * sizeOf(shape)); // each is placed among all
  let start = 0;
  const maps = xs.map((x) => {
    const along = Int32Array.from({ length }, (_, i) => (i >= start && i < start + x.shape[axis] ? i - start : -1));
    start += x.shape[axis];
    return gatherMap(x.id, indicesOfAxis(x.shape, axis, along));
  });
  return site.linear(addMaps(maps), shape, xs[0].dtype);
};

/** https://onnx.ai/onnx/operators/onnx__Slice.html : start, end and step by axis, as numpy; attributes before opset 10. */
const Slice: Lowering = (site) => {
  const x = site.result(0);
  const list = (i: number, name: string): readonly number[] | null => {
    if (site.opset < 10) return name === 'steps' ? null : site.ints(name);
    const given = site.optionalConstant(i, `'${name}'`);
    return given === null ? null : [...given.data];
  };
  const [starts, ends] = [list(1, 'starts') ?? [], list(2, 'ends') ?? []];
  const axes = axesOf(site, list(3, 'axes') ?? starts.map((_, axis) => axis), x.shape.length);
  const steps = list(4, 'steps') ?? starts.map(() => 1);
  if (
    ends.length !== starts.length ||
    axes.length !== starts.length ||
    steps.length !== starts.length ||
    steps.includes(0)
  ) {
    site.refuse('expected as many starts as ends, axes and steps, and no step of 0');
  }
  site.size(x.shape);
  const maps = x.shape.map((dim, axis): Int32Array | null => {
    const i = axes.indexOf(axis);
    return i === -1 ? null : sliceAxis(dim, starts[i], ends[i], steps[i]);
  });
  const shape = x.shape.map((dim, axis) => maps[axis]?.length ?? dim);
  site.size(shape);
  return site.move(x, axisIndices(x.shape, maps), shape);
};

/** The largest int32 and int64, the second as float64 rounds it: as an end they mean that of the slice's direction. */
const TO_THE_END: readonly number[] = [2 ** 31 - 1, 2 ** 63];

function sliceAxis(dim: number, start: number, end: number, step: number): Int32Array {
  const clamp = (i: number, least: number, most: number): number =>
    Math.min(Math.max(i < 0 ? i + dim : i, least), most);
  const first = step > 0 ? clamp(start, 0, dim) : clamp(start, 0, dim - 1);
  const least = step > 0 ? 0 : -1;
  const last = TO_THE_END.includes(end) ? (step > 0 ? dim : -1) : clamp(end, least, dim);
  return Int32Array.from({ length: Math.max(0, Math.ceil((last - first) / step)) }, (_, i) => first + i * step);
}

/** https://onnx.ai/onnx/operators/onnx__Pad.html : constant, reflect, edge or wrap; negative pads crop, before the others are added. Inputs since opset 11. */
const Pad: Lowering = (site) => {
  const x = site.input(0);
  const rank = x.shape.length;
  const mode = site.string('mode', 'constant');
  if (!['constant', 'reflect', 'edge', 'wrap'].includes(mode))
    site.refuse(`expected mode constant, reflect, edge or wrap, got '${mode}'`);
  const asInputs = site.opset >= 11;
  const pads = asInputs ? [...site.constant(1, "'pads'").data] : (site.ints('pads') ?? []);
  const value = asInputs ? (site.optionalConstant(2, "'constant_value'")?.data[0] ?? 0) : site.float('value', 0);
  const axes = axesOf(
    site,
    [...((asInputs ? site.optionalConstant(3, "'axes'") : null)?.data ?? x.shape.keys())],
    rank,
  );
  if (pads.length !== 2 * axes.length) site.refuse(`expected ${2 * axes.length} pads, got ${pads.length}`);
  const shape = x.shape.map((dim, axis) => {
    const i = axes.indexOf(axis);
    return i === -1 ? dim : dim + pads[i] + pads[i + axes.length];
  });
  if (shape.some((dim) => dim < 0)) site.refuse(`expected pads that leave a shape, got [${shape.join(', ')}]`);
  site.size(shape);
  const maps = x.shape.map((dim, axis): Int32Array | null => {
    const i = axes.indexOf(axis);
    if (i === -1) return null;
    const [begin, end] = [pads[i], pads[i + axes.length]];
    const cropped = Math.max(-begin, 0);
    const left = dim - cropped + Math.min(end, 0);
    const least = mode === 'reflect' && (begin > 0 || end > 0) ? 2 : 1;
    if (mode !== 'constant' && left < least)
      site.refuse(`expected at least ${least} elements to pad by '${mode}', got ${Math.max(left, 0)}`);
    if (mode === 'wrap' && Math.max(begin, end) > left)
      site.refuse(
        `expected pads of at most ${left} elements by 'wrap', got ${Math.max(begin, end)}`,
        'write the repetition out with Concat: onnxruntime reads what is not there',
      );
    return Int32Array.from({ length: shape[axis] }, (_, o) => {
      const at = padIndex(mode, o - Math.max(begin, 0), left);
      return at === -1 ? -1 : at + cropped;
    });
  });
  return site.gather(x, axisIndices(x.shape, maps), shape, value);
};

/** Element of an axis of `dim`, cropped already, that is at `i`, which may lie outside it; -1 for the constant. */
function padIndex(mode: string, i: number, dim: number): number {
  const modulo = (n: number): number => ((i % n) + n) % n;
  if (i >= 0 && i < dim) return i;
  if (mode === 'edge') return i < 0 ? 0 : dim - 1;
  if (mode === 'wrap') return modulo(dim);
  if (mode === 'reflect') return Math.min(modulo(2 * dim - 2), 2 * dim - 2 - modulo(2 * dim - 2));
  return -1;
}

/** https://onnx.ai/onnx/operators/onnx__Expand.html : broadcast to a shape, which may itself broadcast. */
const Expand: Lowering = (site) => {
  const x = site.result(0);
  const wanted = [...site.constant(1, "the new shape 'shape'").data];
  if (wanted.some((dim) => dim < 0)) site.refuse(`expected a shape, got [${wanted.join(', ')}]`);
  const shape = broadcastShape(site, [x.shape, wanted]);
  site.size(shape);
  return site.move(x, broadcastIndices(x.shape, shape), shape);
};

/** https://onnx.ai/onnx/operators/onnx__Gather.html : slices at indices along an axis. */
const Gather: Lowering = (site) => {
  const [x, indices] = [site.result(0), site.input(1)];
  const axis = axisOf(site, site.int('axis', 0), x.shape.length);
  const dim = x.shape[axis];
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  site.size(shape);
  if (indices.constant === null) return chosenSlices(site, x, indices, axis, shape);
  if (indices.constant.some((i) => !Number.isInteger(i) || i < -dim || i >= dim))
    site.refuse(`expected indices within ${dim} elements, got others`);
  const along = Int32Array.from(indices.constant, (i) => (i < 0 ? i + dim : i));
  return site.move(x, indicesOfAxis(x.shape, axis, along), shape);
};

export const SHAPE: readonly Operator[] = [
  { op: 'Concat', since: 1, inputs: [1, Infinity], outputs: 1, lower: Concat },
  { op: 'Expand', since: 8, inputs: [2, 2], outputs: 1, lower: Expand },
  { op: 'Flatten', since: 1, inputs: [1, 1], outputs: 1, lower: Flatten },
  { op: 'Gather', since: 1, inputs: [2, 2], outputs: 1, lower: Gather },
  { op: 'Pad', since: 2, inputs: [1, 1], outputs: 1, lower: Pad },
  { op: 'Pad', since: 11, inputs: [2, 3], outputs: 1, lower: Pad },
  { op: 'Pad', since: 18, inputs: [2, 4], outputs: 1, lower: Pad },
  { op: 'Reshape', since: 1, inputs: [1, 1], outputs: 1, lower: Reshape },
  { op: 'Reshape', since: 5, inputs: [2, 2], outputs: 1, lower: Reshape },
  { op: 'Slice', since: 1, inputs: [1, 1], outputs: 1, lower: Slice },
  { op: 'Slice', since: 10, inputs: [3, 5], outputs: 1, lower: Slice },
  { op: 'Squeeze', since: 1, inputs: [1, 1], outputs: 1, lower: Squeeze },
  { op: 'Squeeze', since: 13, inputs: [1, 2], outputs: 1, lower: Squeeze },
  { op: 'Transpose', since: 1, inputs: [1, 1], outputs: 1, lower: Transpose },
  { op: 'Unsqueeze', since: 1, inputs: [1, 1], outputs: 1, lower: Unsqueeze },
  { op: 'Unsqueeze', since: 13, inputs: [2, 2], outputs: 1, lower: Unsqueeze },
];
