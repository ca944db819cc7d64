// The gadget of circuits/lookup/matmul.circom.
import { mod } from '../../../../verifier/field.js';
import { half } from '../rescale.js';
import { signalArray, type Gadget } from '../../gadget.js';
import { fillLimbs, limbLookups, splitLimbs, type Limbs } from '../../tables.js';

export interface Packed {
  readonly rows: number;
  /** Terms of each sum. */
  readonly depth: number;
  /** Of each column, the first row that it meets. */
  readonly first: Int32Array;
  /** Rows that stand side by side in one field element, and how far they are apart. */
  readonly together: number;
  readonly bits: number;
  readonly shift: number;
  /** The least floor. */
  readonly lo: number;
}

/** @param rests limbs of exactly `shift` bits @param floors of what floors are above the least */
export function lookupMatmul(
  { rows: m, depth: K, first, together: g, bits, shift, lo }: Packed,
  rests: Limbs,
  floors: Limbs,
): Gadget {
  const [Lr, Ly, n, G] = [rests.count, floors.count, first.length, Math.ceil(m / g)];
  const grid = (name: string, rows: number, columns: number): string[] =>
    Array.from({ length: rows }, (_, i) => signalArray(`${name}[${i}]`, columns)).flat();
  const pairs = Array.from(first, (from, j) =>
    Array.from({ length: m - from }, (_, i) => [from + i, j] as const),
  ).flat();
  const size = pairs.length;
  const behind = first.reduce((sum, from) => sum + G - 1 - Math.floor(from / g), 0);
  const [r, l, folded] = [size, size * (1 + Lr), size * (Lr + Ly)];
  const product = folded + (G - 1) * K;
  const total = product + n * (K - 1);
  const h = total + behind;
  const e = h + size * Lr;
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
  const products = (ports: readonly number[], X: bigint, set: (signal: number, value: bigint) => void): void => {
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
    file: 'lookup/matmul',
    template: 'LookupMatmul',
    args: [m, K, n, g, bits, lo, shift, Ly, floors.width],
    list: Array.from(first),
    ports: [...grid('a', m, K), ...grid('B', n, K)],
    challenge: ['X'],
    signals: [
      ...[...signalArray('f', size), ...grid('r', size, Lr), ...grid('l', size, Ly - 1)],
      ...[...grid('folded', G - 1, K), ...grid('product', n, K - 1), ...signalArray('total', behind)],
      ...[...grid('h', size, Lr), ...grid('e', size, Ly)],
    ],
    outputs: size,
    committed: folded,
    lookups: [
      ...pairs.flatMap((_, t) => limbLookups(rests, h + t * Lr)),
      ...pairs.flatMap((_, t) => limbLookups(floors, e + t * Ly)),
    ],
    rows: (G - 1 + n) * K + behind + size * (Lr + Ly),
    fill(ports, set, hit) {
      pairs.forEach(([i, j], t) => {
        const sum = sumOf(ports, i, j) + half(shift);
        const floor = Math.floor(sum / 2 ** shift);
        set(t, floor - lo);
        splitLimbs(sum - floor * 2 ** shift, rests).forEach((limb, u) => {
          set(r + t * Lr + u, limb);
          hit(t * Lr + u, limb);
        });
        fillLimbs(floor - lo, floors, [set, l + t * (Ly - 1)], [hit, size * Lr + t * Ly]);
      });
      if (G === 1) products(ports, 0n, set);
    },
    ...(G > 1 && { follow: products }),
  };
}
