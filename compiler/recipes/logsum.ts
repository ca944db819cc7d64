// logsum: the logarithm of the sum of e^x of each group, without overflow: E = e^(x - c) by a table, c the maximum or, where the
// interval of x is narrow, a constant; S their sum, a form; ln S + c by normalise.
//
// That x - c is never above 0 chooses the range of a table alone: if it were wrong a result would saturate.
import { greatest, least } from '../extremes.js';
import { ACC_BITS } from '../limits.js';
import { mapBuilder } from '../linear/builder.js';
import { composeMaps } from '../linear/compose.js';
import { type LinearMap, constantMap } from '../linear/map.js';
import { addMaps, gatherMap, scaleMap } from '../linear/maps.js';
import { exp, log } from '../maths.js';
import { bitLength } from '../primitives/gadget.js';
import { longestGroup } from '../primitives/groups.js';
import { max } from '../primitives/max.js';
import { NEEDS_TABLES, USE_LOOKUP } from '../primitives/rescale.js';
import type { TensorId } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import { FURTHEST, halved, shortExponents, stepOf, asTheyAre, exponentStep } from './exponents.js';
import { type GroupsOwn, gathered, realGroups } from './groups.js';
import { logarithm } from './normal.js';
import type { Planner, RealPrimitive } from './real.js';
import { tabulated } from './tabulated.js';

/** Below e^-MASKED of the largest of its group an element is 0 in every number of steps that there may be. */
const MASKED = 32;
/** Widths of x up to which a constant takes the place of the maximum: e^14 is 20 bits. */
const NARROW = 14;
/** Elements that are worth a table twice as long: each saves a row. */
const MANY = 2 ** 13;
/** The same where x is on wires: as many as leave the least exponential these bits. */
const LEAST_BITS = 6;

export const logsum: RealPrimitive<GroupsOwn> = {
  ...realGroups,
  kind: 'logsum',
  evaluate: ({ starts, members }, [x]) => [logSums(starts, gathered(x, members))],
  plan({ sources: [x], outs: [out], own }, to) {
    to.define(out, sumOfExponentials(to, x, out, own).sums);
  },
  enough: exponentStep,
  roundsSources: true,
  saturates: maskedBelow,
};

/**
 * Below what a sample's scores are masked by a live value, -10,000 as a rule: no score lies there but those that are, and every group has
 * masked them. -Infinity where none is, however far scores lie apart: another sample may have a lower maximum.
 */
export function maskedBelow({ starts, members }: GroupsOwn, x: Float64Array): number {
  let [smallest, lowest, isMasked] = [Infinity, Infinity, false];
  for (let g = 0; g + 1 < starts.length; g++) {
    const group = Float64Array.from(members.subarray(starts[g], starts[g + 1]), (i) => x[i]);
    const most = greatest(group);
    smallest = Math.min(smallest, most);
    for (const score of group) {
      if (score < most - FURTHEST) isMasked = true;
      else lowest = Math.min(lowest, score);
    }
  }
  return isMasked ? Math.min(smallest - MASKED, lowest) : -Infinity;
}

/** ln of the sum of e^x, of each group. */
export function logSums(starts: Int32Array, elements: Float64Array): Float64Array {
  const sums = new Float64Array(starts.length - 1);
  for (let g = 0; g < sums.length; g++) {
    const group = elements.subarray(starts[g], starts[g + 1]);
    const most = greatest(group);
    sums[g] = most + log(group.reduce((sum, v) => sum + exp(v - most), 0));
  }
  return sums;
}

/** The elements that count, group by group; the group of each; the logarithm of the sum of each group; the step of what is rounded. */
export interface Sums {
  readonly shown: { readonly members: Int32Array; readonly map: LinearMap };
  readonly groups: Int32Array;
  readonly sums: LinearMap;
  readonly step: number;
  /** The step of keys of x less the logarithm in which no weight is rounded, where so many elements are worth a longer table. */
  readonly key: number | null;
  /** Whether no exponential saturates above: the shares of a group then add up to 1, but for what is rounded. */
  readonly isWhole: boolean;
}

export function sumOfExponentials(to: Planner, x: ValueId, at: ValueId, { starts, members }: GroupsOwn): Sums {
  if (to.argument === 'plain') to.refuse(NEEDS_TABLES, USE_LOOKUP, at);
  const whole = to.map(x);
  const { lo, hi } = to.reaches(whole);
  const kept: number[] = [];
  const groups: number[] = [];
  const bounds = Int32Array.from(starts);
  for (let g = 0; g + 1 < starts.length; g++) {
    const group = members.subarray(starts[g], starts[g + 1]);
    const floor = greatest(Float64Array.from(group, (o) => lo[o])); // the maximum is no less
    for (const o of group)
      if (hi[o] > floor - MASKED) {
        kept.push(o);
        groups.push(g);
      }
    bounds[g + 1] = kept.length;
  }
  const shown = { members: Int32Array.from(kept), map: composeMaps(gatherMap(0, Int32Array.from(kept)), new Map([[0, whole]])) }; // prettier-ignore
  const of = Int32Array.from(groups);
  const width = greatest(groupWidths(shown.members, bounds, lo, hi));
  const longest = longestGroup(bounds);
  const most = ACC_BITS - 3 - bitLength(longest); // bits of the largest exponential, so that their sum has a logarithm
  const widest = (most - LEAST_BITS) / Math.LOG2E; // what a constant may take the place of a maximum for
  const short = width <= NARROW ? null : (asTheyAre(to, shown.map, to.seen(x, shown.members), widest, at) ?? shortExponents(to, shown.map, to.seen(x), at)); // prettier-ignore
  const { map, step, width: spread } = short ?? { map: shown.map, step: stepOf(to, at), width };
  const isConstant = short === null || spread <= widest;
  // bits of E where x = c: enough for the smallest maximum that a constant c leaves, or for the sum of many small ones
  const bits = Math.min(to.bits(at) + 2 + (isConstant ? Math.ceil(spread * Math.LOG2E) : 2 + bitLength(longest)), most);
  const tops = isConstant ? constants(shown.members, bounds, short?.hi ?? hi) : maxima(to, map, bounds, at);
  const exps = exponentials(
    to,
    addMaps([map, scaleMap(repeated(tops, of), -1)]),
    bits,
    isConstant ? spread : Infinity,
    step,
    at,
  );
  const builder = mapBuilder(bounds.length - 1);
  for (let g = 0; g + 1 < bounds.length; g++) {
    const n = bounds[g + 1] - bounds[g];
    builder.part(exps).row(g, Array.from({ length: n }, (_, i) => bounds[g] + i), new Array<number>(n).fill(1)); // prettier-ignore
  }
  const key = short !== null && kept.length >= MANY ? halved(step, stepOf(to, at) / 2) : null;
  const sums = addMaps([
    tops,
    logarithm(to, builder.build(), at, short ? halved(step, stepOf(to, at) / (key === null ? 4 : 2)) : undefined),
  ]);
  return { shown: { ...shown, map }, groups: of, sums, step, key, isWhole: short?.isWhole === true };
}

/** 2^bits e^x of x from -width to 0 as an integer from 1 on: so no sum of them is 0. */
function exponentials(to: Planner, map: LinearMap, bits: number, width: number, step: number, at: ValueId): TensorId {
  const most = 2 ** bits;
  const lo = Math.max(Math.floor(most * exp(-width - step)), 1);
  return tabulated(to, map, step, (v) => Math.min(Math.max(Math.round(exp(v) * most), lo), most) - lo, {
    of: at,
    holds: false,
    name: `${to.value(at).name} exponentials`,
    shape: [map.size],
    lo,
    hi: lo + 2 ** bitLength(most - lo) - 1,
    scale: 1 / most,
    zero: 0,
  });
}

function* groupWidths(members: Int32Array, starts: Int32Array, lo: Float64Array, hi: Float64Array): Generator<number> {
  for (let g = 0; g + 1 < starts.length; g++) {
    const group = members.subarray(starts[g], starts[g + 1]);
    yield greatest(Float64Array.from(group, (o) => hi[o])) - least(Float64Array.from(group, (o) => lo[o]));
  }
}

/** What no element of a group is above. @param hi of each element of the source, or of all of them */
function constants(members: Int32Array, starts: Int32Array, hi: Float64Array | number): LinearMap {
  const most = (o: number): number => (typeof hi === 'number' ? hi : hi[o]);
  const groups = Array.from({ length: starts.length - 1 }, (_, g) => members.subarray(starts[g], starts[g + 1]));
  return constantMap(Float64Array.from(groups, (group) => greatest(Float64Array.from(group, most))));
}

/** The maximum of each group, in a tensor of its own. */
function maxima(to: Planner, map: LinearMap, starts: Int32Array, at: ValueId): LinearMap {
  const { scale, zero, lo, form } = to.exact(map, at);
  const plan = { of: at, holds: false as const, name: `${to.value(at).name} maxima`, shape: [starts.length - 1] };
  const [tensor] = to.emit({ kind: max.kind, forms: [form], own: { starts } }, [
    { ...plan, lo, hi: lo + form.accHi, scale, zero },
  ]);
  return gatherMap(
    tensor,
    Int32Array.from({ length: starts.length - 1 }, (_, g) => g),
  );
}

/** The element of its group, for each member. */
export const repeated = (map: LinearMap, groups: Int32Array): LinearMap =>
  composeMaps(gatherMap(0, groups), new Map([[0, map]]));
