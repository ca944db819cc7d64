// The gadget of circuits/lookup/max.circom.
import { signalArray, type Gadget } from '../../gadget.js';
import { limbLookups, splitLimbs, type Limbs } from '../../tables.js';

/** The larger of two forms that differ by at most the range of `limbs`: one row per limb, plus one. */
export function lookupMax(limbs: Limbs): Gadget {
  const { count: L, width } = limbs;
  return {
    file: 'lookup/max',
    template: 'LookupMax',
    args: [L, width],
    ports: ['a', 'b'],
    challenge: ['X'],
    signals: ['m', ...signalArray('l', L - 1), ...signalArray('h', L)],
    outputs: 1,
    committed: L,
    lookups: limbLookups(limbs, L),
    rows: 1 + L,
    fill([a, b], set, hit) {
      set(0, Math.max(a, b));
      splitLimbs(Math.abs(a - b), limbs).forEach((limb, i) => {
        if (i < L - 1) set(1 + i, limb);
        hit(i, limb);
      });
    },
  };
}
