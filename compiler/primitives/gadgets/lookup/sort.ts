// The gadget of circuits/lookup/sort.circom.
import { InferproofError } from '../../../../verifier/errors.js';
import { R, mod } from '../../../../verifier/field.js';
import { signalArray, type Gadget, type Table } from '../../gadget.js';
import { fillLimbs, limbLookups, rangeOf, type Limbs } from '../../tables.js';

/** Distinct keys: the larger value has the larger one, and of equal values the first. */
const sortKeys = (a: readonly number[]): number[] => a.map((value, i) => a.length * value + a.length - 1 - i);

/**
 * The k largest of n >= 2 values of [0, max], and their positions: (n - 1) (L + 2) + k (Lv + 1) rows.
 * @param gaps limbs of the differences of keys, up to n max + n - 1
 * @param values limbs of a value
 * @param positions the table of exactly n rows
 * Throws 'unbounded' where a key could wrap round the field.
 */
export function lookupSort(n: number, k: number, max: number, gaps: Limbs, values: Limbs, positions: Table): Gadget {
  const [L, Lv] = [gaps.count, values.count];
  const span = rangeOf(gaps) + BigInt(n) * (rangeOf(values) + BigInt(max) + 1n);
  if (span >= R) {
    throw new InferproofError('unbounded', `expected keys that cannot wrap round the field, their span is ${span}`, {
      where: 'sort',
    });
  }
  const grid = (name: string, rows: number, columns: number): string[] =>
    Array.from({ length: rows }, (_, i) => signalArray(`${name}[${i}]`, columns)).flat();
  const committed = [
    ...[...signalArray('value', k), ...signalArray('index', k), ...signalArray('rest', n - k)],
    ...[...grid('gap', n - 1, L - 1), ...grid('low', k, Lv - 1)],
  ];
  const [gapAt, lowAt] = [n + k, n + k + (n - 1) * (L - 1)];
  const before = committed.length;
  const after = before + n - 1;
  const hi = after + n - 2;
  const [hv, h] = [hi + k, hi + k + k * Lv];
  return {
    file: 'lookup/sort',
    template: 'LookupSort',
    args: [n, k, L, Lv, gaps.width],
    ports: signalArray('a', n),
    challenge: ['X'],
    signals: [
      ...committed,
      ...[...signalArray('before', n - 1), ...signalArray('after', n - 2)],
      ...[...signalArray('hi', k), ...grid('hv', k, Lv), ...grid('h', n - 1, L)],
    ],
    outputs: 2 * k,
    committed: committed.length,
    lookups: [
      ...Array.from({ length: k }, (_, j) => ({ table: positions, inverse: hi + j, kappa: null })),
      ...Array.from({ length: k }, (_, j) => limbLookups(values, hv + j * Lv)).flat(),
      ...Array.from({ length: n - 1 }, (_, j) => limbLookups(gaps, h + j * L)).flat(),
    ],
    rows: (n - 1) * (L + 2) + k * (Lv + 1),
    fill(a, set, hit) {
      const s = sortKeys(a).sort((x, y) => y - x);
      s.forEach((key, j) => {
        if (j < k) {
          const value = Math.floor(key / n);
          set(j, value);
          set(k + j, n - 1 - (key - n * value));
          hit(j, key - n * value);
          fillLimbs(value, values, [set, lowAt + j * (Lv - 1)], [hit, k + j * Lv]);
        } else set(k + j, key);
        if (j > 0)
          fillLimbs(s[Math.min(j, k) - 1] - key, gaps, [set, gapAt + (j - 1) * (L - 1)], [hit, k + k * Lv + (j - 1) * L]); // prettier-ignore
      });
    },
    follow(a, X, set) {
      const keys = sortKeys(a);
      const products = (factors: readonly number[], first: number, count: number): void => {
        let product = X - BigInt(factors[0]);
        for (let i = 0; i < count; i++) set(first + i, (product = mod(product * (X - BigInt(factors[i + 1])))));
      };
      products(keys, before, n - 1);
      keys.sort((x, y) => y - x);
      products(keys, after, n - 2);
    },
  };
}
