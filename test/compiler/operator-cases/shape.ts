// Random nodes of operators that move elements, and of those that make constants.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { floats, ints } from '../onnx-models.js';
import { axesOf, axisOf, broadcastOf, maybe, shapeOf, type Case, type CaseOf } from './case.js';

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

const Concat: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 4);
  const axis = c.opset >= 11 ? axisOf(c, shape.length) : c.random.int(0, shape.length - 1);
  const at = axis < 0 ? axis + shape.length : axis;
  const parts = Array.from({ length: c.random.int(1, 3) }, () => c.either(shape.with(at, c.random.int(1, 3))));
  return { in: parts, attributes: { axis } };
};

const Expand: CaseOf = (c) => {
  const shape = [...shapeOf(c, 0, 2, 3), ...shapeOf(c, 1, 2, 3)];
  const from = broadcastOf(c, shape);
  const target = shape.map((dim, axis) => (dim === from[axis - shape.length + from.length] && c.random.chance(0.3) ? 1 : dim)); // prettier-ignore
  return { in: [c.live(from), c.integers(target)] };
};

const Flatten: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 4);
  const axis = maybe(c, () => c.random.int(c.opset >= 11 ? -shape.length : 0, shape.length));
  return { in: [c.live(shape)], attributes: { axis } };
};

const Gather: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 3);
  const axis = maybe(c, () => axisOf(c, shape.length));
  const dim = shape.at(axis ?? 0)!;
  const of = shapeOf(c, 0, 2, 3);
  const indices = Array.from({ length: product(of) }, () => c.random.int(c.opset >= 11 ? -dim : 0, dim - 1));
  const tensor = { ...ints(...indices), dims: of.map(BigInt) };
  return { in: [c.live(shape), c.add('i', tensor)], attributes: { axis } };
};

const Pad: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 3, 5);
  const mode = c.random.pick([undefined, 'constant', 'reflect', 'edge', ...(c.opset >= 19 ? ['wrap'] : [])]);
  const axes = c.opset >= 18 && c.random.chance(0.4) ? axesOf(c, shape.length) : null;
  const count = axes?.length ?? shape.length;
  const pads = Array.from({ length: 2 * count }, () => c.random.int(-1, 3));
  const x = c.live(shape);
  if (c.opset < 11) return { in: [x], attributes: { mode, pads, value: maybe(c, () => ({ float: 1.5 })) } };
  const value = c.random.chance(0.5) ? c.constant([], [1.5]) : '';
  const rest = axes === null ? (value === '' ? [] : [value]) : [value, c.integers(axes)];
  return { in: [x, c.integers(pads), ...rest], attributes: { mode } };
};

const Reshape: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 4);
  const size = product(shape);
  const divisor = c.random.pick([1, 2, 3, 4].filter((d) => size % d === 0));
  const keeps = shape.length > 0 ? [0, -1] : [-1];
  const target = c.random.pick([[-1], [divisor, -1], [divisor, size / divisor], keeps, [1, ...shape], []]);
  const x = c.live(shape);
  if (c.opset < 5) return { in: [x], attributes: { shape: target } };
  const allowzero = c.opset >= 14 ? maybe(c, () => c.random.int(0, 1)) : undefined;
  return { in: [x, c.integers(target)], attributes: { allowzero } };
};

const Slice: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 4, 6);
  const axes = axesOf(c, shape.length, c.opset >= 10);
  if (axes.length === 0) return null;
  const end = (): number => c.random.pick([-9, -2, -1, 0, 1, 2, 3, 9, 2 ** 31 - 1, -(2 ** 31)]);
  const isWhole = axes.map(() => c.random.chance(0.6)); // else most slices would be empty
  const [starts, ends] = [axes.map((_, i) => (isWhole[i] ? 0 : end())), axes.map((_, i) => (isWhole[i] ? 9 : end()))];
  const x = c.live(shape);
  if (c.opset < 10) return { in: [x], attributes: { starts, ends, axes } };
  const steps = c.random.chance(0.5) ? [c.integers(axes.map(() => c.random.pick([1, 2, -1, -2, 7])))] : [];
  return { in: [x, c.integers(starts), c.integers(ends), c.integers(axes), ...steps] };
};

/** A shape with dimensions of 1, and which they are. */
function withOnes(c: Case): { shape: number[]; ones: number[] } {
  const shape = shapeOf(c, 1, 4, 3).map((dim) => (c.random.chance(0.4) ? 1 : dim));
  return { shape, ones: shape.flatMap((dim, axis) => (dim === 1 ? [axis] : [])) };
}

/** Axes as the attribute of older opsets, or as an input. */
const withAxes = (c: Case, x: string, axes: readonly number[] | null) =>
  axes === null
    ? { in: [x] }
    : c.opset < 13
      ? { in: [x], attributes: { axes: [...axes] } }
      : { in: [x, c.integers(axes)] };

const Squeeze: CaseOf = (c) => {
  const { shape, ones } = withOnes(c);
  const chosen = ones.filter(() => c.random.chance(0.7));
  const axes = chosen.map((axis) => (c.opset >= 11 && c.random.chance(0.4) ? axis - shape.length : axis));
  return withAxes(c, c.live(shape), c.random.chance(0.3) ? null : axes);
};

const Unsqueeze: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 3);
  const rank = shape.length + c.random.int(1, 2);
  const all = [...Array(rank).keys()];
  while (all.length > rank - shape.length) all.splice(c.random.int(0, all.length - 1), 1);
  if (c.random.chance(0.3)) all.reverse();
  return withAxes(c, c.live(shape), all.map((axis) => (c.opset >= 11 && c.random.chance(0.3) ? axis - rank : axis))); // prettier-ignore
};

const Transpose: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 4);
  const perm = [...shape.keys()];
  perm.forEach((_, i) => {
    const j = c.random.int(0, i);
    [perm[i], perm[j]] = [perm[j], perm[i]];
  });
  return { in: [c.live(shape)], attributes: { perm: shape.length === 0 ? undefined : maybe(c, () => perm) } };
};

const Constant: CaseOf = (c) => ({
  in: [],
  attributes:
    c.opset < 12 || c.random.chance(0.5)
      ? { value: { tensor: floats([2, 2], [1, -2, 0.5, 4]) } }
      : c.random.pick([{ value_float: { float: 2.5 } }, { value_floats: { floats: [1, 2.5] } }, { value_ints: [3, -4] }, { value_int: 7 }]), // prettier-ignore
});

const ConstantOfShape: CaseOf = (c) => ({
  in: [c.integers(shapeOf(c, 0, 3))],
  attributes: { value: maybe(c, () => ({ tensor: c.random.chance(0.5) ? floats([1], [1.5]) : ints(3) })) },
});

/** A window of cosines: onnxruntime has it in floats. */
const cosines: CaseOf = (c) => {
  const size = { dims: [], dataType: 7, int64Data: [BigInt(c.random.int(2, 9))] };
  return { in: [c.add('size', size)], attributes: { periodic: maybe(c, () => c.random.int(0, 1)) } };
};

const Range: CaseOf = (c) => {
  const [start, limit, delta] = [c.random.int(-5, 5), c.random.int(-5, 5), c.random.pick([-2, -1, 1, 3])];
  if (c.random.chance(0.5)) return { in: [start, limit, delta].map((v) => c.constant([], [v / 2])) };
  return { in: [start, limit, delta].map((v) => c.add('i', { dims: [], dataType: Type.INT64, int64Data: [BigInt(v)] })) }; // prettier-ignore
};

const Shape: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 4);
  const end = (): number | undefined => (c.opset >= 15 ? maybe(c, () => c.random.int(-5, 5)) : undefined);
  return { in: [c.live(shape)], attributes: { start: end(), end: end() } };
};

const EyeLike: CaseOf = (c) => ({
  in: [c.live(shapeOf(c, 2, 2, 5))],
  attributes: {
    k: maybe(c, () => c.random.int(-5, 5)),
    dtype: maybe(c, () => c.random.pick([Type.FLOAT, Type.INT32, Type.INT64])),
  },
});

const Size: CaseOf = (c) => ({ in: [c.live(shapeOf(c, 0, 4))] });

export const SHAPE: Readonly<Record<string, CaseOf>> = {
  Concat,
  Constant,
  BlackmanWindow: cosines,
  ConstantOfShape,
  Expand,
  EyeLike,
  Flatten,
  Gather,
  Pad,
  HammingWindow: cosines,
  HannWindow: cosines,
  Range,
  Reshape,
  Shape,
  Size,
  Slice,
  Squeeze,
  Transpose,
  Unsqueeze,
};
