// Layers and pools of random graphs. Weights are as training leaves them: over inputs of any size they add up to values of one size.
import { constant, node, type Draft, type Live } from './draft.js';
import { elements, extreme, summed, typical, type Row } from './reach.js';

/** Adds nodes that read x; null where x is of no shape for them. */
export type RandomOperator = (g: Draft, x: Live) => Live | null;

/** Elements of a tensor at most, so that two hundred graphs take seconds. */
export const MOST_ELEMENTS = 128;

type Span = ReturnType<typeof typical>;

interface Layer {
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

/** `n` outputs over inputs that span what is given: scaled by what they span (a folded scaler), or all alike. */
function trained({ random }: Draft, n: number, given: readonly Span[], isRaw: boolean): Layer {
  const isScaled = random.chance(0.75);
  const spread = random.chance(0.3) ? 1.5 : 0;
  const gain = random.chance(0.5) ? 1 : random.decades(-1, 1);
  const mean = given.reduce((sum, { half }) => sum + half, 0) / given.length || 1;
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

const range = (n: number): number[] => [...Array(n).keys()];

/** Gemm, or MatMul and Add, over the last axis. */
const dense: RandomOperator = (g, x) => {
  const { random } = g;
  const k = x.shape.at(-1) ?? 1;
  const rows = x.lo.length / k;
  const n = random.int(1, 8);
  if (x.shape.length < 2 || rows * n > MOST_ELEMENTS) return null;
  const columns = range(k).map((c) => typical(x, range(rows).map((r) => r * k + c))); // prettier-ignore
  const { weights, bias } = trained(g, n, columns, isRaw(x));
  const reach = summed(
    [x],
    range(rows * n).map((o): Row => {
      return { terms: weights[o % n].map((w, c) => [0, Math.floor(o / n) * k + c, w]), bias: bias[o % n] };
    }),
  );
  const shape = x.shape.with(-1, n);
  const byInput = (factor: number): string =>
    constant(g, [k, n], range(k * n).map((i) => weights[i % n][Math.floor(i / n)] * factor)); // prettier-ignore
  if (x.shape.length > 2 || random.chance(0.4)) {
    const unbiased = weights.map((row) => ({ terms: row, bias: 0 }));
    const product = summed([x], range(rows * n).map((o): Row => {
      return { terms: unbiased[o % n].terms.map((w, c) => [0, Math.floor(o / n) * k + c, w]), bias: 0 };
    })); // prettier-ignore
    const { name } = node(g, 'MatMul', [x.name, byInput(1)], shape, product);
    return node(g, 'Add', [name, constant(g, [n], bias)], shape, reach);
  }
  if (random.chance(0.5)) {
    const inputs = [x.name, constant(g, [n, k], weights.flat()), constant(g, [n], bias)];
    return node(g, 'Gemm', inputs, shape, reach, { transB: 1 });
  }
  const alpha = random.pick([1, 0.5, -2]);
  const inputs = [x.name, byInput(1 / alpha), constant(g, [n], bias)];
  return node(g, 'Gemm', inputs, shape, reach, { alpha: { float: alpha } });
};

interface Windows {
  /** Spatial shape of the output. */
  readonly shape: readonly number[];
  readonly kernel: readonly number[];
  /** For each output position the taps that lie on the picture. */
  readonly taps: readonly (readonly (readonly [tap: number, at: number])[])[];
  readonly attributes: Record<string, number | string | number[]>;
}

/** Random windows over one or two spatial axes. */
function windows({ random, opset }: Draft, spatial: readonly number[], isPool: boolean): Windows {
  const kernel = spatial.map((size) => random.int(1, Math.min(3, size)));
  const strides = spatial.map(() => random.int(1, 2));
  const autoPad = random.chance(0.15) ? random.pick(['SAME_UPPER', 'VALID']) : null;
  const isPadded = autoPad === null && random.chance(0.5);
  const padding = spatial.map((size, a) => {
    const [k, s] = [kernel[a], strides[a]];
    if (autoPad === null) return isPadded ? [random.int(0, k - 1), random.int(0, k - 1)] : [0, 0];
    const total = autoPad === 'VALID' ? 0 : Math.max((Math.ceil(size / s) - 1) * s + k - size, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  const steps = spatial.map((size, a) => (size + padding[a][0] + padding[a][1] - kernel[a]) / strides[a]);
  // not where the last window would start in the padding: onnxruntime's kernels and its shape inference disagree on it
  const fits = steps.every((n, a) => Math.ceil(n) * strides[a] < spatial[a] + padding[a][0]);
  const isCeil = isPool && opset >= 10 && autoPad === null && fits && random.chance(0.2);
  const axes = steps.map((n, a) => ({ out: Math[isCeil ? 'ceil' : 'floor'](n) + 1, begin: padding[a][0] }));
  const along = axes.map(({ out, begin }, a) =>
    range(out).map((o) =>
      range(kernel[a])
        .map((tap) => [tap, o * strides[a] - begin + tap] as const)
        .filter(([, at]) => at >= 0 && at < spatial[a]),
    ),
  );
  const [first, second = [[[0, 0] as const]]] = along;
  const [width, side] = [kernel[1] ?? 1, spatial[1] ?? 1];
  const taps = first.flatMap((rows) =>
    second.map((columns) => rows.flatMap(([r, y]) => columns.map(([c, x]) => [r * width + c, y * side + x] as const))),
  );
  const pads = [...padding.map(([begin]) => begin), ...padding.map(([, end]) => end)];
  const attributes = {
    kernel_shape: kernel,
    strides,
    ...(autoPad === null ? { pads } : { auto_pad: autoPad }),
    ...(isCeil && { ceil_mode: 1 }),
  };
  return { shape: axes.map(({ out }) => out), kernel, taps, attributes };
}

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
  const variance = seen.map(({ half }) => (half || 1) ** 2 * random.between(0.2, 0.6));
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
