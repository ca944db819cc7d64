// How runtimes round: to the nearest integer, a half to the even one.
import type { InputGrid } from './real.js';

/** To the nearest integer, a half to the even one. */
export function toEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** The integer of a float on a grid. */
export const onGrid = ({ scale, zero, lo, hi }: InputGrid, x: number): number =>
  Math.min(Math.max(toEven(Math.fround(Math.fround(x) / scale)) + zero, lo), hi) + 0;
