// The gadget of circuits/lookup/matmul.circom.
import { half } from '../rescale.js';
import { signalArray, type Gadget } from '../../gadget.js';
import { fillLimbs, limbLookups, splitLimbs, type Limbs } from '../../tables.js';

export interface Packed {
  /** Rows that are packed, and terms of each sum. */
  readonly rows: number;
  readonly depth: number;
  /** How far the rows are apart in one field element. */
  readonly bits: number;
  readonly shift: number;
  /** The least floor. */
  readonly lo: number;
}

/** @param rests limbs of exactly `shift` bits @param floors of what floors are above the least */
export function lookupMatmul({ rows: g, depth: K, bits, shift, lo }: Packed, rests: Limbs, floors: Limbs): Gadget {
  const [Lr, Ly] = [rests.count, floors.count];
  const each = (name: string, n: number): string[] =>
    Array.from({ length: g }, (_, i) => signalArray(`${name}[${i}]`, n)).flat();
  const [r, l, product] = [g, g * (1 + Lr), g * (Lr + Ly)];
  const h = product + K - 1;
  const e = h + g * Lr;
  const rows = Array.from({ length: g }, (_, i) => i);
  return {
    file: 'lookup/matmul',
    template: 'LookupMatmul',
    args: [g, K, bits, lo, shift, Ly, floors.width],
    ports: [...each('a', K), ...signalArray('B', K)],
    challenge: ['X'],
    signals: [
      ...[...signalArray('f', g), ...each('r', Lr), ...each('l', Ly - 1)],
      ...[...signalArray('product', K - 1), ...each('h', Lr), ...each('e', Ly)],
    ],
    outputs: g,
    committed: product,
    lookups: [
      ...rows.flatMap((i) => limbLookups(rests, h + i * Lr)),
      ...rows.flatMap((i) => limbLookups(floors, e + i * Ly)),
    ],
    rows: K + g * (Lr + Ly),
    fill(ports, set, hit) {
      const column = ports.slice(g * K);
      for (let i = 0; i < g; i++) {
        let sum = half(shift);
        for (let k = 0; k < K; k++) sum += ports[i * K + k] * column[k];
        const floor = Math.floor(sum / 2 ** shift);
        set(i, floor - lo);
        splitLimbs(sum - floor * 2 ** shift, rests).forEach((limb, j) => {
          set(r + i * Lr + j, limb);
          hit(i * Lr + j, limb);
        });
        fillLimbs(floor - lo, floors, [set, l + i * (Ly - 1)], [hit, g * Lr + i * Ly]);
      }
      for (let k = 0; k < K - 1; k++) {
        let packed = 0n;
        for (let i = g - 1; i >= 0; i--) packed = (packed << BigInt(bits)) + BigInt(ports[i * K + k]);
        set(product + k, packed * BigInt(column[k]));
      }
    },
  };
}
