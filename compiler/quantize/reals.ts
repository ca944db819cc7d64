// The reals that the stored values of tensors stand for: all that they can be, and those that are usual.
import type { CircuitTensor } from '../circuit/circuit.js';
import { quantisationOf } from '../circuit/quantisation.js';
import { rangeOfElement } from '../../verifier/words.js';
import type { Interval, Intervals, Reach } from '../linear/intervals.js';
import { sizeOf } from '../tensor.js';
import type { UsedTensor } from './usual.js';

/** What the reals of a tensor usually are. */
export function usualReals(tensor: UsedTensor): Reach | Intervals {
  if (tensor.usual === undefined) return realIntervals(tensor);
  const { scale, zero } = quantisationOf(tensor)(0);
  const real = (u: number): number => scale * (u + tensor.lo - zero);
  return { lo: real(tensor.usual.lo), hi: real(tensor.usual.hi) };
}

/** What a tensor's reals can be: one interval, or one per element where scales or ranges differ. */
export function realIntervals(tensor: CircuitTensor): Reach | Intervals {
  const of = quantisationOf(tensor);
  const rangeOf = rangeOfElement(tensor);
  const real = (i: number): Interval => {
    const [lo, hi] = rangeOf(i).map((int) => of(i).scale * (int - of(i).zero));
    return { lo, hi };
  };
  const { ball } = tensor;
  if (ball) return { ...real(0), ball: { ...ball, centre: 0, radius: of(0).scale * ball.radius } };
  if (tensor.axis === null && !tensor.columns) return real(0);
  const size = sizeOf(tensor.shape);
  return {
    lo: Float64Array.from({ length: size }, (_, i) => real(i).lo),
    hi: Float64Array.from({ length: size }, (_, i) => real(i).hi),
  };
}
