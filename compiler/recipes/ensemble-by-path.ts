// An ensemble by path, from the root down: whether a split is reached is a product, and the leaves' weights are coefficients, however
// many targets there are.
import { greatest, least } from '../extremes.js';
import type { Interval } from '../linear/intervals.js';
import { NOTHING, chosen, levelOf, steps, sumOf, total, type Planned, type Row, type Sum, type Value, type Written } from './ensemble-values.js'; // prettier-ignore

/** Whether each split is reached, from the roots down: a part of the whole goes to either branch. */
export function byPath({ own, count, answer, weight }: Planned): Written {
  const { features, targets, feature, below, above, roots, leaves } = own;
  const rows: Row[] = [];
  const sums: (() => Sum)[] = [];
  const ends: (readonly (readonly [leaf: number, value: Value | undefined])[])[] = [];
  for (let r = 0; r < count; r++) {
    const reached = new Map<number, Value>(); // by branch
    const add = (branch: number, value: Value): void => {
      const known = reached.get(branch);
      reached.set(branch, known === undefined ? value : added(known, value));
    };
    for (const root of roots) add(root, steps(1));
    for (let s = feature.length - 1; s >= 0; s--) {
      const here = reached.get(s);
      if (here === undefined) continue;
      const got = answer(r, s);
      if (typeof got === 'boolean') {
        add(got ? above[s] : below[s], here);
        continue;
      }
      const [high, low] = got.isOpposite ? [below[s], above[s]] : [above[s], below[s]];
      const element = r * features + feature[s];
      const yes = chosen(element, got.yes, here, steps(0));
      if ('steps' in yes) {
        add(high, yes);
        add(low, chosen(element, got.yes, steps(0), here));
        continue;
      }
      // a branch that splits further takes the wire: what is left for the other one is a difference, whose interval is wider
      const isOpposite = high < 0 && low >= 0;
      const row: Row = { ...(yes as { readonly row: Row }).row, isOpposite };
      rows.push(row);
      const rest = () => total([[sumOf(here), 1], [sumOf({ row }), -1]]); // prettier-ignore
      add(isOpposite ? low : high, { row });
      add(isOpposite ? high : low, { sum: rest, level: row.level, of: [[here, 1], [{ row }, -1]] }); // prettier-ignore
    }
    const ofLeaves = Array.from({ length: leaves.length / targets }, (_, leaf) => [leaf, reached.get(-1 - leaf)] as const); // prettier-ignore
    ends.push(ofLeaves);
    for (let k = 0; k < targets; k++)
      sums.push(() =>
        total(ofLeaves.flatMap(([leaf, value]) => (value ? [[sumOf(value), weight(leaf, k)] as const] : []))),
      );
  }
  const intervalOf = intervalsOf(rows);
  const reach = (leaf: number, value: Value): number => {
    const { lo, hi } = intervalOf(value);
    return Math.max(-lo, hi) * greatest(Array.from({ length: targets }, (_, k) => Math.abs(weight(leaf, k))));
  };
  const most = greatest(
    ends.map((list) => list.reduce((sum, [leaf, value]) => sum + (value ? reach(leaf, value) : 0), 0)),
  );
  return { sums, rows, most };
}

/** A branch that several splits lead to. */
const added = (a: Value, b: Value): Value =>
  'steps' in a && 'steps' in b && a.steps.element === NOTHING && b.steps.element === NOTHING
    ? steps(a.steps.pieces[0].value + b.steps.pieces[0].value)
    : { sum: () => total([[sumOf(a), 1], [sumOf(b), 1]]), level: Math.max(levelOf(a), levelOf(b)), of: [[a, 1], [b, 1]] }; // prettier-ignore

/** The interval of each value, the rows of one level sharing one: what is left of a path is a difference, so it grows on the way down. */
function intervalsOf(rows: readonly Row[]): (value: Value) => Interval {
  const ofLevel: Interval[] = [];
  const known = new Map<Value, Interval>();
  const computed = (value: Value): Interval => {
    if ('row' in value) return ofLevel[value.row.level];
    if ('steps' in value) return hullOf(value.steps.pieces.map((piece) => piece.value));
    return value.of.reduce(
      (sum, [of, weight]) => {
        const { lo, hi } = intervalOf(of);
        return weight === 1 ? { lo: sum.lo + lo, hi: sum.hi + hi } : { lo: sum.lo - hi, hi: sum.hi - lo };
      },
      { lo: 0, hi: 0 },
    );
  };
  const intervalOf = (value: Value): Interval => {
    const interval = known.get(value) ?? computed(value);
    known.set(value, interval);
    return interval;
  };
  for (const { level, yes } of [...rows].sort((a, b) => a.level - b.level)) {
    const { lo, hi } = intervalOf(yes);
    const of = ofLevel[level] ?? { lo: 0, hi: 0 };
    ofLevel[level] = { lo: Math.min(of.lo, lo), hi: Math.max(of.hi, hi) };
  }
  return intervalOf;
}

const hullOf = (list: readonly number[]): Interval => ({ lo: least(list), hi: greatest(list) });
