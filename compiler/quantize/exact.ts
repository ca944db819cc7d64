// The unit of a form that no rescale follows: an output, or what a maximum compares.
import type { CircuitTensor } from '../circuit/circuit.js';
import { greatest, least } from '../extremes.js';
import { hull, type Intervals } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { roundingErrors } from './rounding.js';
import { largestFactor, sameScale, scaledPart, storedBias } from './weights.js';

/** Bits of the largest weight, and the bits of a result that fill a chunk of a public word: seven values per word. */
export const WEIGHT_BITS = 14;
const CHUNK_BITS = 31;
/** Fewest bits of the largest weight that are kept for the sake of a chunk. */
const LEAST_WEIGHT_BITS = 8;
/** The rounding of an element moves it by at most this share of what it can reach, worst case: real values reach less. */
export const PRECISION = 2 ** -14;
/** Bits of a constant: any float32 is exact in them but for a wide range of exponents. */
const CONSTANT_BITS = 40;

export interface ExactUnit {
  readonly unit: number;
  /** acc = real / unit + offset. */
  readonly offset: number;
  /** Whether no element is moved by more than PRECISION of what the widest of them reaches. */
  readonly isPrecise: boolean;
}

/**
 * The coarsest unit that is precise for every element, beginning with one in which all weights are integers, where there is one.
 * Elements so much narrower than the widest that no unit is precise for both lose in precision.
 * @param reach of every element, in reals
 * @param integers the value has an integer type
 * @param bits of the result, at most
 */
export function exactUnit(
  map: LinearMap,
  tensors: readonly CircuitTensor[],
  reach: Intervals,
  integers: boolean,
  bits: number,
): ExactUnit {
  const same = sameScale(map, tensors);
  if (same) return { unit: same.scale, offset: same.zero, isPrecise: true };
  const kernels = kernelsOf(map, tensors);
  // an input that is held on a model's own grid is a scale times one over it
  const isWhole = (list: Float64Array): boolean =>
    list.every((x) => distance(x) <= 2 ** -40 * Math.max(1, Math.abs(x)));
  if (integers && kernels.every(isWhole) && isWhole(map.bias)) return { unit: 1, offset: 0, isPrecise: true };
  if (kernels.every((kernel) => kernel.length === 0))
    return { unit: constantUnit(map.bias), offset: 0, isPrecise: true };
  const factors = kernels.flatMap((kernel) => Array.from(kernel, Math.abs));
  const widths = reach.hi.map((hi, o) => hi - reach.lo[o]);
  const widest = greatest(widths);
  const errors = roundingErrors(map, tensors);
  const bias = storedBias(map, tensors);
  const { lo, hi } = hull(reach);
  let unit = commonFactor(factors) ?? roundedUnit(greatest(factors), hi - lo);
  for (;;) {
    const offset = integers ? 0 : fractionTo(bias[0] / unit);
    const inUnits = errors(unit).map((error, o) => error + distance(bias[o] / unit + offset));
    // a constant beside live elements is as precise as the widest of them
    const isFine = inUnits.every((error, o) => error * unit <= PRECISION * (widths[o] || widest));
    if (isFine || !((hi - lo) / unit < 2 ** (bits - 1)))
      return { unit, offset, isPrecise: greatest(inUnits) * unit <= PRECISION * widest };
    unit /= 2;
  }
}

/** The keys of a function that jumps: real = step * q + rest. */
export interface Grid {
  readonly step: number;
  readonly rest: number;
  /** Whether every value that the map takes has an integer q. */
  readonly isExact: boolean;
}

/** The grid that holds all that a map takes; where none does, one no coarser than what one step of a source can add. */
export function gridOf(map: LinearMap, tensors: readonly CircuitTensor[]): Grid {
  const kernels = kernelsOf(map, tensors);
  const step = commonFactor(kernels.flatMap((kernel) => Array.from(kernel, Math.abs)));
  const bias = storedBias(map, tensors);
  if (step === null || bias.some((b) => distance((b - bias[0]) / step) > 2 ** -20))
    return { step: largestFactor(map, tensors), rest: 0, isExact: false };
  return { step, rest: bias[0] - Math.round(bias[0] / step) * step, isExact: true };
}

/** One sigma of what the rounding of a factor's weights moves it by, at most, as a share of what it can reach. */
const FACTOR_PRECISION = 2 ** -11;
/** What the constants of a factor are rounded by at most, in steps of its sources. */
const CONSTANT_SHARE = 2 ** -8;

/**
 * The coarsest unit for a form that is multiplied by a live value, and is not shifted by anything: one in which all weights are
 * integers, or else a power of two at least 2^-8 of the largest weight.
 */
export function factorUnit(map: LinearMap, tensors: readonly CircuitTensor[], reach: Intervals): number {
  const factors = kernelsOf(map, tensors).flatMap((kernel) => Array.from(kernel, Math.abs));
  const bias = storedBias(map, tensors);
  const common = commonFactor(factors);
  if (common !== null && bias.every((b) => distance(b / common) <= CONSTANT_SHARE)) return common;
  const errors = roundingErrors(map, tensors);
  const widest = greatest(reach.hi.map((hi, o) => hi - reach.lo[o]));
  let unit = 2 ** (Math.floor(Math.log2(greatest(factors))) - LEAST_WEIGHT_BITS);
  while (greatest(errors(unit)) * unit > FACTOR_PRECISION * widest) unit /= 2;
  return unit;
}

const distance = (x: number): number => Math.abs(x - Math.round(x));

/** The kernels of a map over stored values. */
const kernelsOf = (map: LinearMap, tensors: readonly CircuitTensor[]): readonly Float64Array[] =>
  map.parts.flatMap((part) => scaledPart(map.size, part, tensors).kernels);

/** The smallest factor where it divides all of them, up to weights of WEIGHT_BITS; null where it does not. */
export function commonFactor(factors: readonly number[]): number | null {
  const one = least(factors);
  const isMultiple = (f: number): boolean =>
    f / one < 2 ** WEIGHT_BITS && Math.abs(f / one - Math.round(f / one)) < 2 ** -40;
  return factors.every(isMultiple) ? one : null;
}

/** Weights of WEIGHT_BITS, or of fewer where the result would not fit into a chunk. */
function roundedUnit(largest: number, width: number): number {
  const coarsest = largest / 2 ** LEAST_WEIGHT_BITS;
  return Math.max(largest / 2 ** WEIGHT_BITS, Math.min(width / 2 ** (CHUNK_BITS - 1), coarsest));
}

/** A power of two, so that constants of few bits are exact. */
function constantUnit(bias: Float64Array): number {
  const largest = greatest(bias.map(Math.abs));
  return largest > 0 ? 2 ** (Math.ceil(Math.log2(largest)) - CONSTANT_BITS) : 1;
}

/** What makes x an integer: elements that share their fraction are then exact. */
const fractionTo = (x: number): number => Math.round(x) - x;
