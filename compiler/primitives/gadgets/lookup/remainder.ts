// The gadget of circuits/lookup/remainder.circom.
import { signalArray, type Gadget } from '../../gadget.js';
import { checkReach } from '../../floors.js';
import { fillLimbs, limbLookups, rangeOf, type Limbs } from '../../tables.js';
import { partOf, type Part } from '../remainder.js';

/**
 * Floor or rest of an a of [0, most], divided by D.
 * @param quotients limbs of the floor
 * @param rests limbs of the rest, as wide; with `ends` those of D - 1 - rest, too
 * Throws 'unbounded' where D q could wrap round the field.
 */
export function lookupRemainder(
  D: number,
  part: Part,
  most: number,
  quotients: Limbs,
  rests: Limbs,
  ends: boolean,
): Gadget {
  const [Lq, Lr, Le] = [quotients.count, rests.count, ends ? rests.count : 0];
  const reach = BigInt(most) + BigInt(D) * (rangeOf(quotients) + 1n) + 2n * rangeOf(rests);
  checkReach(reach, 'a divided value', 'remainder');
  const [l, m, p] = [1, Lq, Lq + Lr - 1];
  const h = p + Math.max(Le - 1, 0);
  const g = h + Lq;
  return {
    file: 'lookup/remainder',
    template: 'LookupRemainder',
    args: [D, Number(part === 'quotient'), Lq, Lr, quotients.width, Number(ends)],
    ports: ['a'],
    challenge: ['X'],
    signals: [
      ...['z', ...signalArray('l', Lq - 1), ...signalArray('m', Lr - 1), ...signalArray('p', Math.max(Le - 1, 0))],
      ...[...signalArray('h', Lq), ...signalArray('g', Lr), ...signalArray('e', Le)],
    ],
    outputs: 1,
    committed: h,
    lookups: [...limbLookups(quotients, h), ...limbLookups(rests, g), ...(ends ? limbLookups(rests, g + Lr) : [])],
    rows: Lq + Lr + Le,
    fill([a], set, hit) {
      const rest = partOf('rest', a, D);
      set(0, partOf(part, a, D));
      fillLimbs(partOf('quotient', a, D), quotients, [set, l], [hit, 0]);
      fillLimbs(rest, rests, [set, m], [hit, Lq]);
      if (ends) fillLimbs(D - 1 - rest, rests, [set, p], [hit, Lq + Lr]);
    },
  };
}
