// max: the largest of n live values, as a chain of pairs. min is -max(-x).
import { bitLength, bitOf, signalArray, type Gadget } from '../gadget.js';

/** The gadget of circuits/max.circom for |a - b| <= spread. */
export function maxGadget(spread: number): Gadget {
  const w = Math.max(bitLength(spread), 1);
  return {
    file: 'max',
    template: 'Max',
    args: [w],
    ports: ['a', 'b'],
    signals: ['m', ...signalArray('bit', w)],
    outputs: 1,
    rows: w + 2,
    fill([a, b], set) {
      set(0, Math.max(a, b));
      const gap = Math.abs(a - b);
      for (let i = 0; i < w; i++) set(1 + i, bitOf(gap, i));
    },
  };
}
