// Layers and pools of random graphs. Weights are as training leaves them: over inputs of any size they add up to values of one size.
import { constant, MOST_ELEMENTS, node, type Draft, type Live, type RandomOperator } from './draft.js';
import { elements, extreme, range, summed, typical, type Reach, type Row } from './reach.js';
import { windows } from './windows.js';

type Span = ReturnType<typeof typical>;

interface Layer {
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

/** Of a constant: what stands for its half, so that float32 holds what is made of it. */
const sizeOf = ({ middle }: Span): number => Math.abs(middle) || 1;

/** `n` outputs over inputs that span what is given: scaled by what they span (a folded scaler), or all alike. */
function trained({ random }: Draft, n: number, given: readonly Span[], isRaw: boolean): Layer {
  const isScaled = random.chance(0.75);
  const spread = random.chance(0.3) ? 1.5 : 0;
  const gain = random.chance(0.5) ? 1 : random.decades(-1, 1);
  const mean = given.reduce((sum, { half }) => sum + half, 0) / given.length || sizeOf(given[0]);
  // training does not live on a unit that hardly moves; a scaler does on a column, however narrow
  const from = given.map(({ middle, half }) => ({
    middle,
    half: isRaw && half > 0 ? half : Math.max(half, mean / 10),
  }));
  const weights = Array.from({ length: n }, () =>
    from.map(({ half }) => {
      const w = (random.normal() * gain * random.decades(-spread, 0)) / Math.sqrt(from.length);
      return random.chance(0.05) ? 0 : w / (isScaled ? half : mean);
    }),
  );
  const centred = (row: readonly number[]): number => row.reduce((sum, w, k) => sum - w * from[k].middle, 0);
  return { weights, bias: weights.map((row) => centred(row) + 0.3 * gain * random.normal()) };
}

/** A table that no operator has touched. */
const isRaw = ({ name }: Live): boolean => !name.startsWith('t');

/** Gemm, or MatMul and Add, over the last axis. */
const dense: RandomOperator = (g, x) => {
  const { random } = g;
  const k = x.shape.at(-1) ?? 1;
  const rows = x.lo.length / k;
  const n = random.int(1, 8);
  if (x.shape.length < 2 || rows * n > MOST_ELEMENTS) return null;
  const columns = range(k).map((c) => typical(x, range(rows).map((r) => r * k + c))); // prettier-ignore
  const { weights, bias } = trained(g, n, columns, isRaw(x));
  const reach = (isBiased: boolean): Reach => {
    const of = (r: number, o: number): Row => {
      return { terms: weights[o].map((w, c) => [0, r * k + c, w]), bias: isBiased ? bias[o] : 0 };
    };
    return summed([x], range(rows * n).map((i) => of(Math.floor(i / n), i % n))); // prettier-ignore
  };
  const shape = x.shape.with(-1, n);
  const byInput = (factor: number): string =>
    constant(g, [k, n], range(k * n).map((i) => weights[i % n][Math.floor(i / n)] * factor)); // prettier-ignore
  if (x.shape.length > 2 || random.chance(0.4)) {
    const { name } = node(g, 'MatMul', [x.name, byInput(1)], shape, reach(false));
    return node(g, 'Add', [name, constant(g, [n], bias)], shape, reach(true));
  }
  if (random.chance(0.5)) {
    const inputs = [x.name, constant(g, [n, k], weights.flat()), constant(g, [n], bias)];
    return node(g, 'Gemm', inputs, shape, reach(true), { transB: 1 });
  }
  const alpha = random.pick([1, 0.5, -2]);
  const inputs = [x.name, byInput(1 / alpha), constant(g, [n], bias)];
  return node(g, 'Gemm', inputs, shape, reach(true), { alpha: { float: alpha } });
};

const isPicture = ({ shape }: Live): boolean => (shape.length === 3 || shape.length === 4) && shape[0] === 1;

/** Elements of a channel. */
const channel = (x: Live, c: number): number[] => {
  const plane = elements(x.shape.slice(2));
  return range(plane).map((i) => c * plane + i);
};

/** Conv over one or two axes, also depthwise. */
const conv: RandomOperator = (g, x) => {
  if (!isPicture(x)) return null;
  const { shape, kernel, taps, attributes } = windows(g, x.shape.slice(2), false);
  const [, channels] = x.shape;
  const group = g.random.chance(0.25) ? channels : 1;
  const [n, own, size] = [group * g.random.int(1, 3), channels / group, elements(kernel)];
  if (taps.length * n > MOST_ELEMENTS || taps.some((one) => one.length === 0)) return null;
  const first = (o: number): number => Math.floor(o / (n / group)) * own;
  const drawn = range(n).map((o) => {
    const from = range(own).flatMap((c) => Array(size).fill(typical(x, channel(x, first(o) + c)))); // prettier-ignore
    return trained(g, 1, from as Span[], isRaw(x));
  });
  const [weights, bias] = [drawn.map((one) => one.weights[0]), drawn.map((one) => one.bias[0])];
  const plane = elements(x.shape.slice(2));
  const reach = summed(
    [x],
    range(n * taps.length).map((i): Row => {
      const [o, position] = [Math.floor(i / taps.length), taps[i % taps.length]];
      const terms = range(own).flatMap((c) =>
        position.map(([tap, at]) => [0, (first(o) + c) * plane + at, weights[o][c * size + tap]] as const),
      );
      return { terms, bias: bias[o] };
    }),
  );
  const inputs = [x.name, constant(g, [n, own, ...kernel], weights.flat()), constant(g, [n], bias)];
  return node(g, 'Conv', inputs, [1, n, ...shape], reach, { ...attributes, group });
};

/** BatchNormalization with the statistics of its channels, or so. */
const normalisation: RandomOperator = (g, x) => {
  if (!isPicture(x) && x.shape.length !== 2) return null;
  const { random } = g;
  const channels = x.shape[1];
  const plane = elements(x.shape.slice(2));
  const at = range(channels).map((c) => range(x.lo.length).filter((i) => Math.floor(i / plane) % channels === c));
  const seen = at.map((list) => typical(x, list));
  const scale = seen.map(() => random.between(0.3, 2) * random.pick([1, 1, -1]));
  const shift = seen.map(() => 0.5 * random.normal());
  const mean = seen.map(({ middle, half }) => middle + 0.2 * half * random.normal());
  const variance = seen.map((span) => (span.half || sizeOf(span)) ** 2 * random.between(0.2, 0.6));
  const factor = scale.map((s, c) => s / Math.sqrt(variance[c] + 1e-5));
  const reach = summed(
    [x],
    range(x.lo.length).map((i): Row => {
      const c = Math.floor(i / plane) % channels;
      return { terms: [[0, i, factor[c]]], bias: shift[c] - factor[c] * mean[c] };
    }),
  );
  const inputs = [x.name, ...[scale, shift, mean, variance].map((list) => constant(g, [channels], list))];
  return node(g, 'BatchNormalization', inputs, x.shape, reach);
};

const pool =
  (op: 'MaxPool' | 'AveragePool'): RandomOperator =>
  (g, x) => {
    if (!isPicture(x)) return null;
    const { shape, kernel, taps, attributes } = windows(g, x.shape.slice(2), true);
    if (taps.some((one) => one.length === 0)) return null;
    const [, channels] = x.shape;
    const plane = elements(x.shape.slice(2));
    const groups = range(channels).flatMap((c) => taps.map((one) => one.map(([, at]) => c * plane + at)));
    if (groups.length > MOST_ELEMENTS) return null;
    const outShape = [1, channels, ...shape];
    if (op === 'MaxPool') {
      const reach = extreme(1, [x], groups.map((group) => group.map((i) => [0, i] as const))); // prettier-ignore
      return node(g, op, [x.name], outShape, reach, attributes);
    }
    const isCounted = attributes['ceil_mode'] === undefined && g.random.chance(0.4);
    const rows = groups.map((group): Row => {
      const w = 1 / (isCounted ? elements(kernel) : group.length);
      return { terms: group.map((i) => [0, i, w] as const), bias: 0 };
    });
    const counted = isCounted ? { count_include_pad: 1 } : {};
    return node(g, op, [x.name], outShape, summed([x], rows), { ...attributes, ...counted });
  };

const globalPool =
  (op: 'GlobalMaxPool' | 'GlobalAveragePool'): RandomOperator =>
  (g, x) => {
    if (!isPicture(x)) return null;
    const groups = range(x.shape[1]).map((c) => channel(x, c));
    const reach =
      op === 'GlobalMaxPool'
        ? extreme(1, [x], groups.map((group) => group.map((i) => [0, i] as const))) // prettier-ignore
        : summed([x], groups.map((group): Row => {
            return { terms: group.map((i) => [0, i, 1 / group.length] as const), bias: 0 };
          })); // prettier-ignore
    return node(g, op, [x.name], [1, x.shape[1], ...x.shape.slice(2).map(() => 1)], reach);
  };

/** Each as often as it stands here. */
export const LAYERS: readonly RandomOperator[] = [
  dense, dense, dense, dense, conv, conv, conv, conv, normalisation,
  pool('MaxPool'), pool('MaxPool'), pool('MaxPool'), pool('AveragePool'),
  globalPool('GlobalMaxPool'), globalPool('GlobalAveragePool'),
]; // prettier-ignore
