// Floats that a Cast made integers of: what asks which integer one is asks the float, which an input may be as it stands.
import type { Operand } from './site.js';

const sources = new WeakMap<Operand, Operand>();

/** Notes that `whole` is `of` without its fraction. */
export function truncated(of: Operand, whole: Operand): Operand {
  if (whole.constant === null) sources.set(whole, of);
  return whole;
}

/** The float that an integer is without its fraction, if it is that of a live one. */
export const truncatedFrom = (whole: Operand): Operand | null => sources.get(whole) ?? null;
