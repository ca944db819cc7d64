// Steps of one function share a look-up table. A list of values ends where its own step's floors do, so lists of one function are
// parts of one another; those that agree wherever both have floors become one list over the floors of both.
import type { Interval } from '../linear/intervals.js';
import { floorsOf } from '../primitives/floors.js';
import { applyInteger } from '../primitives/integer-functions.js';
import { type ListedFunction, trimmed } from './trimmed.js';
import { type RescaleOwn, rescale } from '../primitives/rescale.js';
import type { IntegerStep } from '../primitives/steps.js';

interface Listed {
  readonly step: IntegerStep;
  readonly own: RescaleOwn;
  readonly f: ListedFunction;
  readonly floors: Interval;
}

/** One function for all its members, at the floors of any of them. */
interface Shared {
  readonly f: ListedFunction;
  readonly floors: Interval;
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
    if (at === -1) shared.push({ f: one.f, floors: one.floors, members: [one] });
    else shared[at] = joined(shared[at], one);
  }
  const changed = new Map<IntegerStep, IntegerStep>();
  for (const { f, members } of shared)
    for (const { step, own } of members) if (members.length > 1) changed.set(step, { ...step, own: { ...own, f } });
  return steps.map((step) => changed.get(step) ?? step);
}

function listOf(step: IntegerStep): Listed | null {
  if (step.kind !== rescale.kind) return null;
  const own = step.own as RescaleOwn;
  const { f } = own;
  return f.kind === 'values' ? { step, own, f, floors: floorsOf(step.forms[0], own.shift) } : null;
}

const valueAt = (f: ListedFunction, q: number): number => applyInteger(f, q, Infinity);

/** Whether both have floors in common, and one value at each of them. */
function agree(all: Shared, one: Listed): boolean {
  const [lo, hi] = [Math.max(all.floors.lo, one.floors.lo), Math.min(all.floors.hi, one.floors.hi)];
  for (let q = lo; q <= hi; q++) if (valueAt(all.f, q) !== valueAt(one.f, q)) return false;
  return lo <= hi;
}

function joined({ f, floors, members }: Shared, one: Listed): Shared {
  const hull = { lo: Math.min(floors.lo, one.floors.lo), hi: Math.max(floors.hi, one.floors.hi) };
  if (hull.lo === floors.lo && hull.hi === floors.hi) return { f, floors, members: [...members, one] };
  const values = new Float64Array(hull.hi - hull.lo + 1).map((_, i) => {
    const q = hull.lo + i;
    return valueAt(q >= floors.lo && q <= floors.hi ? f : one.f, q);
  });
  return { f: trimmed(f.name, hull.lo, values), floors: hull, members: [...members, one] };
}
