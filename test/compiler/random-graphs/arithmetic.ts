// Arithmetic of random graphs: with constants, and of two tensors.
import { alike, constant, node, type RandomOperator } from './draft.js';
import { mapped, product, range, span, summed, type Reach, type Row } from './reach.js';

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

export const ARITHMETIC: readonly RandomOperator[] = [shifted, shifted, joined, joined, times];
