// Softmax and its logarithm, along an axis or over any groups. Standing last they are pending: the reader computes them.
import { logsum } from '../recipes/logsum.js';
import { softmax } from '../recipes/softmax.js';
import type { GroupsOwn } from '../recipes/groups.js';
import { groupsAlong } from './indexing.js';
import { scoresOf } from './masks.js';
import { isPending, pending, type Pending, type Result } from './pending.js';
import type { Operand, Site } from './site.js';
import { weightedSum } from './sums.js';

export type Normalised = 'softmax' | 'logSoftmax';

export function alongAxis(site: Site, of: Operand, axis: number, name: Normalised): Pending {
  const x = scoresOf(site, of);
  return pending(x, { function: name, axis }, () => normalised(site, x, groupsAlong(x.shape, axis), name));
}

/** The logarithm of a pending softmax, which has a value where that rounds to 0; null for anything else. */
export function logOfSoftmax(site: Site, x: Result): Pending | null {
  if (!isPending(x) || x.labels || x.read?.function !== 'softmax' || x.read.axis === null) return null;
  return alongAxis(site, x.of, x.read.axis, 'logSoftmax');
}

/** The function itself, of groups that hold each element once. */
export function normalised(site: Site, of: Operand, groups: GroupsOwn, name: Normalised): Operand {
  const x = scoresOf(site, of);
  const count = groups.starts.length - 1;
  // of one class it is the same number whatever the class scores
  if (count === groups.members.length)
    return site.tensor(x.dtype, x.shape, new Float64Array(site.size(x.shape)).fill(name === 'softmax' ? 1 : 0));
  site.gadgets(2 * site.size(x.shape));
  if (name === 'softmax') return site.step(softmax, [x], groups, x.shape, x.dtype);
  const sums = site.step(logsum, [x], groups, [count], x.dtype);
  const at = new Int32Array(groups.members.length);
  groups.members.forEach((o, m) => (at[o] = Math.floor((m * count) / at.length)));
  return weightedSum(site, [x, site.gather(sums, at, x.shape)], [1, -1]);
}
