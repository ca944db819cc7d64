// The gadget of circuits/lookup/compare.circom.
import { bitLength, signalArray, type Gadget } from '../../gadget.js';
import { limbLookups, splitLimbs, type Limbs } from '../../tables.js';

/** [d >= 0] of a form in [-N, N), N the range of `limbs`, a power of two: one row per limb, plus one. */
export function lookupCompare(limbs: Limbs): Gadget {
  const { count: L, width, top } = limbs;
  const t = bitLength(top.size - 1);
  const N = 2 ** (width * (L - 1) + t);
  return {
    file: 'lookup/compare',
    template: 'LookupCompare',
    args: [L, width, t],
    ports: ['d'],
    challenge: ['X'],
    signals: ['c', ...signalArray('l', L - 1), ...signalArray('h', L)],
    outputs: 1,
    committed: L,
    lookups: limbLookups(limbs, L),
    rows: 1 + L,
    fill([d], set, hit) {
      const c = Number(d >= 0);
      set(0, c);
      splitLimbs(d + (1 - c) * N, limbs).forEach((limb, i) => {
        if (i < L - 1) set(1 + i, limb);
        hit(i, limb);
      });
    },
  };
}
