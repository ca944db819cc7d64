// The terms of one side of a constraint system, sorted by wire.
import type { RowSystem, Side } from '../../compiler/circuit/rows.js';

/** The terms of one side in the order of their wires: wire w has start[w] .. start[w + 1]. */
export interface Columns {
  readonly start: Uint32Array;
  readonly row: Uint32Array;
  /** As in `Side`. */
  readonly coef: Int32Array;
}

/** @param bound wires that have one more row each, coefficient * wire with coefficient 1, after those of the system */
export function columnsOf({ nRows, nWires }: RowSystem, side: Side, bound: readonly number[] = []): Columns {
  const start = new Uint32Array(nWires + 1);
  for (const w of side.wire) start[w + 1]++;
  for (const w of bound) start[w + 1]++;
  for (let w = 0; w < nWires; w++) start[w + 1] += start[w];
  const next = start.slice();
  const row = new Uint32Array(start[nWires]);
  const coef = new Int32Array(start[nWires]);
  for (let r = 0; r < nRows; r++) {
    for (let i = side.start[r], end = side.start[r + 1]; i < end; i++) {
      const at = next[side.wire[i]]++;
      row[at] = r;
      coef[at] = side.coef[i];
    }
  }
  bound.forEach((w, i) => {
    const at = next[w]++;
    row[at] = nRows + i;
    coef[at] = 1;
  });
  return { start, row, coef };
}
