// Operators whose result is as long as data says: a circuit has one length, so what decides is constant.
import { sizeOf } from '../../tensor.js';
import { axisOf, indicesOfAxis } from '../indexing.js';
import type { Lowering, Operator, Site } from '../site.js';

/** What decides on a length. */
function deciding(site: Site, i: number, what: string): Float64Array {
  const { constant } = site.input(i);
  if (constant !== null) return constant;
  return site.refuse(
    `expected ${what} to be constant, got a tensor that depends on the input: it decides on a shape, and a circuit has one`,
    'compute it outside the proof, or multiply by a mask of 0 and 1',
  );
}

/** https://onnx.ai/onnx/operators/onnx__Compress.html : the slices along an axis whose condition holds; of all elements without an axis. */
const Compress: Lowering = (site) => {
  const x = site.result(0);
  const condition = deciding(site, 1, "'condition'");
  const isFlat = site.attribute('axis') === undefined;
  const shape = isFlat ? [sizeOf(x.shape)] : x.shape;
  const axis = isFlat ? 0 : axisOf(site, site.int('axis', 0), shape.length);
  if (condition.length > shape[axis])
    site.refuse(`expected a condition of at most ${shape[axis]} elements, got ${condition.length}`);
  const kept = Int32Array.from(condition.keys()).filter((i) => condition[i] !== 0);
  const result = shape.with(axis, kept.length);
  site.size(shape);
  return site.move(x, indicesOfAxis(shape, axis, kept), result);
};

/** https://onnx.ai/onnx/operators/onnx__NonZero.html : the coordinates of what is not 0, a row for each axis. */
const NonZero: Lowering = (site) => {
  const data = deciding(site, 0, "'X'");
  const { shape } = site.input(0);
  const places = Int32Array.from(data.keys()).filter((i) => data[i] !== 0);
  const size = site.size([shape.length, places.length]);
  const inner = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const at = (axis: number, i: number): number => Math.floor(places[i] / inner[axis]) % shape[axis];
  const coordinates = Float64Array.from({ length: size }, (_, o) => at(Math.floor(o / places.length), o % places.length)); // prettier-ignore
  return site.tensor('int64', [shape.length, places.length], coordinates);
};

/** https://onnx.ai/onnx/operators/onnx__Unique.html : each element once, or each slice along an axis; where it comes first, where each went, and how many there are. */
const Unique: Lowering = (site) => {
  const data = deciding(site, 0, "'X'");
  const { shape: given, dtype } = site.input(0);
  const isFlat = site.attribute('axis') === undefined;
  const shape = isFlat ? [sizeOf(given)] : given;
  const axis = isFlat ? 0 : axisOf(site, site.int('axis', 0), shape.length);
  const [length, inner] = [shape[axis], sizeOf(shape.slice(axis + 1))];
  const each = site.size(shape) / length;
  site.terms(32 * sizeOf(shape));
  const element = (i: number, k: number): number => data[(Math.floor(k / inner) * length + i) * inner + (k % inner)];
  const order = (a: number, b: number): number => {
    for (let k = 0; k < each; k++) if (element(a, k) !== element(b, k)) return element(a, k) - element(b, k);
    return 0;
  };
  const ranked = [...Array(length).keys()].sort((a, b) => order(a, b) || a - b);
  const firsts = ranked.filter((i, r) => r === 0 || order(ranked[r - 1], i) !== 0);
  const first = new Int32Array(length); // of the slices that are equal to each
  let last = 0;
  ranked.forEach((i, r) => (first[i] = last = r === 0 || order(ranked[r - 1], i) !== 0 ? i : last));
  if (site.int('sorted', 1) === 0) firsts.sort((a, b) => a - b);
  const counts = new Float64Array(firsts.length);
  const number = new Map(firsts.map((i, k) => [i, k]));
  const inverse = Float64Array.from(first, (i) => number.get(i) ?? 0);
  inverse.forEach((k) => counts[k]++);
  const places = indicesOfAxis(shape, axis, Int32Array.from(firsts));
  const y = site.tensor(
    dtype,
    shape.with(axis, firsts.length),
    Float64Array.from(places, (i) => data[i]),
  );
  return [y, ...[firsts, inverse, counts].map((list) => site.tensor('int64', [list.length], list))];
};

export const LISTED: readonly Operator[] = [
  { op: 'Compress', since: 9, inputs: [2, 2], outputs: 1, lower: Compress },
  { op: 'NonZero', since: 9, inputs: [1, 1], outputs: 1, lower: NonZero },
  { op: 'Unique', since: 11, inputs: [1, 1], outputs: 4, lower: Unique },
];
