// Gadgets of circuits/lookup/rescale.circom, wide.circom and floor.circom: u = f(floor((acc + 2^(s-1)) / 2^s)) by look-up.
import { InferproofError } from '../../verifier/errors.js';
import { R } from '../../verifier/field.js';
import type { IntegerForm, IntegerFunction } from '../circuit/circuit.js';
import { bitLength, signalArray, type Gadget, type Table } from '../circuit/gadget.js';
import { applyInteger } from '../primitives/rescale.js';
import { limbLookups, splitLimbs, type Limbs } from './tables.js';

type Bounds = Pick<IntegerForm, 'accLo' | 'accHi'>;

/** The floors that an accumulator in [accLo, accHi] can have after a shift >= 1, both ends. */
export function floorsOf({ accLo, accHi }: Bounds, shift: number): { readonly lo: number; readonly hi: number } {
  const floor = (acc: number): number => Math.floor((acc + 2 ** (shift - 1)) / 2 ** shift);
  return { lo: floor(accLo), hi: floor(accHi) };
}

/** The side of [0, 2^b) on which floors 2^b u .. 2^b u + 2^b - 1 are: 0 below, 1 inside, 2 above. */
export const sideOf = (u: number): number => Math.sign(u) + 1;

/** 3 rows with the remainder in one limb, one more for each further limb. `table` holds t and f(t) for all floors. */
export function lookupRescale(
  { accLo, accHi }: Bounds,
  shift: number,
  width: number,
  f: IntegerFunction,
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
      const rounded = acc + 2 ** (shift - 1);
      const q = Math.floor(rounded / 2 ** shift);
      set(0, applyInteger(f, q, width));
      hit(0, q);
      splitLimbs(rounded - q * 2 ** shift, limbs).forEach((limb, i) => {
        set(1 + i, limb);
        hit(1 + i, limb);
      });
    },
  };
}

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

/** 2 rows with remainder and result in one limb each. All floors stand in the range of `values`: f is the identity there. */
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

/**
 * |acc| + half + 2^scale (max|t| + 1) < r: then 2^scale t plus what is below it is acc + half over the integers, not only modulo r.
 * Throws 'unbounded' where it is not.
 */
function checkNoWrap(
  { accLo, accHi }: Bounds,
  shift: number,
  scale: number,
  { name, first, size }: Pick<Table, 'name' | 'first' | 'size'>,
): void {
  const largest = Math.max(Math.abs(first), Math.abs(first + size - 1));
  const reach = BigInt(Math.max(-accLo, accHi)) + 2n ** BigInt(shift - 1) + 2n ** BigInt(scale) * BigInt(largest + 1);
  if (reach < R) return;
  throw new InferproofError(
    'unbounded',
    `expected an accumulator that cannot wrap round the field, its reach is ${reach}`,
    {
      where: name,
    },
  );
}
