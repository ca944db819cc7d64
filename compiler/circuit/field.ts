// Roots of unity of the scalar field, and its elements in the 32-byte little-endian encoding of witnesses, .r1cs and zkey files.
import { R, mod } from '../../verifier/field.js';

/** Bytes of one encoded element. */
export const FIELD_BYTES = 32;

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(base);
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % R;
    square = (square * square) % R;
  }
  return result;
}

/** All elements but 0 are its powers. */
const GENERATOR = 5n;

/** A primitive root of unity of that order; the m-th power of one is that of order / m. Throws a RangeError where there is none. */
export function primitiveRoot(order: number): bigint {
  const n = Number.isSafeInteger(order) ? BigInt(order) : 0n;
  if (n < 1n || (R - 1n) % n !== 0n) throw new RangeError(`no root of unity of order ${order}`);
  return power(GENERATOR, (R - 1n) / n);
}

/** A primitive 2^k-th root of unity, 0 <= k <= 28: the one that snarkjs's domains use. */
export const rootOfUnity = (k: number): bigint => primitiveRoot(2 ** k);

const MASK = 0xffffffffffffffffn;

/** Writes x, 0 <= x < 2^256, as 32 bytes little-endian. */
export function writeField(view: DataView, offset: number, x: bigint): void {
  view.setBigUint64(offset, x & MASK, true);
  view.setBigUint64(offset + 8, (x >> 64n) & MASK, true);
  view.setBigUint64(offset + 16, (x >> 128n) & MASK, true);
  view.setBigUint64(offset + 24, x >> 192n, true);
}

/** Reads 32 bytes little-endian; the result is not reduced. */
export function readField(view: DataView, offset: number): bigint {
  return (
    view.getBigUint64(offset, true) |
    (view.getBigUint64(offset + 8, true) << 64n) |
    (view.getBigUint64(offset + 16, true) << 128n) |
    (view.getBigUint64(offset + 24, true) << 192n)
  );
}

/** Elements of [0, 2^256) one after the other, 32 bytes little-endian each. */
export function fieldBytes(values: readonly bigint[]): Uint8Array {
  const out = new Uint8Array(values.length * FIELD_BYTES);
  const view = new DataView(out.buffer);
  values.forEach((x, i) => writeField(view, i * FIELD_BYTES, x));
  return out;
}
