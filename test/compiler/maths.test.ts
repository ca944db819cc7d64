// The exponential of our own, against the engine's and against what is exact.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exp } from '#compiler/maths.js';
import { applyPoint, point, reachOf } from '#compiler/primitives/functions.js';

it('is within a few units of the last place of the engine', () =>
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(8 * Number.EPSILON);
    }),
    { numRuns: 2000 },
  ));

it('is exact where it can be, and goes to its limits', () => {
  expect([exp(0), exp(-Infinity), exp(Infinity), exp(-1000), exp(1000)]).toEqual([1, 0, Infinity, 0, Infinity]);
  expect(exp(NaN)).toBeNaN();
});

it('makes the curves of sigmoid and tanh, which rise from end to end', () => {
  for (const name of ['sigmoid', 'tanh'] as const) {
    const f = point(name);
    for (let x = -30; x < 30; x += 0.37) expect(applyPoint(f, x + 0.37)).toBeGreaterThanOrEqual(applyPoint(f, x));
    expect(reachOf(f, { lo: -1000, hi: 1000 })).toEqual({ lo: name === 'tanh' ? -1 : 0, hi: 1 });
  }
  expect(applyPoint(point('sigmoid'), 0)).toBe(0.5);
  expect(applyPoint(point('tanh'), 0)).toBe(0);
  for (let x = -5; x < 5; x += 0.1) expect(applyPoint(point('tanh'), x)).toBeCloseTo(Math.tanh(x), 12);
});
