// Every assignment of every free wire, in a prime field of some hundred elements: what the rows accept, not what some list
// of lies was refused. A wire that a row determines is computed, a wire with a bit row branches in two, any other in p.
import type { StampTerm } from '#compiler/circuit/stamp.js';
import type { System } from './system.js';

type Side = readonly (readonly [wire: number, coefficient: number])[];
type Row = readonly [Side, Side, Side];

/** The outputs (as `a,b,...`) of all witnesses for the ports, which are taken mod p; '' stands for a gadget without outputs. */
export function accepted(system: System, ports: readonly number[], limit = Infinity): Set<string> {
  const p = Number(system.p);
  const rows = system.rows.map((sides) => sides.map(compact) as unknown as Row);
  const rowBits = new Set([...system.bits].filter(([wire]) => rows.some((row) => isBitRow(row, wire))).map(([w]) => w));
  const domain = [...Array(p).keys()];
  const found = new Set<string>();
  const search = (wires: Int32Array): void => {
    if (found.size >= limit || !propagate(rows, wires, p)) return;
    const sum = sumOfBits(rows, wires, rowBits, p);
    if (sum !== null) {
      for (const subset of subsets(sum, p)) {
        const copy = wires.slice();
        sum.terms.forEach(([wire], i) => (copy[wire] = (subset >> i) & 1));
        search(copy);
      }
      return;
    }
    const next = nextWire(rows, wires, rowBits);
    if (next < 0) {
      // a wire that no row reads any more is free; outputs that are free take every value
      const open = Array.from({ length: system.outputs }, (_, i) => system.ports + i).find((wire) => wires[wire] < 0);
      if (open === undefined) found.add([...wires.subarray(system.ports, system.ports + system.outputs)].join());
      else for (const value of domain) search(withWire(wires, open, value));
      return;
    }
    for (const value of rowBits.has(next) ? [0, 1] : domain) search(withWire(wires, next, value));
  };
  const start = new Int32Array(system.names.length).fill(-1);
  ports.forEach((value, i) => (start[i] = ((value % p) + p) % p));
  search(start);
  return found;
}

const compact = (side: readonly StampTerm[]): Side => side.map((t) => [t.signal, Number(t.coefficient)]);

const withWire = (wires: Int32Array, wire: number, value: number): Int32Array => {
  const copy = wires.slice();
  copy[wire] = value;
  return copy;
};

/** Whether a row reads one wire only, in both factors. */
function isBitRow([a, b]: Row, wire: number): boolean {
  const reads = (side: Side): boolean => side.some(([w]) => w === wire) && side.every(([w]) => w === wire || w < 0);
  return reads(a) && reads(b);
}

/** [sum of the known, the only unknown wire or -1, its coefficient]; null for two unknown wires or more. */
function look(side: Side, wires: Int32Array, p: number): [known: number, wire: number, coefficient: number] | null {
  let [known, wire, coefficient] = [0, -1, 0];
  for (const [w, c] of side) {
    const value = w < 0 ? 1 : wires[w];
    if (value >= 0) known += c * value;
    else if (wire >= 0 && wire !== w) return null;
    else [wire, coefficient] = [w, coefficient + c];
  }
  return [known % p, wire, coefficient % p];
}

/** Fills what rows determine, until nothing moves; false when a row is broken. */
function propagate(rows: readonly Row[], wires: Int32Array, p: number): boolean {
  for (let moved = true; moved;) {
    moved = false;
    for (const [a, b, c] of rows) {
      const [A, B, C] = [look(a, wires, p), look(b, wires, p), look(c, wires, p)];
      if (!C) continue;
      const zero = (A?.[1] === -1 && A[0] === 0) || (B?.[1] === -1 && B[0] === 0);
      if (!zero && (!A || !B || (A[1] >= 0 && B[1] >= 0))) continue;
      // known + coefficient * wire = 0
      let known = -C[0];
      let wire = C[1];
      let coefficient = -C[2];
      if (!zero && A && B) {
        known += A[0] * B[0];
        const [factor, open] = A[1] >= 0 ? [B[0], A] : [A[0], B];
        if (open[1] >= 0) {
          if (wire >= 0 && wire !== open[1]) continue;
          wire = open[1];
          coefficient += factor * open[2];
        }
      }
      coefficient = ((coefficient % p) + p) % p;
      known = ((known % p) + p) % p;
      if (wire >= 0 && coefficient !== 0) {
        wires[wire] = ((p - known) * invert(coefficient, p)) % p;
        moved = true;
      } else if (known !== 0) return false;
    }
  }
  return true;
}

interface BitSum {
  readonly terms: Side;
  /** sum of the terms = target mod p */
  readonly target: number;
}

/** A linear row in which only bits are unknown. */
function sumOfBits(rows: readonly Row[], wires: Int32Array, bits: ReadonlySet<number>, p: number): BitSum | null {
  for (const [a, b, c] of rows) {
    if (a.length > 0 && b.length > 0) continue;
    const terms = c.filter(([wire]) => wire >= 0 && wires[wire] < 0);
    if (terms.length < 2 || terms.length > 12 || !terms.every(([wire]) => bits.has(wire))) continue;
    const known = c.reduce((sum, [wire, k]) => sum + (wire < 0 ? k : Math.max(wires[wire], 0) * k), 0);
    return { terms, target: (p - (known % p)) % p };
  }
  return null;
}

/** Bit masks of the subsets of the terms that add up to the target. */
function* subsets({ terms, target }: BitSum, p: number): Generator<number> {
  for (let mask = 0; mask < 2 ** terms.length; mask++) {
    let sum = 0;
    for (let i = 0; i < terms.length; i++) if ((mask >> i) & 1) sum += terms[i][1];
    if (sum % p === target) yield mask;
  }
}

/** An unknown wire of the row that has the fewest; -1 when every row is known. */
function nextWire(rows: readonly Row[], wires: Int32Array, bits: ReadonlySet<number>): number {
  let best = -1;
  let fewest = Infinity;
  for (const row of rows) {
    const unknown = new Set(row.flat().flatMap(([w]) => (w >= 0 && wires[w] < 0 ? [w] : [])));
    if (unknown.size === 0 || unknown.size >= fewest) continue;
    const bit = [...unknown].find((wire) => bits.has(wire));
    if (unknown.size === 1 && bit !== undefined && row.flat().every(([w]) => w < 0 || w === bit)) {
      if (best < 0) best = bit; // its own row does not say how far the others are
      continue;
    }
    fewest = unknown.size;
    best = bit ?? [...unknown][0];
  }
  return best;
}

function invert(x: number, p: number): number {
  let result = 1;
  for (let base = x, e = p - 2; e > 0; e = Math.floor(e / 2), base = (base * base) % p) {
    if (e % 2 === 1) result = (result * base) % p;
  }
  return result;
}
