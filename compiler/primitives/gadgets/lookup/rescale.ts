// The gadget of circuits/lookup/rescale.circom: u = f(floor((acc + 2^(s-1)) / 2^s)) by look-up.
import { half } from '../rescale.js';
import { signalArray, type Gadget, type Table } from '../../gadget.js';
import { limbLookups, splitLimbs, type Limbs } from '../../tables.js';
import { checkNoWrap, type Bounds } from '../../floors.js';

/** 3 rows with the remainder in one limb, one more for each further limb, 2 without a shift. `table` holds t and f(t) for all floors. */
export function lookupRescale(
  { accLo, accHi }: Bounds,
  shift: number,
  f: (q: number) => number,
  table: Table,
  limbs: Limbs,
): Gadget {
  checkNoWrap({ accLo, accHi }, shift, shift, table);
  const L = limbs.count;
  const [kappa, h, g] = [1 + L, 2 + L, 3 + L];
  return {
    file: 'lookup/rescale',
    template: 'LookupRescale',
    args: [shift, limbs.width],
    ports: ['acc'],
    challenge: ['X', 'beta'],
    signals: ['y', ...signalArray('r', L), 'kappa', 'h', ...signalArray('g', L)],
    outputs: 1,
    committed: 1 + L,
    lookups: [{ table, inverse: h, kappa }, ...limbLookups(limbs, g)],
    rows: 2 + L,
    fill([acc], set, hit) {
      const rounded = acc + half(shift);
      const q = Math.floor(rounded / 2 ** shift);
      set(0, f(q));
      hit(0, q);
      splitLimbs(rounded - q * 2 ** shift, limbs).forEach((limb, i) => {
        set(1 + i, limb);
        hit(1 + i, limb);
      });
    },
  };
}
