// Activations and maxima of random graphs.
import { alike, constant, node, type Live, type RandomOperator } from './draft.js';
import { extreme, mapped, points, range, span, type Reach } from './reach.js';

const relu: RandomOperator = (g, x) =>
  node(
    g,
    'Relu',
    [x.name],
    x.shape,
    mapped(x, (v) => Math.max(v, 0)),
  );

const leaky: RandomOperator = (g, x) => {
  const alpha = g.random.pick([0, 0.01, 0.1, 0.3, 0.5, 1, 1.5]);
  const reach = mapped(x, (v) => (v < 0 ? alpha * v : v));
  return node(g, 'LeakyRelu', [x.name], x.shape, reach, { alpha: { float: alpha } });
};

/** PRelu written out: Relu(x) - slope Relu(-x). */
const prelu: RandomOperator = (g, x) => {
  const slope = g.random.between(0, 0.5);
  const positive = relu(g, x) as Live;
  const turned = node(
    g,
    'Neg',
    [x.name],
    x.shape,
    mapped(x, (v) => -v),
  );
  const negative = relu(g, turned) as Live;
  const scaled = node(
    g,
    'Mul',
    [negative.name, constant(g, [], [slope])],
    x.shape,
    mapped(negative, (v) => slope * v),
  );
  return node(
    g,
    'Sub',
    [positive.name, scaled.name],
    x.shape,
    mapped(x, (v) => (v < 0 ? slope * v : v)),
  );
};

/** A function of which only look-ups have tables, over what it bends at. */
const curve: RandomOperator = (g, x) => {
  const [lo, hi] = span(x);
  if (!g.hasTables || Math.max(-lo, hi) > 20) return null;
  const [op, f] = g.random.pick([
    ['Sigmoid', (v: number) => 1 / (1 + Math.exp(-v))],
    ['Tanh', Math.tanh],
  ] as const);
  return node(g, op, [x.name], x.shape, mapped(x, f));
};

/** Clip with both bounds, one, equal ones, or beyond all values on one side. */
const clip: RandomOperator = (g, x) => {
  const { random } = g;
  const [lo, hi] = span(x);
  const inside = (from: number, to: number): number => lo + (hi - lo) * random.between(from, to);
  let [min, max]: (number | null)[] = [inside(-0.2, 0.3), inside(0.6, 1.2)];
  const kind = random.int(0, 19);
  if (kind < 4) min = null;
  else if (kind < 8) max = null;
  else if (kind === 8) min = max;
  else if (kind === 9) [min, max] = [hi + (hi - lo) * 0.1, hi + (hi - lo) * 0.5];
  const reach = mapped(x, (v) => Math.min(Math.max(v, min ?? -Infinity), max ?? Infinity));
  const bound = (v: number | null): string => (v === null ? '' : constant(g, [], [v]));
  if (g.opset >= 11) return node(g, 'Clip', [x.name, bound(min), bound(max)], x.shape, reach);
  const attributes = { ...(min !== null && { min: { float: min } }), ...(max !== null && { max: { float: max } }) };
  return node(g, 'Clip', [x.name], x.shape, reach, attributes);
};

/** Max or Min of x with constants and other tensors. */
const extremum: RandomOperator = (g, x) => {
  const { random } = g;
  const sign = random.pick([1, -1] as const);
  const size = x.lo.length;
  const [lo, hi] = span(x);
  const others: Reach[] = [];
  const names: string[] = [];
  const add = (name: string, reach: Reach): void => {
    names.push(name);
    others.push(reach);
  };
  for (let k = random.int(1, 2); k > 0; k--) {
    const live = alike(g, x);
    const kind = random.int(0, 3);
    const level = (): number => lo + (hi - lo) * random.between(0.2, 0.8);
    if (kind === 0 && live.length > 0) {
      const other = random.pick(live);
      add(other.name, other);
    } else if (kind === 1) {
      const width = x.shape.at(-1) ?? 1;
      const values = range(width).map(level);
      add(constant(g, [width], values), points(range(size).map((i) => values[i % width])));
    } else if (kind === 2) {
      const factor = random.pick([0.1, 0.25, -1]);
      const scaled = node(
        g,
        'Mul',
        [x.name, constant(g, [], [factor])],
        x.shape,
        mapped(x, (v) => factor * v),
      );
      add(scaled.name, scaled);
    } else {
      const value = level();
      add(constant(g, [], [value]), points(range(size).map(() => value)));
    }
  }
  const reach = extreme(sign, [x, ...others], range(size).map((i) => range(others.length + 1).map((s) => [s, i] as const))); // prettier-ignore
  const inputs = random.chance(0.5) ? [x.name, ...names] : [...names, x.name];
  return node(g, sign === 1 ? 'Max' : 'Min', inputs, x.shape, reach);
};

/** Relu6 as PyTorch's older exporters write it. */
const relu6: RandomOperator = (g, x) => {
  const six = span(x)[1] * g.random.between(0.5, 1);
  if (!(six > 0)) return null;
  const rectified = relu(g, x) as Live;
  return node(
    g,
    'Min',
    [rectified.name, constant(g, [], [six])],
    x.shape,
    mapped(rectified, (v) => Math.min(v, six)),
  );
};

/** Each as often as it stands here. */
export const ACTIVATIONS: readonly RandomOperator[] = [
  relu, relu, relu, leaky, leaky, prelu, curve, curve, clip, clip, clip, extremum, extremum, extremum, relu6,
]; // prettier-ignore
