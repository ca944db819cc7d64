// argmax: the position of the first of the largest elements of each group.
import fc from 'fast-check';
import { argmaxGadget } from '#compiler/primitives/argmax.js';
import type { StartsOwn } from '#compiler/primitives/groups.js';
import type { Subject } from '../engine/attempts.js';
import { between, edge, firstLargest, groupsOf, type Meaning } from './primitive.js';

export const argmax: Meaning<StartsOwn> = {
  kind: 'argmax',
  naive: ({ starts }, [acc]) => [groupsOf(acc, starts).map((group) => BigInt(firstLargest(group)))],
  ladder: { argmax: [argmaxSubject(2, 1), argmaxSubject(2, 9), argmaxSubject(3, 7), argmaxSubject(5, 1)] },
  random: [fc.tuple(between(2, 6), edge(8)).map(([n, most]) => argmaxSubject(n, Math.max(most, 1)))],
};

function argmaxSubject(n: number, max: number): Subject {
  const gadget = argmaxGadget(n, max);
  const [, v, k] = gadget.args;
  const reach = 2 ** v - 1;
  const key = (a: readonly number[], i: number): bigint => (BigInt(a[i]) << BigInt(k)) + BigInt(n - 1 - i);
  const meant = (a: readonly number[]): number[] | null => {
    if (a.some((x) => x > reach)) return null;
    return [firstLargest(a)];
  };
  const at = (f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));
  const keys = (a: readonly number[]): bigint[] => a.map((_, i) => key(a, i));
  return {
    gadget,
    meant,
    ends: [at(() => 0), at(() => reach), ...at((i) => i).map((k) => at((i) => (i === k ? reach : 0)))].concat([
      at((i) => Math.min(i % 2, max)),
      at((i) => Math.min(2 + (i === n - 1 ? 1 : 0), max)),
      at((i) => Math.min(i, max)),
    ]),
    outside: [at((i) => (i === 0 ? reach + 1 : 0)), at((i) => (i === n - 1 ? 2 * reach + 2 : reach))],
    inside: fc.array(between(0, max), { minLength: n, maxLength: n }),
    pretended: (a) => [...keys(a), ...keys(a).map((x) => x + 1n)],
    programs: {
      'returns the later of equals': (a) => {
        const later = a.lastIndexOf(Math.max(...a));
        return meant(a)?.[0] === later ? null : { bit: key(a, later) };
      },
      'returns an index that is not maximal': (a) => {
        const other = a.findIndex((x) => x < Math.max(...a));
        return other < 0 ? null : { bit: key(a, other) };
      },
      'claims a maximum that nobody has': (a) => ({ bit: key(a, meant(a)?.[0] ?? 0) + 1n }),
    },
  };
}
