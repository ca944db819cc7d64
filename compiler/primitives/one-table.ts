// Steps of one function share a look-up table. A list of values ends where its own step's floors do, so lists of one function are
// parts of one another; those that agree wherever both have floors become one list over the floors of both.
import type { Interval } from '../linear/intervals.js';
import { floorsOf } from './floors.js';
import { applyInteger, trimmed, type IntegerFunction } from './integer-functions.js';
import { rescale, type RescaleOwn } from './rescale.js';
import type { IntegerStep } from './steps.js';

type Values = Extract<IntegerFunction, { readonly kind: 'values' }>;

interface Listed {
  readonly step: IntegerStep;
  readonly own: RescaleOwn;
  readonly f: Values;
  readonly floors: Interval;
}

/** A function over all floors of its members. */
interface Shared {
  readonly name: string;
  readonly floors: Interval;
  readonly values: Float64Array;
  readonly members: readonly Listed[];
}

/** The same integer program, the lists of equal functions made one. */
export function withOneTable(steps: readonly IntegerStep[]): IntegerStep[] {
  const listed = steps.flatMap((step) => listOf(step) ?? []);
  // the longest first: most of the others are parts of it
  const longest = listed.toSorted((a, b) => b.floors.hi - b.floors.lo - (a.floors.hi - a.floors.lo));
  const shared: Shared[] = [];
  for (const one of longest) {
    const at = shared.findIndex((all) => agree(all, one));
    if (at === -1) shared.push({ name: one.f.name, floors: one.floors, values: over(one, one.floors), members: [one] });
    else shared[at] = joined(shared[at], one);
  }
  const changed = new Map<IntegerStep, IntegerStep>();
  for (const { name, floors, values, members } of shared) {
    if (members.length === 1) continue;
    const f = trimmed(name, floors.lo, values);
    for (const { step, own } of members) changed.set(step, { ...step, own: { ...own, f } });
  }
  return steps.map((step) => changed.get(step) ?? step);
}

function listOf(step: IntegerStep): Listed | null {
  if (step.kind !== rescale.kind) return null;
  const own = step.own as RescaleOwn;
  const { f } = own;
  return f.kind === 'values' ? { step, own, f, floors: floorsOf(step.forms[0], own.shift) } : null;
}

const at = (f: Values, q: number): number => applyInteger(f, q, Infinity);

const over = ({ f }: Listed, { lo, hi }: Interval): Float64Array =>
  new Float64Array(hi - lo + 1).map((_, i) => at(f, lo + i));

/** Whether both have floors in common, and one value at each of them. */
function agree({ floors, values }: Shared, { f, floors: own }: Listed): boolean {
  const [lo, hi] = [Math.max(floors.lo, own.lo), Math.min(floors.hi, own.hi)];
  for (let q = lo; q <= hi; q++) if (values[q - floors.lo] !== at(f, q)) return false;
  return lo <= hi;
}

function joined({ name, floors, values, members }: Shared, one: Listed): Shared {
  const hull = { lo: Math.min(floors.lo, one.floors.lo), hi: Math.max(floors.hi, one.floors.hi) };
  if (hull.lo === floors.lo && hull.hi === floors.hi) return { name, floors, values, members: [...members, one] };
  const all = over(one, hull);
  all.set(values, floors.lo - hull.lo);
  return { name, floors: hull, values: all, members: [...members, one] };
}
