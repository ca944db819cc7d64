// The real side of sort: groups of a value, exact, in descending order.
import { encodeNumbers, fieldsOf, int32sOf, integerOf } from '../json.js';
import { EXACT_BITS, MAX_INDEX } from '../limits.js';
import { composeMaps } from '../linear/compose.js';
import { gatherMap } from '../linear/maps.js';
import { gathered } from './groups.js';
import type { RealPrimitive } from './real.js';
import { USE_LOOKUP } from '../primitives/rescale.js';
import { keyReach, sort, SORT_NEEDS_CHALLENGE, sorted, type SortOwn } from '../primitives/sort.js';

export interface RealSortOwn extends SortOwn {
  /** The elements of its source that are sorted, group by group. */
  readonly members: Int32Array;
}

/** Of each group the first values in descending order, and their positions inside it; ties go to the first member. */
export const realSort: RealPrimitive<RealSortOwn> = {
  kind: 'sort',
  isOrdered: true,
  check({ own: { of, first, members } }, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 2) fail('one source and two values');
    if (of < 2 || first > of || members.length % of !== 0) fail('groups of 2 elements or more');
    if (!outs.every((size) => size * of === members.length * first)) fail(`${first} of ${of} elements of each group`);
    if (!members.every((m) => m >= 0 && m < sources[0])) fail('members inside their source');
  },
  evaluate: (own, [x]) => sorted(own, gathered(x, own.members)),
  reads: ({ members }) => members,
  codec: {
    encode: ({ of, first, members }) => ({ of, first, members: encodeNumbers(members) }),
    decode(place) {
      const { of, first, members } = fieldsOf(place, ['of', 'first', 'members']);
      const [all, some] = [of, first].map((value) => integerOf(value, 1, MAX_INDEX));
      return { of: all, first: some, members: int32sOf(members, 0) };
    },
  },
  plan({ sources: [x], outs: [values, positions], own: { members, ...own } }, to) {
    if (to.argument === 'plain') to.refuse(`expected no sorted values: ${SORT_NEEDS_CHALLENGE}`, USE_LOOKUP, values);
    const map = composeMaps(gatherMap(0, members), new Map([[0, to.map(x)]]));
    const { scale, zero, lo, form } = to.exact(map, values);
    to.bounded(keyReach(form.accHi, own), EXACT_BITS, 'a key of value and position', values);
    const made = to.emit({ kind: sort.kind, forms: [form], own }, [
      { of: values, lo, hi: lo + form.accHi, scale, zero },
      { of: positions, lo: 0, hi: own.of - 1, scale: 1, zero: 0 },
    ]);
    [values, positions].forEach((out, k) => to.define(out, made[k]));
  },
};
