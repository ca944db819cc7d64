// Changes of committed wires of one witness, and what follows from them: only the rows that a change reaches are computed.
import type { RowSystem } from '#compiler/circuit/rows.js';
import { inverse, mod } from '#verifier/field.js';
import { rowsOf } from './rows.js';
import type { Linked } from './solve.js';

type Occurrence = readonly [row: number, side: number, coefficient: bigint];
type Sums = [a: bigint, b: bigint, c: bigint];

export interface Moves {
  /** Whether the witness with these committed wires, the rest solved for them at its challenge, keeps every row. */
  readonly keeps: (changes: ReadonlyMap<number, bigint>) => boolean;
}

/** Of honest witnesses of a circuit, all wires of each. */
export function movesOf(l: Pick<Linked, 'system' | 'definitions'>): (wires: readonly bigint[]) => Moves {
  const { system, definitions } = l;
  const read = occurrences(system);
  const positions = new Map(definitions.map(({ row }, position) => [row, position]));
  const inverses = new Map<bigint, bigint>();
  const inverseOf = (x: bigint): bigint => {
    let y = inverses.get(x);
    if (y === undefined) inverses.set(x, (y = x === 0n ? 0n : inverse(x)));
    return y;
  };
  return (wires) => {
    const sums = sumsOf(system, read, wires);
    return {
      keeps(changes) {
        const touched = new Map<number, Sums>();
        const waiting: number[] = []; // positions of definitions, smallest last
        const move = (wire: number, by: bigint): void => {
          if (by === 0n) return;
          for (const [row, side, coefficient] of read[wire]) {
            let own = touched.get(row);
            if (own === undefined) {
              touched.set(row, (own = [...sums[row]]));
              const position = positions.get(row);
              if (position !== undefined) insert(waiting, position);
            }
            own[side] = mod(own[side] + coefficient * by);
          }
        };
        for (const [wire, value] of changes) move(wire, mod(value - wires[wire]));
        for (let position = waiting.pop(); position !== undefined; position = waiting.pop()) {
          const { row, wire, side } = definitions[position];
          const now = touched.get(row)!;
          let c = 0n;
          for (const [at, on, coefficient] of read[wire]) if (at === row && on === side) c += coefficient;
          // what the side lacks, in multiples of the wire
          const by = side === 2 ? now[0] * now[1] - now[2] : now[2] * inverseOf(now[1 - side]) - now[side];
          move(wire, mod(by * inverseOf(mod(c))));
        }
        for (const [a, b, c] of touched.values()) if (mod(a * b - c) !== 0n) return false;
        return true;
      },
    };
  };
}

function insert(sorted: number[], position: number): void {
  let at = sorted.length;
  while (at > 0 && sorted[at - 1] < position) at--;
  sorted.splice(at, 0, position);
}

/** The rows that read each wire. */
function occurrences(system: RowSystem): Occurrence[][] {
  const read = Array.from({ length: system.nWires }, (): Occurrence[] => []);
  for (const [row, sides] of rowsOf(system).entries())
    for (const [side, terms] of sides.entries())
      for (const [wire, coefficient] of terms) read[wire].push([row, side, coefficient]);
  return read;
}

/** The three sums of each row. */
function sumsOf({ nRows }: RowSystem, read: readonly Occurrence[][], wires: readonly bigint[]): Sums[] {
  const sums = Array.from({ length: nRows }, (): Sums => [0n, 0n, 0n]);
  for (const [wire, all] of read.entries())
    for (const [row, side, coefficient] of all) sums[row][side] += coefficient * wires[wire];
  for (const own of sums) for (const side of own.keys()) own[side] = mod(own[side]);
  return sums;
}
