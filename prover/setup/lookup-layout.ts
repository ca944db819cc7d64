// The sections of a lookup key (files/lookup-key.ts) from its rows and points.
import { fieldBytes } from '../../compiler/circuit/field.js';
import { coefficient, type RowSystem } from '../../compiler/circuit/rows.js';
import { InferproofError } from '../../verifier/errors.js';
import { R, concat, mod } from '../../verifier/field.js';
import type { BinFile } from '../files/binfile.js';
import { PART, PUBLICS, countsBytes, placeBytes, present } from '../files/lookup-key.js';
import { AFFINE } from '../files/zkey.js';
import type { KeyParts } from './layout.js';

export function lookupKey(
  system: RowSystem,
  bound: readonly number[],
  domain: number,
  points: KeyParts,
  { basis, eta1, eta2 }: NonNullable<KeyParts['commitment']>,
): BinFile {
  const { nWires, nCommitted, nPublic } = system;
  if (nPublic !== PUBLICS)
    throw new InferproofError('internal', `expected ${PUBLICS} public wires in a lookup circuit, got ${nPublic}`);
  const { values, starts, wires, places } = termsOf(system, bound);
  const [a, b, inG2] = [present(points.a, AFFINE.G1), present(points.b1, AFFINE.G1), present(points.b2, AFFINE.G2)];
  const [c, d] = [present(points.c, AFFINE.G1), present(basis, AFFINE.G1)];
  if (Buffer.compare(b.bits, inG2.bits) !== 0)
    throw new InferproofError('format', 'expected the same columns of B at infinity in both groups, got others');
  const counts = {
    ...{ nWires, nCommitted, rows: system.nRows + bound.length, domain, contributions: 0 },
    ...{ terms: wires.length, values: values.length / 32 },
    ...{ a: a.points.length / 64, b: b.points.length / 64, c: c.points.length / 64, d: d.points.length / 64 },
  };
  const { alpha1, beta1, delta1, beta2, delta2, ic } = points;
  const bytes = ({ buffer, byteOffset, byteLength }: Uint16Array | Uint32Array): Uint8Array =>
    new Uint8Array(buffer, byteOffset, byteLength);
  const part = (id: number, ...parts: Uint8Array[]) => ({ id, parts });
  const sections = [
    part(PART.header, countsBytes(counts), alpha1, beta1, delta1, eta1, beta2, delta2, eta2, ic),
    part(PART.wires, concat([a.bits, b.bits, c.bits, d.bits])),
    part(PART.values, values),
    part(PART.starts, bytes(starts)),
    part(PART.termWires, bytes(wires)),
    part(PART.termValues, bytes(places)),
    part(PART.a, a.points),
    part(PART.b1, b.points),
    part(PART.b2, inG2.points),
    part(PART.c, c.points),
    part(PART.h, points.h),
    part(PART.d, d.points),
  ];
  return { type: 'ifpk', version: 2, sections };
}

interface Terms {
  /** The distinct coefficients, each times 2^512 modulo r as the kernel wants it, ascending. */
  readonly values: Uint8Array;
  /** Of side s of row i: from starts[2 i + s] to before the next one. */
  readonly starts: Uint32Array;
  readonly wires: Uint32Array;
  /** Of each term's coefficient in `values`. */
  readonly places: Uint16Array | Uint32Array;
}

/** The terms of A and B, each wire of a form once, ascending. C is never stored. */
function termsOf(system: RowSystem, bound: readonly number[]): Terms {
  const sides = [system.sides[0], system.sides[1]];
  const most = sides[0].wire.length + sides[1].wire.length + bound.length;
  const distinct = new Distinct(system);
  const starts = new Uint32Array(2 * (system.nRows + bound.length) + 1);
  const [wires, ids] = [new Uint32Array(most), new Uint32Array(most)];
  let count = 0;
  for (let row = 0; row < system.nRows; row++) {
    for (const [s, { start, wire, coef }] of sides.entries()) {
      starts[2 * row + s] = count;
      const places = Array.from({ length: start[row + 1] - start[row] }, (_, i) => start[row] + i);
      places.sort((i, j) => wire[i] - wire[j]);
      for (let i = 0, end; i < places.length; i = end) {
        const w = wire[places[i]];
        for (end = i + 1; end < places.length && wire[places[end]] === w;) end++;
        const id = distinct.id(places.slice(i, end).map((place) => coef[place]));
        if (id === null) continue;
        wires[count] = w;
        ids[count++] = id;
      }
    }
  }
  bound.forEach((w, i) => {
    starts[2 * (system.nRows + i)] = count;
    wires[count] = w;
    ids[count++] = distinct.id([1]) ?? 0;
    starts[2 * (system.nRows + i) + 1] = count;
  });
  starts[starts.length - 1] = count;
  const { values, places } = distinct.ascending();
  const at = ids.subarray(0, count);
  return {
    values: fieldBytes(values),
    starts,
    wires: wires.slice(0, count),
    places: placeBytes(values.length) === 2 ? Uint16Array.from(at, (id) => places[id]) : at.map((id) => places[id]),
  };
}

/** 2^512 modulo r. */
const FACTOR = (1n << 512n) % R;

/** The coefficients that occur, numbered as they come. */
class Distinct {
  readonly #system: RowSystem;
  readonly #values: bigint[] = [];
  readonly #ofValue = new Map<string, number>();
  readonly #ofCode = new Map<number, number>();

  constructor(system: RowSystem) {
    this.#system = system;
  }

  /** The number of the sum of these codes; null for 0. */
  id(codes: readonly number[]): number | null {
    if (codes.length > 1) return this.#idOf(codes.reduce((sum, code) => sum + coefficient(this.#system, code), 0n));
    const [code] = codes;
    let id = this.#ofCode.get(code) ?? null;
    if (id === null && (id = this.#idOf(coefficient(this.#system, code))) !== null) this.#ofCode.set(code, id);
    return id;
  }

  #idOf(sum: bigint): number | null {
    const value = (mod(sum) * FACTOR) % R;
    if (value === 0n) return null;
    const key = value.toString(36); // a Map hashes bigints by their lowest 64 bits
    let id = this.#ofValue.get(key);
    if (id === undefined) {
      this.#ofValue.set(key, (id = this.#values.length));
      this.#values.push(value);
    }
    return id;
  }

  /** The values in ascending order, and where each number has gone. */
  ascending(): { readonly values: readonly bigint[]; readonly places: Uint32Array } {
    const order = this.#values.map((_, id) => id).sort((i, j) => (this.#values[i] < this.#values[j] ? -1 : 1));
    const places = new Uint32Array(order.length);
    order.forEach((id, place) => (places[id] = place));
    return { values: order.map((id) => this.#values[id]), places };
  }
}
