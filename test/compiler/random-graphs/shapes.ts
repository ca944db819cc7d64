// Operators of random graphs that move elements about.
import { constant, integers, MOST_ELEMENTS, node, type Live, type RandomOperator } from './draft.js';
import { elements, gathered, range, span } from './reach.js';

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

export const SHAPES: readonly RandomOperator[] = [flatten, flatten, reshape, transpose, slice, pad, concat];
