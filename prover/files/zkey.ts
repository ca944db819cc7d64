// What a stock proving key contains: the sections of the zkey format (snarkjs, groth16), and how points are encoded in any key. A key of
// the plain argument is one; key.ts reads both kinds.
import { isDomain } from '../../compiler/circuit/domain.js';
import { FIELD_BYTES, fieldBytes, readField } from '../../compiler/circuit/field.js';
import { Q, R } from '../../verifier/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { readSection, section, sectionLength, type BinFile } from './binfile.js';

export const SECTION = {
  protocol: 1,
  header: 2,
  ic: 3,
  coefficients: 4,
  a: 5,
  b1: 6,
  b2: 7,
  c: 8,
  h: 9,
  contributions: 10,
} as const;

/** A key with what is known about how it was made. */
export interface SetupKey {
  readonly file: BinFile;
  /** Rows of the circuit, including those that the setup adds for the constant and for public wires. */
  readonly rows: number;
  /** The rows that they fill: 2^k, or 3·2^k in a lookup key of development. */
  readonly domain: number;
  /** True where one process knew all secrets. */
  readonly insecure: boolean;
  readonly contributions: number;
}

export interface KeyShape {
  readonly nWires: number;
  /** 0 in a plain key. */
  readonly nCommitted: number;
  /** Public wires in snarkjs's sense: committed ones included. */
  readonly nPublic: number;
  readonly domain: number;
}

/** An entry of the coefficients' section: matrix, row, wire, coefficient. */
export const COEFFICIENT_BYTES = 44;

const GROTH16 = 1;
/** Offsets in the header section: n8q, q, n8r, r, nWires, nPublic, domain, then six points. */
export const STOCK_AT = {
  n8q: 0,
  q: 4,
  n8r: 36,
  r: 40,
  nWires: 72,
  nPublic: 76,
  domain: 80,
  alpha1: 84,
  beta1: 148,
  beta2: 212,
  gamma2: 340,
  delta1: 468,
  delta2: 532,
};
const HEADER_BYTES = 660;

/** Reads the shape and checks that every section has the length that goes with it. Throws 'format'. */
export function stockShape(file: BinFile): KeyShape {
  const header = section(file, SECTION.header);
  const protocol = section(file, SECTION.protocol);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (protocol.length !== 4 || protocol[0] !== GROTH16 || header.length !== HEADER_BYTES) {
    throw new InferproofError('format', 'expected a Groth16 proving key, got a zkey of another proof system');
  }
  const sizes = [STOCK_AT.n8q, STOCK_AT.n8r].every((at) => view.getUint32(at, true) === FIELD_BYTES);
  if (!sizes || readField(view, STOCK_AT.q) !== Q || readField(view, STOCK_AT.r) !== R) {
    throw new InferproofError('format', 'expected a proving key over BN254, got one over another curve');
  }
  refuseInfinity(header, STOCK_AT.delta1, 'delta');
  const [nWires, nPublic, domain] = [STOCK_AT.nWires, STOCK_AT.nPublic, STOCK_AT.domain].map((at) =>
    view.getUint32(at, true),
  );
  refuseOtherDomain(domain, 'plain');
  const count = new Uint8Array(4);
  readSection(file, SECTION.coefficients, count);
  const terms = new DataView(count.buffer).getUint32(0, true);
  const lengths: readonly (readonly [number, number])[] = [
    [SECTION.coefficients, 4 + COEFFICIENT_BYTES * terms],
    [SECTION.ic, 64 * (nPublic + 1)],
    [SECTION.a, 64 * nWires],
    [SECTION.b1, 64 * nWires],
    [SECTION.b2, 128 * nWires],
    [SECTION.c, 64 * (nWires - nPublic - 1)],
    [SECTION.h, 64 * domain],
  ];
  for (const [id, expected] of lengths) refuseOtherLength(file, id, expected);
  return { nWires, nCommitted: 0, nPublic, domain };
}

// ---- what keys of either kind are checked for

/** A secret's point of G1 at infinity would not hide the witness. */
export function refuseInfinity(header: Uint8Array, at: number, secret: string): void {
  if (header.subarray(at, at + 64).every((byte) => byte === 0))
    throw new InferproofError(
      'format',
      `expected a proving key whose ${secret} hides the witness, got one at infinity`,
    );
}

export function refuseOtherDomain(domain: number, argument: 'plain' | 'lookup'): void {
  if (isDomain(domain, argument)) return;
  const kind = argument === 'plain' ? 'a power of two' : '2^k or 3·2^k';
  throw new InferproofError('format', `expected a domain of 2 to 2^27 rows, ${kind}, got ${domain}`);
}

export function refuseOtherLength(file: BinFile, id: number, expected: number): void {
  const got = sectionLength(file, id);
  if (got !== expected)
    throw new InferproofError('format', `expected ${expected} bytes in section ${id} of the key, got ${got}`);
}

// ---- points

export type G1Point = readonly [bigint, bigint];
export type G2Point = readonly [readonly [bigint, bigint], readonly [bigint, bigint]];

export type GroupName = 'G1' | 'G2';
/** Bytes of a point in a section: affine, Montgomery form, little-endian; zeros for the point at infinity. */
export const AFFINE = { G1: 64, G2: 128 } as const;

/** What is proved with a key. */
export interface Groth16Proof {
  readonly A: G1Point;
  readonly B: G2Point;
  readonly C: G1Point;
}

/** snarkjs's record of a contribution: four points, a hash, its type and the length of the parameters that follow. */
const RECORD = { bytes: 392, type: 384, parameters: 388 } as const;

export interface ContributionRecord {
  readonly isBeacon: boolean;
  /** Number and value of each, one after the other: see records.ts of prover/ceremony. */
  readonly parameters: Uint8Array;
}

/** snarkjs's records in section 10, after 64 bytes of the circuit's hash; none where a number stands alone. Throws 'format'. */
export function contributionRecords(file: BinFile): ContributionRecord[] {
  const recorded = recordSection(file);
  if (recorded.length === 68) return [];
  const view = new DataView(recorded.buffer, recorded.byteOffset, recorded.byteLength);
  const records: ContributionRecord[] = [];
  const all = view.getUint32(64, true);
  let at = 68;
  while (records.length < all && at + RECORD.bytes <= recorded.length) {
    const parameters = recorded.subarray(at + RECORD.bytes, at + RECORD.bytes + view.getUint32(at + RECORD.parameters, true)); // prettier-ignore
    records.push({ isBeacon: view.getUint32(at + RECORD.type, true) === 1, parameters });
    at += RECORD.bytes + view.getUint32(at + RECORD.parameters, true);
  }
  if (records.length !== all || at !== recorded.length)
    throw new InferproofError('format', `expected ${all} whole records in section 10 of the key, got others`);
  return records;
}

/** Section 10: 64 bytes of the circuit's hash, a number, and as many records, or none. Throws 'format'. */
export function recordSection(file: BinFile): Uint8Array {
  const recorded = section(file, SECTION.contributions);
  if (recorded.length < 68)
    throw new InferproofError('format', `expected 68 bytes in section 10 of the key, got ${recorded.length}`);
  return recorded;
}

/** Coordinates as in the sections: Montgomery form, little-endian. */
export const encoded = (coordinates: readonly bigint[]): Uint8Array =>
  fieldBytes(coordinates.map((x) => (x << 256n) % Q));

/** 1/2^256 modulo q: takes a coordinate out of Montgomery form. */
const UNMONTGOMERY = ((): bigint => {
  let [base, result] = [(1n << 256n) % Q, 1n];
  for (let e = Q - 2n; e > 0n; e >>= 1n, base = (base * base) % Q) if (e & 1n) result = (result * base) % Q;
  return result;
})();

function coordinate(bytes: Uint8Array, at: number): bigint {
  return (readField(new DataView(bytes.buffer, bytes.byteOffset), at) * UNMONTGOMERY) % Q;
}

/** The affine point at an offset, Montgomery little-endian: (0, 0) is the point at infinity. */
export const g1At = (bytes: Uint8Array, at = 0): G1Point => [coordinate(bytes, at), coordinate(bytes, at + 32)];
export const g2At = (bytes: Uint8Array, at = 0): G2Point => [
  [coordinate(bytes, at), coordinate(bytes, at + 32)],
  [coordinate(bytes, at + 64), coordinate(bytes, at + 96)],
];
