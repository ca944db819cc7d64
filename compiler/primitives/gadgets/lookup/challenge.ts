// Gadgets of circuits/lookup/challenge.circom: rows that no step owns. Their signals follow from the challenge, so they have
// no hint program: the witness computes them for whole tables at once.
import type { Gadget } from '../../gadget.js';

const noHints = { fill: () => undefined } as const;

/** g (X - key) = m; ports: the key, with beta in it for a table of two columns. */
export const tableRow: Gadget = {
  ...noHints,
  file: 'lookup/challenge',
  template: 'LookupTableRow',
  args: [],
  ports: ['key'],
  challenge: ['X'],
  signals: ['m', 'g'],
  outputs: 0,
  committed: 1,
  rows: 1,
};

/** square = x^2 */
export const square: Gadget = {
  ...noHints,
  file: 'lookup/challenge',
  template: 'LookupSquare',
  args: [],
  ports: ['x'],
  signals: ['square'],
  outputs: 0,
  rows: 1,
};

/** next = f X + word */
export const wordStep: Gadget = {
  ...noHints,
  file: 'lookup/challenge',
  template: 'LookupWord',
  args: [],
  ports: ['f', 'word'],
  challenge: ['X'],
  signals: ['next'],
  outputs: 0,
  rows: 1,
};
