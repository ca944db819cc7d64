// A gadget as an adversary sees it: rows over its ports and signals, in a prime field of any size.
import { hintsOf } from '#compiler/hints/index.js';
import { gadgetKey, type Gadget } from '#compiler/primitives/gadget.js';
import type { StampRow, StampTerm } from '#compiler/circuit/stamp.js';
import { stampsOf } from '#prover/circom/link.js';
import { R } from '#verifier/field.js';

/** Wires: the ports, then the signals, outputs first. Wire -1 in a row is the constant 1. */
export interface System {
  readonly gadget: Gadget;
  readonly names: readonly string[];
  readonly ports: number;
  readonly outputs: number;
  readonly rows: readonly StampRow[];
  /** Wires that a row of their own, x (x - 1) = 0, holds to 0 and 1, and that row. */
  readonly bits: ReadonlyMap<number, number>;
  readonly p: bigint;
}

/** The systems of gadgets, as circom compiles them from circuits/: one run for all. */
export async function systemsOf(gadgets: readonly Gadget[]): Promise<System[]> {
  const stamps = await stampsOf(gadgets);
  return gadgets.map((gadget) => systemOf(gadget, stamps.get(gadgetKey(gadget)) ?? []));
}

function systemOf(gadget: Gadget, rows: readonly StampRow[]): System {
  const names = [...gadget.ports, ...gadget.signals];
  return { gadget, names, ports: gadget.ports.length, outputs: gadget.outputs, rows, bits: bitsOf(rows), p: R };
}

/** Bits are told from their rows, not from their names. */
function bitsOf(rows: readonly StampRow[]): Map<number, number> {
  const bits = new Map<number, number>();
  rows.forEach(([a, b, c], row) => {
    const wires = new Set([...a, ...b].map((term) => term.signal).filter((wire) => wire >= 0));
    const [wire] = wires;
    const zeroAt = (x: bigint): boolean => mod(sideAt(a, x) * sideAt(b, x) - sideAt(c, x), R) === 0n;
    if (wires.size === 1 && a.length > 0 && b.length > 0 && zeroAt(0n) && zeroAt(1n) && !zeroAt(2n))
      bits.set(wire, row);
  });
  return bits;
}

const sideAt = (side: readonly StampTerm[], x: bigint): bigint =>
  side.reduce((sum, { signal, coefficient }) => sum + coefficient * (signal < 0 ? 1n : x), 0n);

/** The same rows, coefficients read as integers of either sign, over the field of p elements. */
export function inField(system: System, p: bigint): System {
  const side = (terms: readonly StampTerm[]): StampTerm[] =>
    terms.map(({ signal, coefficient }) => ({ signal, coefficient: mod(signed(coefficient), p) }));
  return { ...system, p, rows: system.rows.map(([a, b, c]) => [side(a), side(b), side(c)] as const) };
}

/** The system without one of its rows; the wires that count as bits stay those of the whole. */
export const withoutRow = (system: System, row: number): System => ({
  ...system,
  rows: system.rows.filter((_, i) => i !== row),
});

export const signed = (x: bigint, p = R): bigint => (x > p / 2n ? x - p : x);

export function mod(x: bigint, p: bigint): bigint {
  const y = x % p;
  return y < 0n ? y + p : y;
}

/** 1/x mod p by Euclid's algorithm. Throws RangeError for 0. */
export function inverse(x: bigint, p: bigint): bigint {
  let [a, b, u, v] = [mod(x, p), p, 1n, 0n];
  if (a === 0n) throw new RangeError('0 has no inverse');
  while (a > 1n) {
    const q = b / a;
    [a, b, u, v] = [b - q * a, a, v - q * u, u];
  }
  return mod(u, p);
}

/** Values of all wires. */
export type Wires = readonly bigint[];

export function valueOf(terms: readonly StampTerm[], wires: Wires): bigint {
  let sum = 0n;
  for (const { signal, coefficient } of terms) sum += signal < 0 ? coefficient : coefficient * wires[signal];
  return sum;
}

/** The rows that a full assignment breaks. */
export function broken({ rows, p }: System, wires: Wires): number[] {
  const out: number[] = [];
  rows.forEach(([a, b, c], row) => {
    if (mod(valueOf(a, wires) * valueOf(b, wires) - valueOf(c, wires), p) !== 0n) out.push(row);
  });
  return out;
}

/** The assignment of the gadget's own hint program. */
export function honest({ gadget, ports, p, names }: System, values: readonly number[]): bigint[] {
  const wires = new Array<bigint>(names.length).fill(0n);
  values.forEach((value, i) => (wires[i] = mod(BigInt(value), p)));
  hintsOf(gadget).fill(
    values,
    (signal, value) => (wires[ports + signal] = mod(BigInt(value), p)),
    () => undefined, // plain gadgets look nothing up
  );
  return wires;
}

export const outputsOf = ({ ports, outputs }: System, wires: Wires): bigint[] => wires.slice(ports, ports + outputs);
