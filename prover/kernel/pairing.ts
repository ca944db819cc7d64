// Drives pairing.c: whether an equation of pairings holds.
import { fieldBytes } from '../../compiler/circuit/field.js';
import { AFFINE, encoded, type G1Point, type G2Point } from '../files/zkey.js';
import { put, type Machine } from './machine.js';

/** That the product of e(P, Q) over all pairs, at most 5, and of e(sum of scalar_i * point_i, its Q) is 1. */
export interface Equation {
  readonly pairs: readonly (readonly [P: G1Point, Q: G2Point])[];
  readonly sum: {
    readonly points: readonly G1Point[];
    /** In [0, r), as many as points. */
    readonly scalars: readonly bigint[];
    readonly Q: G2Point;
  };
}

/** False also where a point is at infinity, off its curve, or outside the subgroup of order r; the sum alone may be at infinity. */
export async function equationHolds(machine: Machine, { pairs, sum }: Equation): Promise<boolean> {
  const mark = machine.mark();
  const { points, scalars, Q } = sum;
  const g1 = machine.alloc((pairs.length + 1) * AFFINE.G1); // the sum stands behind the others
  const total = g1 + pairs.length * AFFINE.G1;
  machine.bytes(g1, total - g1).set(encoded(pairs.flatMap(([P]) => P)));
  const g2 = put(machine, encoded([...pairs.map(([, it]) => it), Q].flat(2)));
  const [terms, factors] = [encoded(points.flat()), fieldBytes(scalars)].map((bytes) => put(machine, bytes));
  const [[inG1, termsInG1, , cancel], [inG2]] = await machine.run([
    () => [
      ['members1', g1, pairs.length],
      ['members1', terms, points.length],
      ['sumOfFew1', terms, factors, points.length, total],
      ['pairingsCancel', g1, g2, pairs.length + 1],
    ],
    () => [['members2', g2, pairs.length + 1]],
  ]);
  machine.release(mark);
  return [inG1, termsInG1, inG2, cancel].every((answer) => answer === 1);
}
