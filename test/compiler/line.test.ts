// The line of a rounding in float32: the same integers at every step of it, at its neighbours and everywhere else, with the exceptions
// of channels that have no line.
import { describe, expect, it } from 'vitest';
import { lineOf, stairsOf, valueOf, type Line, type Steps } from '#compiler/recipes/line.js';
import { twoLinesOf, keyOf } from '#compiler/recipes/two-lines.js';
import { generator } from './circuits.js';

const { fround } = Math;

/** To even, written without the compiler. */
const rint = (x: number): number => {
  const up = Math.round(x);
  return (up - x === 0.5 && up % 2 !== 0 ? up - 1 : up) + 0;
};

const float32 =
  (m: number): Steps =>
  (acc) =>
    rint(fround(fround(acc) * m));

/** The line in float64, exact below 2^53. */
function ofLine({ multiplier, constant, shift, exceptions }: Line): Steps {
  const apart = new Map(exceptions.map(({ at, add }) => [at, add]));
  return (x) => Math.floor((x * multiplier + constant) / 2 ** shift) + (apart.get(x) ?? 0);
}

describe('1,000 random multipliers, zeros and intervals', () => {
  const random = generator(21);
  const drawn = Array.from({ length: 1000 }, () => {
    const m = fround(2 ** -(4 + random() * 9) * (1 + random()));
    const width = Math.floor(2 ** (10 + random() * 12));
    const lo = -Math.floor(width * random() * 2);
    const zero = Math.floor(random() * 256) - 128;
    const [least, most] = [-128 - zero, 127 - zero];
    const [f, hi] = [float32(m), lo + width];
    return { f, lo, hi, least, most, line: lineOf(f, m, least, most, lo, hi)! };
  });

  it('have the integers of float32 at every threshold and its neighbours, and at 10,000 accumulators', () => {
    let wrong = 0;
    for (const { f, lo, hi, least, most, line } of drawn) {
      const clamp = (y: number): number => Math.min(Math.max(y, least), most);
      const own = ofLine(line);
      const compare = (x: number): void => {
        if (x >= lo && x <= hi && clamp(own(x)) !== clamp(f(x))) wrong++;
      };
      for (const { at } of stairsOf(f, least, most, lo, hi).thresholds) for (let by = -2; by <= 2; by++) compare(at + by); // prettier-ignore
      for (let n = 0; n < 10_000; n++) compare(lo + Math.floor(random() * (hi - lo + 1)));
      expect(Math.max(Math.abs(lo), Math.abs(hi)) * line.multiplier).toBeLessThan(2 ** 50);
    }
    expect(wrong).toBe(0);
  });

  it('have a line but for some, whose exceptions are few', () => {
    const apart = drawn.filter(({ line }) => line.exceptions.length > 0);
    expect(apart.length).toBeGreaterThan(10);
    expect(apart.length).toBeLessThan(50);
    expect(Math.max(...apart.map(({ line }) => line.exceptions.length))).toBeLessThan(8);
  });
});

describe('a line', () => {
  it('has its value where the function does not saturate at an end of the interval', () => {
    for (const [lo, hi] of [[-3, 3], [100, 130], [-40, -39], [7, 7]] as const) {
      const line = lineOf(float32(0.25), 0.25, -128, 127, lo, hi)!;
      for (let x = lo; x <= hi; x++) expect(ofLine(line)(x), `${x}`).toBe(float32(0.25)(x));
    } // prettier-ignore
  });

  it('is exact for a multiplier whose products are ties, half of which go up', () => {
    const line = lineOf(float32(2 ** -6), 2 ** -6, -128, 127, -1000, 1000)!;
    expect(line.exceptions.length).toBeGreaterThan(10);
    for (let x = -1000; x <= 1000; x++) expect(ofLine(line)(x), `${x}`).toBe(rint(x / 64));
  });

  it('has the least shift: a shorter one has no integers', () => {
    const [f, m] = [float32(fround(0.0123)), fround(0.0123)];
    const { shift, ...line } = lineOf(f, m, -128, 127, -2000, 2000)!;
    const before = 2 ** (shift - 1);
    const steps = stairsOf(f, -128, 127, -2000, 2000);
    for (let M = Math.floor(m * before) - 3; M <= Math.ceil(m * before) + 3; M++) {
      const first = Math.max(...steps.above.map(({ k, at }) => k * before - M * at));
      const last = Math.min(...steps.below.map(({ k, at }) => k * before - M * at - 1));
      expect(first, `${M}`).toBeGreaterThan(last);
    }
    expect(valueOf({ shift, ...line })(777)).toBe(f(777));
  });
});

it('a sum of two in fused steps is one plane at all 65,536 pairs', () => {
  const random = generator(5);
  for (let n = 0; n < 4; n++) {
    const [sa, sb] = [random(), random()].map((r) => fround(0.005 + 0.045 * r));
    const sc = fround(Math.max(sa, sb) * (0.8 + 1.4 * random()));
    const [ra, rb, constant] = [fround(sa / sc), fround(sb / sc), fround(20 * random() - 10)];
    const f = (a: number, b: number): number => rint(fround(a * ra + fround(b * rb + constant)));
    const range = { lo: -128, hi: 127 };
    const found = twoLinesOf(f, { a: ra, b: rb, constant }, -128, 127, [range, range])!;
    const key = keyOf(range);
    const apart = new Map(found.exceptions.map(({ at, add }) => [at, add]));
    const clamp = (y: number): number => Math.min(Math.max(y, -128), 127);
    let wrong = 0;
    for (let a = -128; a <= 127; a++)
      for (let b = -128; b <= 127; b++) {
        const own = Math.floor((a * found.a + b * found.b + found.constant) / 2 ** found.shift);
        if (clamp(own + (apart.get(a * key.factor + b + key.offset) ?? 0)) !== clamp(f(a, b))) wrong++;
      }
    expect(wrong).toBe(0);
  }
});
