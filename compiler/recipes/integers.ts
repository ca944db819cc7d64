// Integers as they are: the form of a map of whole numbers, whatever they are stored as.
import { InferproofError } from '../../verifier/errors.js';
import type { LinearMap } from '../linear/map.js';
import type { IntegerForm } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import type { Planner } from './real.js';

/** Whether two numbers are one but for what float64 rounds. */
export const isNear = (x: number, y: number): boolean => Math.abs(x - y) <= 2 ** -30 * Math.max(1, Math.abs(y));

/** The form whose values are those of the map. Throws 'internal' for one that is not of such numbers. */
export function wholeForm(to: Planner, map: LinearMap, at: ValueId): IntegerForm {
  const { scale, zero, lo, form } = to.exact(map, at);
  const first = Math.round(lo - zero) + 0;
  if (!isNear(scale, 1) || !isNear(lo - zero, first))
    throw new InferproofError('internal', `expected integers in steps of 1, got ${scale}`, {
      where: to.value(at).name,
    });
  return {
    map: { ...form.map, bias: form.map.bias.map((b) => b + first) },
    accLo: form.accLo + first,
    accHi: form.accHi + first,
  };
}
