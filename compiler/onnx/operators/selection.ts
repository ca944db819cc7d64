// Operators that pick values: maxima, their positions, and the final Softmax, which is proved as its logits.
import { WORK } from '../../limits.js';
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
  site.gadgets(sizeOf(x.shape.slice(0, 2)) * windows.taps);
  let total = 0;
  for (let g = 0; g < groups; g++) {
    const { length } = windows.forms[windows.form[g % positions]].offsets;
    if (length === 0) site.refuse('expected windows that touch the input, got one in the padding');
    total += length;
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
  site.gadgets(sizeOf(flat));
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
  site.terms(WORK.element * xs.length ** 2 * size); // each is placed among all
  site.gadgets(xs.length * size);
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

/** Work of describing a gadget, in terms for each of its ports: every plan names all of its signals. */
const PORT = 2048;

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
  site.gadgets(sizeOf(x.shape));
  site.terms(PORT * x.shape[axis]);
  const shape = keeps ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1);
  return site.step(realArgmax, [x], groupsAlong(x.shape, axis), shape, 'int64');
};

/**
 * https://onnx.ai/onnx/operators/onnx__Softmax.html : at the end of a model its logits are proved, and the reader gets
 * the probabilities computed from them. Before opset 13 the input is a matrix of the axes before `axis` and from it on.
 */
const Softmax: Lowering = (site) => {
  const x = site.input(0);
  if (!site.isFinal)
    site.refuse(
      'expected Softmax as the last node, got one that other nodes read',
      'end the model with its logits or with this Softmax',
    );
  const axis = axisOf(site, site.int('axis', site.opset < 13 ? 1 : -1), x.shape.length);
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
  { op: 'ArgMax', since: 1, lower: ArgMax },
  { op: 'GlobalMaxPool', since: 1, lower: GlobalMaxPool },
  { op: 'Max', since: 8, lower: Max },
  { op: 'MaxPool', since: 1, lower: MaxPool },
  { op: 'Min', since: 8, lower: Min },
  { op: 'Softmax', since: 1, lower: Softmax },
];
