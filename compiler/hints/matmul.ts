// The hint program of packed matrix products: floors and remainders of all sums, and the products of packed and folded rows.
import { mod } from '../../verifier/field.js';
import { half } from '../primitives/floors.js';
import { numbersOf, setAllLimbs, setLimbs, type Hints, type HintsOf } from './hints.js';

const matmulHints: HintsOf = (gadget) => {
  const { args: [m, K, , g, bits, lo, shift, Ly, w], list: first = [] } = gadget; // prettier-ignore
  const [r, l, folded, product, total] = ['r', 'l', 'folded', 'product', 'total'].map(numbersOf(gadget));
  const [Lr, G] = [Math.ceil(shift / w), Math.ceil(m / g)];
  const pairs = first.flatMap((from, j) => Array.from({ length: m - from }, (_, i) => [from + i, j] as const));
  const sumOf = (ports: readonly number[], i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += ports[i * K + k] * ports[(m + j) * K + k];
    return sum;
  };
  /** Values of the rows from `from` on that are in its group, side by side. */
  const side = (from: number, value: (row: number) => number): bigint => {
    let packed = 0n;
    const start = from - (from % g);
    for (let i = Math.min(start + g, m) - 1; i >= start; i--)
      packed = (packed << BigInt(bits)) + (i < from ? 0n : BigInt(value(i)));
    return packed;
  };
  const products: NonNullable<Hints['follow']> = (ports, X, set) => {
    const after = Array.from({ length: K }, () => new Array<bigint>(G).fill(0n));
    for (let k = 0; k < K; k++)
      for (let q = G - 1; q > 0; q--) {
        after[k][q - 1] = mod((side(q * g, (i) => ports[i * K + k]) + after[k][q]) * X);
        set(folded + (q - 1) * K + k, after[k][q - 1]);
      }
    let rest = total;
    first.forEach((from, j) => {
      const head = Math.floor(from / g);
      let sum = 0n;
      for (let q = G - 1; q > head; q--) set(rest++, (sum = mod((side(q * g, (i) => sumOf(ports, i, j)) + sum) * X)));
      for (let k = 0; k < K - 1; k++)
        set(product + j * (K - 1) + k, mod((side(from, (i) => ports[i * K + k]) + after[k][head]) * BigInt(ports[(m + j) * K + k]))); // prettier-ignore
    });
  };
  return {
    fill(ports, set, hit) {
      pairs.forEach(([i, j], t) => {
        const sum = sumOf(ports, i, j) + half(shift);
        const floor = Math.floor(sum / 2 ** shift);
        set(t, floor - lo);
        setAllLimbs(sum - floor * 2 ** shift, { count: Lr, width: w }, [set, r + t * Lr], [hit, t * Lr]);
        setLimbs(floor - lo, { count: Ly, width: w }, [set, l + t * (Ly - 1)], [hit, pairs.length * Lr + t * Ly]);
      });
      if (G === 1) products(ports, 0n, set);
    },
    ...(G > 1 && { follow: products }),
  };
};

export const matmul = { LookupMatmul: matmulHints } satisfies Readonly<Record<string, HintsOf>>;
