// Square roots that a division may read through: x / sqrt(v) is one inverse root of v, not a root and its reciprocal. So is x times
// 1 / sqrt(v), as RMS norms are written.
import { point } from '../recipes/functions.js';
import type { Operand, Site } from './site.js';

const radicands = new WeakMap<Operand, Operand>();

/** The square root of every element; of squares, which rounding alone takes below 0, that of what is not. */
export function rooted(site: Site, x: Operand): Operand {
  const root = site.table(hasSquares(x) ? site.table(x, point('relu')) : x, point('sqrt'));
  if (root.constant === null) radicands.set(root, x);
  return root;
}

/** What an operand is the square root of, if it is that of a live value. */
export const radicandOf = (root: Operand): Operand | null => radicands.get(root) ?? null;

const inverses = new WeakMap<Operand, Operand>();

/** One over every element of `of`: what is multiplied by it is divided by the root. */
export function inverted(of: Operand, inverse: Operand): Operand {
  if (radicandOf(of) !== null) inverses.set(inverse, of);
  return inverse;
}

/** The root that an operand is one over. */
export const rootUnder = (inverse: Operand): Operand | null => inverses.get(inverse) ?? null;

const distances = new WeakSet<Operand>();

/** Notes a sum of squares, or what it is part of: as |x|^2 - 2xc + |c|^2 it is a distance whose interval does not say that it is not below 0. */
export function withSquares(x: Operand): Operand {
  distances.add(x);
  return x;
}

/** Whether squares are part of a live operand. */
export const hasSquares = (x: Operand): boolean => x.constant === null && distances.has(x);
