// An ensemble by value, from the leaves up: a split whose branches depend on its own feature alone, or on nothing, is a linear form of
// the answers about that feature; any other is a choice between the values of its branches.
import {
  chosen,
  steps,
  sumOf,
  total,
  type Planned,
  type Row,
  type Sum,
  type Value,
  type Written,
} from './ensemble-values.js';

export function byValue({ own, count, answer, weight }: Planned): Written {
  const { features, targets, each, feature, below, above, roots } = own;
  const sums: (() => Sum)[] = [];
  const needed = new Set<Row>();
  for (let row = 0; row < count; row++) {
    const ofTargets = Array.from({ length: targets }, (_, target) => {
      const values: Value[] = [];
      const at = (branch: number): Value => (branch >= 0 ? values[branch] : steps(weight(-1 - branch, target)));
      for (let s = 0; s < feature.length; s++) {
        const [yes, no, got] = [at(above[s]), at(below[s]), answer(row, s)];
        if (typeof got === 'boolean') values[s] = got ? yes : no;
        else if (got.isOpposite) values[s] = chosen(row * features + feature[s], got.yes, no, yes);
        else values[s] = chosen(row * features + feature[s], got.yes, yes, no);
      }
      return Array.from(roots, at);
    });
    for (const value of ofTargets.flat()) need(value, needed);
    for (let t = 0; t < (each ? roots.length : 1); t++)
      for (const list of ofTargets) sums.push(() => total((each ? [list[t]] : list).map((v) => [sumOf(v), 1]))); // prettier-ignore
  }
  return { sums, rows: [...needed], most: 0 };
}

/** Everything that a value is made of. */
function need(value: Value, needed: Set<Row>): void {
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!('row' in next) || needed.has(next.row)) continue;
    needed.add(next.row);
    open.push(next.row.yes, next.row.no);
  }
}
