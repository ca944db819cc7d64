// What hint programs have in common. They compute the honest values of a gadget's signals from those of its ports; no proof rests on
// them: the rows refuse whatever else they might say.
import type { Gadget, Table } from '../primitives/gadget.js';

/** Value of a signal: an int below 2^53 in absolute value, or a field element. */
export type SignalValue = number | bigint;

type SetSignal = (signal: number, value: SignalValue) => void;
type Hit = (lookup: number, key: number) => void;

export interface Hints {
  /** Every signal for the values of the ports; of a look-up the key that is hit, in place of the values of `inverse` and `kappa`. */
  readonly fill: (ports: readonly number[], set: SetSignal, hit: Hit) => void;
  /** The signals that follow from the challenge, other than those of look-ups, for the values of the ports. */
  readonly follow?: (ports: readonly number[], X: bigint, set: (signal: number, value: bigint) => void) => void;
}

/** The hint programs of a template, by the arguments, names of signals and tables of its gadget. */
export type HintsOf = (gadget: Gadget) => Hints;

/** The number of a signal, or of the first one of an array; -1 for an array of none. */
export const numbersOf =
  ({ signals }: Gadget) =>
  (name: string): number => {
    const array = `${name}[`;
    return signals.findIndex((signal) => signal === name || signal.startsWith(array));
  };

/** The row of a key; none of the table's rows where it is no key. */
export const rowOf = ({ first, keys }: Pick<Table, 'first' | 'keys'>, key: number): number =>
  keys === undefined ? key - first : keys.indexOf(key);

/** Bit i of a non-negative int below 2^53 (JavaScript's shifts stop at 32 bits). */
export const bitOf = (value: number, i: number): number => Math.floor(value / 2 ** i) % 2;

/** So many bits of a value, the lowest first, on signals from `first` on. */
export function setBits(set: SetSignal, first: number, count: number, value: number): void {
  for (let i = 0; i < count; i++) set(first + i, bitOf(value, i));
}

/** How an integer is split: limbs of `width` bits below the highest one. */
export interface Split {
  readonly count: number;
  readonly width: number;
}

/** An integer's limbs, the lowest first: all but the highest to signals from one on, all as hits of look-ups from one on. */
export function setLimbs(
  value: number,
  { count, width }: Split,
  signal: readonly [set: SetSignal, first: number],
  lookup: readonly [hit: Hit, first: number],
  signals = count - 1,
): void {
  const base = 2 ** width;
  const set = signal[0]; // by their places: called for every limb of a model, from code that is compiled again and again
  const hit = lookup[0];
  let rest = value;
  for (let i = 0; i < count; i++) {
    const limb = i < count - 1 ? rest % base : rest; // the highest takes what is left
    if (i < signals) set(signal[1] + i, limb);
    hit(lookup[1] + i, limb);
    rest = Math.floor(rest / base);
  }
}

/** The same where the highest limb has a signal as well. */
export function setAllLimbs(
  value: number,
  split: Split,
  set: readonly [SetSignal, number],
  hit: readonly [Hit, number],
): void {
  setLimbs(value, split, set, hit, split.count);
}
