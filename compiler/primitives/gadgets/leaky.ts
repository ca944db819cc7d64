// The gadget of circuits/leaky.circom: a rescale whose negative floors are scaled by slope / 2^k, in bits.
import { bitLength, bitOf, signalArray, type Gadget } from '../gadget.js';
import { fillRescale, half, rescaleRows, rescaleSignals, signedBits, type RescaleBounds } from './rescale.js';

export interface LeakyBounds extends RescaleBounds {
  /** The floor at which the function bends, and what it is scaled by below: slope / 2^k. */
  readonly at: number;
  readonly slope: number;
  readonly k: number;
}

/** For an acc in [accLo, accHi]. */
export function leakyGadget({ accLo, accHi, shift: s, width, at, slope, k }: LeakyBounds): Gadget {
  const n = bitLength(width);
  const bend = half(s) - at * 2 ** s;
  const B = Math.max(signedBits(accLo + bend, accHi + bend), s + 1);
  const q = (acc: number): number => Math.floor((acc + bend) / 2 ** s);
  const scaled = (v: number): number => (v < 0 ? slope : 2 ** k) * v + at * 2 ** k;
  const C = Math.max(signedBits(scaled(q(accLo)) + half(k), scaled(q(accHi)) + half(k)), k + 1);
  const inner = rescaleSignals(C, k, n);
  const start = 2 + B + 1; // y, pos, bit[B], round.acc
  return {
    file: 'leaky',
    template: 'LeakyRescale',
    args: [B, s, n, at, slope, k, C],
    ports: ['acc'],
    signals: ['y', 'pos', ...signalArray('bit', B), 'round.acc', ...inner.map((name) => `round.${name}`)],
    outputs: 1,
    rows: B + 4 + rescaleRows(C, k, n),
    fill([acc], set) {
      const v = q(acc);
      const u = acc + bend + 2 ** (B - 1);
      for (let i = 0; i < B; i++) set(2 + i, bitOf(u, i));
      set(1, Math.max(v, 0));
      set(start - 1, scaled(v));
      fillRescale(scaled(v), C, k, n, (signal, value) => {
        set(start + signal, value);
        if (signal === 0) set(0, value);
      });
    },
  };
}

/** A bound on every accumulator, floor and scaled floor; the hint program is exact below 2^51. */
export function leakyReach({ accLo, accHi, shift, width, at, slope, k }: LeakyBounds): number {
  const bend = (Math.abs(at) + 1) * 2 ** shift;
  const acc = Math.max(Math.abs(accLo), Math.abs(accHi), width * 2 ** shift) + bend;
  return Math.max(acc, ((acc + bend) / 2 ** shift) * Math.max(slope, 2 ** k));
}
