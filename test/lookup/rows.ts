// A linked system taken apart, to be put together with a rule broken.
import { RowBuilder, coefficient, type Matrix, type RowSystem } from '#compiler/circuit/rows.js';
import type { TensorId } from '#compiler/circuit/circuit.js';
import { definitions } from '#compiler/circuit/determined.js';
import type { Linked } from './solve.js';

type Terms = [wire: number, coefficient: bigint][];
/** A, B, C. */
export type Row = [Terms, Terms, Terms];

export const rowsOf = (system: RowSystem): Row[] =>
  Array.from({ length: system.nRows }, (_, row) => {
    const sides = system.sides.map(({ start, wire, coef }) =>
      Array.from({ length: start[row + 1] - start[row] }, (_, k): [number, bigint] => [
        wire[start[row] + k],
        coefficient(system, coef[start[row] + k]),
      ]),
    );
    return [sides[0], sides[1], sides[2]];
  });

export function systemOf(
  rows: readonly Row[],
  counts: Pick<RowSystem, 'nWires' | 'nCommitted' | 'nPublic'>,
): RowSystem {
  const { nWires, nCommitted, nPublic } = counts;
  const builder = new RowBuilder({ nCommitted, nPublic, nPrivate: nWires - 1 - nCommitted - nPublic });
  for (const row of rows) {
    builder.begin();
    row.forEach((side, matrix) => side.forEach(([wire, c]) => builder.term(matrix as Matrix, wire, c)));
  }
  return builder.seal();
}

/** The row of the sum of table t. */
export const sumRow = ({ system, wires }: Linked, table: number): number =>
  system.nRows - (wires.challenge?.tables.length ?? 0) + table;

/** The same circuit with other rows; `extra` private wires are added at the end. */
export function changed(l: Linked, change: (rows: Row[], firstExtra: number) => Row[], extra = 0): Linked {
  const { nCommitted, nPublic, nWires } = l.system;
  const system = systemOf(change(rowsOf(l.system), nWires), { nCommitted, nPublic, nWires: nWires + extra });
  return { ...l, system, definitions: definitions(system) };
}

/** The circuit with one more row in a table, its multiplicity a constant: key = t + beta f. */
export function withTableRow(l: Linked, table: number, t: bigint, f: bigint, m: bigint): Linked {
  const { X, powers } = l.wires.challenge!;
  const sum = sumRow(l, table);
  return changed(
    l,
    (rows, g) => {
      rows[sum][2].push([g, -1n]);
      const key: [number, bigint][] = [[X, 1n], [0, -t], [powers.at(-1) ?? X, -f]]; // prettier-ignore
      return [...rows, [[[g, 1n]], key, [[0, m]]]];
    },
    1,
  );
}

/** An instance of the step that gives the tensor of that name. */
export function place({ wires, circuit }: Linked, name: string, instance: number) {
  const isOf = (id: TensorId): boolean => circuit.tensors[id].name === name;
  const group = wires.instances.findIndex(({ of }) => of?.step.outs.some(isOf) === true);
  return { group, instance, ...wires.instances[group] };
}

/** The circuit with a row that says nothing; a wire that it defined is free. */
export const without = (one: Linked, row: number): Linked => ({
  ...one,
  system: systemOf(rowsOf(one.system).with(row, [[], [], []]), one.system),
  definitions: one.definitions.filter((definition) => definition.row !== row),
});

/** Of a gadget of `equal` the rows that read e: that of its inverse, and that of 0. */
export function rowsAbout(one: Linked, e: number, inv: number): { readonly inverse: number; readonly zero: number } {
  const names = rowsOf(one.system).map((row) => row.flat().map(([wire]) => wire));
  const [inverse] = names.flatMap((wires, row) => (wires.includes(inv) && wires.includes(e) ? [row] : []));
  const [zero] = names.flatMap((wires, row) => (row === inverse + 1 && wires.includes(e) ? [row] : []));
  return { inverse, zero };
}
