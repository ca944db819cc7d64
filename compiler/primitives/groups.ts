// Groups of elements that one value is made of: members[starts[g] .. starts[g + 1]) belong to group g, none is empty.
import { encodeNumbers, fieldsOf, int32sOf } from '../json.js';
import type { Refuse } from '../linear/check.js';
import type { Codec } from './steps.js';

/** Position of the first maximum. */
export function firstMaximum(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
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

/** Of an integer step, whose form already has the members: its elements starts[g] .. starts[g + 1] - 1 are group g. */
export interface StartsOwn {
  readonly starts: Int32Array;
}

export const groupsCodec: Codec<StartsOwn> = {
  encode: ({ starts }) => ({ starts: encodeNumbers(starts) }),
  decode: (place) => ({ starts: int32sOf(fieldsOf(place, ['starts']).starts) }),
};
