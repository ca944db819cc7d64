// The integers of an ensemble. Leaves are multiples of one unit, so all sums are exact.
//
// By value, from the leaves up: a split whose branches depend on its own feature alone, or on nothing, is a linear form of the answers
// about that feature; any other is a choice between the values of its branches. By path, from the root down: whether a split is
// reached is a product, and the leaves' weights are coefficients, however many targets there are. The cheaper one is taken.
import { greatest, least } from '../extremes.js';
import { ACC_BITS } from '../limits.js';
import { mapBuilder } from '../linear/builder.js';
import { hull, mapIntervals, type Interval } from '../linear/intervals.js';
import { constantMap, type LinearMap } from '../linear/map.js';
import { select } from '../primitives/select.js';
import type { IntegerForm, TensorId } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import { answersOf, type Answer, type Threshold } from './answers.js';
import type { EnsembleOwn } from './ensemble.js';
import { productStep } from './product.js';
import type { Planner } from './real.js';

/** Bits of the largest sum: seven fit into a public word with their sign. */
const SUM_BITS = 30;

/** An element of a tensor, known once its step is written. */
interface Wire {
  tensor: TensorId;
  at: number;
}

/** constant + sum of weight * wire. */
interface Sum {
  readonly constant: number;
  readonly terms: ReadonlyMap<Wire, number>;
}

/** What the answers about one element say: the value from each of its wires on, ascending, the first one from nothing on. */
interface Steps {
  readonly element: number;
  readonly pieces: readonly { readonly from: Wire | null; readonly value: number }[];
}

/** A choice or a product that takes a row; those of one level are one step. */
interface Row {
  readonly level: number;
  readonly wire: Wire;
  readonly condition: Wire;
  /** Of a product: whether it is with 1 minus the condition. */
  readonly isOpposite: boolean;
  readonly yes: Value;
  readonly no: Value;
  /** What is added to the stored value of the wire. */
  lo: number;
}

/** A sum is made when its rows are written. */
type Value =
  | { readonly steps: Steps }
  | { readonly row: Row }
  | { readonly sum: () => Sum; readonly level: number; readonly of: readonly (readonly [of: Value, weight: 1 | -1])[] };

/** The sums of all rows of the data, and what has to be written for them. */
interface Written {
  readonly sums: readonly (() => Sum)[];
  readonly rows: readonly Row[];
  /** How large intervals become. */
  readonly most: number;
}

interface Planned {
  readonly own: EnsembleOwn;
  readonly count: number;
  /** The answer to a split's question in a row of the data. */
  readonly answer: (row: number, split: number) => boolean | { readonly yes: Wire; readonly isOpposite: boolean };
  readonly weight: (leaf: number, target: number) => number;
}

const NOTHING = -1;
const steps = (value: number): Value => ({ steps: { element: NOTHING, pieces: [{ from: null, value }] } });

export function planEnsemble(to: Planner, own: EnsembleOwn, x: ValueId, out: ValueId): TensorId {
  const unit = unitOf(own);
  const planned: Planned = {
    own,
    count: to.map(x).size / own.features,
    answer: answered(to, own, x, out),
    weight: (leaf, target) => Math.round(own.leaves[leaf * own.targets + target] / unit) + 0,
  };
  const values = byValue(planned);
  const paths = own.targets > 1 && !own.each ? byPath(planned) : null;
  const isByPath = paths !== null && paths.rows.length < values.rows.length && paths.most < 2 ** (ACC_BITS - 1);
  const { sums, rows } = isByPath ? paths : values;
  const levels = Array.from({ length: rows.reduce((most, { level }) => Math.max(most, level), 0) }, (): Row[] => []);
  for (const row of rows) levels[row.level - 1].push(row);
  for (const level of levels) (isByPath ? writeProducts : writeChoices)(to, out, level, unit);
  const { map, accLo, accHi } = formOf(to, sums.map((sum) => sum())); // prettier-ignore
  const stored: IntegerForm = { map: lifted(map, -accLo), accLo: 0, accHi: accHi - accLo };
  const one: IntegerForm = { map: constantMap(new Float64Array(map.size).fill(1)), accLo: 1, accHi: 1 };
  return productStep(to, stored, one, { of: out, scale: unit, zero: -accLo });
}

/** 1 of whole weights; else a power of two in which the largest sum has SUM_BITS. */
function unitOf({ targets, feature, below, above, roots, leaves }: EnsembleOwn): number {
  const largest = (branch: number): number =>
    branch >= 0
      ? most[branch]
      : leaves.subarray((-1 - branch) * targets, -branch * targets).reduce((m, w) => Math.max(m, Math.abs(w)), 0);
  const most = new Float64Array(feature.length);
  feature.forEach((_, s) => (most[s] = Math.max(largest(below[s]), largest(above[s]))));
  const reach = roots.reduce((sum, root) => sum + largest(root), 0);
  if (reach < 2 ** SUM_BITS && leaves.every(Number.isInteger)) return 1;
  return 2 ** (Math.ceil(Math.log2(reach)) - SUM_BITS);
}

/** Every question about a feature is asked once. */
function answered(to: Planner, own: EnsembleOwn, x: ValueId, out: ValueId): Planned['answer'] {
  const { features, feature, at, strict } = own;
  const lists = Array.from({ length: features }, (): Threshold[] => []);
  const known = new Map<string, number>();
  const numbers = Int32Array.from(feature, (f, s) => {
    const key = `${f} ${at[s]} ${strict[s]}`;
    const number = known.get(key) ?? lists[f].push({ at: at[s], strict: strict[s] === 1 }) - 1;
    known.set(key, number);
    return number;
  });
  const map = to.map(x);
  const answers = answersOf(to, x, out, map, Array.from({ length: map.size }, (_, i) => lists[i % features])); // prettier-ignore
  const wires = new Map<string, Wire>();
  const wireOf = ({ tensor, at: place }: Exclude<Answer, boolean>): Wire => {
    const key = `${tensor} ${place}`;
    const wire = wires.get(key) ?? { tensor, at: place };
    wires.set(key, wire);
    return wire;
  };
  return (row, split) => {
    const answer = answers[row * features + feature[split]][numbers[split]];
    return typeof answer === 'boolean' ? answer : { yes: wireOf(answer), isOpposite: answer.isOpposite };
  };
}

function byValue({ own, count, answer, weight }: Planned): Written {
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

/** `yes` from the wire of an element on, else `no`. */
function chosen(element: number, from: Wire, yes: Value, no: Value): Value {
  if (
    'steps' in yes &&
    'steps' in no &&
    [yes, no].every(({ steps: s }) => s.element === NOTHING || s.element === element)
  ) {
    // prettier-ignore
    return joined(element, from, yes.steps, no.steps);
  }
  const level = 1 + Math.max(levelOf(yes), levelOf(no));
  return { row: { level, wire: { tensor: -1, at: -1 }, condition: from, isOpposite: false, yes, no, lo: 0 } };
}

const placeOf = (wire: Wire | null): number => wire?.at ?? -1;

function joined(element: number, from: Wire, yes: Steps, no: Steps): Value {
  const start = placeOf(from);
  const all = [
    ...no.pieces.filter((piece) => placeOf(piece.from) < start),
    { from, value: (yes.pieces.findLast((piece) => placeOf(piece.from) <= start) ?? yes.pieces[0]).value },
    ...yes.pieces.filter((piece) => placeOf(piece.from) > start),
  ];
  const pieces = all.filter(({ value }, i) => i === 0 || value !== all[i - 1].value);
  return { steps: { element: pieces.length === 1 ? NOTHING : element, pieces } };
}

const levelOf = (value: Value): number => ('steps' in value ? 0 : 'row' in value ? value.row.level : value.level);

function sumOf(value: Value): Sum {
  if ('sum' in value) return value.sum();
  if ('row' in value) return { constant: value.row.lo, terms: new Map([[value.row.wire, 1]]) };
  const { pieces } = value.steps;
  const jumps = pieces.slice(1).map(({ from, value: v }, i) => [from!, v - pieces[i].value] as const);
  return { constant: pieces[0].value, terms: new Map(jumps) };
}

function total(sums: readonly (readonly [sum: Sum, weight: number])[]): Sum {
  const terms = new Map<Wire, number>();
  let constant = 0;
  for (const [sum, weight] of sums) {
    constant += sum.constant * weight;
    for (const [wire, w] of sum.terms) terms.set(wire, (terms.get(wire) ?? 0) + w * weight);
  }
  return { constant, terms };
}

/** Whether each split is reached, from the roots down: a part of the whole goes to either branch. */
function byPath({ own, count, answer, weight }: Planned): Written {
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

function writeChoices(to: Planner, of: ValueId, rows: readonly Row[], unit: number): void {
  const branches = formOf(to, [...rows.map(({ yes }) => sumOf(yes)), ...rows.map(({ no }) => sumOf(no))]);
  const { accLo, accHi } = branches;
  const stored = { map: lifted(branches.map, -accLo), accLo: 0, accHi: accHi - accLo };
  const plan = { of, holds: false, name: `${to.value(of).name} split`, shape: [rows.length], lo: accLo, hi: accHi };
  const forms = [conditionsOf(to, rows), stored];
  const [tensor] = to.emit({ kind: select.kind, forms, own: {} }, [{ ...plan, scale: unit, zero: 0 }]);
  settle(rows, tensor, accLo);
}

function writeProducts(to: Planner, of: ValueId, rows: readonly Row[]): void {
  const here = formOf(to, rows.map(({ yes }) => sumOf(yes))); // prettier-ignore
  const plan = { of, holds: false, name: `${to.value(of).name} path`, shape: [rows.length], scale: 1, zero: 0 };
  const tensor = productStep(to, here, conditionsOf(to, rows), plan);
  settle(rows, tensor, to.tensor(tensor).lo);
}

const conditionsOf = (to: Planner, rows: readonly Row[]): IntegerForm =>
  formOf(
    to,
    rows.map(({ condition, isOpposite }) => ({
      constant: Number(isOpposite),
      terms: new Map([[condition, isOpposite ? -1 : 1]]),
    })),
  );

function settle(rows: readonly Row[], tensor: TensorId, lo: number): void {
  rows.forEach((row, at) => {
    Object.assign(row.wire, { tensor, at });
    row.lo = lo;
  });
}

/** Sums one below the other as a form over stored values, with its interval. */
function formOf(to: Planner, sums: readonly Sum[]): IntegerForm {
  const builder = mapBuilder(sums.length);
  sums.forEach(({ constant, terms }, o) => {
    builder.bias[o] = constant;
    const byTensor = new Map<TensorId, readonly [places: number[], weights: number[]]>();
    for (const [{ tensor, at }, weight] of terms) {
      const lists = byTensor.get(tensor) ?? ([[], []] as const);
      byTensor.set(tensor, lists);
      lists[0].push(at);
      lists[1].push(weight);
    }
    for (const [tensor, [places, weights]] of byTensor) builder.part(tensor).row(o, places, weights);
  });
  const map = builder.build();
  const { lo, hi } = hull(mapIntervals(map, (id) => ({ lo: 0, hi: to.tensor(id).hi - to.tensor(id).lo })));
  return { map, accLo: lo, accHi: hi };
}

const lifted = (map: LinearMap, by: number): LinearMap => ({ ...map, bias: map.bias.map((b) => b + by + 0) });
