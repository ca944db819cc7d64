// Sums of a few multiples of points by @noble/curves, for an engine that has no kernel.
import { bn254 } from '@noble/curves/bn254.js';
import type { G1Point } from './files/zkey.js';
import type { Term } from './kernel/few.js';

const { Point } = bn254.G1;

/** sum of scalar * point in G1; (0, 0) for infinity. Throws an error of @noble/curves for coordinates that no point has. */
export function sumOfFew(terms: readonly Term[]): Promise<G1Point> {
  const { x, y } = terms
    .map(([[x, y], scalar]) => Point.fromAffine({ x, y }).multiplyUnsafe(scalar))
    .reduce((sum, point) => sum.add(point), Point.ZERO)
    .toAffine();
  return Promise.resolve([x, y]);
}
