// narrow: an exact tensor in fewer bits, for readers that must multiply it by precise weights. The step grows by a power of two,
// so the weight is 1 and nothing but the floor is rounded; all floors are inside, so it saturates nothing.
import { identityMap } from '../linear/maps.js';
import { floorsOf } from '../primitives/floors.js';
import { bitLength } from '../primitives/gadget.js';
import { type RescaleOwn, rescale } from '../primitives/rescale.js';
import type { TensorId } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import { sizeOf } from '../tensor.js';
import type { Planner } from './real.js';

/** Bits that are left: 2^-20 of all that the tensor can reach, */
const NARROW_BITS = 20;
/** and 2^-14 of what it usually is. */
const USUAL_BITS = 14;

/**
 * The tensor in NARROW_BITS; null for one that is no wider, or whose elements have scales of their own.
 * @param at the value that reads it: what a tensor of no value of the graph is shown as
 */
export function narrow(to: Planner, from: TensorId, at: ValueId): TensorId | null {
  const { value, name, lo, hi, scale, zero, shape } = to.tensor(from);
  const shift = Math.min(bitLength(hi - lo) + 1 - NARROW_BITS, bitLength(to.usualWidth(from)) - USUAL_BITS);
  if (shift < 2 || typeof scale !== 'number' || typeof zero !== 'number') return null;
  const form = { map: identityMap(from, sizeOf(shape)), accLo: 0, accHi: hi - lo };
  const own: RescaleOwn = { shift, f: { kind: 'clamp' } };
  const step = scale * 2 ** shift;
  const [tensor] = to.emit({ kind: rescale.kind, forms: [form], own }, [
    {
      of: value ?? at,
      holds: value !== null,
      name: `${name} narrowed`,
      shape,
      lo: 0,
      hi: 2 ** bitLength(floorsOf(form, shift).hi) - 1,
      scale: step,
      zero: (zero - lo) / 2 ** shift,
    },
  ]);
  return tensor;
}
