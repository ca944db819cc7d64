// How far rounded weights move a form. A weight is w S / unit, S the step of its source; half a unit that it loses counts as
// often as the source has steps, so a source of many steps needs many bits of weight, however small its reals are.
import type { LinearMap } from '../linear/map.js';
import { usualOf, type UsedTensor } from './usual.js';
import { scaling } from './weights.js';

/** Standard deviation of a stored value over its width: 0.29 where all values are equally frequent. */
export const SPREAD = 0.3;

/** The same for the sum of n terms, whose errors average out; that of a single one is a gain, which shows at its full width. */
const spread = (terms: number): number => SPREAD + (1 - SPREAD) / Math.max(terms, 1);

/**
 * One standard deviation of the error of every element, in units, as a function of the unit. Equal weights are rounded alike, so
 * that their errors add up; those of different weights are independent.
 */
export function roundingErrors(map: LinearMap, tensors: readonly UsedTensor[]): (unit: number) => Float64Array {
  const parts = map.parts.map((part) => {
    const { lo, hi } = usualOf(tensors[part.from]);
    const { scaled, scale } = scaling(map.size, part, tensors);
    return { ...scaled, scale, width: hi - lo };
  });
  return (unit) => {
    const variance = new Float64Array(map.size);
    for (const { kernel, kernels, scale, width } of parts) {
      const squared = squaredErrors(kernels, unit / scale);
      const ofKernel = Float64Array.from(kernels, (list, k) => (spread(list.length) * width) ** 2 * squared[k]);
      for (let o = 0; o < map.size; o++) variance[o] += ofKernel[kernel[o]];
    }
    return variance.map(Math.sqrt);
  };
}

/** What was asked about lists of kernels, by the unit: plans that are compared ask about the same ones. */
const known = new WeakMap<readonly Float64Array[], Map<number, Float64Array>>();
/** Units that are kept: about as many as shifts that are tried. */
const MOST_UNITS = 16;

/** Of each kernel, the sum over its different weights of the square of what rounding moves all that are equal by. */
function squaredErrors(kernels: readonly Float64Array[], unit: number): Float64Array {
  const units = known.get(kernels) ?? new Map<number, Float64Array>();
  const before = units.get(unit);
  if (before !== undefined) return before;
  const errors = Float64Array.from(kernels, (kernel) => squaredError(kernel, unit));
  if (units.size >= MOST_UNITS) units.clear();
  known.set(kernels, units.set(unit, errors));
  return errors;
}

/** The different weights of a kernel and how often each occurs. */
interface Weights {
  readonly values: Float64Array;
  readonly counts: Float64Array;
}

/** Kernels are sorted once: the same ones are asked about at every shift and for every width of the tables. */
const sorts = new WeakMap<Float64Array, Weights | 'distinct'>();

function weightsOf(kernel: Float64Array): Weights | 'distinct' {
  const before = sorts.get(kernel);
  if (before !== undefined) return before;
  const sorted = kernel.slice().sort();
  const counts: number[] = [];
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i > 0 && sorted[i] === sorted[distinct - 1]) counts[distinct - 1]++;
    else {
      sorted[distinct++] = sorted[i];
      counts.push(1);
    }
  }
  const weights =
    distinct === kernel.length ? 'distinct' : { values: sorted.slice(0, distinct), counts: Float64Array.from(counts) };
  sorts.set(kernel, weights);
  return weights;
}

function squaredError(kernel: Float64Array, unit: number): number {
  const weights = weightsOf(kernel);
  const [values, counts] = weights === 'distinct' ? [kernel, null] : [weights.values, weights.counts];
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = values[i] / unit;
    sum += ((counts ? counts[i] : 1) * (weight - Math.round(weight))) ** 2;
  }
  return sum;
}
