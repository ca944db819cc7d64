// How runtimes round: to the nearest integer, a half to the even one.
import type { InputGrid } from './real.js';

/** To the nearest integer, a half to the even one. */
export function toEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** acc m / d to the nearest integer, a half to the even one, exactly. */
export function nearestOf(acc: number, m: number, d: number): number {
  const near = (acc * m) / d;
  const below = Math.floor(near);
  // float64 is wrong by some 2^-51 of the number
  if (Math.abs(near - below - 0.5) > 2 ** -20 && Math.abs(near) < 2 ** 30) return Math.round(near) + 0;
  const [a, b] = [wholes(m), wholes(d)];
  const [numerator, denominator] = [BigInt(acc) * a.digits * (1n << b.down), b.digits * (1n << a.down)];
  const whole = floorOf(2n * numerator + denominator, 2n * denominator); // a half up
  const isTie = 2n * numerator + denominator === 2n * denominator * whole;
  return Number(isTie && whole % 2n !== 0n ? whole - 1n : whole);
}

const floorOf = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b));

/** A float above 0 as digits / 2^down. */
function wholes(x: number): { readonly digits: bigint; readonly down: bigint } {
  let down = 0n;
  for (; !Number.isInteger(x); down++) x *= 2;
  return { digits: BigInt(x), down };
}

/** The integer of a float on a grid. */
export const onGrid = ({ scale, zero, lo, hi }: InputGrid, x: number): number =>
  Math.min(Math.max(toEven(Math.fround(Math.fround(x) / scale)) + zero, lo), hi) + 0;
