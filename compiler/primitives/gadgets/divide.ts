// The gadget of circuits/divide.circom.
import { bitLength, bitOf, signalArray, type Gadget } from '../gadget.js';
import type { Interval } from '../../linear/intervals.js';

/** Of a divisor above 0; no other has a witness. */
export function divided(a: number, d: number): { readonly q: number; readonly rest: number } {
  const q = d > 0 ? Math.floor(a / d) : 0;
  return { q, rest: a - d * q };
}

/** Floor, stored above that of `quotients`, and rest of a form divided by one of [1, divisor]. */
export function divideGadget(quotients: Interval, divisor: number): Gadget {
  const { lo, hi } = quotients;
  const n = Math.max(bitLength(hi - lo), 1);
  const m = Math.max(bitLength(divisor - 1), 1);
  return {
    file: 'divide',
    template: 'Divide',
    args: [lo, n, m],
    ports: ['a', 'd'],
    signals: ['y', 'r', ...signalArray('q', n), ...signalArray('bit', m), ...signalArray('gap', m)],
    outputs: 2,
    rows: n + 2 * m + 4,
    fill([a, d], set) {
      const { q, rest } = divided(a, d);
      set(0, q - lo);
      set(1, rest);
      for (let i = 0; i < n; i++) set(2 + i, bitOf(q - lo, i));
      for (let i = 0; i < m; i++) {
        set(2 + n + i, bitOf(rest, i));
        set(2 + n + m + i, bitOf(d - 1 - rest, i));
      }
    },
  };
}
