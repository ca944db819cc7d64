// A table of a function that a primitive needs on its way, in steps that it chose.
import { TABLE_BITS } from '../limits.js';
import type { LinearMap } from '../linear/map.js';
import { floorsOf } from '../primitives/floors.js';
import { trimmed } from './trimmed.js';
import { type RescaleOwn, rescale } from '../primitives/rescale.js';
import type { TensorId } from '../primitives/steps.js';
import type { Planner, TensorPlan } from './real.js';

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
  const { shift, form } = to.rescaled(map, step, 0, of, { asKeys: true });
  const { lo, hi } = floorsOf(form, shift);
  to.bounded(hi - lo, TABLE_BITS, 'rows of a table', of);
  const all = new Float64Array(hi - lo + 1).map((_, i) => f((lo + i) * step));
  const own: RescaleOwn = { shift, f: trimmed(name ?? to.value(of).name, lo, all) };
  return to.emit({ kind: rescale.kind, forms: [form], own }, [tensor])[0];
}
