// The rule on which the challenge rests, checked on linked rows: every wire that a row with X reads is committed, or other rows
// leave it one value. A wire with a choice left (a table's output, a remainder, a maximum, a multiplicity that nothing
// commits to) could be chosen after X is known, and would close any sum.
import { InferproofError } from '../../verifier/errors.js';
import { A, B, C, type Matrix, type RowSystem } from './rows.js';

/** A row read as the definition of its only unknown wire, which is on that side. */
export interface Definition {
  readonly row: number;
  readonly wire: number;
  /** C: wire = (A B - rest) / coefficient. A or B: wire = C / other side, which has X in it, so it is not 0. */
  readonly side: Matrix;
}

/** What is known of a wire: nothing yet, that it follows from X, that it was fixed before X. */
type State = 0 | 1 | 2;
const [UNKNOWN, FOLLOWS, FIXED] = [0, 1, 2] as const;

/**
 * How every private wire and F follow from the committed wires and X, in an order in which each definition reads wires that are
 * known by then. A linear row defines only what it makes of wires that are fixed before X: over others it is a check,
 * because a sum over a table would define any one multiplicity in it.
 * Throws 'internal' for a wire that does not follow.
 */
export function definitions(system: RowSystem): Definition[] {
  const { nRows, nWires, nCommitted, sides } = system;
  const X = nCommitted + 1;
  const firstUnknown = X + 1; // F and the private wires
  const { rowsOf, unknowns } = unknownsOf(system, firstUnknown);
  const state = new Uint8Array(nWires).fill(FIXED, 0, X).fill(FOLLOWS, X, firstUnknown);
  const found: Definition[] = [];

  /** What a row with one unknown wire makes of it; null where it is only a check. */
  const definitionIn = (row: number): (Definition & { readonly state: State }) | null => {
    let only: Definition | null = null;
    let known: State = FIXED;
    for (const side of liveSides(system, row)) {
      const { start, wire } = sides[side];
      for (let i = start[row]; i < start[row + 1]; i++) {
        if (state[wire[i]] === FOLLOWS) known = FOLLOWS;
        else if (state[wire[i]] === UNKNOWN) only = { row, wire: wire[i], side };
      }
    }
    if (only === null) return null;
    const isLinear = liveSides(system, row) === LINEAR;
    const allowed = only.side === C ? !isLinear || known === FIXED : reads(system, row, only.side === A ? B : A, X);
    return allowed ? { ...only, state: known } : null;
  };

  const waiting: number[] = [];
  for (let row = nRows - 1; row >= 0; row--) if (unknowns[row] === 1) waiting.push(row);
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    const definition = definitionIn(row);
    if (definition === null) continue;
    const { state: next, ...rest } = definition;
    state[rest.wire] = next;
    found.push(rest);
    for (let i = rowsOf.start[rest.wire]; i < rowsOf.start[rest.wire + 1]; i++)
      if (--unknowns[rowsOf.rows[i]] === 1) waiting.push(rowsOf.rows[i]);
  }
  const free = state.findIndex((known, w) => known === UNKNOWN && rowsOf.start[w + 1] > rowsOf.start[w]);
  // without public words no row mentions F, which the verifier sets to 0
  if (free >= 0) {
    const row = rowsOf.rows[rowsOf.start[free]];
    const got = `wire ${free} is free`;
    throw new InferproofError('internal', `expected every wire to follow from committed ones and X, ${got}`, {
      where: `row ${row}`,
    });
  }
  return found;
}

function reads({ sides }: RowSystem, row: number, side: Matrix, wanted: number): boolean {
  const { start, wire } = sides[side];
  return wire.subarray(start[row], start[row + 1]).includes(wanted);
}

const LINEAR = [C] as const;
const PRODUCT = [A, B, C] as const;

/** The sides that say something: a row with nothing in A or in B says that C is 0. */
const liveSides = ({ sides: [a, b] }: RowSystem, row: number): readonly Matrix[] =>
  a.start[row] === a.start[row + 1] || b.start[row] === b.start[row + 1] ? LINEAR : PRODUCT;

/**
 * The rows that mention each wire from `first` on, once per term: those of wire w are rows[start[w] .. start[w + 1]);
 * and how many such terms each row has.
 */
function unknownsOf(
  system: RowSystem,
  first: number,
): { readonly rowsOf: { readonly start: Uint32Array; readonly rows: Uint32Array }; readonly unknowns: Uint32Array } {
  const { nRows, nWires, sides } = system;
  const start = new Uint32Array(nWires + 1);
  const unknowns = new Uint32Array(nRows);
  const forEach = (visit: (row: number, wire: number) => void): void => {
    for (let row = 0; row < nRows; row++) {
      for (const side of liveSides(system, row)) {
        const { start: from, wire } = sides[side];
        for (let i = from[row]; i < from[row + 1]; i++) if (wire[i] >= first) visit(row, wire[i]);
      }
    }
  };
  forEach((row, w) => {
    start[w + 1]++;
    unknowns[row]++;
  });
  for (let w = 0; w < nWires; w++) start[w + 1] += start[w];
  const next = start.slice();
  const rows = new Uint32Array(start[nWires]);
  forEach((row, w) => (rows[next[w]++] = row));
  return { rowsOf: { start, rows }, unknowns };
}
