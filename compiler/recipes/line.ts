// A step function of an integer as one line: f(x) = floor((x M + c) / 2^K) at every integer of an interval. What a runtime rounds in
// float32 is such a function, so a rescale proves it with another multiplier and a longer shift. Where half-to-even behind a float32
// rounding leaves no line, the nearest one is taken, and the few integers that it misses are listed.

import { ACC_BITS } from '../limits.js';

/** f never falls, and its values are integers of float64. */
export type Steps = (x: number) => number;

/** f(x) = floor((x * multiplier + constant) / 2^shift) + what the exceptions add. */
export interface Line {
  readonly multiplier: number;
  readonly constant: number;
  readonly shift: number;
  readonly exceptions: readonly { readonly at: number; readonly add: number }[];
}

/** The least x at which f reaches k. */
export interface Threshold {
  readonly k: number;
  readonly at: number;
}

/** What the steps look like inside an interval, as far as saturation at [least, most] leaves them. */
export interface Stairs {
  readonly thresholds: readonly Threshold[];
  /** Points that the line reaches, x M + c >= k 2^K, and those that it stays below. */
  readonly above: readonly Threshold[];
  readonly below: readonly Threshold[];
}

/** Largest shift that is tried, and steps of a result and its zero: their sums with what is reached stay exact. */
const MOST_SHIFT = 44;
const ENDS = 512;

/** The largest shift at which so many steps are exact. */
export const roomOf = (steps: number): number =>
  Math.min(MOST_SHIFT, ACC_BITS - Math.ceil(Math.log2(Math.abs(steps) + ENDS)));

export function stairsOf(f: Steps, least: number, most: number, lo: number, hi: number): Stairs {
  const clamped: Steps = (x) => Math.min(Math.max(f(x), least), most);
  const [first, last] = [clamped(lo), clamped(hi)];
  const thresholds: Threshold[] = [];
  for (let k = first + 1, from = lo; k <= last; k++) {
    let [below, reached] = [from, hi]; // f(below) < k or below is the last threshold, f(reached) >= k
    if (clamped(below) >= k) reached = below;
    while (reached - below > 1) {
      const middle = below + Math.floor((reached - below) / 2);
      if (clamped(middle) >= k) reached = middle;
      else below = middle;
    }
    thresholds.push({ k, at: reached });
    from = reached;
  }
  // where f does not saturate at an end, the line has its value there
  const above = first > least ? [{ k: first, at: lo }, ...thresholds] : thresholds;
  const short = thresholds.map(({ k, at }) => ({ k, at: at - 1 }));
  const below = last < most ? [...short, { k: last + 1, at: hi }] : short;
  return { thresholds, above, below };
}

/** The line of f on [lo, hi], saturated to [least, most]; `near` is about its slope. Null where none whose sums are exact is near enough. */
export function lineOf(f: Steps, near: number, least: number, most: number, lo: number, hi: number): Line | null {
  const stairs = stairsOf(f, least, most, lo, hi);
  const room = roomOf(Math.max(-f(lo), f(hi)));
  const whole = exactLine(stairs.above, stairs.below, near, room);
  if (whole !== null) return { ...whole, exceptions: [] };
  let best: Line | null = null;
  for (const kept of nearlyAll(stairs, near)) {
    const line = exactLine(kept.above, kept.below, near, room);
    if (line === null) continue;
    const exceptions = missed(f, line, { lo, hi, least, most }, stairs);
    if (best === null || exceptions.length < best.exceptions.length) best = { ...line, exceptions };
  }
  return best;
}

type Bare = Omit<Line, 'exceptions'>;

/** The line that reaches all of `above` and stays below all of `below`, with the least shift, up to `room`; null where there is none. */
function exactLine(above: readonly Threshold[], below: readonly Threshold[], near: number, room: number): Bare | null {
  const [upper, lower] = [hullOf(above, 1), hullOf(below, -1)];
  // slopes a with k_i - a x_i < k_j - a x_j for every pair: fractions rise / run of safe integers
  let [least, greatest] = [
    { rise: -1, run: 1 },
    { rise: Math.ceil(2 * near) + 1, run: 1 },
  ];
  for (const i of upper)
    for (const j of lower) {
      const [rise, run] = [j.k - i.k, j.at - i.at];
      if (run === 0 && rise <= 0) return null;
      if (run > 0 && rise * greatest.run < greatest.rise * run) greatest = { rise, run };
      if (run < 0 && -rise * least.run > least.rise * -run) least = { rise: -rise, run: -run };
    }
  if (!(least.rise * greatest.run < greatest.rise * least.run)) return null;
  // a larger shift has the same line, so the least one is found by halving
  let found: Bare | null = null;
  let [from, to] = [1, room];
  while (from <= to) {
    const shift = Math.floor((from + to) / 2);
    const line = lineOfShift(upper, lower, least, greatest, shift);
    if (line === null) from = shift + 1;
    else [found, to] = [line, shift - 1];
  }
  return found;
}

interface Fraction {
  readonly rise: number;
  readonly run: number;
}

/** Between two slopes, M and c for a shift; null where no integers will do. */
function lineOfShift(
  upper: readonly Threshold[],
  lower: readonly Threshold[],
  least: Fraction,
  greatest: Fraction,
  shift: number,
): Bare | null {
  const one = 1n << BigInt(shift);
  const points = (list: readonly Threshold[]) => list.map(({ k, at }) => [BigInt(k) * one, BigInt(at)] as const);
  const [reached, short] = [points(upper), points(lower)];
  /** The constants that do for a multiplier, first and last. */
  const constants = (m: bigint): readonly [bigint, bigint] => {
    let [first, last] = [-(1n << 70n), 1n << 70n];
    for (const [k, x] of reached) if (k - m * x > first) first = k - m * x;
    for (const [k, x] of short) if (k - m * x - 1n < last) last = k - m * x - 1n;
    return [first, last];
  };
  const room = (m: bigint): bigint => {
    const [first, last] = constants(m);
    return last - first;
  };
  let lo = floorDivide(BigInt(least.rise) * one, BigInt(least.run)) + 1n;
  let hi = -floorDivide(-BigInt(greatest.rise) * one, BigInt(greatest.run)) - 1n;
  if (lo < 0n) lo = 0n;
  // the room is concave in the multiplier
  while (lo < hi) {
    const middle = (lo + hi) / 2n;
    if (room(middle) < room(middle + 1n)) lo = middle + 1n;
    else hi = middle;
  }
  const [first, last] = constants(lo);
  if (lo > hi || first > last) return null;
  // no points on one side: saturation does the rest, whatever the constant
  const constant = reached.length > 0 ? first : short.length > 0 ? last : 0n;
  return { multiplier: Number(lo), constant: Number(constant), shift };
}

const floorDivide = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b));

/** The points of a list, sorted by place, that no line above (side 1) or below (-1) all of them passes without touching. */
function hullOf(points: readonly Threshold[], side: 1 | -1): Threshold[] {
  const hull: Threshold[] = [];
  for (const p of points) {
    for (; hull.length > 0; hull.pop()) {
      const b = hull[hull.length - 1];
      if (b.at === p.at && side * (p.k - b.k) <= 0) break;
      if (b.at === p.at) continue;
      if (hull.length === 1) break;
      const a = hull[hull.length - 2];
      if (side * ((b.k - a.k) * (p.at - a.at) - (p.k - a.k) * (b.at - a.at)) > 0) break;
    }
    const last = hull[hull.length - 1] as Threshold | undefined;
    if (last?.at !== p.at) hull.push(p);
  }
  return hull;
}

/** Slopes around `near` that are tried, and how far float32 moves them. */
const SLOPES = 81;
const REACH = 4e-7;

/** The points of those thresholds that a line of a slope near f's can have at once: the most for each of several slopes. */
function* nearlyAll({ thresholds, above, below }: Stairs, near: number): Generator<Pick<Stairs, 'above' | 'below'>> {
  const seen = new Set<string>();
  for (let s = 0; s < SLOPES; s++) {
    const slope = near * (1 + (REACH * (2 * s - SLOPES + 1)) / (SLOPES - 1));
    // a threshold is right for the offsets of [k - slope x, k - slope (x - 1))
    const first = thresholds.map(({ k, at }) => k - slope * at);
    const ends = Float64Array.from(first, (b) => b + slope).sort();
    const starts = Float64Array.from(first).sort();
    let [most, offset] = [-1, 0];
    starts.forEach((b, i) => {
      let over = 0;
      for (let [low, high] = [0, ends.length]; low < high;) {
        const middle = (low + high) >> 1;
        if (ends[middle] <= b) low = over = middle + 1;
        else high = middle;
      }
      if (i + 1 - over > most) [most, offset] = [i + 1 - over, b];
    });
    const kept = new Set(thresholds.filter((_, i) => first[i] <= offset && offset < first[i] + slope));
    const key = thresholds.map((one) => Number(kept.has(one))).join('');
    if (seen.has(key)) continue;
    seen.add(key);
    const left = new Set(thresholds.filter((one) => !kept.has(one)).map(({ k }) => k));
    yield { above: above.filter(({ k }) => !left.has(k)), below: below.filter(({ k }) => !left.has(k)) };
  }
}

interface Bounds {
  readonly lo: number;
  readonly hi: number;
  readonly least: number;
  readonly most: number;
}

/** Every integer of the interval at which the saturated line is not f, and by how much: between the thresholds of both. */
function missed(f: Steps, line: Bare, { lo, hi, least, most }: Bounds, { thresholds }: Stairs): Line['exceptions'] {
  const clamp = (y: number): number => Math.min(Math.max(y, least), most);
  const own = valueOf(line);
  const wrong = new Map<number, number>();
  const { thresholds: reached } = stairsOf(own, least, most, lo, hi);
  const first = (list: readonly Threshold[], steps: Steps, k: number): number =>
    list.find((one) => one.k === k)?.at ?? (k <= clamp(steps(lo)) ? lo : hi + 1);
  for (const k of new Set([...thresholds, ...reached].map((one) => one.k))) {
    const [a, b] = [first(thresholds, f, k), first(reached, own, k)];
    for (let x = Math.min(a, b); x < Math.max(a, b); x++)
      if (clamp(f(x)) !== clamp(own(x))) wrong.set(x, clamp(f(x)) - own(x));
  }
  return Array.from(wrong, ([x, add]) => ({ at: x, add }));
}

/** The line alone, its exceptions not counted; exact. */
export const valueOf = ({ multiplier, constant, shift }: Bare): Steps => {
  const [m, c, k] = [BigInt(multiplier), BigInt(constant), BigInt(shift)];
  return (x) => Number((BigInt(x) * m + c) >> k);
};
