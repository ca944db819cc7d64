// The step function of two integers that a quantised Add is, as floor((a A + b B + C) / 2^K) for every pair of an interval.
import type { Line } from './line.js';

export interface Range {
  readonly lo: number;
  readonly hi: number;
}

export interface TwoLines {
  readonly a: number;
  readonly b: number;
  readonly constant: number;
  readonly shift: number;
  /** Of the key of a pair: `keyOf`. */
  readonly exceptions: Line['exceptions'];
}

/** What a runtime computes of a pair before it rounds, nearly: a A + b B + C. */
export interface Near {
  readonly a: number;
  readonly b: number;
  readonly constant: number;
}

/** Pairs whose sum is this near to a step tell where the plane can lie. */
const NEAR = 2 ** -9;
/** How far the plane is from what the runtime computes: it rounds to float32 behind each of two steps. */
const REACH = 2 ** -19;
const ROUNDS = 48;
const LEAST_SHIFT = 8;
const MOST_SHIFT = 36;
/** Rows of exceptions that are worth less than a plane: more pairs than these mean that the scales are out of proportion. */
const MOST_EXCEPTIONS = 16;

/** One integer of a pair, another for each: the first one counts blocks of all second ones. */
export const keyOf = (b: Range): { readonly factor: number; readonly offset: number } => ({
  factor: b.hi - b.lo + 1,
  offset: -b.lo,
});

/** f saturated to [least, most] over two intervals. Null where no plane comes near enough. */
export function twoLinesOf(
  f: (a: number, b: number) => number,
  near: Near,
  least: number,
  most: number,
  ranges: readonly [Range, Range],
): TwoLines | null {
  const clamp = (y: number): number => Math.min(Math.max(y, least), most);
  const [as, bs] = ranges;
  const steps: Step[] = [];
  for (let a = as.lo; a <= as.hi; a++)
    for (let b = bs.lo; b <= bs.hi; b++) {
      const y = clamp(f(a, b));
      const real = a * near.a + b * near.b + near.constant + 0.5; // floor of it, nearly, is f
      if (y > least && real - y < NEAR) steps.push({ a, b, gap: y - real, isReached: true });
      if (y < most && y + 1 - real < NEAR) steps.push({ a, b, gap: y + 1 - real, isReached: false });
    }
  const plane = widest(steps);
  let best: TwoLines | null = null;
  for (let shift = LEAST_SHIFT; shift <= MOST_SHIFT; shift++) {
    const one = 2 ** shift;
    const [a, b] = [Math.round((near.a + plane.a) * one), Math.round((near.b + plane.b) * one)];
    const constant = Math.round((near.constant + 0.5 + plane.constant) * one);
    const found = { a, b, constant, shift, exceptions: missed(f, { a, b, constant, shift }, clamp, ranges) };
    if (found.exceptions.length === 0) return found;
    if (best === null || found.exceptions.length < best.exceptions.length) best = found;
  }
  return best !== null && best.exceptions.length <= MOST_EXCEPTIONS ? best : null;
}

interface Step {
  readonly a: number;
  readonly b: number;
  /** What a plane has to add to reach it, or must stay below. */
  readonly gap: number;
  readonly isReached: boolean;
}

/** The small plane that keeps farthest from all steps: the room between both kinds is concave in its two slopes. */
function widest(steps: readonly Step[]): Near {
  const roomOf = (a: number, b: number): readonly [room: number, constant: number] => {
    let [from, to] = [-REACH * 256, REACH * 256];
    for (const step of steps) {
      const gap = step.gap - a * step.a - b * step.b;
      if (step.isReached) from = Math.max(from, gap);
      else to = Math.min(to, gap);
    }
    return [to - from, (from + to) / 2];
  };
  const bestB = (a: number): number => peak((b) => roomOf(a, b)[0]);
  const a = peak((one) => roomOf(one, bestB(one))[0]);
  const b = bestB(a);
  return { a, b, constant: roomOf(a, b)[1] };
}

/** Where a concave function of [-REACH, REACH] is greatest, by golden sections. */
function peak(f: (x: number) => number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [lo, hi] = [-REACH, REACH];
  let [left, right] = [hi - ratio * (hi - lo), lo + ratio * (hi - lo)];
  let [atLeft, atRight] = [f(left), f(right)];
  for (let round = 0; round < ROUNDS; round++) {
    if (atLeft > atRight) {
      [hi, right, atRight] = [right, left, atLeft];
      left = hi - ratio * (hi - lo);
      atLeft = f(left);
    } else {
      [lo, left, atLeft] = [left, right, atRight];
      right = lo + ratio * (hi - lo);
      atRight = f(right);
    }
  }
  return (lo + hi) / 2;
}

/** Every pair at which the saturated floor is not f, by its key, and by how much. */
function missed(
  f: (a: number, b: number) => number,
  plane: Omit<TwoLines, 'exceptions'>,
  clamp: (y: number) => number,
  [as, bs]: readonly [Range, Range],
): Line['exceptions'] {
  const { factor, offset } = keyOf(bs);
  const wrong: { at: number; add: number }[] = [];
  for (let a = as.lo; a <= as.hi; a++)
    for (let b = bs.lo; b <= bs.hi; b++) {
      const own = Math.floor((a * plane.a + b * plane.b + plane.constant) / 2 ** plane.shift);
      const y = clamp(f(a, b));
      if (clamp(own) !== y) wrong.push({ at: a * factor + b + offset, add: y - own });
      if (wrong.length > MOST_EXCEPTIONS) return wrong;
    }
  return wrong;
}
