// What each element type makes of a number: the nearest float, to even, or what an integer wraps around to.
import { wrapped, type DType } from './tensor.js';

/** What a type makes of one number: rounded to the nearest float, or modulo 2^bits; booleans are whether it is not 0. */
export function holder(dtype: DType): (x: number) => number {
  switch (dtype) {
    case 'float64':
      return (x) => x;
    case 'float32':
      return Math.fround;
    case 'float16':
      return (x) => nearest(x, 10, -14, 15);
    case 'bfloat16':
      return (x) => nearest(x, 7, -126, 127);
    case 'bool':
      return (x) => Number(x !== 0);
    default:
      return (x) => wrapped(dtype, x);
  }
}

/**
 * The nearest float of so many bits of fraction, to even, exponents from `least` to `most`; infinite beyond them.
 * In float64 adding and taking away 1.5 * 2^52 rounds to a whole number, to even.
 */
function nearest(x: number, fraction: number, least: number, most: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const step = 2 ** (Math.max(exponentOf(x), least) - fraction);
  const rounded = (x / step + WHOLE - WHOLE) * step;
  return Math.abs(rounded) < 2 ** (most + 1) ? rounded : Math.sign(x) * Infinity;
}

const WHOLE = 1.5 * 2 ** 52;
const word = new DataView(new ArrayBuffer(8));
/** Largest e with 2^e <= |x|, of a number that is not subnormal. */
function exponentOf(x: number): number {
  word.setFloat64(0, x);
  return ((word.getUint16(0) >> 4) % 2048) - 1023;
}
