// What a key made by a setup looks like, whoever knows its secrets: which wires get a row of their own, the sections, and their order.
//
// plain   the layout of stock snarkjs: one more row A = w for the constant and for each public wire.
// lookup  compact: no such row for committed wires (the commitment binds them), which halves the domain in practice; lookup-layout.ts.
import { fieldBytes, writeField } from '../../compiler/circuit/field.js';
import { coefficient, type RowSystem } from '../../compiler/circuit/rows.js';
import { InferproofError } from '../../verifier/errors.js';
import { Q, R, mod } from '../../verifier/field.js';
import type { BinFile, Section } from '../files/binfile.js';
import { COEFFICIENT_BYTES, SECTION } from '../files/zkey.js';
import { lookupKey } from './lookup-layout.js';

export type Argument = 'plain' | 'lookup';

/** The wires that get a domain row of their own, after the rows of the system. */
export function boundWires(system: RowSystem, argument: Argument): number[] {
  if (argument === 'plain' && system.nCommitted > 0) {
    throw new InferproofError('internal', `expected no committed wires in a plain circuit, got ${system.nCommitted}`);
  }
  return [0, ...Array.from({ length: system.nPublic }, (_, i) => system.nCommitted + 1 + i)];
}

/** log2 of the smallest domain for that many rows, at least 1 as in snarkjs. */
export const domainPower = (rows: number): number => Math.max(1, Math.ceil(Math.log2(rows)));

/** The points of a key, encoded as in its sections, one for each wire: zeros for infinity. */
export interface KeyParts {
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly delta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly gamma2: Uint8Array;
  readonly delta2: Uint8Array;
  /** K_w of the constant and the public wires. */
  readonly ic: Uint8Array;
  readonly a: Uint8Array;
  readonly b1: Uint8Array;
  readonly b2: Uint8Array;
  /** K_w/delta of the private wires. */
  readonly c: Uint8Array;
  readonly h: Uint8Array;
  /** Lookup argument: K_w/eta of the committed wires, and eta in both groups. */
  readonly commitment?: { readonly basis: Uint8Array; readonly eta1: Uint8Array; readonly eta2: Uint8Array };
}

/** @param circuitHash snarkjs's of a plain circuit, 64 bytes; zeros where there is none */
export function keyFile(
  system: RowSystem,
  bound: readonly number[],
  domain: number,
  points: KeyParts,
  circuitHash: Uint8Array = new Uint8Array(64),
): BinFile {
  const { alpha1, beta1, delta1, beta2, gamma2, delta2, commitment } = points;
  if (commitment !== undefined) return lookupKey(system, bound, domain, points, commitment);
  const u32 = (...values: number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((value, i) => view.setUint32(4 * i, value, true));
    return new Uint8Array(view.buffer);
  };
  const part = (id: number, ...parts: Uint8Array[]): Section => ({ id, parts });
  const shape = u32(system.nWires, system.nPublic, domain);
  const header = [
    u32(32),
    fieldBytes([Q]),
    u32(32),
    fieldBytes([R]),
    shape,
    alpha1,
    beta1,
    beta2,
    gamma2,
    delta1,
    delta2,
  ];
  const sections = [
    part(SECTION.protocol, u32(1)),
    { id: SECTION.header, parts: header },
    part(SECTION.ic, points.ic),
    part(SECTION.coefficients, coefficientSection(system, bound)),
    part(SECTION.a, points.a),
    part(SECTION.b1, points.b1),
    part(SECTION.b2, points.b2),
    part(SECTION.c, points.c),
    part(SECTION.h, points.h),
    part(SECTION.contributions, circuitHash, u32(0)),
  ];
  return { type: 'zkey', version: 1, sections };
}

/** Section 4: the terms of A and B, each coefficient times 2^512 as snarkjs's prover wants it. C is never stored. */
function coefficientSection(system: RowSystem, bound: readonly number[]): Uint8Array {
  const [a, b] = system.sides;
  const count = a.wire.length + b.wire.length + bound.length;
  const out = new Uint8Array(4 + COEFFICIENT_BYTES * count);
  const view = new DataView(out.buffer);
  const factor = (1n << 512n) % R;
  const converted = new Map<number, bigint>();
  const convert = (code: number): bigint => {
    let value = converted.get(code);
    if (value === undefined) converted.set(code, (value = (mod(coefficient(system, code)) * factor) % R));
    return value;
  };
  let at = 4;
  const put = (matrix: number, row: number, wire: number, code: number): void => {
    view.setUint32(at, matrix, true);
    view.setUint32(at + 4, row, true);
    view.setUint32(at + 8, wire, true);
    writeField(view, at + 12, convert(code));
    at += COEFFICIENT_BYTES;
  };
  view.setUint32(0, count, true);
  for (let row = 0; row < system.nRows; row++) {
    for (const [matrix, side] of [a, b].entries()) {
      for (let i = side.start[row], end = side.start[row + 1]; i < end; i++)
        put(matrix, row, side.wire[i], side.coef[i]);
    }
  }
  bound.forEach((wire, i) => put(0, system.nRows + i, wire, 1));
  return out;
}
