// The gadget of circuits/lookup/floor.circom: a rescale that cannot saturate.
import { signalArray, type Gadget } from '../../gadget.js';
import { limbLookups, splitLimbs, type Limbs } from '../../tables.js';
import { checkNoWrap, type Bounds } from '../../floors.js';

/** 2 rows with remainder and result in one limb each. All floors are in the range of `values`: f is the identity. */
export function lookupFloor({ accLo, accHi }: Bounds, shift: number, limbs: Limbs, values: Limbs): Gadget {
  const [Lr, Ly] = [limbs.count, values.count];
  checkNoWrap({ accLo, accHi }, shift, shift, {
    name: 'floor',
    first: 0,
    size: 2 ** (values.width * (Ly - 1)) * values.top.size,
  });
  const [r, l] = [1, Lr];
  const committed = Lr + Ly - 1;
  return {
    file: 'lookup/floor',
    template: 'LookupFloor',
    args: [shift, limbs.width, Ly],
    ports: ['acc'],
    challenge: ['X'],
    signals: [
      ...['y', ...signalArray('r', Lr - 1), ...signalArray('l', Ly - 1)],
      ...[...signalArray('g', Lr), ...signalArray('h', Ly)],
    ],
    outputs: 1,
    committed,
    lookups: [...limbLookups(limbs, committed), ...limbLookups(values, committed + Lr)],
    rows: Lr + Ly,
    fill([acc], set, hit) {
      const rounded = acc + 2 ** (shift - 1);
      const q = Math.floor(rounded / 2 ** shift);
      set(0, q);
      splitLimbs(rounded - q * 2 ** shift, limbs).forEach((limb, i) => {
        if (i < Lr - 1) set(r + i, limb);
        hit(i, limb);
      });
      splitLimbs(q, values).forEach((limb, i) => {
        if (i < Ly - 1) set(l + i, limb);
        hit(Lr + i, limb);
      });
    },
  };
}
