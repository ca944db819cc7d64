// matmul: floors of sums of products, rows times columns of each block.
import type { PackedOwn } from '#compiler/primitives/matmul.js';
import type { Meaning } from './primitive.js';

export const matmul: Meaning<PackedOwn> = {
  kind: 'matmul',
  naive({ shift, blocks }, [a, b], [{ lo }]) {
    const half = shift === 0 ? 0n : 1n << BigInt(shift - 1);
    const u: bigint[] = [];
    for (const { depth, rows, columns, first } of blocks)
      for (let column = 0; column * depth < columns.length; column++)
        for (let row = first[column]; row * depth < rows.length; row++) {
          const terms = Array.from(
            { length: depth },
            (_, k) => a[rows[row * depth + k]] * b[columns[column * depth + k]],
          );
          u.push((terms.reduce((sum, v) => sum + v, half) >> BigInt(shift)) - BigInt(lo));
        }
    return [u];
  },
  // it has no gadget in bits; test/lookup tries those by look-ups
  ladder: {},
  random: [],
};
