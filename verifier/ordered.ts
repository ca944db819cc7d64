// float32 numbers as integers in their order: x <= t exactly where the integer of x is at most that of t. A number that is compared
// and nothing else needs no scale then, and is proved as it is.
//   order = bits + 2^31 for x >= 0, 2^32 - 1 - bits for x < 0, bits those of IEEE 754
// -0 is taken as 0; its own integer, 2^31 - 1, is no other number's.
const HALF = 2 ** 31;
const both = new DataView(new ArrayBuffer(4));

/** The integer of a float32, which is not NaN. */
export function orderOf(x: number): number {
  both.setFloat32(0, x === 0 ? 0 : x);
  const bits = both.getUint32(0);
  return bits < HALF ? bits + HALF : 2 * HALF - 1 - bits;
}

/** The float32 of an integer of [0, 2^32). */
export function floatOf(order: number): number {
  both.setUint32(0, order < HALF ? ~order : order - HALF);
  return both.getFloat32(0);
}

/** The integers of all finite float32 numbers lie in [least, most]. */
export const FINITE = { least: 2 ** 23, most: 2 ** 32 - 1 - 2 ** 23 } as const;
