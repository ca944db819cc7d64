// The form that a question about a value is asked of: whether it is at least 0, or 0. Only its sign counts, so each element has a unit
// of its own. Where one coefficient of an element divides the others, as for a value against a constant or against another value
// of the same scale, that is the unit: the answer is then exact on the grid of the sources, ties included, and the form has no
// more bits than they do.
import type { CircuitTensor } from '../circuit/circuit.js';
import { quantisationOf } from '../circuit/quantisation.js';
import { greatest } from '../extremes.js';
import { storedReach } from '../circuit/reach.js';
import { mapIntervals, type Intervals } from '../linear/intervals.js';
import { constantMap, type LinearMap, type LinearPart } from '../linear/map.js';
import { commonFactor, PRECISION, WEIGHT_BITS } from './exact.js';
import { roundingErrors } from './rounding.js';
import { scaledPart, storedBias } from './weights.js';

/** What of a value is asked for. */
export type Aspect = 'sign' | 'zero';

export interface Decided {
  /** Over stored values: its sign is that of the value, or it is 0 where the value is. */
  readonly map: LinearMap;
  /** Whether rounded weights move no element by more than PRECISION of what it can reach; for a zero, whether none is rounded. */
  readonly isPrecise: boolean;
}

/** A threshold so near to a step of the grid is meant to be on it: float32 has 24 bits, and a step is never in doubt. */
const TIE = { steps: 2 ** -20, share: 2 ** -22, most: 2 ** -5 };

/**
 * @param reach of every element, in reals
 * @param bits of the result, at most
 */
export function decidedForm(
  map: LinearMap,
  tensors: readonly CircuitTensor[],
  aspect: Aspect,
  reach: Intervals,
  bits: number,
): Decided {
  const parts = map.parts.map((part) => scaledPart(map.size, part, tensors));
  const { group, count, first } = groupsOf(map.size, parts);
  const kernelsOf = (g: number): Float64Array[] => parts.map(({ kernel, kernels }) => kernels[kernel[first[g]]]);
  const units = Float64Array.from({ length: count }, (_, g) => ownUnit(kernelsOf(g).flatMap((list) => Array.from(list, Math.abs)))); // prettier-ignore
  const isRounded = units.map((unit) => Number(Number.isNaN(unit)));
  if (
    isRounded.includes(1) &&
    (aspect === 'zero' || !roundUnits(map, tensors, parts, group, isRounded, units, reach, bits))
  )
    return beyondZero(map, tensors, reach) ?? { map, isPrecise: false };
  const zeros = storedBias(map, tensors);
  const whole: LinearMap = {
    size: map.size,
    bias: new Float64Array(map.size),
    parts: parts.map((part, p) => ({
      ...part,
      pattern: part.pattern.slice(),
      kernel: group.slice(),
      patterns: [...part.patterns, new Int32Array(0)],
      kernels: [
        ...Array.from({ length: count }, (_, g) => kernelsOf(g)[p].map((w) => Math.round(w / units[g]) + 0)),
        new Float64Array(0),
      ],
    })),
  };
  const { lo, hi } = mapIntervals(whole, (id) => storedReach(tensors[id]));
  for (let o = 0; o < map.size; o++) {
    const unit = units[group[o]];
    const at = zeros[o] / unit;
    const slack = Math.min(TIE.steps + TIE.share * (Math.abs(at) + Math.abs(map.bias[o] / unit)), TIE.most);
    const { near, isWhole, below } =
      lo[o] === hi[o]
        ? { near: at, isWhole: zeros[o] === 0, below: Math.sign(zeros[o]) }
        : (levelOf(o, map, tensors) ?? {
            near: Math.round(at),
            isWhole: Math.abs(at - Math.round(at)) <= slack,
            below: Math.floor(at),
          });
    if (aspect === 'sign') {
      // beyond what the terms reach the answer is settled, and the form need not be wider
      const bias = isWhole ? near : below;
      whole.bias[o] = Math.min(Math.max(bias, -hi[o] - 1), -lo[o]) + 0;
    } else if (isWhole && near + lo[o] <= 0 && near + hi[o] >= 0) whole.bias[o] = near;
    else {
      // never 0, whatever the sources are
      whole.bias[o] = 1;
      for (const part of whole.parts) {
        part.pattern[o] = part.patterns.length - 1;
        part.kernel[o] = count;
      }
    }
  }
  return { map: whole, isPrecise: true };
}

/** Where no weights answer, what the intervals say: a constant, if all elements are on one side of 0 by more than floats round. */
function beyondZero(map: LinearMap, tensors: readonly CircuitTensor[], { lo, hi }: Intervals): Decided | null {
  const rounding = storedBias(map, tensors).map(
    (zero, o) => TIE.share * (Math.abs(zero) + Math.abs(map.bias[o]) + hi[o] - lo[o]),
  );
  const isAbove = rounding.every((most, o) => lo[o] > most);
  if (!isAbove && !rounding.every((most, o) => hi[o] < -most)) return null;
  return { map: constantMap(new Float64Array(map.size).fill(isAbove ? 1 : -1)), isPrecise: true };
}

/** Where a constant stands among the stored integers that it is compared with. */
interface Level {
  /** The integer that it is, where `isWhole`. */
  readonly near: number;
  readonly isWhole: boolean;
  /** The next integer below it. */
  readonly below: number;
}

/**
 * An input against a constant. Between two whole numbers, which are what an input of scale 1 holds, it stays between them. In other
 * grids it is rounded as a number of the input is, so that numbers which are equal in the data stay equal. Null for any other element, whose unit says what is between.
 */
function levelOf(o: number, { bias, parts }: LinearMap, tensors: readonly CircuitTensor[]): Level | null {
  const terms = parts.flatMap(({ from, base, pattern, kernel, patterns, kernels }) =>
    Array.from(kernels[kernel[o]], (weight, k) => ({ from, weight, at: base[o] + patterns[pattern[o]][k] })),
  );
  if (terms.length !== 1 || tensors[terms[0].from].operator !== 'input') return null;
  const [{ from, weight, at }] = terms;
  const { scale, zero } = quantisationOf(tensors[from])(at);
  const { lo } = tensors[from];
  if (scale === 1 && Number.isInteger(zero)) {
    if (Math.abs(weight) !== 1) return null;
    // the constant alone is rounded: beside the ends of a wide range what it is above a whole number could be lost
    const below = Math.floor(bias[o]) + weight * (lo - zero) + 0;
    return { near: below, isWhole: Number.isInteger(bias[o]), below };
  }
  const level = Math.round(-bias[o] / weight / scale + zero) - lo;
  const near = -Math.sign(weight) * level + 0;
  return { near, isWhole: true, below: near };
}

/** Elements whose kernels are the same ones, part by part; `first` has an element of each group. */
function groupsOf(size: number, parts: readonly LinearPart[]) {
  const numbers = new Map<string, number>();
  const first: number[] = [];
  const group = Int32Array.from({ length: size }, (_, o) => {
    const key = parts.map(({ kernel }) => kernel[o]).join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, first.length);
    return first.push(o) - 1;
  });
  return { group, count: first.length, first };
}

/** The unit in which all coefficients of an element are integers; NaN where there is none. */
function ownUnit(factors: readonly number[]): number {
  if (factors.length === 0) return 1;
  return commonFactor(factors) ?? (factors.every((f) => Number.isInteger(f) && f < 2 ** WEIGHT_BITS) ? 1 : NaN);
}

/** Fills in the coarsest units that are precise; false where there is none below so many bits. */
function roundUnits(
  map: LinearMap,
  tensors: readonly CircuitTensor[],
  parts: readonly LinearPart[],
  group: Int32Array,
  isRounded: Float64Array,
  units: Float64Array,
  reach: Intervals,
  bits: number,
): boolean {
  const errors = roundingErrors(map, tensors);
  const widths = reach.hi.map((hi, o) => hi - reach.lo[o]);
  const widest = new Float64Array(units.length);
  widths.forEach((width, o) => (widest[group[o]] = Math.max(widest[group[o]], width)));
  const largest = greatest(parts.flatMap(({ kernels }) => kernels.flatMap((list) => Array.from(list, Math.abs))));
  let unit = largest / 2 ** WEIGHT_BITS;
  for (;;) {
    const moved = errors(unit);
    const isCoarse = new Uint8Array(units.length);
    moved.forEach((error, o) => {
      if (!(error * unit <= PRECISION * widths[o])) isCoarse[group[o]] = 1;
    });
    let open = false;
    for (let g = 0; g < units.length; g++) {
      if (isRounded[g] === 0 || !Number.isNaN(units[g])) continue;
      const isLast = !(widest[g] / unit < 2 ** (bits - 1));
      if (isCoarse[g] === 0 || isLast) units[g] = unit;
      if (isCoarse[g] === 1 && isLast) return false;
      if (isCoarse[g] === 1) open = true;
    }
    if (!open) return true;
    unit /= 2;
  }
}
