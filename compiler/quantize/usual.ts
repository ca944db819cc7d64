// What stored values usually are. A tensor that holds its worst case may be thousands of times wider than what data shows of it: the
// rounding of weights is judged, and centred, where values are. Accuracy alone rests on it, never a bound.
import type { CircuitTensor, IntegerStep } from '../circuit/circuit.js';
import { quantisationOf } from '../circuit/quantisation.js';
import { greatest, least } from '../extremes.js';
import { hull, mapIntervals, type Interval } from '../linear/intervals.js';
import { integerOf } from '../primitives/index.js';
import { isMonotone } from '../recipes/pool-first.js';

/** A tensor, and the stored values that are usual in it; without, all of them are. */
export interface UsedTensor extends CircuitTensor {
  readonly usual?: Interval;
}

export const usualOf = ({ lo, hi, usual }: UsedTensor): Interval => usual ?? { lo: 0, hi: hi - lo };

/** The stored values of a tensor with one scale when its reals are those that data showed. */
export function usualBySeen(tensor: CircuitTensor, seen: Interval): Interval | undefined {
  if (tensor.axis !== null) return undefined;
  const { scale, zero } = quantisationOf(tensor)(0);
  const width = tensor.hi - tensor.lo;
  const stored = (real: number): number => real / scale + zero - tensor.lo;
  const lo = Math.max(Math.floor(stored(seen.lo)), 0);
  const hi = Math.min(Math.ceil(stored(seen.hi)), width);
  return lo < hi ? { lo, hi } : undefined;
}

/** Those of the only tensor of a step that is a product, or rises with its only form, by those of its sources. */
export function usualBySources(
  step: IntegerStep,
  [out, ...others]: readonly CircuitTensor[],
  tensors: readonly UsedTensor[],
): Interval | undefined {
  if (others.length > 0) return undefined;
  const of = ({ map }: IntegerStep['forms'][number]): Interval => hull(mapIntervals(map, (id) => usualOf(tensors[id])));
  const record = integerOf(step);
  if (record.factors) {
    const [a, b] = step.forms.map(of);
    const corners = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi];
    return inside({ lo: least(corners) - out.lo, hi: greatest(corners) - out.lo }, out);
  }
  if (!isMonotone(step)) return undefined;
  const { lo, hi } = of(step.forms[0]);
  const [[from], [to]] = [lo, hi].map((acc) => record.evaluate(step, [Float64Array.of(acc)], [out])[0]);
  return inside({ lo: from, hi: to }, out);
}

/** Values above the least that a tensor stores, as far as it holds them. */
function inside({ lo, hi }: Interval, tensor: CircuitTensor): Interval | undefined {
  const [from, to] = [Math.max(lo, 0), Math.min(hi, tensor.hi - tensor.lo)];
  return from < to ? { lo: from, hi: to } : undefined;
}
