// Groups of elements that one value is made of: members[starts[g] .. starts[g + 1]) belong to group g, none is empty.
import { encodeNumbers, fieldsOf, int32sOf } from '../json.js';
import { checkGroups } from '../primitives/groups.js';
import type { RealPrimitive } from './real.js';

/** The members of all groups, one after the other. */
export function gathered(x: Float64Array, members: Int32Array): Float64Array {
  const out = new Float64Array(members.length);
  for (let i = 0; i < out.length; i++) out[i] = x[members[i]];
  return out;
}

/** Of a real step: which elements of its source the groups are. */
export interface GroupsOwn {
  readonly starts: Int32Array;
  readonly members: Int32Array;
}

/** What the real steps over groups share: their invariants and their codec. */
export const realGroups: Pick<RealPrimitive<GroupsOwn>, 'check' | 'codec' | 'reads'> = {
  check({ own: { starts, members } }, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 1) fail('one source and one value');
    checkGroups(starts, outs[0], members.length, 'starts', (path, expected) => fail(`${expected} in ${path}`));
    if (!members.every((m) => m >= 0 && m < sources[0])) fail('members inside their source');
  },
  reads: ({ members }) => members,
  codec: {
    encode: ({ starts, members }) => ({ starts: encodeNumbers(starts), members: encodeNumbers(members) }),
    decode(place) {
      const { starts, members } = fieldsOf(place, ['starts', 'members']);
      return { starts: int32sOf(starts, 0), members: int32sOf(members, 0) };
    },
  },
};

/** The check of a step that gives a value for each element, whose groups share none. */
export const checkEach: RealPrimitive<GroupsOwn>['check'] = (step, { sources, outs }, fail) => {
  const { starts, members } = step.own;
  realGroups.check(step, { sources, outs: [starts.length - 1] }, fail);
  if (outs[0] !== sources[0]) fail('a value of the size of its source');
  if (new Set(members).size !== outs[0] || members.length !== outs[0]) fail('each element in one group');
};

/** The group of each member. */
export function groupOfEach(starts: Int32Array): Int32Array {
  const at = new Int32Array(starts[starts.length - 1]);
  for (let g = 0; g + 1 < starts.length; g++) at.fill(g, starts[g], starts[g + 1]);
  return at;
}
