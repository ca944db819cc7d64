// Operators that pick values: maxima, their positions, and the softmax, whose logits are proved.
import { realArgmax } from '../../recipes/argmax.js';
import { realMax } from '../../recipes/max.js';
import type { GroupsOwn } from '../../recipes/groups.js';
import { point } from '../../recipes/functions.js';
import { isFloat, sizeOf } from '../../tensor.js';
import { longestGroup } from '../../primitives/groups.js';
import { realSort } from '../../recipes/sort.js';
import { mapBuilder } from '../../linear/builder.js';
import { gatherMap, identityMap, scaleMap } from '../../linear/maps.js';
import { onehotOf } from '../chosen.js';
import { extremum, negated } from '../extremum.js';
import { axisOf, broadcastShape, groupsAlong, lattice, transposeIndices } from '../indexing.js';
import { isPending, wholeOf } from '../pending.js';
import { poolGroups } from '../pooled.js';
import { radicandOf } from '../radicands.js';
import type { Lowering, Operand, Operator, Result, Site } from '../site.js';
import { alongAxis, normalised, type Normalised } from '../softmaxes.js';

/**
 * https://onnx.ai/onnx/operators/onnx__MaxPool.html : the maximum of each window and, as a second output, where the first one stands among
 * all elements of X; padding never wins.
 */
const MaxPool: Lowering = (site) => {
  const x = site.input(0);
  const isByColumns = site.int('storage_order', 0) !== 0;
  const { groups, shape } = poolGroups(site, x);
  const values = site.step(realMax, [x], groups, shape, x.dtype);
  if (site.outputs < 2) return values;
  const places = isByColumns ? columnsFirst(x.shape) : null;
  return [values, maximaOf(site.forOutput(1), x, groups, shape, places)];
};

/** The place of each element when the first spatial axis runs fastest. */
function columnsFirst(shape: readonly number[]): Int32Array {
  const spatial = shape.slice(2);
  const plane = sizeOf(spatial);
  const strides = spatial.map((_, axis) => sizeOf(spatial.slice(0, axis)));
  return lattice([sizeOf(shape) / plane, ...spatial], [plane, ...strides]);
}

/** The element of x that is the first maximum of each group, or what stands for it in `places`. */
function maximaOf(
  site: Site,
  x: Operand,
  groups: GroupsOwn,
  shape: readonly number[],
  places: Int32Array | null,
): Operand {
  const { starts, members } = groups;
  const named = places === null ? members : members.map((m) => places[m]);
  const longest = longestGroup(starts);
  if (longest === 1) return site.tensor('int64', shape, named);
  site.gadgets(members.length);
  site.terms(PORT * longest + members.length);
  const hot = onehotOf(site, site.step(realArgmax, [x], groups, [sizeOf(shape)], 'int64'), longest);
  const builder = mapBuilder(sizeOf(shape));
  const part = builder.part(hot.id);
  for (let g = 0; g + 1 < starts.length; g++) {
    const own = named.subarray(starts[g], starts[g + 1]);
    part.row(g, Int32Array.from(own, (_, v) => g * longest + v), own); // prettier-ignore
  }
  return site.linear(builder.build(), shape, 'int64');
}

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
const Max: Lowering = (site) => bounded(site, 1) ?? extremum(site, site.inputs(), 1);

/** https://onnx.ai/onnx/operators/onnx__Min.html : the elementwise minimum, as -max(-x). */
const Min: Lowering = (site) => bounded(site, -1) ?? extremum(site, site.inputs(), -1);

/** Of one live tensor of floats and a constant that is one number: the clip that it is; null for any other. */
function bounded(site: Site, sign: 1 | -1): Operand | null {
  const inputs = site.inputs();
  const [x, ...others] = inputs.filter(({ constant }) => constant === null);
  const constants = inputs.flatMap(({ constant }) => (constant === null ? [] : Array.from(constant)));
  const shape = broadcastShape(
    site,
    inputs.map((input) => input.shape),
  );
  const [c] = constants;
  if (others.length > 0 || !isFloat(x?.dtype) || shape.join() !== x.shape.join()) return null;
  if (!Number.isFinite(c) || constants.some((v) => v !== c)) return null;
  if (sign === -1) return site.table(x, point('clip', -Infinity, c));
  return site.table(x, c === 0 ? point('relu') : point('clip', c, Infinity));
}

/** Work of describing a gadget, in terms for each of its ports: every plan names all of its signals. */
const PORT = 2048;

/** https://onnx.ai/onnx/operators/onnx__ArgMax.html : the position of the maximum along an axis, on ties the first or the last. */
const ArgMax: Lowering = (site) => position(site, 1);

/** https://onnx.ai/onnx/operators/onnx__ArgMin.html : the position of the minimum along an axis, on ties the first or the last. */
const ArgMin: Lowering = (site) => position(site, -1);

function position(site: Site, sign: 1 | -1): Operand {
  const given = site.result(0);
  const axis = axisOf(site, site.int('axis', 0), given.shape.length);
  const x = inOrder(given, axis);
  const keeps = site.int('keepdims', 1) !== 0;
  const last = site.int('select_last_index', 0) !== 0;
  if (site.size(x.shape) === 0) site.refuse('expected elements to choose from, got an empty tensor');
  site.gadgets(sizeOf(x.shape));
  site.terms(PORT * x.shape[axis]);
  const shape = keeps ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1);
  if (x.shape[axis] === 1) return site.tensor('int64', shape, new Float64Array(site.size(shape)));
  const groups = groupsAlong(x.shape, axis);
  const [steps, of] = [x.shape[axis] - 1, [sign === 1 ? x : negated(site, x)]];
  if (!last) return site.step(realArgmax, of, groups, shape, 'int64');
  // the last on ties is the first from the end
  const backwards = groups.members.map((_, m) => groups.members[m - (m % (steps + 1)) + steps - (m % (steps + 1))]);
  const first = site.step(realArgmax, of, { ...groups, members: backwards }, shape, 'int64');
  return site.linear(scaleMap(identityMap(first.id, sizeOf(shape)), -1, steps), shape, 'int64');
}

/** https://onnx.ai/onnx/operators/onnx__TopK.html : the K largest or least along an axis, in order, and their positions; ties go to the first. */
const TopK: Lowering = (site) => {
  const given = site.result(0);
  const axis = axisOf(site, site.int('axis', -1), given.shape.length);
  const [places, inner] = [given.shape[axis], sizeOf(given.shape.slice(axis + 1))];
  const [k = 0, ...more] = site.opset < 10 ? [site.int('k', 0)] : site.constant(1, "'K'").data;
  if (!(k >= 1 && k <= places) || more.length > 0)
    site.refuse(`expected 'K' to be one number of [1, ${places}], got ${[k, ...more].join(', ')}`);
  if (site.size(given.shape) === 0) site.refuse('expected elements to choose from, got an empty tensor');
  const isLargest = site.opset < 11 || site.int('largest', 1) !== 0;
  if (site.opset >= 11) site.int('sorted', 1); // 0 allows any order, so this one
  const count = sizeOf(given.shape) / places;
  const shape = given.shape.with(axis, k);
  site.gadgets(count * places);
  site.terms(PORT * places);
  const groups = groupsAlong(given.shape, axis);
  const chosen = (x: Operand): readonly Operand[] => {
    if (places === 1) return [x, site.tensor('int64', [count], new Float64Array(count))];
    if (k > 1) {
      const outs = [x.dtype, 'int64' as const].map((dtype) => ({ shape: [count, k], dtype }));
      return site.steps(realSort, [x], { of: places, first: k, members: groups.members }, outs);
    }
    return [site.step(realMax, [x], groups, [count], x.dtype), site.step(realArgmax, [x], groups, [count], 'int64')];
  };
  const directed = (x: Operand): Operand => (isLargest ? x : negated(site, x));
  const x = wholeOf(given);
  const [values, own] = chosen(directed(x));
  // positions are those of what is in the same order but not rounded as the function is
  const positions = isPending(given) || radicandOf(given) !== null ? chosen(directed(inOrder(given, axis)))[1] : own;
  const at = transposeIndices([count / inner, inner, k], [0, 2, 1]);
  const inPlace = site.gather(values, at, shape);
  return [isLargest ? inPlace : negated(site, inPlace, x.dtype), site.forOutput(1).gather(positions, at, shape)];
};

/** https://onnx.ai/onnx/operators/onnx__Hardmax.html : 1 at the first maximum along an axis, 0 elsewhere. */
const Hardmax: Lowering = (site) => {
  const x = site.floats(0);
  const first = axisOf(site, site.int('axis', site.opset < 13 ? 1 : -1), x.shape.length);
  const shape = site.opset < 13 ? [sizeOf(x.shape.slice(0, first)), sizeOf(x.shape.slice(first))] : x.shape;
  const axis = site.opset < 13 ? 1 : first;
  const [places, inner] = [shape[axis], sizeOf(shape.slice(axis + 1))];
  const size = site.size(shape);
  site.terms(PORT * places);
  if (places === 1) return site.tensor(x.dtype, x.shape, new Float64Array(size).fill(1));
  const at = site.step(realArgmax, [x], groupsAlong(shape, axis), [size / places], 'int64');
  const hot = onehotOf(site, at, places);
  const element = Int32Array.from({ length: size }, (_, o) => (Math.floor(o / inner / places) * inner + (o % inner)) * places + (Math.floor(o / inner) % places)); // prettier-ignore
  return site.linear(gatherMap(hot.id, element), x.shape, x.dtype);
};

/** Values in the same order along an axis: each function that can be pending rises, a softmax along its own axis, and so does a root. */
function inOrder(x: Result, axis: number): Operand {
  if (!isPending(x)) return radicandOf(x) ?? x;
  return x.read !== null && [null, axis].includes(x.read.axis) ? x.of : x.whole();
}

/** https://onnx.ai/onnx/operators/onnx__Softmax.html : exp(x) / Σ exp(x) along an axis. */
const Softmax: Lowering = (site) => lastAlongAxis(site, 'softmax');

/** https://onnx.ai/onnx/operators/onnx__LogSoftmax.html : the logarithm of the softmax. */
const LogSoftmax: Lowering = (site) => lastAlongAxis(site, 'logSoftmax');

/** Before opset 13 the input is a matrix of the axes before `axis` and from it on. */
function lastAlongAxis(site: Site, name: Normalised): Result {
  const x = site.floats(0);
  const first = axisOf(site, site.int('axis', site.opset < 13 ? 1 : -1), x.shape.length);
  const wide = x.shape.flatMap((dim, a) => (a >= first && dim !== 1 ? [a] : []));
  if (site.opset < 13 && wide.length > 1) {
    const matrix = [sizeOf(x.shape.slice(0, first)), sizeOf(x.shape.slice(first))];
    return normalised(site, x, groupsAlong(matrix, 1), name);
  }
  const axis = site.opset < 13 ? (wide[0] ?? first) : first;
  return alongAxis(site, x, axis, name);
}

export const SELECTION: readonly Operator[] = [
  { op: 'ArgMax', since: 1, inputs: [1, 1], outputs: 1, lower: ArgMax },
  { op: 'ArgMin', since: 1, inputs: [1, 1], outputs: 1, lower: ArgMin },
  { op: 'GlobalMaxPool', since: 1, inputs: [1, 1], outputs: 1, lower: GlobalMaxPool },
  { op: 'Hardmax', since: 1, inputs: [1, 1], outputs: 1, lower: Hardmax },
  { op: 'LogSoftmax', since: 1, inputs: [1, 1], outputs: 1, lower: LogSoftmax },
  { op: 'Max', since: 8, inputs: [1, Infinity], outputs: 1, lower: Max },
  { op: 'MaxPool', since: 1, inputs: [1, 1], outputs: 1, lower: MaxPool },
  { op: 'MaxPool', since: 8, inputs: [1, 1], outputs: 2, lower: MaxPool },
  { op: 'Min', since: 8, inputs: [1, Infinity], outputs: 1, lower: Min },
  { op: 'Softmax', since: 1, inputs: [1, 1], outputs: 1, lower: Softmax },
  { op: 'TopK', since: 1, inputs: [1, 1], outputs: 2, lower: TopK },
  { op: 'TopK', since: 10, inputs: [2, 2], outputs: 2, lower: TopK },
];
