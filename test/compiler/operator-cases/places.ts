// Random nodes of operators that read and write at listed places.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { ints, type TensorInit } from '../onnx-models.js';
import { axisOf, maybe, shapeOf, type Case, type CaseOf } from './case.js';

const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const shaped = (dims: readonly number[], values: readonly number[]): TensorInit => ({ ...ints(...values), dims: dims.map(BigInt) }); // prettier-ignore

/** Indices along an axis of a shape, for every place of another one inside it. */
function elements(c: Case): { shape: number[]; axis: number | undefined; of: number[]; values: number[] } {
  const shape = shapeOf(c, 1, 3);
  const axis = maybe(c, () => axisOf(c, shape.length));
  const at = (axis ?? 0) < 0 ? axis! + shape.length : (axis ?? 0);
  const of = shape.map((dim, a) => (a === at ? c.random.int(1, dim) : c.random.int(1, dim)));
  const values = Array.from({ length: sizeOf(of) }, () => c.random.int(-shape[at], shape[at] - 1));
  return { shape, axis, of, values };
}

/** A different index for each place of a line, as ONNX wants them where nothing is added up. */
function distinct({ shape, axis, of, values }: ReturnType<typeof elements>): number[] {
  const at = (axis ?? 0) < 0 ? axis! + shape.length : (axis ?? 0);
  const inner = sizeOf(of.slice(at + 1));
  const first = (values[0] + shape[at]) % shape[at];
  return values.map((_, o) => ((Math.floor(o / inner) % of[at]) + first) % shape[at]);
}

const reductionOf = (c: Case, since: number): string | undefined =>
  c.opset >= since
    ? maybe(c, () => c.random.pick(['none', 'add', 'add', ...(c.opset >= since + 2 ? ['mul', 'max', 'min'] : ['mul'])]))
    : undefined;

/** Whether updates of one place are joined: then it may be named more than once. */
const isJoined = (reduction: string | undefined): boolean => reduction !== undefined && reduction !== 'none';

/** Live indices of three places, for every place of a shape inside one that has them along an axis; the updates of one place come in order. */
function liveElements(c: Case): { shape: number[]; axis: number; of: number[]; indices: string } {
  const rank = c.random.int(1, 3);
  const axis = axisOf(c, rank);
  const shape = shapeOf(c, rank, rank, 3).with(axis, 3);
  const of = shape.map((dim) => c.random.int(1, dim));
  return { shape, axis, of, indices: c.indices(of) };
}

const GatherElements: CaseOf = (c) => {
  const { shape, axis, of, values } = elements(c);
  return { in: [c.live(shape), c.add('i', shaped(of, values))], attributes: { axis } };
};

const scatter: CaseOf = (c) => {
  if (c.random.chance(0.3)) {
    const { shape, axis, of, indices } = liveElements(c);
    return { in: [c.either(shape), indices, c.either(of)], attributes: { axis, reduction: reductionOf(c, 16) } };
  }
  const drawn = elements(c);
  const reduction = reductionOf(c, 16);
  const values = isJoined(reduction) ? drawn.values : distinct(drawn);
  const updates = c.random.chance(0.7) ? c.live(drawn.of) : c.constant(drawn.of);
  return { in: [c.either(drawn.shape), c.add('i', shaped(drawn.of, values)), updates], attributes: { axis: drawn.axis, reduction } }; // prettier-ignore
};

/** Lists of coordinates into a shape, behind axes of a batch. */
function coordinates(c: Case, batch: number, shape: readonly number[]): { of: number[]; values: number[] } {
  const depth = c.random.int(1, shape.length - batch);
  const lead = [...shape.slice(0, batch), ...shapeOf(c, 0, 2, 3)];
  const values = Array.from({ length: sizeOf(lead) }, () => shape.slice(batch, batch + depth).map((dim) => c.random.int(-dim, dim - 1))); // prettier-ignore
  return { of: [...lead, depth], values: values.flat() };
}

const GatherND: CaseOf = (c) => {
  const batch = c.opset >= 12 ? maybe(c, () => c.random.int(0, 1)) : undefined;
  if (batch !== 1 && c.random.chance(0.3)) {
    const of = shapeOf(c, 0, 2, 3);
    return { in: [c.either([3, ...shapeOf(c, 0, 2)]), c.indices([...of, 1])], attributes: { batch_dims: batch } };
  }
  const shape = shapeOf(c, 1 + (batch ?? 0), 4);
  const { of, values } = coordinates(c, batch ?? 0, shape);
  return { in: [c.live(shape), c.add('i', shaped(of, values))], attributes: { batch_dims: batch } };
};

const ScatterND: CaseOf = (c) => {
  if (c.random.chance(0.3)) {
    const [of, inner] = [shapeOf(c, 0, 2, 2), shapeOf(c, 0, 2, 3)];
    const indices = c.indices([...of, 1]);
    return { in: [c.either([3, ...inner]), indices, c.either([...of, ...inner])], attributes: { reduction: reductionOf(c, 16) } }; // prettier-ignore
  }
  const shape = shapeOf(c, 1, 4);
  const { of, values } = coordinates(c, 0, shape);
  const reduction = reductionOf(c, 16);
  const depth = of.at(-1)!;
  const isOne = isJoined(reduction) || sizeOf(of) === depth;
  const [dims, list] = isOne ? [of, values] : [[1, depth], values.slice(0, depth)];
  const updates = [...dims.slice(0, -1), ...shape.slice(depth)];
  return { in: [c.either(shape), c.add('i', shaped(dims, list)), c.either(updates)], attributes: { reduction } };
};

const OneHot: CaseOf = (c) => {
  const of = shapeOf(c, 1, 3, 3);
  const depth = c.random.int(1, 5);
  const indices = shaped(
    of,
    Array.from({ length: sizeOf(of) }, () => c.random.int(-depth - 1, depth)),
  );
  const scalar = { dims: [], dataType: Type.INT64, int64Data: [BigInt(depth)] };
  const axis = maybe(c, () => axisOf(c, of.length + 1));
  return { in: [c.add('i', indices), c.add('depth', scalar), c.either([2])], attributes: { axis } };
};

export const PLACES: Readonly<Record<string, CaseOf>> = {
  GatherElements,
  GatherND,
  OneHot,
  Scatter: scatter,
  ScatterElements: scatter,
  ScatterND,
};
