// Square roots that a division may read through: x / sqrt(v) is one inverse root of v, not a root and its reciprocal.
import { point } from '../primitives/functions.js';
import type { Operand, Site } from './site.js';

const radicands = new WeakMap<Operand, Operand>();

/** The square root of every element. */
export function rooted(site: Site, x: Operand): Operand {
  const root = site.table(x, point('sqrt'));
  if (root.constant === null) radicands.set(root, x);
  return root;
}

/** What an operand is the square root of, if it is that of a live value. */
export const radicandOf = (root: Operand): Operand | null => radicands.get(root) ?? null;
