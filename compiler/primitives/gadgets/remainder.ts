// The gadget of circuits/remainder.circom.
import { bitLength, bitOf, signalArray, type Gadget } from '../gadget.js';

/** What of a = D q + r is the result. */
export type Part = 'quotient' | 'rest';

export const partOf = (part: Part, a: number, D: number): number => {
  const q = Math.floor(a / D);
  return part === 'quotient' ? q : a - D * q;
};

/** Floor or rest of an a of [0, most], divided by D. */
export function remainderGadget(D: number, part: Part, most: number): Gadget {
  const n = Math.max(bitLength(Math.floor(most / D)), 1);
  const m = bitLength(D - 1);
  const ends = D === 2 ** m ? 0 : m;
  return {
    file: 'remainder',
    template: 'Remainder',
    args: [D, n, m, Number(part === 'quotient')],
    ports: ['a'],
    signals: ['z', ...signalArray('q', n), ...signalArray('r', m), ...signalArray('gap', ends)],
    outputs: 1,
    rows: n + m + 2 + (ends > 0 ? m + 1 : 0),
    fill([a], set) {
      const rest = partOf('rest', a, D);
      set(0, partOf(part, a, D));
      for (let i = 0; i < n; i++) set(1 + i, bitOf(partOf('quotient', a, D), i));
      for (let i = 0; i < m; i++) set(1 + n + i, bitOf(rest, i));
      for (let i = 0; i < ends; i++) set(1 + n + m + i, bitOf(D - 1 - rest, i));
    },
  };
}
