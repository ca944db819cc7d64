// The gadget of circuits/compare.circom.
import { bitLength, bitOf, signalArray, type Gadget } from '../gadget.js';

/** Smallest b with -2^b <= lo and hi < 2^b, at least 1. */
export const magnitudeBits = (lo: number, hi: number): number => Math.max(bitLength(Math.max(hi, -lo - 1, 0)), 1);

/** [d >= 0] of a d in [lo, hi]. */
export function compareGadget(lo: number, hi: number): Gadget {
  const w = magnitudeBits(lo, hi);
  return {
    file: 'compare',
    template: 'Compare',
    args: [w],
    ports: ['d'],
    signals: ['c', ...signalArray('bit', w)],
    outputs: 1,
    rows: w + 2,
    fill([d], set) {
      const c = Number(d >= 0);
      set(0, c);
      for (let i = 0; i < w; i++) set(1 + i, bitOf(d + (1 - c) * 2 ** w, i));
    },
  };
}
