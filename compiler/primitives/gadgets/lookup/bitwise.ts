// The gadget of circuits/lookup/bitwise.circom.
import { signalArray, type Gadget, type Lookup, type Table } from '../../gadget.js';

/**
 * f of each of the k nibbles of two numbers: 4 k rows.
 * @param of the table of 16 u + v and f(u, v) of each place but the highest, and that of the highest
 * @param nibbles the table of exactly 16 rows
 */
export function lookupBitwise(k: number, of: Table, highest: Table, nibbles: Table): Gadget {
  const committed = 3 * k - 2;
  const [kappa, h] = [committed, committed + k];
  const results = Array.from({ length: k }, (_, i): Lookup => {
    return { table: i === k - 1 ? highest : of, inverse: h + i, kappa: kappa + i };
  });
  const ranges = Array.from({ length: 2 * k }, (_, i): Lookup => ({ table: nibbles, inverse: h + k + i, kappa: null }));
  return {
    file: 'lookup/bitwise',
    template: 'LookupBitwise',
    args: [k],
    ports: ['a', 'b'],
    challenge: ['X', 'beta'],
    signals: [
      ...[...signalArray('y', k), ...signalArray('u', k - 1), ...signalArray('v', k - 1)],
      ...['kappa', 'h', 'hu', 'hv'].flatMap((name) => signalArray(name, k)),
    ],
    outputs: k,
    committed,
    lookups: [...results, ...ranges],
    rows: 4 * k,
    fill([a, b], set, hit) {
      for (let i = 0; i < k; i++) {
        const [u, v] = [a, b].map((x) => Math.floor(x / 16 ** i) % 16);
        const { values } = i === k - 1 ? highest : of;
        set(i, values?.[16 * u + v] ?? 0);
        if (i < k - 1) {
          set(k + i, u);
          set(2 * k - 1 + i, v);
        }
        hit(i, 16 * u + v);
        hit(k + i, u);
        hit(2 * k + i, v);
      }
    },
  };
}
