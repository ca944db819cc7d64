// The gadgets of circuits/challenge.circom: rows that no step owns. They have no hint programs: the witness computes them for whole
// tables at once.
import type { Gadget } from './gadget.js';

const row = (template: string, ports: string[], signals: string[], more: Partial<Gadget> = {}): Gadget => {
  return { file: 'challenge', template, args: [], ports, signals, outputs: 0, rows: 1, ...more };
};

/** g (X - key) = m; ports: the key, with beta in it for a table of two columns. */
export const tableRow = row('LookupTableRow', ['key'], ['m', 'g'], { challenge: ['X'], committed: 1 });

/** square = x^2 */
export const square = row('LookupSquare', ['x'], ['square']);

/** next = f X + word */
export const wordStep = row('LookupWord', ['f', 'word'], ['next'], { challenge: ['X'] });
