// onnxruntime's own operators over quantised tensors, com.microsoft. QLinearAdd is two fused steps in float32; all others are exact
// reals, a half to the even integer.
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
import { exp } from '../../maths.js';
import { addMaps, gatherMap } from '../../linear/maps.js';
import { addition } from '../../recipes/addition.js';
import { realMax } from '../../recipes/max.js';
import { toEven } from '../../recipes/rounding.js';
import { softmax } from '../../recipes/softmax.js';
import { listed } from '../../recipes/listed.js';
import { integerRange, sizeOf } from '../../tensor.js';
import { axisOf, broadcastIndices, broadcastShape, groupsAlong } from '../indexing.js';
import { averageMap, poolGroups } from '../pooled.js';
import { dequantised, endsOf, lessZero, oneStep, quantised, requantised } from '../quantised.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { times } from '../sums.js';

/** Two tensors, each with a scale and a zero point behind it, and those of the result. */
function operandsOf(site: Site) {
  const [a, b] = [site.input(0), site.input(3)];
  const [left, right] = [oneStep(site, 1, 2, a.dtype), oneStep(site, 4, 5, b.dtype)];
  return { a, b, left, right, result: oneStep(site, 6, 7, a.dtype) };
}

/** QLinearAdd: rint(fma(a, f32(sa / sc), fma(b, f32(sb / sc), F))). */
const QLinearAdd: Lowering = (site) => {
  const { a, b, left, right, result } = operandsOf(site);
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.size(shape);
  const [x, y] = [a, b].map((one) => site.gather(one, broadcastIndices(one.shape, shape), shape));
  const { least, most } = endsOf(site, result.zero, result.dtype);
  const own = {
    scales: [left.scale, right.scale, result.scale],
    zeros: [left.zero, right.zero, result.zero],
    bias: site.isMarked('unsigned') && result.dtype === 'int8' ? 128 : 0,
    least,
    most,
  } as const;
  return site.step(addition, [x, y], own, shape, result.dtype);
};

const QLinearMul: Lowering = (site) => {
  const { a, b, left, right, result } = operandsOf(site);
  const product = times(site, lessZero(site, a, left), lessZero(site, b, right)); // prettier-ignore
  return exactly(site, product, left.scale * right.scale, result.scale, result);
};

/** An integer times m / d, as a real number, in steps of the result. */
const exactly = (
  site: Site,
  acc: Operand,
  m: number,
  divisor: number,
  { zero, dtype }: Pick<ReturnType<typeof oneStep>, 'zero' | 'dtype'>,
): Operand =>
  requantised(site, acc, { rounding: 'exact', multipliers: Float64Array.of(m), divisor, stride: 1 }, zero, dtype);

/** The elements of N x C x ... in the order N x ... x C, or back. */
function turned(site: Site, x: Operand, toFirst: boolean): Operand {
  const channels = toFirst ? (x.shape.at(-1) ?? 1) : x.shape[1];
  const middle = toFirst ? x.shape.slice(1, -1) : x.shape.slice(2);
  const plane = sizeOf(middle);
  const shape = toFirst ? [x.shape[0], channels, ...middle] : [x.shape[0], ...middle, channels];
  const [rows, columns] = toFirst ? [plane, channels] : [channels, plane];
  const indices = Int32Array.from({ length: site.size(shape) }, (_, o) => {
    const inside = o % (rows * columns);
    return o - inside + (inside % rows) * columns + Math.floor(inside / rows);
  });
  return site.gather(x, indices, shape);
}

/** What a pool makes of a picture with its channels second, wherever the node has them. */
function overChannels(site: Site, isLast: boolean, pool: (x: Operand) => Operand): Operand {
  const x = site.input(0);
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  return isLast ? turned(site, pool(turned(site, x, true)), false) : pool(x);
}

const NhwcMaxPool: Lowering = (site) =>
  overChannels(site, true, (x) => {
    const { groups, shape } = poolGroups(site, x);
    return site.step(realMax, [x], groups, shape, x.dtype);
  });

const QLinearAveragePool: Lowering = (site) =>
  overChannels(site, site.int('channels_last', 0) !== 0, (x) => {
    const [input, result] = [oneStep(site, 1, 2, x.dtype), oneStep(site, 3, 4, x.dtype)];
    const { map, shape, common } = averageMap(site, lessZero(site, x, input), true);
    return exactly(site, site.linear(map, shape, 'int32'), input.scale, result.scale * common, result);
  });

const QLinearGlobalAveragePool: Lowering = (site) =>
  overChannels(site, site.int('channels_last', 0) !== 0, (x) => {
    const [input, result] = [oneStep(site, 1, 2, x.dtype), oneStep(site, 3, 4, x.dtype)];
    const plane = sizeOf(x.shape.slice(2));
    const shape = [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)];
    const of = lessZero(site, x, input);
    site.terms(sizeOf(x.shape));
    const planes = Array.from({ length: plane }, (_, k) => gatherMap(of.id, Int32Array.from({ length: sizeOf(shape) }, (__, o) => o * plane + k))); // prettier-ignore
    return exactly(site, site.linear(addMaps(planes), shape, 'int32'), input.scale, result.scale * plane, result);
  });

const QLinearConcat: Lowering = (site) => {
  const count = (site.arity - 2) / 3;
  if (!Number.isInteger(count)) site.refuse('expected a scale and a zero point behind each tensor, got others');
  const first = site.input(2);
  const result = oneStep(site, 0, 1, first.dtype);
  const axis = axisOf(site, site.int('axis', 0), first.shape.length);
  const parts = Array.from({ length: count }, (_, k) => {
    const x = site.input(2 + 3 * k);
    const own = oneStep(site, 3 + 3 * k, 4 + 3 * k, x.dtype);
    const isSame = own.scale === result.scale && own.zero === result.zero && own.dtype === result.dtype;
    if (!site.isMarked('relu') && isSame) return x;
    return exactly(site, lessZero(site, x, own), own.scale, result.scale, result);
  });
  const length = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  const shape = first.shape.with(axis, length);
  if (parts.some((part) => part.shape.with(axis, length).join() !== shape.join()))
    site.refuse('expected tensors that differ along the axis alone, got others');
  const inner = sizeOf(shape.slice(axis + 1));
  const size = site.size(shape);
  let before = 0;
  const maps = parts.map((part) => {
    const [from, own] = [before, part.shape[axis]];
    before += own;
    return gatherMap(part.id, Int32Array.from({ length: size }, (_, o) => {
      const k = (Math.floor(o / inner) % length) - from;
      return k < 0 || k >= own ? -1 : (Math.floor(o / inner / length) * own + k) * inner + (o % inner);
    })); // prettier-ignore
  });
  return site.linear(addMaps(maps), shape, result.dtype);
};

/** A function of one byte, of exact reals. */
function ofBytes(site: Site, f: (x: number) => number): Operand {
  const x = site.input(0);
  const [input, result] = [oneStep(site, 1, 2, x.dtype), oneStep(site, 3, 4, x.dtype)];
  const range = integerRange(x.dtype) ?? site.refuse(`expected integers, got ${x.dtype}`);
  const { zero, least, most } = endsOf(site, result.zero, result.dtype);
  const values = Float64Array.from({ length: range.hi - range.lo + 1 }, (_, i) => {
    const y = f(input.scale * (range.lo + i - input.zero)) / result.scale;
    return Math.min(Math.max(toEven(y) + zero, least), most);
  });
  return site.step(listed, [x], { first: range.lo, values }, x.shape, result.dtype);
}

const QLinearSigmoid: Lowering = (site) => ofBytes(site, (x) => 1 / (1 + exp(-x)));

const QLinearLeakyRelu: Lowering = (site) => {
  const alpha = site.float('alpha', 0.01);
  return ofBytes(site, (x) => (x < 0 ? alpha * x : x));
};

/** The softmax of the floats, rounded again: the runtime takes a whole number of steps to 1. */
const QLinearSoftmax: Lowering = (site) => {
  const x = site.input(0);
  const [input, result] = [oneStep(site, 1, 2, x.dtype), oneStep(site, 3, 4, x.dtype)];
  const axis = axisOf(site, site.int('axis', -1), x.shape.length);
  const isOld = site.int('opset', 13) < 13;
  const shape = isOld ? [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))] : x.shape;
  const groups = groupsAlong(shape, isOld ? 1 : axis);
  const one = (s: typeof input) => ({
    scales: Float64Array.of(s.scale),
    zeros: Float64Array.of(s.zero),
    dtype: s.dtype,
  });
  const floats = dequantised(site, x, one(input), () => 0, 'float32');
  const whole = { ...result, scale: 1 / Math.floor(Math.fround(1 / result.scale)) };
  return quantised(site, site.step(softmax, [floats], groups, x.shape, 'float32'), one(whole), () => 0);
};

const microsoft = (op: string, inputs: readonly [number, number], lower: Lowering): Operator => {
  return { op, domain: 'com.microsoft', since: 1, inputs, outputs: 1, lower };
};

export const QUANTISED_BYTES: readonly Operator[] = [
  microsoft('NhwcMaxPool', [1, 1], NhwcMaxPool),
  microsoft('QLinearAdd', [7, 8], QLinearAdd),
  microsoft('QLinearAveragePool', [4, 5], QLinearAveragePool),
  microsoft('QLinearConcat', [5, Infinity], QLinearConcat),
  microsoft('QLinearGlobalAveragePool', [5, 5], QLinearGlobalAveragePool),
  microsoft('QLinearLeakyRelu', [4, 5], QLinearLeakyRelu),
  microsoft('QLinearMul', [7, 8], QLinearMul),
  microsoft('QLinearSigmoid', [4, 5], QLinearSigmoid),
  microsoft('QLinearSoftmax', [5, 5], QLinearSoftmax),
];
