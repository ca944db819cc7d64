// What a table reads: the grid of its input, which takes every weight that feeds it, is looked for only where a function jumps.
import { expect, it } from 'vitest';
import { identityMap } from '#compiler/linear/maps.js';
import { point } from '#compiler/recipes/functions.js';
import { keysOf, readBy } from '#compiler/recipes/keys.js';
import type { Planner } from '#compiler/recipes/real.js';

const map = identityMap(0, 4);
const reach = { lo: -0.90000000000009, hi: 1.2 };
const planner = (grid: () => ReturnType<Planner['grid']>): Planner =>
  ({ reach: () => reach, grid }) as unknown as Planner;

it.each(['relu', 'sigmoid', 'exp'] as const)('%s is smooth: its interval as it is, and no grid', (name) => {
  const none = planner(() => expect.fail('a grid was looked for'));
  expect(readBy(none, map, point(name))).toEqual(reach);
  expect(keysOf(none, map, point(name), reach, 0.25)).toMatchObject({ step: 0.25, low: 0 });
});

it('a function that jumps reads the ends as its keys have them', () => {
  const to = planner(() => ({ step: 0.3, rest: 0, isExact: true }));
  expect(readBy(to, map, point('floor'))).toEqual({ lo: -0.9, hi: 1.2 });
  expect(
    readBy(
      planner(() => ({ step: 0.3, rest: 0, isExact: false })),
      map,
      point('floor'),
    ),
  ).toEqual(reach);
});
