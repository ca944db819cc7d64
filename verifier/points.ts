// Points of BN254 as plain numbers, their JSON forms, and the checks that stand between a file and the pairing.
// A G2 coordinate c0 + c1·u is [c0, c1], as in snarkjs; infinity is (0, 0), as in the EVM.
import { bn254 } from '@noble/curves/bn254.js';
import { Q } from './field.js';
import { finalPower } from './final-power.js';
import { field, list, only, pair, unread, type Reader } from './read.js';
import { Refusal } from './reason.js';

/** Affine [x, y], both in [0, Q). */
export type G1 = readonly [x: bigint, y: bigint];
/** A coordinate of the twist. */
export type Fp2 = readonly [c0: bigint, c1: bigint];
/** Affine [x, y] on the twist. */
export type G2 = readonly [x: Fp2, y: Fp2];

export type Point1 = InstanceType<typeof bn254.G1.Point>;
/** A point of G2 as the lines of a Miller loop over it: those of a key are made once. */
export type Lines = ReturnType<typeof bn254.utils.calcPairingPrecomputes>;

/** Generator of G2 (EIP-197), which is also gamma in every key here. */
export const G2_BASE: G2 = [
  [
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  ],
  [
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ],
];

/** [x, y] of decimal strings. Only the numbers are checked; `point1` checks the point. */
export const readG1: Reader<G1> = pair(field(Q));

/** [[x0, x1], [y0, y1]] of decimal strings. Only the numbers are checked; `lines` checks the point. */
export const readG2: Reader<G2> = pair(readG1);

/** snarkjs's [x, y, '1']; its point at infinity ends in '0'. */
export function readStock1(json: unknown): G1 {
  const [x, y, z] = list(unread, 3)(json);
  if (z === '0') throw new Refusal('infinity');
  only('1')(z);
  return readG1([x, y]);
}

/** snarkjs's [[x0, x1], [y0, y1], ['1', '0']]; its point at infinity ends in ['0', '0']. */
export function readStock2(json: unknown): G2 {
  const [x, y, z] = list(unread, 3)(json);
  const [z0, z1] = list(unread, 2)(z);
  only('0')(z1);
  if (z0 === '0') throw new Refusal('infinity');
  only('1')(z0);
  return readG2([x, y]);
}

/** The point, on the curve (G1 has no other subgroup) and not at infinity. */
export function point1([x, y]: G1): Point1 {
  if (x === 0n && y === 0n) throw new Refusal('infinity');
  if ((y * y - x * x * x - 3n) % Q !== 0n) throw new Refusal('not-on-curve');
  return bn254.G1.Point.fromAffine({ x, y });
}

const point2 = ([[x0, x1], [y0, y1]]: G2) =>
  bn254.G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });

/** The lines of a point on the twist, in the subgroup of order r, not at infinity. */
export function lines(coordinates: G2): Lines {
  const { Fp2 } = bn254.fields;
  const point = point2(coordinates);
  const { X: x, Y: y } = point;
  if (point.is0()) throw new Refusal('infinity');
  const right = Fp2.add(Fp2.mul(Fp2.mul(x, x), x), bn254.G2.Point.CURVE().b);
  if (!Fp2.eql(Fp2.mul(y, y), right)) throw new Refusal('not-on-curve');
  if (!point.isTorsionFree()) throw new Refusal('wrong-subgroup');
  return bn254.utils.calcPairingPrecomputes(point);
}

/** Those of G2_BASE, which needs no check. */
export const baseLines = (): Lines => bn254.utils.calcPairingPrecomputes(point2(G2_BASE));

/** scalar·P for any scalar in [0, R); not constant time: everything that a verifier multiplies is public. */
export const times = (point: Point1, scalar: bigint): Point1 => point.multiplyUnsafe(scalar);

/**
 * Whether the product of e(P, Q) over all pairs is 1. A pair with P at infinity counts as 1. Nothing is checked here: points are
 * those of `point1` and their sums, lines those of `lines`.
 */
export function pairingsCancel(pairs: readonly (readonly [Point1, Lines])[]): boolean {
  const { Fp12 } = bn254.fields;
  const loops = pairs.flatMap(([P, Q]): [Lines, bigint, bigint][] => (P.is0() ? [] : [[Q, P.x, P.y]]));
  return Fp12.eql(finalPower(bn254.millerLoopBatch(loops)), Fp12.ONE);
}
