// Completes a lie: from the ports and a few claimed wires to a full assignment that keeps as many rows as it can.
//
// Two rules, until neither applies: a row in which one wire is unknown, linearly, gives that wire; a row in which only bits
// are unknown, with the powers of two of one sign, gives the bits. What is left takes the honest value, internal wires
// before outputs, one at a time. So whatever the rows determine is determined by the rows and not by the hint programs.
import type { StampRow, StampTerm } from '#compiler/circuit/stamp.js';
import { inverse, mod, signed, type System, type Wires } from './system.js';

export interface Lie {
  /** Wires that the liar chooses. */
  readonly claims: ReadonlyMap<number, bigint>;
  /** A bit that takes whatever its sum lacks, at the price of its own row. */
  readonly carrier?: number | undefined;
}

export function complete(system: System, ports: Wires, { claims, carrier }: Lie, fallback: Wires): bigint[] {
  const { names, p, outputs } = system;
  const wires: (bigint | undefined)[] = new Array<undefined>(names.length);
  for (let i = 0; i < system.ports; i++) wires[i] = ports[i];
  for (const [wire, value] of claims) if (wire !== carrier) wires[wire] = mod(value, p);
  const inner = names.map((_, wire) => wire).filter((wire) => wire >= system.ports + outputs);
  const order = [
    ...inner.filter((wire) => system.bits.has(wire)),
    ...inner.filter((wire) => !system.bits.has(wire)),
    ...Array.from({ length: outputs }, (_, i) => system.ports + i),
  ];
  let open: readonly ReadRow[] = rowsOf(system);
  for (;;) {
    const still: ReadRow[] = [];
    let moved = false;
    for (const entry of open) {
      const unknown = entry.reads.filter((wire) => wires[wire] === undefined);
      if (unknown.length === 0) continue;
      still.push(entry);
      if (isOpenFor(system, entry.row, unknown, wires)) moved = advance(system, entry.row, wires, carrier) || moved;
    }
    open = still;
    if (moved) continue;
    const next = order.find((wire) => wires[wire] === undefined);
    if (next === undefined) return wires as bigint[]; // no undefined is left
    wires[next] = fallback[next];
  }
}

/** Whether a rule can apply: one unknown, or bits only, or a factor that is 0 and takes the others away. */
const isOpenFor = (
  { bits }: System,
  row: StampRow,
  unknown: readonly number[],
  wires: readonly (bigint | undefined)[],
): boolean =>
  unknown.length === 1 ||
  unknown.every((wire) => bits.has(wire)) ||
  row.slice(0, 2).some((side) => side.length > 0 && side.every(({ signal }) => wires[signal] === 0n));

interface ReadRow {
  readonly row: StampRow;
  readonly reads: readonly number[];
}

const readRows = new WeakMap<System['rows'], readonly ReadRow[]>();

/** Rows with the wires that they read. */
function rowsOf({ rows }: System): readonly ReadRow[] {
  let list = readRows.get(rows);
  if (list === undefined) {
    list = rows.map((row) => ({
      row,
      reads: [...new Set(row.flat().map((term) => term.signal))].filter((wire) => wire >= 0),
    }));
    readRows.set(rows, list);
  }
  return list;
}

/** Applies one of the rules to one row; whether it gave a wire. */
function advance(system: System, row: StampRow, wires: (bigint | undefined)[], carrier: number | undefined): boolean {
  const equation = linearEquation(row, wires, system.p);
  if (equation === null) return false;
  const { unknown, constant } = equation;
  if (unknown.size === 0) return false;
  if (unknown.size === 1) {
    const [[wire, c]] = unknown;
    wires[wire] = mod(-constant * inverse(c, system.p), system.p);
    return true;
  }
  return decompose(system, unknown, constant, wires, carrier);
}

/** sum c w + constant = 0 over the unknown wires of a row, where it is linear in them. */
function linearEquation(
  [a, b, c]: StampRow,
  wires: readonly (bigint | undefined)[],
  p: bigint,
): { unknown: Map<number, bigint>; constant: bigint } | null {
  const [A, B, C] = [split(a, wires), split(b, wires), split(c, wires)];
  const known = (side: Split): boolean => side.unknown.length === 0;
  const zero = (side: Split): boolean => known(side) && mod(side.constant, p) === 0n;
  const unknown = new Map<number, bigint>();
  let constant = -C.constant;
  const add = (terms: readonly StampTerm[], factor: bigint): void => {
    for (const { signal, coefficient } of terms)
      unknown.set(signal, mod((unknown.get(signal) ?? 0n) + coefficient * factor, p));
  };
  if (!zero(A) && !zero(B)) {
    if (!known(A) && !known(B)) return null;
    constant += A.constant * B.constant;
    if (known(A)) add(B.unknown, A.constant);
    else add(A.unknown, B.constant);
  }
  add(C.unknown, -1n);
  for (const [wire, coefficient] of unknown) if (coefficient === 0n) unknown.delete(wire);
  return { unknown, constant };
}

interface Split {
  readonly constant: bigint;
  readonly unknown: readonly StampTerm[];
}

function split(side: readonly StampTerm[], wires: readonly (bigint | undefined)[]): Split {
  let constant = 0n;
  const unknown: StampTerm[] = [];
  for (const term of side) {
    const value = term.signal < 0 ? 1n : wires[term.signal];
    if (value === undefined) unknown.push(term);
    else constant += term.coefficient * value;
  }
  return { constant, unknown };
}

/** The largest bits first, each if it fits; the carrier is left for what remains. */
function decompose(
  { bits, p }: System,
  unknown: ReadonlyMap<number, bigint>,
  constant: bigint,
  wires: (bigint | undefined)[],
  carrier: number | undefined,
): boolean {
  if (![...unknown.keys()].every((wire) => bits.has(wire))) return false;
  const weights = [...unknown].map(([wire, c]) => ({ wire, weight: signed(c, p) }));
  const sign = weights[0].weight > 0n ? 1n : -1n;
  if (!weights.every(({ weight }) => weight * sign > 0n)) return false;
  const rest = weights
    .filter(({ wire }) => wire !== carrier)
    .sort((x, y) => (x.weight * sign > y.weight * sign ? -1 : 1));
  // greedy is right where each weighs more than all lesser ones
  let lesser = 0n;
  for (const { weight } of rest.toReversed()) {
    if (lesser >= weight * sign) return false;
    lesser += weight * sign;
  }
  let target = mod(-constant * sign, p);
  for (const { wire, weight } of rest) {
    const fits = target >= weight * sign;
    wires[wire] = fits ? 1n : 0n;
    if (fits) target -= weight * sign;
  }
  return true;
}
