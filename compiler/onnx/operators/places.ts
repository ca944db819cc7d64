// Operators that read and write at listed places: index maps where the list is constant, choices among places where it is not.
import { mapBuilder } from '../../linear/builder.js';
import { addMaps, gatherMap, scaleMap } from '../../linear/maps.js';
import { own } from '../../own.js';
import { sizeOf, stridesOf, type Tensor } from '../../tensor.js';
import { type Choice, chosen, onehotOf, slicesAlong } from '../chosen.js';
import { axisOf, lattice } from '../indexing.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { type Join, JOINS, replaced, written } from '../written.js';

/** https://onnx.ai/onnx/operators/onnx__GatherElements.html : at each place, the element that its index names along an axis. */
const GatherElements: Lowering = (site) => {
  const x = site.result(0);
  const axis = axisOf(site, site.int('axis', 0), x.shape.length);
  const indices = site.input(1);
  if (indices.constant !== null) return site.move(x, elementPlaces(site, x.shape, axis), indices.shape);
  return chosen(site, site.input(0), indices, alongAxis(site, x.shape, indices.shape, axis), indices.shape);
};

/** https://onnx.ai/onnx/operators/onnx__GatherND.html : the slices that lists of coordinates name. */
const GatherND: Lowering = (site) => {
  const x = site.result(0);
  const batch = site.int('batch_dims', 0);
  const indices = site.input(1);
  if (indices.constant === null && batch === 0 && indices.shape.at(-1) === 1) {
    const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(1)];
    site.size(shape);
    return chosen(site, site.input(0), indices, slicesAlong(x.shape, 0, sizeOf(indices.shape)), shape);
  }
  const { starts, inner, lead } = slicePlaces(site, x.shape, batch);
  const shape = [...lead, ...inner];
  site.size(shape);
  return site.move(x, eachElement(starts, sizeOf(inner)), shape);
};

/** https://onnx.ai/onnx/operators/onnx__ScatterElements.html : updates written at the places that indices name along an axis. */
const ScatterElements: Lowering = (site) => {
  const [x, updates] = [site.input(0), site.input(2)];
  const axis = axisOf(site, site.int('axis', 0), x.shape.length);
  const indices = site.input(1);
  sameShape(site, updates, indices.shape);
  if (indices.constant === null)
    return written(site, x, updates, indices, alongAxis(site, x.shape, indices.shape, axis), joinOf(site));
  return scattered(site, x, updates, elementPlaces(site, x.shape, axis));
};

/** https://onnx.ai/onnx/operators/onnx__ScatterND.html : slices written at lists of coordinates. */
const ScatterND: Lowering = (site) => {
  const [x, updates] = [site.input(0), site.input(2)];
  const indices = site.input(1);
  if (indices.constant === null && indices.shape.at(-1) === 1) {
    sameShape(site, updates, [...indices.shape.slice(0, -1), ...x.shape.slice(1)]);
    return written(site, x, updates, indices, slicesAlong(x.shape, 0, sizeOf(indices.shape)), joinOf(site));
  }
  const { starts, inner, lead } = slicePlaces(site, x.shape, 0);
  const shape = [...lead, ...inner];
  site.size(shape);
  sameShape(site, updates, shape);
  return scattered(site, x, updates, eachElement(starts, sizeOf(inner)));
};

function placesOf(site: Site): Tensor {
  if (site.input(1).constant === null)
    site.refuse(
      "expected 'indices' of one coordinate each without batch axes, or constant ones, got others",
      'give the model a mask of 0 and 1 as input and multiply by it: Mul or MatMul',
    );
  return site.constant(1, "'indices'");
}

/** An index from the start. */
function within(site: Site, index: number, dim: number): number {
  if (!Number.isInteger(index) || index < -dim || index >= dim)
    site.refuse(`expected indices within ${dim} elements, got ${index}`);
  return index < 0 ? index + dim : index;
}

/** For each index, the element of the shape that has its coordinates, and 0 along the axis. */
function linesOf(site: Site, shape: readonly number[], indices: readonly number[], axis: number): Int32Array {
  if (indices.length !== shape.length || indices.some((dim, a) => a !== axis && dim > shape[a]))
    site.refuse(`expected indices inside [${shape.join(', ')}], got shape [${indices.join(', ')}]`);
  site.size(indices);
  return lattice(indices, stridesOf(shape).with(axis, 0));
}

/** For each index, the element of the shape that has its coordinates, but for the one along the axis. */
function elementPlaces(site: Site, shape: readonly number[], axis: number): Int32Array {
  const indices = placesOf(site);
  const stride = stridesOf(shape)[axis];
  return linesOf(site, shape, indices.shape, axis).map(
    (start, o) => start + within(site, indices.data[o], shape[axis]) * stride,
  );
}

interface Slices {
  /** The first element of each slice. */
  readonly starts: Int32Array;
  /** Shape of a slice, and of the list of them. */
  readonly inner: readonly number[];
  readonly lead: readonly number[];
}

/** The slices that the last axis of the indices has coordinates of, after `batch` axes that both share. */
function slicePlaces(site: Site, shape: readonly number[], batch: number): Slices {
  const indices = placesOf(site);
  const lead = indices.shape.slice(0, -1);
  const depth = indices.shape.at(-1) ?? 0;
  const isShared = batch >= 0 && batch <= lead.length && lead.slice(0, batch).every((dim, a) => dim === shape[a]);
  if (!isShared || depth < 1 || batch + depth > shape.length)
    site.refuse(`expected indices of slices of [${shape.join(', ')}] after ${batch} axes of a batch, got shape [${indices.shape.join(', ')}]`); // prettier-ignore
  site.size(indices.shape);
  const strides = stridesOf(shape);
  const starts = lattice(lead, lead.map((_, axis) => (axis < batch ? strides[axis] : 0))); // prettier-ignore
  for (let s = 0; s < starts.length; s++)
    for (let k = 0; k < depth; k++)
      starts[s] += within(site, indices.data[s * depth + k], shape[batch + k]) * strides[batch + k];
  return { starts, inner: shape.slice(batch + depth), lead };
}

function eachElement(starts: Int32Array, length: number): Int32Array {
  const all = new Int32Array(starts.length * length);
  starts.forEach((start, s) => {
    for (let i = 0; i < length; i++) all[s * length + i] = start + i;
  });
  return all;
}

/** The places that an index for each element of a shape chooses from, along an axis. */
function alongAxis(site: Site, shape: readonly number[], indices: readonly number[], axis: number): Choice {
  const first = linesOf(site, shape, indices, axis);
  return { index: first.map((_, o) => o), first, stride: stridesOf(shape)[axis], places: shape[axis] };
}

function sameShape(site: Site, updates: Operand, shape: readonly number[]): void {
  if (updates.shape.join() !== shape.join())
    site.refuse(`expected updates of shape [${shape.join(', ')}], got [${updates.shape.join(', ')}]`);
}

/** How updates of one place are joined: by a sum, by another reduction, or the last one stays. */
function joinOf(site: Site): Join | 'add' | null {
  const reduction = site.string('reduction', 'none');
  if (reduction === 'none') return null;
  if (reduction === 'add') return reduction;
  return own(JOINS, reduction) ?? site.refuse(`expected reduction none, ${['add', ...Object.keys(JOINS)].join(', ')}, got '${reduction}'`); // prettier-ignore
}

/** x with the updates at their places: the last one of a place, or what each is joined with what is there by. */
function scattered(site: Site, x: Operand, updates: Operand, places: Int32Array): Operand {
  const join = joinOf(site);
  const size = site.size(x.shape);
  site.terms(4 * (size + places.length));
  const kept = Int32Array.from({ length: size }, (_, o) => o);
  const lists = Array.from({ length: size }, (): number[] => []);
  places.forEach((place, u) => lists[place].push(u));
  if (join === null) {
    const last = Int32Array.from(lists, (list) => list.at(-1) ?? -1);
    const unwritten = kept.map((o) => (last[o] === -1 ? o : -1));
    return site.linear(addMaps([gatherMap(x.id, unwritten), gatherMap(updates.id, last)]), x.shape, x.dtype);
  }
  if (join === 'add') {
    const builder = mapBuilder(size);
    const part = builder.part(updates.id);
    lists.forEach((list, o) => part.row(o, list, new Array<number>(list.length).fill(1)));
    return site.linear(addMaps([gatherMap(x.id, kept), builder.build()]), x.shape, x.dtype);
  }
  let joined = x;
  for (let round = 0; lists.some((list) => list.length > round); round++) {
    const at = kept.filter((o) => lists[o].length > round);
    const each = [at.length];
    const [there, update] = [site.gather(joined, at, each), site.gather(updates, at.map((o) => lists[o][round]), each)]; // prettier-ignore
    joined = replaced(site, joined, at, join(site, there, update));
  }
  return joined;
}

/** https://onnx.ai/onnx/operators/onnx__OneHot.html : the on value at each index along a new axis, the off value elsewhere. */
const OneHot: Lowering = (site) => {
  const indices = site.input(0);
  const depth = Math.trunc(site.constant(1, "'depth'").data[0]);
  const axis = axisOf(site, site.int('axis', -1), indices.shape.length + 1);
  if (indices.shape.length === 0) site.refuse('expected indices of rank 1 or more, got a scalar', 'Unsqueeze it');
  if (!(depth >= 1)) site.refuse(`expected a depth from 1, got ${depth}`);
  if (sizeOf(site.input(2).shape) !== 2)
    site.refuse(`expected two values, off and on, got ${sizeOf(site.input(2).shape)}`);
  const shape = indices.shape.toSpliced(axis, 0, depth);
  const inner = sizeOf(shape.slice(axis + 1));
  const indexAt = (o: number): number => Math.floor(o / inner / depth) * inner + (o % inner);
  const placeAt = (o: number): number => Math.floor(o / inner) % depth;
  const elements = Int32Array.from({ length: site.size(shape) }, (_, o) => o);
  if (indices.constant === null) {
    const { dtype, data: [off, on] } = site.constant(2, "'values' of indices that depend on the input"); // prettier-ignore
    const named = gatherMap(onehotOf(site, indices, depth).id, elements.map((o) => indexAt(o) * depth + placeAt(o))); // prettier-ignore
    const scaled = scaleMap(named, on - off);
    return site.linear({ ...scaled, bias: scaled.bias.map((b) => b + off) }, shape, dtype);
  }
  const { constant } = indices;
  const isOn = (o: number): boolean => {
    const index = Math.trunc(constant[indexAt(o)]);
    return (index < 0 ? index + depth : index) === placeAt(o);
  };
  return site.gather(
    site.input(2),
    elements.map((o) => Number(isOn(o))),
    shape,
  );
};

/** https://onnx.ai/onnx/operators/onnx__Scatter.html : ScatterElements, by its first name. */
const Scatter: Lowering = (site) =>
  site.opset < 11
    ? ScatterElements(site)
    : site.refuse('expected ScatterElements since opset 11, got Scatter', 'rename it: the operator is the same');

export const PLACES: readonly Operator[] = [
  { op: 'GatherElements', since: 11, inputs: [2, 2], outputs: 1, lower: GatherElements },
  { op: 'GatherND', since: 11, inputs: [2, 2], outputs: 1, lower: GatherND },
  { op: 'OneHot', since: 9, inputs: [3, 3], outputs: 1, lower: OneHot },
  { op: 'Scatter', since: 9, inputs: [3, 3], outputs: 1, lower: Scatter },
  { op: 'ScatterElements', since: 11, inputs: [3, 3], outputs: 1, lower: ScatterElements },
  { op: 'ScatterND', since: 11, inputs: [3, 3], outputs: 1, lower: ScatterND },
];
