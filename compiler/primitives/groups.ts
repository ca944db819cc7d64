// Groups of elements that one value is made of: members[starts[g] .. starts[g + 1]) belong to group g, none is empty.
import { encodeNumbers, fieldsOf, int32sOf } from '../json.js';
import type { Refuse } from '../linear/check.js';
import type { OnnxNodes } from './integer.js';
import type { RealPrimitive } from './real.js';
import type { Codec } from './steps.js';

/** Position of the first maximum. */
export function firstMaximum(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** The largest value. */
export function largest(values: Float64Array): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  return most;
}

/** The members of all groups, one after the other. */
export function gathered(x: Float64Array, members: Int32Array): Float64Array {
  const out = new Float64Array(members.length);
  for (let i = 0; i < out.length; i++) out[i] = x[members[i]];
  return out;
}

/** f of the elements of each group, which stand one after the other. */
export function overGroups(
  elements: Float64Array,
  starts: Int32Array,
  f: (group: Float64Array) => number,
): Float64Array {
  const out = new Float64Array(starts.length - 1);
  for (let g = 0; g < out.length; g++) out[g] = f(elements.subarray(starts[g], starts[g + 1]));
  return out;
}

/** Elements of the longest group. */
export function longestGroup(starts: Int32Array): number {
  let longest = 1;
  for (let g = 0; g + 1 < starts.length; g++) longest = Math.max(longest, starts[g + 1] - starts[g]);
  return longest;
}

/** Ascending from 0 to the number of members, no group empty. */
export function checkGroups(starts: Int32Array, groups: number, members: number, path: string, refuse: Refuse): void {
  if (starts.length !== groups + 1) refuse(path, `${groups + 1} numbers, one more than elements`, starts.length);
  if (starts[0] !== 0) refuse(`${path}[0]`, '0', starts[0]);
  for (let g = 0; g < groups; g++)
    if (starts[g + 1] <= starts[g]) refuse(`${path}[${g + 1}]`, `more than ${starts[g]}`, starts[g + 1]);
  if (starts[groups] !== members) refuse(`${path}[${groups}]`, `${members}, the elements of the form`, starts[groups]);
}

/** The members of every group as [groups, longest]; shorter groups repeat their last member, which never comes first. */
export function groupedNodes(elements: string, starts: Int32Array, to: OnnxNodes): string {
  const [count, longest] = [starts.length - 1, longestGroup(starts)];
  const members = Int32Array.from({ length: count * longest }, (_, i) => {
    const g = Math.floor(i / longest);
    return Math.min(starts[g] + (i % longest), starts[g + 1] - 1);
  });
  return to.node('Gather', [elements, to.indices(members, [count, longest])]);
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

/** Of an integer step, whose form already has the members: its elements starts[g] .. starts[g + 1] - 1 are group g. */
export interface StartsOwn {
  readonly starts: Int32Array;
}

export const groupsCodec: Codec<StartsOwn> = {
  encode: ({ starts }) => ({ starts: encodeNumbers(starts) }),
  decode: (place) => ({ starts: int32sOf(fieldsOf(place, ['starts']).starts) }),
};
