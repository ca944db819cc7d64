// Small constraint systems with satisfying witnesses, made from a seed.
import { fieldBytes } from '#compiler/circuit/field.js';
import { mod, R } from '#verifier/field.js';
import { A, B, C, RowBuilder, type RowSystem } from '#compiler/circuit/rows.js';

export interface Solved {
  readonly system: RowSystem;
  /** Values in [0, r), wire 0 first. */
  readonly wires: readonly bigint[];
  readonly witness: Uint8Array;
}

/** Deterministic 32-bit numbers (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

export interface Counts {
  readonly nCommitted: number;
  readonly nPublic: number;
  readonly nPrivate: number;
}

/**
 * A row for each private wire: first a copy of every known wire, so that each stands in a row that it can break; then copies
 * of earlier wires (something for grouping) among (a form)(a form) = private wire + a long form, with negative, large and
 * repeated coefficients.
 */
export function randomSystem(seed: number, counts: Counts, longTerms = 6): Solved {
  const next = generator(seed);
  const builder = new RowBuilder(counts);
  const known = 1 + counts.nCommitted + counts.nPublic;
  const wires: bigint[] = [1n];
  for (let w = 1; w < known; w++) wires.push(next() % 3 === 0 ? mod(-BigInt(next() % 100)) : BigInt(next() % 256));
  const large = (): bigint => mod((BigInt(next()) << 200n) + BigInt(next()));
  const coefficientOf = (): number | bigint =>
    [next() % 1000, -(next() % 1000), (next() % 2 ** 30) - 2 ** 29, large()][next() % 4];
  const form = (matrix: 0 | 1 | 2, terms: number, below: number): bigint => {
    let sum = 0n;
    for (let i = 0; i < terms; i++) {
      const wire = next() % below;
      const c = coefficientOf();
      builder.term(matrix, wire, c);
      sum += BigInt(c) * wires[wire];
    }
    return sum;
  };
  for (let w = known; w < builder.nWires; w++) {
    builder.begin();
    const copied = w < 2 * known ? w - known : next() % 3 === 0 ? next() % w : undefined;
    if (copied !== undefined) {
      builder.term(A, copied, 1);
      builder.term(B, 0, 1);
      builder.term(C, w, 1);
      wires.push(wires[copied]);
    } else {
      const [a, b] = [form(A, 1 + (next() % 3), w), form(B, 1 + (next() % 2), w)];
      builder.term(C, w, -1);
      wires.push(mod(form(C, longTerms, w) - a * b));
    }
  }
  return { system: builder.seal(), wires, witness: fieldBytes(wires) };
}

/** The witness with one wire moved by `by`. */
export function changed(wires: readonly bigint[], wire: number, by: bigint): Uint8Array {
  return fieldBytes(wires.map((v, w) => (w === wire ? (((v + by) % R) + R) % R : v)));
}
