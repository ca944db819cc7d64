// The gadget of circuits/lookup/wide.circom: a rescale that saturates, without a table as long as its floors.
import { bitLength, signalArray, type Gadget, type Table } from '../../gadget.js';
import { limbLookups, splitLimbs, type Limbs } from '../../tables.js';
import { checkNoWrap, type Bounds } from '../../floors.js';

/** The side of [0, 2^b) on which floors 2^b u .. 2^b u + 2^b - 1 are: 0 below, 1 inside, 2 above. */
export const sideOf = (u: number): number => Math.sign(u) + 1;

/** 6 rows with the remainder in one limb. f is a clamp to [0, 2^b - 1]; `table` holds the sides of all u = floor(q / 2^b). */
export function lookupWide(
  { accLo, accHi }: Bounds,
  shift: number,
  width: number,
  table: Table,
  limbs: Limbs,
  values: Table,
): Gadget {
  const b = bitLength(width);
  checkNoWrap({ accLo, accHi }, shift, shift + b, table);
  const L = limbs.count;
  const r = 3;
  const [e, kappa, h, hv, g] = [3 + L, 4 + L, 5 + L, 6 + L, 7 + L];
  return {
    file: 'lookup/wide',
    template: 'LookupWide',
    args: [shift, limbs.width, b],
    ports: ['acc'],
    challenge: ['X', 'beta'],
    signals: ['y', 'c', 'v', ...signalArray('r', L), 'e', 'kappa', 'h', 'hv', ...signalArray('g', L)],
    outputs: 1,
    committed: 3 + L,
    lookups: [{ table, inverse: h, kappa }, { table: values, inverse: hv, kappa: null }, ...limbLookups(limbs, g)],
    rows: 5 + L,
    fill([acc], set, hit) {
      const rounded = acc + 2 ** (shift - 1);
      const q = Math.floor(rounded / 2 ** shift);
      const u = Math.floor(q / 2 ** b);
      const v = q - u * 2 ** b;
      const c = sideOf(u);
      set(0, Math.min(Math.max(q, 0), width));
      set(1, c);
      set(2, v);
      set(e, c === 1 ? 1 : 0);
      hit(0, u);
      hit(1, v);
      splitLimbs(rounded - q * 2 ** shift, limbs).forEach((limb, i) => {
        set(r + i, limb);
        hit(2 + i, limb);
      });
    },
  };
}
