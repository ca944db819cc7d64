// The gadget of circuits/rescale.circom: u = min(max(floor((acc + half) / 2^s), 0), 2^n - 1) in bits.
import { inverse } from '../../../verifier/field.js';
import { bitLength, bitOf, signalArray, type Gadget, type SignalValue } from '../gadget.js';

export interface RescaleBounds {
  readonly accLo: number;
  readonly accHi: number;
  readonly shift: number;
  /** Largest value of the result, 2^n - 1. */
  readonly width: number;
}

/** The addend that rounds to the nearest: 2^(shift-1), 0 for no shift. */
export const half = (shift: number): number => (shift === 0 ? 0 : 2 ** (shift - 1));

/** Smallest B with -2^(B-1) <= lo and hi < 2^(B-1). */
export const signedBits = (lo: number, hi: number): number =>
  1 + Math.max(bitLength(Math.max(hi, 0)), bitLength(Math.max(-lo - 1, 0)));

/** For an acc in [accLo, accHi]. */
export function rescaleGadget({ accLo, accHi, shift: s, width }: RescaleBounds): Gadget {
  const n = bitLength(width);
  const B = Math.max(signedBits(accLo + half(s), accHi + half(s)), s + 1);
  return {
    file: 'rescale',
    template: 'Rescale',
    args: [B, s, n],
    ports: ['acc'],
    signals: rescaleSignals(B, s, n),
    outputs: 1,
    rows: rescaleRows(B, s, n),
    fill: ([acc], set) => fillRescale(acc, B, s, n, set),
  };
}

/** Signals of Rescale(B, s, n), in the order of `fillRescale`. */
export function rescaleSignals(B: number, s: number, n: number): string[] {
  return ['y', ...signalArray('bit', B), ...(B - 1 > s + n ? ['over', 'inv', 'capped'] : [])];
}

export const rescaleRows = (B: number, s: number, n: number): number => (B - 1 > s + n ? B + 5 : B + 2);

export function fillRescale(
  acc: number,
  B: number,
  s: number,
  n: number,
  set: (signal: number, value: SignalValue) => void,
): void {
  const u = acc + half(s) + 2 ** (B - 1);
  for (let i = 0; i < B; i++) set(1 + i, bitOf(u, i));
  const positive = u >= 2 ** (B - 1);
  const floor = Math.floor((u % 2 ** (B - 1)) / 2 ** s); // of the bits below the top one
  const low = floor % 2 ** n;
  const h = Math.floor(floor / 2 ** n);
  const capped = h === 0 ? low : 2 ** n - 1;
  set(0, positive ? capped : 0);
  if (B - 1 > s + n) {
    set(B + 1, h === 0 ? 0 : 1);
    set(B + 2, h === 0 ? 0 : inverseOf(h));
    set(B + 3, capped);
  }
}

const inverses = new Map<number, bigint>();
function inverseOf(h: number): bigint {
  let value = inverses.get(h);
  if (value === undefined) inverses.set(h, (value = inverse(BigInt(h))));
  return value;
}
