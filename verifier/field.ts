// The two prime fields of BN254 and the encodings of their elements. Everything here is a pure function of bigints, so a
// bundler keeps only what is used.
import { bytesToHex, bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';

/** Order of G1 and G2, the modulus of every wire, public word and challenge (254 bits). */
export const R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
/** Modulus of the coordinates of points (254 bits); a little above R. */
export const Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

/** The representative of a in [0, R). */
export function mod(a: bigint): bigint {
  const x = a % R;
  return x < 0n ? x + R : x;
}

/** a^-1 mod R by Euclid's algorithm. Throws RangeError for a = 0 mod R. */
export function inverse(a: bigint): bigint {
  let [x, y, u, v] = [mod(a), R, 1n, 0n];
  if (x === 0n) throw new RangeError('expected a number that has an inverse mod r, got 0');
  while (x > 1n) {
    const quotient = y / x;
    [x, y] = [y - quotient * x, x];
    [u, v] = [v - quotient * u, u];
  }
  return mod(u);
}

/** The inverses mod R of all values for one inversion and 3n products (Montgomery's trick). Throws RangeError if one is 0. */
export function batchInverse(values: readonly bigint[]): bigint[] {
  const before: bigint[] = [];
  let product = 1n;
  for (const v of values) {
    before.push(product);
    product = (product * mod(v)) % R;
  }
  const out = new Array<bigint>(values.length);
  let rest = inverse(product);
  for (let i = values.length - 1; i >= 0; i--) {
    out[i] = (rest * before[i]) % R;
    rest = (rest * mod(values[i])) % R;
  }
  return out;
}

/** 32 bytes big-endian, the form of the EVM and of every hash here. v in [0, 2^256): RangeError for a number above. */
export const toBytesBE = (v: bigint): Uint8Array => numberToBytesBE(v, 32);

/** The number that big-endian bytes of any length stand for. */
export const fromBytesBE = (bytes: Uint8Array): bigint => bytesToNumberBE(bytes);

/** 0x and two hex digits per byte. */
export const toHex = (bytes: Uint8Array): `0x${string}` => `0x${bytesToHex(bytes)}`;

/** The byte strings one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
