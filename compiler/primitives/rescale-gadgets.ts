// The gadgets of circuits/rescale.circom and circuits/tails.circom: any function of the floors of a form.
import { checkNoWrap, floorOf, half, type Bounds } from './floors.js';
import { bitLength, byLookups, signalArray, type Gadget, type Table } from './gadget.js';
import { limbLookups, rangeOf, type Limbs } from './tables.js';

export interface RescaleBounds extends Bounds {
  readonly shift: number;
  /** Largest value of the result, 2^n - 1. */
  readonly width: number;
}

/** Bits B of the sum: the smallest with -2^(B-1) <= acc + half < 2^(B-1), more than those of the shift. */
export function roundedBits({ accLo, accHi, shift }: Omit<RescaleBounds, 'width'>): number {
  const [lo, hi] = [accLo + half(shift), accHi + half(shift)];
  return Math.max(1 + bitLength(Math.max(hi, -lo - 1, 0)), shift + 1);
}

export function rescaleGadget({ width, ...bounds }: RescaleBounds): Gadget {
  const [n, s, B] = [bitLength(width), bounds.shift, roundedBits(bounds)];
  const saturates = B - 1 > s + n;
  return {
    file: 'rescale',
    template: 'Rescale',
    args: [B, s, n],
    ports: ['acc'],
    signals: ['y', ...signalArray('bit', B), ...(saturates ? ['over', 'inv', 'capped'] : [])],
    outputs: 1,
    rows: saturates ? B + 5 : B + 2,
  };
}

export interface LeakyBounds extends RescaleBounds {
  /** The floor at which the function bends, and what it is scaled by below: slope / 2^k. */
  readonly at: number;
  readonly slope: number;
  readonly k: number;
}

/** For an acc in [accLo, accHi]. */
export function leakyGadget({ accLo, accHi, shift: s, width, at, slope, k }: LeakyBounds): Gadget {
  const bend = at * 2 ** s;
  const B = roundedBits({ accLo: accLo - bend, accHi: accHi - bend, shift: s });
  const scaled = (acc: number): number => {
    const q = floorOf(acc - bend, s);
    return (q < 0 ? slope : 2 ** k) * q + at * 2 ** k;
  };
  const round = rescaleGadget({ accLo: scaled(accLo), accHi: scaled(accHi), shift: k, width });
  return {
    file: 'rescale',
    template: 'LeakyRescale',
    args: [B, s, bitLength(width), at, slope, k, round.args[0]],
    ports: ['acc'],
    signals: ['y', 'pos', ...signalArray('bit', B), 'round.acc', ...round.signals.map((name) => `round.${name}`)],
    outputs: 1,
    rows: B + 4 + round.rows,
  };
}

/** A bound on every accumulator, floor and scaled floor; the hint program is exact below 2^51. */
export function leakyReach({ accLo, accHi, shift, width, at, slope, k }: LeakyBounds): number {
  const bend = (Math.abs(at) + 1) * 2 ** shift;
  const acc = Math.max(Math.abs(accLo), Math.abs(accHi), width * 2 ** shift) + bend;
  return Math.max(acc, ((acc + bend) / 2 ** shift) * Math.max(slope, 2 ** k));
}

/** `table` holds t and f(t) for all floors of the form. */
export function lookupRescale(acc: Bounds, shift: number, table: Table, limbs: Limbs): Gadget {
  checkNoWrap(acc, shift, shift, table);
  const L = limbs.count;
  return byLookups({
    file: 'rescale',
    template: 'LookupRescale',
    args: [shift, limbs.width],
    ports: ['acc'],
    outputs: 1,
    committed: ['y', ...signalArray('r', L)],
    others: ['kappa', 'h', ...signalArray('g', L)],
    lookups: [[table, 'h', 'kappa'], ...limbLookups(limbs, 'g')],
    rows: 2 + L,
  });
}

/** All floors are in the range of `values`: f is the identity. */
export function lookupFloor(acc: Bounds, shift: number, limbs: Limbs, values: Limbs): Gadget {
  const [Lr, Ly] = [limbs.count, values.count];
  checkNoWrap(acc, shift, shift, { name: 'floor', first: 0, size: Number(rangeOf(values)) });
  return byLookups({
    file: 'rescale',
    template: 'LookupFloor',
    args: [shift, limbs.width, Ly],
    ports: ['acc'],
    outputs: 1,
    committed: ['y', ...signalArray('r', Lr - 1), ...signalArray('l', Ly - 1)],
    others: [...signalArray('g', Lr), ...signalArray('h', Ly)],
    lookups: [...limbLookups(limbs, 'g'), ...limbLookups(values, 'h')],
    rows: Lr + Ly,
  });
}

/** The side of [0, 2^b) on which floors 2^b u .. 2^b u + 2^b - 1 are: 0 below, 1 inside, 2 above. */
export const sideOf = (u: number): number => Math.sign(u) + 1;

/** f is a clamp to [0, 2^b - 1] = [0, width]; `sides` holds the sides of all u = floor(q / 2^b), `values` is exactly that range. */
export function lookupWide(
  acc: Bounds,
  shift: number,
  width: number,
  sides: Table,
  limbs: Limbs,
  values: Table,
): Gadget {
  const b = bitLength(width);
  checkNoWrap(acc, shift, shift + b, sides);
  const L = limbs.count;
  return byLookups({
    file: 'tails',
    template: 'LookupWide',
    args: [shift, limbs.width, b],
    ports: ['acc'],
    outputs: 1,
    committed: ['y', 'c', 'v', ...signalArray('r', L)],
    others: ['e', 'kappa', 'h', 'hv', ...signalArray('g', L)],
    lookups: [[sides, 'h', 'kappa'], [values, 'hv'], ...limbLookups(limbs, 'g')],
    rows: 5 + L,
  });
}

/** The keys first .. first + 2^bits - 1, and the values of f below and above them. */
export interface Tails {
  readonly first: number;
  readonly bits: number;
  readonly lo: number;
  readonly hi: number;
}

/** `sides` holds the sides of all u; `values` t and f(first + t), for exactly 2^bits keys. */
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
  return byLookups({
    file: 'tails',
    template: 'LookupTails',
    args: [shift, limbs.width, bits, first, lo, hi],
    ports: ['acc'],
    outputs: 1,
    committed: ['y', 'c', 'v', 'p', ...signalArray('r', L)],
    others: ['e', 'kappa', 'lambda', 'h', 'hv', ...signalArray('g', L)],
    lookups: [[sides, 'h', 'kappa'], [values, 'hv', 'lambda'], ...limbLookups(limbs, 'g')],
    rows: 6 + L,
  });
}
