// The gadget of circuits/lookup/tails.circom: a function by look-up that takes one value on each side of the keys of its table.
import { half } from '../rescale.js';
import { signalArray, type Gadget, type Table } from '../../gadget.js';
import { limbLookups, splitLimbs, type Limbs } from '../../tables.js';
import { checkNoWrap, type Bounds } from '../../floors.js';
import { sideOf } from './wide.js';

/** The keys first .. first + 2^bits - 1, and the values of f below and above them. */
export interface Tails {
  readonly first: number;
  readonly bits: number;
  readonly lo: number;
  readonly hi: number;
}

/** 7 rows with the remainder in one limb. `sides` holds the sides of all u; `values` t and f(first + t), for exactly 2^bits keys. */
export function lookupTails(
  { accLo, accHi }: Bounds,
  shift: number,
  { first, bits, lo, hi }: Tails,
  sides: Table,
  limbs: Limbs,
  values: Table,
): Gadget {
  const offset = first * 2 ** shift;
  checkNoWrap({ accLo: accLo - offset, accHi: accHi - offset }, shift, shift + bits, sides);
  const L = limbs.count;
  const r = 4;
  const [e, kappa, lambda, h, hv, g] = [4 + L, 5 + L, 6 + L, 7 + L, 8 + L, 9 + L];
  return {
    file: 'lookup/tails',
    template: 'LookupTails',
    args: [shift, limbs.width, bits, first, lo, hi],
    ports: ['acc'],
    challenge: ['X', 'beta'],
    signals: ['y', 'c', 'v', 'p', ...signalArray('r', L), 'e', 'kappa', 'lambda', 'h', 'hv', ...signalArray('g', L)],
    outputs: 1,
    committed: 4 + L,
    lookups: [
      { table: sides, inverse: h, kappa },
      { table: values, inverse: hv, kappa: lambda },
      ...limbLookups(limbs, g),
    ],
    rows: 6 + L,
    fill([acc], set, hit) {
      const rounded = acc + half(shift);
      const q = Math.floor(rounded / 2 ** shift);
      const u = Math.floor((q - first) / 2 ** bits);
      const v = q - first - u * 2 ** bits;
      const c = sideOf(u);
      const p = values.values![v];
      set(0, c === 1 ? p : c === 0 ? lo : hi);
      set(1, c);
      set(2, v);
      set(3, p);
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
