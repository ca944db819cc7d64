// onnxruntime's own operators over quantised tensors, com.microsoft, in the float32 steps of its kernels, each rounded as there.
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
import { exp } from '../../maths.js';
import { addMaps, gatherMap } from '../../linear/maps.js';
import { addition } from '../../recipes/addition.js';
import { realMax } from '../../recipes/max.js';
import { toEven } from '../../recipes/rounding.js';
import { shares } from '../../recipes/shares.js';
import { listed } from '../../recipes/listed.js';
import { integerRange, sizeOf } from '../../tensor.js';
import { axisOf, broadcastIndices, broadcastShape, groupsAlong } from '../indexing.js';
import { averageMap, poolGroups } from '../pooled.js';
import { endsOf, lessZero, oneStep, requantised } from '../quantised.js';
import type { RequantiseOwn } from '../../recipes/requantise.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { times } from '../sums.js';

const { fround } = Math;

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
  const inOrder = <T>(first: T, second: T): readonly [T, T] => isTurned(a.shape, b.shape) ? [second, first] : [first, second]; // prettier-ignore
  const [x, y] = inOrder(a, b).map((one) => site.gather(one, broadcastIndices(one.shape, shape), shape));
  const { least, most } = endsOf(site, result.zero, result.dtype);
  const own = {
    scales: [...inOrder(left.scale, right.scale), result.scale],
    zeros: [...inOrder(left.zero, right.zero), result.zero],
    bias: site.mark('unsigned') && result.dtype === 'int8' ? 128 : 0,
    least,
    most,
  } as const;
  return site.step(addition, [x, y], own, shape, result.dtype);
};

/** Whether the kernel takes the second operand first: where one element of the first meets a run of the second. */
function isTurned(a: readonly number[], b: readonly number[]): boolean {
  if (a.length === 0) return b.length > 0;
  for (let k = 1; k <= Math.min(a.length, b.length); k++)
    if (a[a.length - k] !== 1 || b[b.length - k] !== 1) return a[a.length - k] === 1;
  return false;
}

/** QLinearMul: rint(f32(f32(a b f32(f32(sa sb) / sc)) + zero)). */
const QLinearMul: Lowering = (site) => {
  const { a, b, left, right, result } = operandsOf(site);
  const product = times(site, lessZero(site, a, left), lessZero(site, b, right)); // prettier-ignore
  const factor = fround(fround(left.scale * right.scale) / result.scale);
  return inSteps(site, product, { rounding: 'float32 with zero', factor, divisor: 1 }, result);
};

/** A sum of integers, times a factor and over a divisor, as an integer of the result. */
const inSteps = (
  site: Site,
  acc: Operand,
  { rounding, factor, divisor }: Pick<RequantiseOwn, 'rounding' | 'divisor'> & { readonly factor: number },
  { zero, dtype }: Pick<ReturnType<typeof oneStep>, 'zero' | 'dtype'>,
): Operand =>
  requantised(site, acc, { rounding, multipliers: Float64Array.of(factor), divisor, stride: 1 }, zero, dtype);

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
    const sums = site.linear(map, shape, 'int32');
    const plane = sizeOf(x.shape.slice(2));
    const isWhole = site.ints('kernel_shape')?.join() === x.shape.slice(2).join() && sizeOf(shape.slice(2)) === 1;
    if (isWhole && common === plane) return mean(site, sums, plane, input.scale, result); // as the runtime does
    const own = { rounding: 'float32 with zero', factor: input.scale / common, divisor: result.scale } as const;
    return inSteps(site, sums, own, result);
  });

/** rint(f32(sum f32(sx / f32(sy n)))) */
const mean = (site: Site, sums: Operand, n: number, scale: number, result: ReturnType<typeof oneStep>): Operand =>
  inSteps(site, sums, { rounding: 'float32', factor: fround(scale / fround(result.scale * n)), divisor: 1 }, result);

const QLinearGlobalAveragePool: Lowering = (site) =>
  overChannels(site, site.int('channels_last', 0) !== 0, (x) => {
    const [input, result] = [oneStep(site, 1, 2, x.dtype), oneStep(site, 3, 4, x.dtype)];
    const plane = sizeOf(x.shape.slice(2));
    const shape = [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)];
    const of = lessZero(site, x, input);
    site.terms(sizeOf(x.shape));
    const planes = Array.from({ length: plane }, (_, k) => gatherMap(of.id, Int32Array.from({ length: sizeOf(shape) }, (__, o) => o * plane + k))); // prettier-ignore
    return mean(site, site.linear(addMaps(planes), shape, 'int32'), plane, input.scale, result);
  });

/** QLinearConcat: rint(f32(f32((x - zero) sx) / sy)) of each part. */
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
    if (site.mark('ends') === undefined && isSame) return x;
    return inSteps(
      site,
      lessZero(site, x, own),
      { rounding: 'float32', factor: own.scale, divisor: result.scale },
      result,
    );
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

/** A function of one byte: of its float32, to float32, and rounded as QuantizeLinear rounds. */
function ofBytes(site: Site, f: (x: number) => number): Operand {
  const x = site.input(0);
  const [input, result] = [oneStep(site, 1, 2, x.dtype), oneStep(site, 3, 4, x.dtype)];
  const range = integerRange(x.dtype) ?? site.refuse(`expected integers, got ${x.dtype}`);
  const { zero, least, most } = endsOf(site, result.zero, result.dtype);
  const values = Float64Array.from({ length: range.hi - range.lo + 1 }, (_, i) => {
    const y = fround(f(fround(input.scale * (range.lo + i - input.zero))));
    return Math.min(Math.max(toEven(fround(y / result.scale)) + zero, least), most) + 0;
  });
  return site.step(listed, [x], { first: range.lo, values }, x.shape, result.dtype);
}

const QLinearSigmoid: Lowering = (site) => ofBytes(site, (x) => 1 / (1 + exp(-x)));

const QLinearLeakyRelu: Lowering = (site) => {
  const alpha = fround(site.float('alpha', 0.01));
  return ofBytes(site, (x) => (x < 0 ? alpha * x : x));
};

/** rint(f32(c E(max - x)) / sum of E), c the whole steps to 1: of a table of exponentials. */
const QLinearSoftmax: Lowering = (site) => {
  const x = site.input(0);
  const [input, result] = [oneStep(site, 1, 2, x.dtype), oneStep(site, 3, 4, x.dtype)];
  const axis = axisOf(site, site.int('axis', -1), x.shape.length);
  const isOld = site.int('opset', 13) < 13;
  const shape = isOld ? [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))] : x.shape;
  const count = Math.floor(fround(1 / result.scale));
  if (count < 1) site.refuse(`expected a scale of the result of at most 1, got ${result.scale}`);
  const own = { ...groupsAlong(shape, isOld ? 1 : axis), scale: input.scale, count, ...endsOf(site, result.zero, result.dtype) }; // prettier-ignore
  return site.step(shares, [x], own, x.shape, result.dtype);
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
