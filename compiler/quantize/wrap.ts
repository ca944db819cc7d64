// Integers wrap around in ONNX and a proof's do not: a value of an integer type whose proven interval leaves the type is refused.
// The graph keeps every such value for this, those composed into their readers too (graph/fuse.ts).
import { EXACT_BITS } from '../limits.js';
import type { Planner } from '../primitives/real.js';
import type { ValueId } from '../primitives/steps.js';
import { integerRange } from '../tensor.js';

/** Throws 'unsupported' at the node of a planned value that its integer type may not hold, 'unbounded' for one of 2^53 or more. */
export function refuseWrapping(to: Planner, id: ValueId): void {
  const { dtype } = to.value(id);
  const type = integerRange(dtype);
  if (type === null) return;
  const { lo, hi } = to.reach(to.map(id));
  if (lo < type.lo || hi > type.hi)
    to.refuse(
      `expected values of ${dtype}, in [${type.lo}, ${type.hi}], they can be anything in [${lo}, ${hi}]`,
      'an integer beyond its type wraps around, which is not proved: give a narrower --input-range, or cast to a wider type or float',
      id,
    );
  to.bounded(Math.max(Math.abs(lo), Math.abs(hi)), EXACT_BITS, 'an integer', id);
}
