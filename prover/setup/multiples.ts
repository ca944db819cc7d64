// The points that digits name, ±L, ±3L, … of every row, and the random points that sums begin with.
import { normalizeZ } from '@noble/curves/abstract/curve.js';
import { AFFINE, encoded, type GroupName } from '../files/zkey.js';
import type { Machine } from '../kernel/machine.js';
import { G1, G2 } from '../kernel/sums.js';
import { randomScalar } from '../random.js';
import { MAX_PLACES } from './digits.js';
import { addUp, opposites } from './point-sums.js';

/** P, then -2^t P for all t below MAX_PLACES: P is random. */
export function randomMasks(group: GroupName): Uint8Array {
  const scalar = randomScalar();
  const list = <P extends { add(other: P): P; double(): P; negate(): P }>(point: P): P[] => {
    const points = [point];
    for (let t = 0, multiple = point.negate(); t < MAX_PLACES; t++, multiple = multiple.double()) points.push(multiple);
    return points;
  };
  if (group === 'G1') {
    const points = normalizeZ(G1, list(G1.BASE.multiply(scalar)));
    return encoded(points.flatMap(({ x, y }) => [x, y]));
  }
  const points = normalizeZ(G2, list(G2.BASE.multiply(scalar)));
  return encoded(points.flatMap(({ x, y }) => [x.c0, x.c1, y.c0, y.c1]));
}

/** L, -L, 3L, -3L, …, `multiples` of them with their opposites, each for all rows. */
export async function fillTable(
  machine: Machine,
  group: GroupName,
  table: number,
  basis: Uint8Array,
  multiples: number,
): Promise<void> {
  const size = AFFINE[group];
  const rows = basis.length / size;
  machine.bytes(table, basis.length).set(basis);
  if (multiples > 1) {
    const pairs = (a: number, b: number, out: number): Promise<void> =>
      addUp(machine, group, table, rows, (i) => [a + i, b + i], table + out * size);
    const twice = (2 * multiples - 1) * rows; // 2L, where the last opposites will stand
    await pairs(0, 0, twice);
    for (let m = 1; m < multiples; m++) await pairs(2 * (m - 1) * rows, twice, 2 * m * rows);
  }
  for (let m = 0; m < multiples; m++) opposites(machine, group, table + 2 * m * rows * size, rows);
}
