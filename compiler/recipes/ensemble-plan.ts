// The integers of an ensemble. Leaves are multiples of one unit, so all sums are exact. It is planned by value and by path, and the
// cheaper one is taken.
import { ACC_BITS } from '../limits.js';
import { constantMap } from '../linear/map.js';
import type { IntegerForm, TensorId } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import { answersOf, type Answer, type Threshold } from './answers.js';
import type { EnsembleOwn } from './ensemble.js';
import { byPath } from './ensemble-by-path.js';
import { byValue } from './ensemble-by-value.js';
import { formOf, lifted, writeChoices, writeProducts } from './ensemble-rows.js';
import type { Planned, Row, Wire } from './ensemble-values.js';
import { productStep } from './product.js';
import type { Planner } from './real.js';

/** Bits of the largest sum: seven fit into a public word with their sign. */
const SUM_BITS = 30;

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
