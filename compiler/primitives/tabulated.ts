// A table of a function that a primitive needs on its way, in steps that it chose.
import type { LinearMap } from '../linear/map.js';
import { TABLE_BITS } from '../limits.js';
import { floorsOf } from './floors.js';
import type { Planner, TensorPlan } from './real.js';
import { rescale, type RescaleOwn } from './rescale.js';
import type { TensorId } from './steps.js';

/**
 * The step u = f(x) for x in multiples of `step`.
 * @param f stored values, from 0 to hi - lo of the tensor
 */
export function tabulated(
  to: Planner,
  map: LinearMap,
  step: number,
  f: (x: number) => number,
  tensor: TensorPlan,
): TensorId {
  const { of, name } = tensor;
  const { shift, form } = to.rescaled(map, step, 0, of);
  const { lo, hi } = floorsOf(form, shift);
  to.bounded(hi - lo, TABLE_BITS, 'rows of a table', of);
  const all = new Float64Array(hi - lo + 1).map((_, i) => f((lo + i) * step));
  let [first, last] = [0, all.length - 1];
  while (first < last && all[first + 1] === all[first]) first++;
  while (last > first && all[last - 1] === all[last]) last--;
  const values = all.slice(first, last + 1);
  const own: RescaleOwn = { shift, f: { kind: 'values', name: name ?? to.value(of).name, first: lo + first, values } };
  return to.emit({ kind: rescale.kind, forms: [form], own }, [tensor])[0];
}
