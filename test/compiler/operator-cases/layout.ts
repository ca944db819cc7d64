// Random nodes of operators that cut, repeat and shuffle, and of the cast to another tensor's type.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { axesOf, axisOf, maybe, shapeOf, type Case, type CaseOf } from './case.js';

const scalar = (c: Case, value: number): string =>
  c.add('k', { dims: [], dataType: Type.INT64, int64Data: [BigInt(value)] });

const Split: CaseOf = (c) => {
  const parts = Array.from({ length: c.random.int(1, 3) }, () => c.random.int(1, 3));
  const outs = parts.length;
  const shape = shapeOf(c, 1, 4, 3);
  const axis = maybe(c, () => (c.opset >= 11 ? axisOf(c, shape.length) : c.random.int(0, shape.length - 1)));
  const at = (axis ?? 0) < 0 ? axis! + shape.length : (axis ?? 0);
  const isListed = c.random.chance(0.5);
  const dim = isListed ? parts.reduce((a, b) => a + b, 0) : c.random.int(outs, 8);
  const x = c.live(shape.with(at, c.opset < 18 && !isListed ? outs * c.random.int(1, 3) : dim));
  if (c.opset < 13) return { in: [x], attributes: { axis, split: isListed ? parts : undefined }, outs };
  if (isListed) return { in: [x, c.integers(parts)], attributes: { axis }, outs };
  return { in: [x], attributes: { axis, num_outputs: c.opset >= 18 ? outs : undefined }, outs };
};

const Tile: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 4, 3);
  return { in: [c.live(shape), c.integers(shape.map(() => c.random.int(1, 3)))] };
};

const Trilu: CaseOf = (c) => {
  const x = c.live(shapeOf(c, 2, 4, 5));
  const k = c.random.chance(0.6) ? [scalar(c, c.random.int(-6, 6))] : [];
  return { in: [x, ...k], attributes: { upper: maybe(c, () => c.random.int(0, 1)) } };
};

const picture = (c: Case, channels: number, side: number): string =>
  c.live([c.random.int(1, 2), channels * c.random.int(1, 2), side * c.random.int(1, 2), side * c.random.int(1, 3)]);

const DepthToSpace: CaseOf = (c) => {
  const blocksize = c.random.int(1, 3);
  const mode = c.opset >= 11 ? maybe(c, () => c.random.pick(['DCR', 'CRD'])) : undefined;
  return { in: [picture(c, blocksize ** 2, 1)], attributes: { blocksize, mode } };
};

const SpaceToDepth: CaseOf = (c) => {
  const blocksize = c.random.int(1, 3);
  return { in: [picture(c, 1, blocksize)], attributes: { blocksize } };
};

const ReverseSequence: CaseOf = (c) => {
  const shape = shapeOf(c, 2, 4, 5);
  const batch = c.random.pick([undefined, 0, 1]);
  const at = batch ?? 1;
  const lengths = c.integers(Array.from({ length: shape[at] }, () => c.random.int(1, shape[1 - at])));
  return { in: [c.live(shape), lengths], attributes: { batch_axis: batch, time_axis: batch === 0 ? 1 : maybe(c, () => 0) } }; // prettier-ignore
};

const CenterCropPad: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 4, 6);
  const axes = maybe(c, () => axesOf(c, shape.length));
  if (axes?.length === 0) return null;
  const target = (axes ?? shape).map(() => c.random.int(1, 7));
  return { in: [c.live(shape), c.integers(target)], attributes: { axes } };
};

const CastLike: CaseOf = (c) => {
  const like = c.random.chance(0.5) ? c.live([2]) : c.integers([1]);
  const x = c.random.chance(0.6) ? c.live(shapeOf(c, 0, 3)) : c.constant([3], [-2, 0, 7]);
  return { in: [x, like], attributes: { saturate: c.opset >= 19 ? maybe(c, () => 1) : undefined } };
};

export const LAYOUT: Readonly<Record<string, CaseOf>> = {
  CastLike,
  CenterCropPad,
  DepthToSpace,
  ReverseSequence,
  SpaceToDepth,
  Split,
  Tile,
  Trilu,
};
