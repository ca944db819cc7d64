// The gadget of circuits/locate.circom.
import { bitLength, bitOf, signalArray, type Gadget } from '../gadget.js';

/** The interval k, T[k] <= u < T[k + 1], of a u in [T[0], T[m + 1]); the nearest one outside. */
export const intervalOf = (T: readonly number[], u: number): number => {
  const above = T.findIndex((t) => t > u);
  return above === -1 ? T.length - 2 : Math.max(above - 1, 0);
};

/** Bits of what the widest interval holds beyond its first integer, at least 1. */
export const intervalBits = (T: readonly number[]): number =>
  T.reduce((most, t, k) => (k === 0 ? most : Math.max(most, bitLength(t - T[k - 1] - 1))), 1);

/** Rows that hold the steps between m of them. */
export const stepRows = (m: number): number => (m === 1 ? 1 : m + 1);

/** Whether u is at least T[1], ... T[m]: m + 1 rows, and two ranges. */
export function locateGadget(T: readonly number[]): Gadget {
  const m = T.length - 2;
  const w = intervalBits(T);
  return {
    file: 'locate',
    template: 'Locate',
    args: [m, w],
    list: T,
    ports: ['u'],
    signals: [...signalArray('b', m), ...signalArray('low', w), ...signalArray('high', w)],
    outputs: m,
    rows: stepRows(m) + 2 * (w + 1),
    fill([u], set) {
      const k = intervalOf(T, u);
      for (let i = 0; i < m; i++) set(i, Number(i < k));
      for (let i = 0; i < w; i++) {
        set(m + i, bitOf(u - T[k], i));
        set(m + w + i, bitOf(T[k + 1] - 1 - u, i));
      }
    },
  };
}
