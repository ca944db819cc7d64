// Operators that pick values: maxima, their positions, and the final Softmax, which is proved as its logits.
import { MAX_TENSOR_ELEMENTS } from '../../limits.js';
import type { LinearMap } from '../../linear/map.js';
import { addMaps, gatherMap, scaleMap } from '../../linear/maps.js';
import { realArgmax } from '../../primitives/argmax.js';
import type { GroupsOwn } from '../../primitives/groups.js';
import { realMax } from '../../primitives/max.js';
import { sizeOf } from '../../tensor.js';
import { axisOf, broadcastIndices, broadcastShape, groupsAlong } from '../indexing.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { windowsOf } from '../windows.js';

/** https://onnx.ai/onnx/operators/onnx__MaxPool.html : the maximum of each window; padding never wins. */
const MaxPool: Lowering = (site) => {
  const x = site.input(0);
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  site.int('storage_order', 0); // of the second output, which is not given
  const windows = windowsOf(site, x.shape.slice(2), site.ints('kernel_shape') ?? [], true);
  const shape = [...x.shape.slice(0, 2), ...windows.shape];
  const groups = site.size(shape);
  const [plane, positions] = [sizeOf(x.shape.slice(2)), windows.form.length];
  const starts = new Int32Array(groups + 1);
  let total = 0;
  for (let g = 0; g < groups; g++) {
    const { length } = windows.forms[windows.form[g % positions]].offsets;
    if (length === 0) site.refuse('expected windows that touch the input, got one in the padding');
    total += length;
    if (total > MAX_TENSOR_ELEMENTS)
      site.refuse(
        `expected windows of at most ${MAX_TENSOR_ELEMENTS} elements together, got more`,
        'use smaller windows',
      );
    starts[g + 1] = total;
  }
  const members = new Int32Array(total);
  for (let g = 0; g < groups; g++) {
    const p = g % positions;
    const first = Math.floor(g / positions) * plane + windows.base[p];
    windows.forms[windows.form[p]].offsets.forEach((offset, k) => (members[starts[g] + k] = first + offset));
  }
  return site.step(realMax, [x], { starts, members }, shape, x.dtype);
};

/** https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html : the maximum of each channel. */
const GlobalMaxPool: Lowering = (site) => {
  const x = site.input(0);
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  const [batch, channels] = x.shape;
  const flat = [batch * channels, sizeOf(x.shape.slice(2))];
  return site.step(realMax, [x], groupsAlong(flat, 1), [batch, channels, ...x.shape.slice(2).map(() => 1)], x.dtype);
};

/** https://onnx.ai/onnx/operators/onnx__Max.html : the elementwise maximum of any number of tensors. */
const Max: Lowering = (site) => extremum(site, 1);

/** https://onnx.ai/onnx/operators/onnx__Min.html : the elementwise minimum, as -max(-x). */
const Min: Lowering = (site) => extremum(site, -1);

function extremum(site: Site, sign: 1 | -1): Operand {
  const xs = site.inputs();
  if (xs.length === 0) site.refuse('expected at least one input, got none');
  const shape = broadcastShape(
    site,
    xs.map((x) => x.shape),
  );
  const size = site.size(shape);
  site.size([xs.length, size]);
  const stacked = addMaps(
    xs.map((x, i): LinearMap => {
      const indices = new Int32Array(xs.length * size).fill(-1);
      indices.set(broadcastIndices(x.shape, shape), i * size);
      return scaleMap(gatherMap(x.id, indices), sign);
    }),
  );
  const all = site.linear(stacked, [xs.length, ...shape], xs[0].dtype);
  const groups: GroupsOwn = {
    starts: Int32Array.from({ length: size + 1 }, (_, g) => g * xs.length),
    members: Int32Array.from(
      { length: size * xs.length },
      (_, m) => (m % xs.length) * size + Math.floor(m / xs.length),
    ),
  };
  const y = site.step(realMax, [all], groups, shape, all.dtype);
  return sign === 1 ? y : site.linear(scaleMap(gatherMap(y.id, broadcastIndices(shape, shape)), -1), shape, y.dtype);
}

/** https://onnx.ai/onnx/operators/onnx__ArgMax.html : the position of the maximum along an axis, the first on ties. */
const ArgMax: Lowering = (site) => {
  const x = site.input(0);
  const axis = axisOf(site, site.int('axis', 0), x.shape.length);
  const keeps = site.int('keepdims', 1) !== 0;
  if (site.int('select_last_index', 0) !== 0)
    site.refuse(
      'expected select_last_index 0, got 1: ties are proved for the first index',
      'export with select_last_index=0',
    );
  if (site.size(x.shape) === 0) site.refuse('expected elements to choose from, got an empty tensor');
  const shape = keeps ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1);
  if (x.shape[axis] === 1) return site.tensor('int64', shape, new Float64Array(site.size(shape)));
  return site.step(realArgmax, [x], groupsAlong(x.shape, axis), shape, 'int64');
};

/**
 * https://onnx.ai/onnx/operators/onnx__Softmax.html : at the end of a model its logits are proved, and the reader gets
 * the probabilities computed from them. Of one class it is 1. Before opset 13 the input is a matrix of the axes before `axis` and from it on.
 */
const Softmax: Lowering = (site) => {
  const x = site.input(0);
  const axis = axisOf(site, site.int('axis', site.opset < 13 ? 1 : -1), x.shape.length);
  const classes = site.opset < 13 ? sizeOf(x.shape.slice(axis)) : x.shape[axis];
  if (classes === 1) return site.tensor(x.dtype, x.shape, new Float64Array(site.size(x.shape)).fill(1));
  if (!site.isFinal)
    site.refuse(
      'expected Softmax as the last node, got one that other nodes read',
      'end the model with its logits or with this Softmax',
    );
  if (site.opset >= 13) return { ...x, softmax: { axis } };
  const wide = x.shape.flatMap((dim, a) => (a >= axis && dim !== 1 ? [a] : []));
  if (wide.length > 1)
    site.refuse(
      `expected a Softmax over one axis, got one over all axes from ${axis} of [${x.shape.join(', ')}]`,
      'export with opset 13 or later',
    );
  return { ...x, softmax: { axis: wide[0] ?? axis } };
};

export const SELECTION: readonly Operator[] = [
  { op: 'ArgMax', since: 1, inputs: [1, 1], outputs: 1, lower: ArgMax },
  { op: 'GlobalMaxPool', since: 1, inputs: [1, 1], outputs: 1, lower: GlobalMaxPool },
  { op: 'Max', since: 8, inputs: [1, Infinity], outputs: 1, lower: Max },
  { op: 'MaxPool', since: 1, inputs: [1, 1], outputs: 1, lower: MaxPool },
  { op: 'MaxPool', since: 8, inputs: [1, 1], outputs: 2, lower: MaxPool },
  { op: 'Min', since: 8, inputs: [1, Infinity], outputs: 1, lower: Min },
  { op: 'Softmax', since: 1, inputs: [1, 1], outputs: 1, lower: Softmax },
];
