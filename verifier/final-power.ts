// The final exponentiation of a pairing, to a multiple of (q^12 - 1) / r that is quick: what is 1 under one is 1 under the other.
//
// @noble/curves has one, but its tables of Frobenius powers take 35 ms when they are first used, a sixth of a fresh verification. Here
// one constant makes q-th powers: an element is the sum of a_i w^i, a_i in Fp2, w^6 = 9 + u, so its q-th power is the sum of
// conj(a_i) gamma^i w^i with gamma = (9 + u)^((q - 1) / 6).
import { bn254 } from '@noble/curves/bn254.js';
import { Q } from './field.js';

export type Element = ReturnType<typeof bn254.fields.Fp12.mul>;

/** q = 36 x^4 + 36 x^3 + 24 x^2 + 6 x + 1, r = q - 6 x^2. */
export const X = 4965661367192848881n;

type Six = Element['c0'];
type Two = Six['c0'];
let gamma: Two | undefined;

/** f^q */
export function toQ({ c0: even, c1: odd }: Element): Element {
  const { Fp2 } = bn254.fields;
  gamma ??= Fp2.pow(Fp2.NONRESIDUE, (Q - 1n) / 6n);
  const power = (a: Two, i: bigint): Two => Fp2.mul(Fp2.frobeniusMap(a, 1), Fp2.pow(gamma!, i));
  const powers = ({ c0, c1, c2 }: Six, i: bigint): Six => ({
    c0: power(c0, i),
    c1: power(c1, i + 2n),
    c2: power(c2, i + 4n),
  });
  return { c0: powers(even, 0n), c1: powers(odd, 1n) };
}

/**
 * f^(2x (6x^2 + 3x + 1) (q^12 - 1) / r), f not 0. The first factor is below r, which is prime: so this is 1 where f^((q^12 - 1) / r) is,
 * and nowhere else. Laura Fuentes-Castañeda, Edward Knapp, Francisco Rodríguez-Henríquez, "Faster Hashing to G2" (SAC 2011), 4.1.
 */
export function finalPower(f: Element): Element {
  const { Fp12 } = bn254.fields;
  const mul = (a: Element, b: Element): Element => Fp12.mul(a, b);
  const inverse = (a: Element): Element => Fp12.conjugate(a); // of norm 1 over Fp6, as all below are but f
  const square = (a: Element): Element => mul(a, a);
  const toX = (a: Element): Element => Fp12._cyclotomicExp(a, X);
  const easy = mul(inverse(f), Fp12.inv(f)); // f^(q^6 - 1)
  const g = mul(toQ(toQ(easy)), easy); // and of that, the power q^2 + 1
  const g2x = square(toX(g));
  const g4x = square(g2x);
  const g6x = mul(g4x, g2x);
  const g6xx = toX(g6x);
  const a = mul(mul(square(toX(g6xx)), g6xx), g6x); // g^(12 x^3 + 6 x^2 + 6 x)
  const b = mul(a, inverse(g2x));
  return mul(mul(mul(a, g6xx), g), toQ(mul(b, toQ(mul(a, toQ(mul(b, inverse(g))))))));
}
