// The gadget of circuits/lookup/range.circom.
import { signalArray, type Gadget } from '../../gadget.js';
import { limbLookups, splitLimbs, type Limbs } from '../../tables.js';

/** A linear form in the range of its limbs: one row per limb. */
export function lookupRange(limbs: Limbs): Gadget {
  const { count: L, width } = limbs;
  return {
    file: 'lookup/range',
    template: 'LookupRange',
    args: [L, width],
    ports: ['x'],
    challenge: ['X'],
    signals: [...signalArray('l', L - 1), ...signalArray('h', L)],
    outputs: 0,
    committed: L - 1,
    lookups: limbLookups(limbs, L - 1),
    rows: L,
    fill([x], set, hit) {
      splitLimbs(x, limbs).forEach((limb, i) => {
        if (i < L - 1) set(i, limb);
        hit(i, limb);
      });
    },
  };
}
