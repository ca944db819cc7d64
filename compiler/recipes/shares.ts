// shares: the softmax of integers as onnxruntime's QLinearSoftmax computes it, by a table: y = rint(count E(max - x) / S) + zero,
// saturated, with E(k) = rint(most e^(-k scale)) and S the sum of E over a group; a half goes to the even neighbour, as scores that are
// equal have it. Over the integers it is a table, a division, and a question about what is left.
import { composeMaps } from '../linear/compose.js';
import { mapBuilder } from '../linear/builder.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { encodeNumbers, fieldsOf, finiteOf, int32sOf, integerOf } from '../json.js';
import { exp } from '../maths.js';
import { equal } from '../primitives/equal.js';
import { longestGroup } from '../primitives/groups.js';
import { max } from '../primitives/max.js';
import { NEEDS_TABLES, USE_LOOKUP } from '../primitives/rescale.js';
import { floored, quotientAndRest } from './division.js';
import { checkEach, groupOfEach, type GroupsOwn } from './groups.js';
import { valuesOf, writeValues } from './listed.js';
import type { RealPrimitive } from './real.js';

export interface SharesOwn extends GroupsOwn {
  /** Of the integers that it reads. */
  readonly scale: number;
  /** Steps of the result to 1. */
  readonly count: number;
  readonly zero: number;
  readonly least: number;
  readonly most: number;
}

const MOST = 2 ** 16;
/** The largest exponential: the kernel's are floats of 24 bits, so that of a sum less than its own rounding is lost. */
const largestOf = (elements: number): number => Math.floor(2 ** 26 / Math.max(elements / 1024, 1));

export const shares: RealPrimitive<SharesOwn> = {
  kind: 'shares',
  givesSteps: true,
  check(step, sizes, fail) {
    checkEach(step, sizes, fail);
    const { scale, count, least, most } = step.own;
    if (!(scale > 0 && scale < Infinity && count >= 1 && least < most)) fail('a scale, a count of steps and ends');
  },
  evaluate(own, [x]) {
    const { starts, members, count, zero, least, most } = own;
    const y = new Float64Array(x.length);
    const e = exponentials(own);
    for (let g = 0; g + 1 < starts.length; g++) {
      const group = members.subarray(starts[g], starts[g + 1]);
      const top = group.reduce((best, o) => Math.max(best, x[o]), -Infinity);
      const sum = group.reduce((all, o) => all + e(top - x[o]), 0);
      for (const o of group) {
        const doubled = 2 * count * e(top - x[o]) + sum;
        const share = toEven(Math.floor(doubled / (2 * sum)), doubled % (2 * sum) === 0);
        y[o] = Math.min(Math.max(share + zero, least), most);
      }
    }
    return [y];
  },
  reads: ({ members }) => members,
  codec: {
    encode: ({ starts, members, ...own }) => ({ starts: encodeNumbers(starts), members: encodeNumbers(members), ...own }), // prettier-ignore
    decode(place) {
      const f = fieldsOf(place, ['starts', 'members', 'scale', 'count', 'zero', 'least', 'most']);
      const int = (one: typeof place): number => integerOf(one, -MOST, MOST);
      const groups = { starts: int32sOf(f.starts, 0), members: int32sOf(f.members, 0) };
      return { ...groups, scale: finiteOf(f.scale), count: int(f.count), zero: int(f.zero), least: int(f.least), most: int(f.most) }; // prettier-ignore
    },
  },
  plan({ sources: [x], outs: [out], own }, to) {
    if (to.argument === 'plain') to.refuse(NEEDS_TABLES, USE_LOOKUP, out);
    const { starts, members, count, zero, least, most } = own;
    const { name } = to.value(out);
    const longest = longestGroup(starts);
    const largest = largestOf(longest);
    const elements = composeMaps(gatherMap(0, members), new Map([[0, to.map(x)]]));
    const at = groupOfEach(starts);
    const ofEach = (of: LinearMap): LinearMap => composeMaps(gatherMap(0, at), new Map([[0, of]]));
    const top = to.exact(elements, out);
    const [tops] = to.emit({ kind: max.kind, forms: [top.form], own: { starts } }, [
      { of: out, holds: false, name: `${name} maxima`, shape: [starts.length - 1], lo: top.lo, hi: top.lo + top.form.accHi, scale: top.scale, zero: top.zero }, // prettier-ignore
    ]);
    // how far below its maximum each is: not less than 0, which intervals do not show
    const below = addMaps([ofEach(identityMap(tops, starts.length - 1)), scaleMap(elements, -1)]);
    const { lo, hi } = to.reach(below);
    const first = Math.round(lo);
    const e = exponentials(own);
    const values = Float64Array.from({ length: Math.round(hi) - first + 1 }, (_, i) => e(Math.max(first + i, 0)));
    const plan = { of: out, holds: false as const, shape: [members.length], name: `${name} exponentials` };
    const exps = valuesOf(to, plan, below, first, values);
    const sums = mapBuilder(starts.length - 1);
    for (let g = 0; g + 1 < starts.length; g++) {
      const group = Int32Array.from({ length: starts[g + 1] - starts[g] }, (_, i) => starts[g] + i);
      sums.part(0).row(g, group, new Float64Array(group.length).fill(1));
    }
    const all = composeMaps(sums.build(), new Map([[0, exps]]));
    // a sum has the exponential of its maximum: what is left of it is in [0, (longest - 1) largest], as a remainder shows
    const others = floored(to, out, scaleMap(all, 1, -largest), longest * largest, 'rest');
    const sum = ofEach(scaleMap(others, 1, largest));
    const [doubled, divisor] = [addMaps([scaleMap(exps, 2 * count), sum]), scaleMap(sum, 2)].map((map) => to.whole(map, out)); // prettier-ignore
    const [quotient, rest] = quotientAndRest(to, out, doubled, divisor);
    const half = to.decided(identityMap(rest, members.length), 'zero', out);
    const [tie] = to.emit({ kind: equal.kind, forms: [half], own: {} }, [
      { of: out, holds: false, name: `${name} ties`, shape: [members.length], lo: 0, hi: 1, scale: 1, zero: 0 },
    ]);
    const { lo: from, hi: last } = to.tensor(quotient);
    const ends = Float64Array.from({ length: 2 * (last - from + 1) }, (_, i) => {
      const share = toEven(from + (i >> 1), i % 2 === 1);
      return Math.min(Math.max(share + zero, least), most);
    });
    const back = new Int32Array(members.length);
    members.forEach((o, i) => (back[o] = i));
    writeValues(to, out, addMaps([scaleMap(gatherMap(quotient, back), 2), gatherMap(tie, back)]), 2 * from, ends);
  },
};

/** A quotient that was rounded half up, rounded half to even. */
const toEven = (quotient: number, isTie: boolean): number => quotient - Number(isTie && quotient % 2 !== 0);

/** E(k). */
function exponentials({ starts, scale }: SharesOwn): (k: number) => number {
  const largest = largestOf(longestGroup(starts));
  return (k) => Math.round(largest * exp(-k * scale));
}
