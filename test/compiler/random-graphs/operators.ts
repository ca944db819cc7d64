// Activations, maxima, arithmetic and changes of shape in random graphs.
import { constant, integers, node, type Draft, type Live } from './draft.js';
import { MOST_ELEMENTS, type RandomOperator } from './layers.js';
import { elements, extreme, gathered, mapped, points, product, span, summed, type Reach, type Row } from './reach.js';

const range = (n: number): number[] => [...Array(n).keys()];

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

const alike = (g: Draft, x: Live): Live[] =>
  g.live.filter(({ name, shape }) => name !== x.name && shape.join() === x.shape.join());

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

/** Add, Sub or Mul by a constant: a number, or one per column. */
const shifted: RandomOperator = (g, x) => {
  const { random } = g;
  const [lo, hi] = span(x);
  const op = random.pick(['Add', 'Sub', 'Mul']);
  const width = random.chance(0.5) ? (x.shape.at(-1) ?? 1) : 1;
  const values = range(width).map(() =>
    op === 'Mul' ? random.decades(-1, 1) * random.pick([1, -1]) : (hi - lo || 1) * random.normal(),
  );
  const at = (i: number): number => values[i % width];
  const isFirst = op !== 'Sub' && random.chance(0.3);
  const rows = range(x.lo.length).map((i): Row => {
    if (op === 'Mul') return { terms: [[0, i, at(i)]], bias: 0 };
    return { terms: [[0, i, 1]], bias: op === 'Add' ? at(i) : -at(i) };
  });
  const c = constant(g, width === 1 ? [] : [width], values);
  return node(g, op, isFirst ? [c, x.name] : [x.name, c], x.shape, summed([x], rows));
};

/** Add or Sub of two tensors, brought to one size if they are not. */
const joined: RandomOperator = (g, x) => {
  const { random } = g;
  const live = alike(g, x);
  if (live.length === 0) return null;
  let other = random.pick(live);
  const widthOf = (r: Reach): number => span(r)[1] - span(r)[0];
  const ratio = widthOf(x) / widthOf(other);
  if (Number.isFinite(ratio) && ratio > 0 && (ratio > 20 || ratio < 0.05))
    other = node(
      g,
      'Mul',
      [other.name, constant(g, [], [ratio])],
      x.shape,
      mapped(other, (v) => ratio * v),
    );
  const sign = random.pick([1, -1] as const);
  const rows = range(x.lo.length).map((i): Row => ({ terms: [[0, i, 1], [1, i, sign]], bias: 0 })); // prettier-ignore
  return node(g, sign === 1 ? 'Add' : 'Sub', [x.name, other.name], x.shape, summed([x, other], rows));
};

/** Mul of two tensors. */
const times: RandomOperator = (g, x) => {
  const live = alike(g, x);
  const other = live.length > 0 && g.random.chance(0.7) ? g.random.pick(live) : x;
  return node(g, 'Mul', [x.name, other.name], x.shape, product(x, other));
};

const strides = (shape: readonly number[]): number[] => shape.map((_, a) => elements(shape.slice(a + 1)));

/** Row-major indices of an output whose element at `position` is the one of x at `of(position)`; null: none. */
function indicesOf(
  x: Live,
  shape: readonly number[],
  of: (position: readonly number[]) => readonly number[] | null,
): number[] {
  const [own, out] = [strides(x.shape), strides(shape)];
  return range(elements(shape)).map((o) => {
    const from = of(shape.map((d, a) => Math.floor(o / out[a]) % d));
    return from === null ? -1 : from.reduce((sum, p, a) => sum + p * own[a], 0);
  });
}

const flatten: RandomOperator = (g, x) => {
  const rank = x.shape.length;
  const axis = g.random.int(g.opset >= 11 ? -rank : 0, rank);
  const at = axis < 0 ? axis + rank : axis;
  const shape = [elements(x.shape.slice(0, at)), elements(x.shape.slice(at))];
  return node(g, 'Flatten', [x.name], shape, x, { axis });
};

const reshape: RandomOperator = (g, x) => {
  const size = x.lo.length;
  const [a, b] = [g.random.pick([1, 1, x.shape.at(-1) ?? 1]), 2];
  const target = g.random.pick([[1, -1], [a, -1], size % 2 === 0 ? [1, b, -1] : [1, -1]]); // prettier-ignore
  const known = -elements(target);
  return node(g, 'Reshape', [x.name, integers(g, target)], target.map((d) => (d === -1 ? size / known : d)), x); // prettier-ignore
};

const transpose: RandomOperator = (g, x) => {
  const perm = range(x.shape.length);
  for (let i = perm.length - 1; i > 0; i--) {
    const j = g.random.int(0, i);
    [perm[i], perm[j]] = [perm[j], perm[i]];
  }
  const shape = perm.map((axis) => x.shape[axis]);
  const from = indicesOf(x, shape, (position) => x.shape.map((_, axis) => position[perm.indexOf(axis)]));
  return node(g, 'Transpose', [x.name], shape, gathered(x, from), { perm });
};

const slice: RandomOperator = (g, x) => {
  const axis = g.random.int(0, x.shape.length - 1);
  const dim = x.shape[axis];
  if (dim < 2) return null;
  const step = g.opset >= 10 ? g.random.pick([1, 1, 2, -1]) : 1;
  const start = step < 0 ? dim - 1 : g.random.int(0, dim - 2);
  const end = step < 0 ? -dim - 1 : g.random.pick([dim, 2 ** 31 - 1]);
  const shape = x.shape.with(axis, Math.ceil((step < 0 ? dim : dim - start) / Math.abs(step)));
  const reach = gathered(
    x,
    indicesOf(x, shape, (position) => position.with(axis, start + step * position[axis])),
  );
  const named = g.random.chance(0.3) && g.opset >= 10 ? axis - x.shape.length : axis;
  if (g.opset < 10) return node(g, 'Slice', [x.name], shape, reach, { starts: [start], ends: [end], axes: [named] });
  return node(
    g,
    'Slice',
    [x.name, ...[[start], [end], [named], [step]].map((list) => integers(g, list))],
    shape,
    reach,
  );
};

const pad: RandomOperator = (g, x) => {
  const rank = x.shape.length;
  const pads = range(2 * rank).map((i) => (i % rank === 0 ? 0 : g.random.int(0, 1)));
  const shape = x.shape.map((d, a) => d + pads[a] + pads[a + rank]);
  if (elements(shape) > MOST_ELEMENTS) return null;
  const value = g.random.pick([0, span(x)[0], span(x)[1]]);
  const from = indicesOf(x, shape, (position) => {
    const at = position.map((p, a) => p - pads[a]);
    return at.every((p, a) => p >= 0 && p < x.shape[a]) ? at : null;
  });
  const reach = gathered(x, from, value);
  if (g.opset < 11) return node(g, 'Pad', [x.name], shape, reach, { pads, value: { float: value } });
  return node(g, 'Pad', [x.name, integers(g, pads), constant(g, [], [value])], shape, reach);
};

const concat: RandomOperator = (g, x) => {
  const { random } = g;
  const axis = random.int(0, x.shape.length - 1);
  const fits = ({ shape }: Live): boolean =>
    shape.length === x.shape.length && shape.every((d, a) => a === axis || d === x.shape[a]);
  const other = random.pick(g.live.filter(fits));
  const shape = x.shape.with(axis, x.shape[axis] + other.shape[axis]);
  if (elements(shape) > MOST_ELEMENTS) return null;
  const own = indicesOf(x, shape, (p) => (p[axis] < x.shape[axis] ? p : null));
  const theirs = indicesOf(other, shape, (p) =>
    p[axis] < x.shape[axis] ? null : p.with(axis, p[axis] - x.shape[axis]),
  );
  const [a, b] = [gathered(x, own), gathered(other, theirs)];
  const reach = {
    lo: a.lo.map((v, i) => (own[i] < 0 ? b.lo[i] : v)),
    hi: a.hi.map((v, i) => (own[i] < 0 ? b.hi[i] : v)),
  };
  const named = random.chance(0.3) && g.opset >= 11 ? axis - x.shape.length : axis;
  return node(g, 'Concat', [x.name, other.name], shape, reach, { axis: named });
};

/** Each as often as it stands here. */
export const ACTIVATIONS: readonly RandomOperator[] = [
  relu, relu, relu, leaky, leaky, prelu, curve, curve, clip, clip, clip, extremum, extremum, extremum, relu6,
]; // prettier-ignore
export const OTHERS: readonly RandomOperator[] = [
  shifted, shifted, joined, joined, times, flatten, flatten, reshape, transpose, slice, pad, concat,
]; // prettier-ignore
