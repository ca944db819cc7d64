// The scalar field of BN254 on bigint, and its 32-byte little-endian encoding (the one of witnesses, .r1cs and zkey files).

/** Order of the groups, the modulus of every wire and coefficient. */
export const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** Modulus of the curve's coordinates. */
export const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
/** Bytes of one encoded element. */
export const FIELD_BYTES = 32;

/** The representative of x in [0, r). */
export function mod(x: bigint): bigint {
  const y = x % R;
  return y < 0n ? y + R : y;
}

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(base);
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % R;
    square = (square * square) % R;
  }
  return result;
}

/** 1/x by the extended Euclidean algorithm. Throws a RangeError for x = 0. */
export function invert(x: bigint): bigint {
  let [a, b, u, v] = [mod(x), R, 1n, 0n];
  if (a === 0n) throw new RangeError('the inverse of 0');
  while (a !== 1n) {
    const q = b / a;
    [a, b, u, v] = [b - q * a, a, v - q * u, u];
  }
  return mod(u);
}

/** The inverses of all elements for one inversion and 3 multiplications each (Montgomery). Throws a RangeError if one is 0. */
export function invertAll(values: readonly bigint[]): bigint[] {
  const n = values.length;
  const prefix = new Array<bigint>(n + 1);
  prefix[0] = 1n;
  for (let i = 0; i < n; i++) prefix[i + 1] = (prefix[i] * values[i]) % R;
  let rest = invert(prefix[n]);
  const out = new Array<bigint>(n);
  for (let i = n - 1; i >= 0; i--) {
    out[i] = mod(rest * prefix[i]);
    rest = (rest * values[i]) % R;
  }
  return out;
}

const TWO_ADICITY = 28;
const ROOT = power(5n, (R - 1n) >> BigInt(TWO_ADICITY));

/** A primitive 2^k-th root of unity, 0 <= k <= 28: the one that snarkjs's domains use. */
export function rootOfUnity(k: number): bigint {
  if (k < 0 || k > TWO_ADICITY) throw new RangeError(`no root of unity of order 2^${k}`);
  return power(ROOT, 1n << BigInt(TWO_ADICITY - k));
}

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
