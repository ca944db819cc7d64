// Hint programs of the gadgets that rank keys: every value of a list with its place, so that all are distinct.
import { R, mod } from '../../verifier/field.js';
import { greatest } from '../extremes.js';
import { numbersOf, setLimbs, type HintsOf } from './hints.js';

/** The larger value has the larger key, and of equal values the first. */
const keysOf = (a: readonly number[]): number[] => a.map((value, i) => a.length * value + a.length - 1 - i);

const argmax: HintsOf = (gadget) => {
  const [n, L, La, w] = gadget.args;
  const [gap, low, products] = ['gap', 'low', 'product'].map(numbersOf(gadget));
  return {
    fill(a, set, hit) {
      const keys = keysOf(a);
      const M = greatest(keys);
      const value = Math.floor(M / n);
      const place = M - n * value;
      set(0, n - 1 - place);
      set(1, M);
      hit(0, place);
      keys.forEach((key, i) => setLimbs(M - key, { count: L, width: w }, [set, gap + i * (L - 1)], [hit, 1 + i * L]));
      setLimbs(value, { count: La, width: w }, [set, low], [hit, 1 + n * L]);
      let product = BigInt(M - keys[0]);
      for (let i = 1; i < n - 1; i++) set(products + i - 1, (product = (product * BigInt(M - keys[i])) % R));
    },
  };
};

const sort: HintsOf = (gadget) => {
  const [n, k, L, Lv, w] = gadget.args;
  const [index, rest, gap, low, before, after] = ['index', 'rest', 'gap', 'low', 'before', 'after'].map(numbersOf(gadget)); // prettier-ignore
  return {
    fill(a, set, hit) {
      const s = keysOf(a).sort((x, y) => y - x);
      s.forEach((key, j) => {
        if (j < k) {
          const value = Math.floor(key / n);
          set(j, value);
          set(index + j, n - 1 - (key - n * value));
          hit(j, key - n * value);
          setLimbs(value, { count: Lv, width: w }, [set, low + j * (Lv - 1)], [hit, k + j * Lv]);
        } else set(rest + j - k, key);
        const at = j - 1;
        if (j > 0)
          setLimbs(s[Math.min(j, k) - 1] - key, { count: L, width: w }, [set, gap + at * (L - 1)], [hit, k + k * Lv + at * L]); // prettier-ignore
      });
    },
    follow(a, X, set) {
      const keys = keysOf(a);
      const products = (factors: readonly number[], first: number, count: number): void => {
        let product = X - BigInt(factors[0]);
        for (let i = 0; i < count; i++) set(first + i, (product = mod(product * (X - BigInt(factors[i + 1])))));
      };
      products(keys, before, n - 1);
      keys.sort((x, y) => y - x);
      products(keys, after, n - 2);
    },
  };
};

export const sorts = { LookupArgmax: argmax, LookupSort: sort } satisfies Readonly<Record<string, HintsOf>>;
