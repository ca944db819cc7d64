// The gadget of circuits/lookup/divide.circom.
import { checkReach } from '../../floors.js';
import { signalArray, type Gadget } from '../../gadget.js';
import type { IntegerForm } from '../../steps.js';
import { divided } from '../divide.js';
import { fillLimbs, limbLookups, rangeOf, type Limbs } from '../../tables.js';

type Bounds = Pick<IntegerForm, 'accLo' | 'accHi'>;

/**
 * Floor, stored above `lo`, and rest of a form divided by another one, which is above 0: 1 + Ly + 2 L rows.
 * @param rests limbs of the rest and of what it is below the divisor, as wide as those of the quotient
 * Throws 'unbounded' where the product of quotient and divisor could wrap round the field.
 */
export function lookupDivide(a: Bounds, d: Bounds, lo: number, quotients: Limbs, rests: Limbs): Gadget {
  const [Ly, L] = [quotients.count, rests.count];
  const most = ({ accLo, accHi }: Bounds): bigint => BigInt(Math.max(-accLo, accHi));
  const reach = most(a) + (BigInt(Math.abs(lo)) + rangeOf(quotients)) * most(d) + 2n * rangeOf(rests);
  checkReach(reach, 'a divided value', 'divide');
  const [l, m, p, h] = [2, 1 + Ly, Ly + L, Ly + 2 * L - 1];
  const [g, e] = [h + Ly, h + Ly + L];
  return {
    file: 'lookup/divide',
    template: 'LookupDivide',
    args: [lo, Ly, L, quotients.width],
    ports: ['a', 'd'],
    challenge: ['X'],
    signals: [
      ...['y', 'r', ...signalArray('l', Ly - 1), ...signalArray('m', L - 1), ...signalArray('p', L - 1)],
      ...[...signalArray('h', Ly), ...signalArray('g', L), ...signalArray('e', L)],
    ],
    outputs: 2,
    committed: h,
    lookups: [...limbLookups(quotients, h), ...limbLookups(rests, g), ...limbLookups(rests, e)],
    rows: 1 + Ly + 2 * L,
    fill([x, by], set, hit) {
      const { q, rest } = divided(x, by);
      set(0, q - lo);
      set(1, rest);
      fillLimbs(q - lo, quotients, [set, l], [hit, 0]);
      fillLimbs(rest, rests, [set, m], [hit, Ly]);
      fillLimbs(by - 1 - rest, rests, [set, p], [hit, Ly + L]);
    },
  };
}
