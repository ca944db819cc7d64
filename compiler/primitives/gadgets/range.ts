// range: a free integer of [0, max]; inputs are the only ones.
import { bitLength, bitOf, signalArray, type Gadget } from '../gadget.js';

/** The range gadget of circuits/range.circom for an integer of [0, max]. */
export function rangeGadget(max: number): Gadget {
  const n = Math.max(bitLength(max), 1);
  if (max === 2 ** n - 1) {
    return {
      file: 'range',
      template: 'Range',
      args: [n],
      ports: ['x'],
      signals: signalArray('bit', n),
      outputs: 0,
      rows: n + 1,
      fill([x], set) {
        for (let i = 0; i < n; i++) set(i, bitOf(x, i));
      },
    };
  }
  return {
    file: 'range',
    template: 'RangeUpTo',
    args: [n, max],
    ports: ['x'],
    signals: [...signalArray('bit', n), ...signalArray('gap', n)],
    outputs: 0,
    rows: 2 * n + 2,
    fill([x], set) {
      for (let i = 0; i < n; i++) {
        set(i, bitOf(x, i));
        set(n + i, bitOf(max - x, i));
      }
    },
  };
}
