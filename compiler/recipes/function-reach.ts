// What a function does on an interval: whether it has a value everywhere, what it reaches, how steep it is. Curves are read off samples.
import { greatest, least } from '../extremes.js';
import type { Interval } from '../linear/intervals.js';
import { between, termIntervals } from './formula.js';
import { type NamedFunction, type PointFunction, applyPoint, applyPoints, formula, functionKind, hasJumps, isTwoLines } from './functions.js'; // prettier-ignore

const isDefinedNamed = ({ name, params }: NamedFunction, x: Interval): boolean =>
  functionKind(name).isDefined?.(x, params) ?? true;

/** Whether f has a value everywhere on the interval, and a function of a formula wherever it is taken. */
export function isDefined(f: PointFunction, of: Interval): boolean {
  if (f.name !== 'formula') return isDefinedNamed(f, of);
  const proved = termIntervals(f.terms, of, ({ name, params }, { lo, hi }) => {
    const { isMonotone, apply } = functionKind(name);
    return isMonotone === true ? [apply(lo, params), apply(hi, params)] : null;
  });
  const { x, y } = samplesOf(f, of);
  return (
    !y.some(Number.isNaN) &&
    f.terms.every((term) => {
      if (term.op !== 'function' || isDefinedNamed(term.f, proved[term.of[0]])) return true;
      const argument = formula(f.terms.slice(0, term.of[0]));
      return isDefinedNamed(term.f, between(term.of[0] === 0 ? x : applyPoints(argument, x)));
    })
  );
}

/** Pieces into which an interval is cut to look at a function, besides 0. */
const PIECES = 2 ** 14;

interface Samples {
  readonly of: Interval;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** The last samples of each function: plans that are compared ask for the same ones. */
const known = new WeakMap<PointFunction, Samples>();

/** f at evenly spaced points of an interval, its ends and 0 among them. */
function samplesOf(f: PointFunction, of: Interval): Samples {
  const last = known.get(f);
  if (last?.of.lo === of.lo && last.of.hi === of.hi) return last;
  const { lo, hi } = of;
  const x = new Float64Array(PIECES + 1).map((_, i) => (i === PIECES ? hi : lo + ((hi - lo) / PIECES) * i));
  if (lo < 0 && hi > 0) x[Math.round((-lo / (hi - lo)) * PIECES)] = 0; // in place of the nearest one, unless that is an end
  [x[0], x[PIECES]] = [lo, hi];
  const samples = { of, x, y: applyPoints(f, x) };
  known.set(f, samples);
  return samples;
}

/**
 * The values of f over an interval, as far as samples show them: nothing rests on them but the scale of a result, which
 * saturates. A function of two lines has them at its ends.
 */
export function reachOf(f: PointFunction, { lo, hi }: Interval): Interval {
  if (isTwoLines(f)) return { lo: applyPoint(f, lo), hi: applyPoint(f, hi) };
  const { y } = samplesOf(f, { lo, hi });
  return { lo: least(y), hi: greatest(y) };
}

/**
 * The steepest slope of f over an interval, where its values lie in `range`: beyond it a result saturates. Where f jumps, that of the
 * flatter half of each piece: a jump is in one half of it.
 */
export function slopeOf(f: PointFunction, of: Interval, range: Interval): number {
  const { x, y } = samplesOf(f, of);
  const jumps = hasJumps(f);
  let steepest = 0;
  for (let i = 1; i < x.length; i++) {
    const isSeen = Math.max(y[i - 1], y[i]) >= range.lo && Math.min(y[i - 1], y[i]) <= range.hi;
    if (!isSeen) continue;
    const middle = jumps ? applyPoint(f, (x[i - 1] + x[i]) / 2) : NaN;
    const rise = jumps ? 2 * Math.min(Math.abs(middle - y[i - 1]), Math.abs(y[i] - middle)) : Math.abs(y[i] - y[i - 1]);
    steepest = Math.max(steepest, rise / (x[i] - x[i - 1]));
  }
  return steepest;
}
