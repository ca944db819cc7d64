// How far rounded weights move a form. A weight is w S / unit, S the step of its source; half a unit that it loses counts as
// often as the source has steps, so a source of many steps needs many bits of weight, however small its reals are.
import type { LinearMap } from '../linear/map.js';
import { usualOf, type UsedTensor } from './usual.js';
import { scaledPart } from './weights.js';

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
    const { scale } = tensors[part.from];
    const { lo, hi } = usualOf(tensors[part.from]);
    if (typeof scale === 'number') return { ...part, scale, width: hi - lo };
    return { ...scaledPart(map.size, part, tensors), scale: 1, width: hi - lo };
  });
  return (unit) => {
    const variance = new Float64Array(map.size);
    for (const { kernel, kernels, scale, width } of parts) {
      const ofKernel = kernels.map(
        (list) => (spread(list.length) * width) ** 2 * squaredErrors(weightsOf(list), unit / scale),
      );
      for (let o = 0; o < map.size; o++) variance[o] += ofKernel[kernel[o]];
    }
    return variance.map(Math.sqrt);
  };
}

/** The different weights of a kernel and how often each occurs. */
interface Weights {
  readonly values: Float64Array;
  readonly counts: Float64Array;
}

/** Kernels are sorted once: the same ones are asked about at every shift and for every width of the tables. */
const known = new WeakMap<Float64Array, Weights>();

function weightsOf(kernel: Float64Array): Weights {
  const before = known.get(kernel);
  if (before !== undefined) return before;
  const sorted = kernel.slice().sort();
  const values = sorted.filter((w, i) => i === 0 || w !== sorted[i - 1]);
  const counts = new Float64Array(values.length);
  let at = 0;
  for (const w of sorted) {
    if (w !== values[at]) at++;
    counts[at]++;
  }
  const weights = { values, counts };
  known.set(kernel, weights);
  return weights;
}

function squaredErrors({ values, counts }: Weights, unit: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = values[i] / unit;
    sum += (counts[i] * (weight - Math.round(weight))) ** 2;
  }
  return sum;
}
