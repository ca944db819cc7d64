// Sums of a few multiples of points in G1, which @noble/curves would take far longer for in a process that has just begun.
import { fieldBytes } from '../../compiler/circuit/field.js';
import { AFFINE, encoded, g1At, type G1Point } from '../files/zkey.js';
import { put, type Machine } from './machine.js';

/** A point, (0, 0) for infinity, and what it is multiplied by, in [0, r). */
export type Term = readonly [point: G1Point, scalar: bigint];

/** sum of scalar * point; (0, 0) for infinity. Points are taken to be on the curve. */
export async function sumOfFew(machine: Machine, terms: readonly Term[]): Promise<G1Point> {
  const mark = machine.mark();
  const points = put(machine, encoded(terms.flatMap(([point]) => point)));
  const scalars = put(machine, fieldBytes(terms.map(([, scalar]) => scalar)));
  const out = machine.alloc(AFFINE.G1);
  await machine.run([() => [['sumOfFew1', points, scalars, terms.length, out]]]);
  const sum = g1At(machine.bytes(out, AFFINE.G1).slice());
  machine.release(mark);
  return sum;
}
