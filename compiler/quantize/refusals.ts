// Why a value has no integers: it reaches too far, no weights are precise, or its elements are on no common grid.
import { InferproofError } from '../../verifier/errors.js';
import { placeOf, type Value } from '../recipes/values.js';

/** Throws 'unbounded' for a magnitude of 2^bits or more, or none at all: float64 could not hold it, or not exactly. */
export function bounded(magnitude: number, bits: number, what: string, value: Value): void {
  if (magnitude < 2 ** bits) return;
  throw new InferproofError('unbounded', `expected ${what} below 2^${bits}, it can reach ${magnitude}`, {
    where: placeOf(value),
    hint: 'give a narrower --input-range, or --calibrate with data so that activations saturate',
  });
}

/** Throws 'unbounded' where no integers are precise. @param error one sigma, in steps of the result; null under a maximum */
export function refuseFaded(error: number | null, value: Value): never {
  const got =
    error === null ? 'it needs more bits than are exact' : `it can move it by ${Number(error.toPrecision(3))}`;
  throw new InferproofError('unbounded', `expected weights whose rounding moves the result by a step at most, ${got}`, {
    where: placeOf(value),
    hint: 'its sources are too wide for its result: scale the columns of the model alike, or give --calibrate with data',
  });
}

export function refuseUnequal(value: Value): never {
  throw new InferproofError(
    'unsupported',
    'expected values of one grid, so that they are equal or not, got computed floats',
    {
      where: placeOf(value),
      hint: 'compare with a tolerance: Less of the Abs of the difference',
    },
  );
}
