// The elementary functions of our own, against the engine's and against what is exact.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asin, atan, cos, erf, exp, log, sin } from '#compiler/maths.js';
import { isDefined, reachOf, slopeOf } from '#compiler/recipes/function-reach.js';
import { applyPoint, point } from '#compiler/recipes/functions.js';

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

it.each([
  ['log', log, Math.log, 1e-300, 1e300],
  ['log near 1', log, Math.log, 0.5, 2],
  ['sin', sin, Math.sin, -1000, 1000],
  ['cos', cos, Math.cos, -1000, 1000],
  ['atan', atan, Math.atan, -50, 50],
  ['asin', asin, Math.asin, -1, 1],
] as const)('%s is within a few units of the last place of 1, or of the value', (_, own, engine, min, max) =>
  fc.assert(
    fc.property(fc.double({ min, max, noNaN: true }), (x) => {
      const want = engine(x);
      expect(Math.abs(own(x) - want)).toBeLessThan(16 * Number.EPSILON * Math.max(1, Math.abs(want)));
    }),
    { numRuns: 2000 },
  ),
);

it('has the limits of the functions', () => {
  expect([log(1), log(0), log(Infinity), log(-1)]).toEqual([0, -Infinity, Infinity, NaN]);
  expect([sin(0), cos(0), atan(0), erf(0), erf(7), erf(-7)]).toEqual([0, 1, 0, 0, 1, -1]);
  expect([atan(Infinity), atan(-Infinity), asin(1), asin(2)]).toEqual([Math.PI / 2, -Math.PI / 2, Math.PI / 2, NaN]);
});

it('erf is its integral', () => {
  for (const x of [-3, -0.5, 0.1, 1, 2.5, 5]) {
    let sum = 0;
    const steps = 20_000; // midpoints: an error of some (x / steps)^2
    for (let i = 0; i < steps; i++) sum += Math.exp(-(((x * (i + 0.5)) / steps) ** 2));
    expect(erf(x)).toBeCloseTo((2 / Math.sqrt(Math.PI)) * sum * (x / steps), 8);
  }
});

it('knows where a function is defined, what it reaches and how steep it is', () => {
  const over = (name: Parameters<typeof point>[0], lo: number, hi: number, ...params: number[]) => isDefined(point(name, ...params), { lo, hi }); // prettier-ignore
  expect([over('log', 0, 1), over('log', 0.1, 1), over('sqrt', 0, 1), over('sqrt', -0.1, 1)]).toEqual([false, true, true, false]); // prettier-ignore
  expect([over('reciprocal', -1, 1), over('reciprocal', -2, -1), over('tan', -1.5, 1.5), over('tan', 1.5, 1.6)]).toEqual([false, true, true, false]); // prettier-ignore
  expect([over('power', -1, 1, 3), over('power', -1, 1, 1.5), over('power', 0, 1, 1.5), over('power', 0, 1, -2), over('power', -2, -1, -2)]).toEqual([true, false, true, false, true]); // prettier-ignore
  const { lo, hi } = reachOf(point('gelu'), { lo: -10, hi: 10 });
  expect(lo).toBeCloseTo(-0.16997, 5); // its least value, at -0.7518
  expect(hi).toBe(10);
  const range = { lo: 0, hi: 20 };
  expect(slopeOf(point('exp'), { lo: -30, hi: 30 }, range)).toBeCloseTo(20, 0); // beyond 20 it saturates
  expect(slopeOf(point('sin'), { lo: -30, hi: 30 }, { lo: -1, hi: 1 })).toBeCloseTo(1, 3);
});
