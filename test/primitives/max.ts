// max: the largest element of each group.
import { maxGadget } from '#compiler/primitives/max.js';
import type { StartsOwn } from '#compiler/primitives/groups.js';
import type { Subject } from '../engine/attempts.js';
import { between, edge, firstLargest, groupsOf, type Meaning } from './primitive.js';

export const max: Meaning<StartsOwn> = {
  kind: 'max',
  naive: ({ starts }, [acc]) => [groupsOf(acc, starts).map((group) => group[firstLargest(group)])],
  ladder: { max: [255, 12, 1, 2 ** 31 - 1].map((spread) => maxSubject(spread)) },
  random: [edge(30).map((spread) => maxSubject(spread))],
};

function maxSubject(spread: number): Subject {
  const gadget = maxGadget(spread);
  const [w] = gadget.args;
  const reach = 2 ** w - 1;
  const pair = between(0, reach).chain((a) => between(0, reach).map((b) => [a, b] as const));
  return {
    gadget,
    meant: ([a, b]) => (Math.abs(a - b) <= reach ? [a < b ? b : a] : null),
    ends: [
      [0, 0],
      [0, spread],
      [spread, 0],
      [reach, 0],
      [0, reach],
      [3, 4],
      [-5, reach - 5],
      [4, 3],
    ].filter(([a, b]) => Math.abs(a - b) <= reach),
    outside: [
      [0, reach + 1],
      [reach + 1, 0],
      [-1, reach],
      [0, 2 ** 50],
    ],
    inside: pair,
    programs: {
      'takes the smaller one': ([a, b]) => (a === b ? null : { m: BigInt(Math.min(a, b)) }),
      'takes a larger one': ([a, b]) => ({ m: BigInt(Math.max(a, b)) + 1n }),
      'takes the sum': ([a, b]) => (a === 0 || b === 0 ? null : { m: BigInt(a + b) }),
    },
  };
}
