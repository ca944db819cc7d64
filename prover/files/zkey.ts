// What a proving key contains: the sections of the zkey format (snarkjs, groth16), two sections of ours after them, and
// the points that a verification key is made of.
//
// Section 100 is the commitment basis IC_i/eta of the committed wires, section 101 is [eta]1 and [eta]2; only the lookup
// argument has them. snarkjs's readers find sections by number: they prove with and export from such a file as if the two
// were not there, and `zkey contribute` writes a copy without them.
import { FIELD_BYTES, fieldBytes, readField } from '../../compiler/circuit/field.js';
import { Q, R } from '../../verifier/field.js';
import { InferproofError } from '../../verifier/errors.js';
import type { VerificationKey } from '../../verifier/index.js';
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
  commitmentBasis: 100,
  eta: 101,
} as const;

/** A key with what is known about how it was made. */
export interface SetupKey {
  readonly file: BinFile;
  /** Rows of the circuit, including those that the setup adds for the constant and for public wires. */
  readonly rows: number;
  /** The power of two that the rows fill. */
  readonly domain: number;
  /** True where one process knew all secrets. */
  readonly insecure: boolean;
  readonly contributions: number;
}

export interface KeyShape {
  readonly nWires: number;
  /** Public wires in snarkjs's sense: committed ones included. */
  readonly nPublic: number;
  readonly domain: number;
}

/** An entry of the coefficients' section: matrix, row, wire, coefficient. */
export const COEFFICIENT_BYTES = 44;

const GROTH16 = 1;
/** Offsets in the header section: n8q, q, n8r, r, nWires, nPublic, domain, then six points. */
const AT = {
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
export function keyShape(file: BinFile): KeyShape {
  const header = section(file, SECTION.header);
  const protocol = section(file, SECTION.protocol);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (protocol.length !== 4 || protocol[0] !== GROTH16 || header.length !== HEADER_BYTES) {
    throw new InferproofError('format', 'expected a Groth16 proving key, got a zkey of another proof system');
  }
  const sizes = [AT.n8q, AT.n8r].every((at) => view.getUint32(at, true) === FIELD_BYTES);
  if (!sizes || readField(view, AT.q) !== Q || readField(view, AT.r) !== R) {
    throw new InferproofError('format', 'expected a proving key over BN254, got one over another curve');
  }
  if (header.subarray(AT.delta1, AT.delta1 + 64).every((byte) => byte === 0)) {
    throw new InferproofError('format', 'expected a proving key whose delta hides the witness, got one at infinity');
  }
  const [nWires, nPublic, domain] = [AT.nWires, AT.nPublic, AT.domain].map((at) => view.getUint32(at, true));
  if (!(domain >= 2 && domain <= 2 ** 27 && Number.isInteger(Math.log2(domain)))) {
    throw new InferproofError('format', `expected a domain of 2 to 2^27 rows, a power of two, got ${domain}`);
  }
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
  for (const [id, expected] of lengths) {
    const got = sectionLength(file, id);
    if (got !== expected) {
      throw new InferproofError('format', `expected ${expected} bytes in section ${id} of the key, got ${got}`);
    }
  }
  return { nWires, nPublic, domain };
}

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

/** The verification key's points, affine. A G2 coordinate is [c0, c1] for c0 + c1 u. */
export interface KeyPoints {
  readonly alpha: G1Point;
  readonly beta: G2Point;
  readonly delta: G2Point;
  /** Lookup argument only. */
  readonly eta?: G2Point;
  /** Of the constant and of the Groth16 publics: committed wires have none in a verification key. */
  readonly ic: readonly G1Point[];
}

/** @param nCommitted wires between the constant and the publics, 0 for a plain key. Throws 'format'. */
export function keyPoints(file: BinFile, nCommitted = 0): KeyPoints {
  const { nPublic } = keyShape(file);
  if (nCommitted > nPublic) {
    throw new InferproofError(
      'mismatch',
      `expected a key with at least ${nCommitted} committed wires, got ${nPublic} public ones`,
    );
  }
  const header = section(file, SECTION.header);
  const ic = section(file, SECTION.ic);
  const wires = [0, ...Array.from({ length: nPublic - nCommitted }, (_, i) => 1 + nCommitted + i)];
  const points = {
    alpha: g1At(header, AT.alpha1),
    beta: g2At(header, AT.beta2),
    delta: g2At(header, AT.delta2),
    ic: wires.map((w) => g1At(ic, 64 * w)),
  };
  return nCommitted === 0 ? points : { ...points, eta: g2At(etaSection(file), 64) };
}

/** Committed wires of a verification key, none in a plain one. */
export const committedOf = (vkey: VerificationKey): number => (vkey.argument === 'lookup' ? vkey.committed : 0);

/** Whether a proving key and a verification key have the same points, and say the same of their making. Throws 'format'. */
export function sameSetup(provingKey: BinFile, vkey: VerificationKey): boolean {
  const committed = committedOf(vkey);
  if (committed > keyShape(provingKey).nPublic || contributionsOf(provingKey) !== vkey.contributions) return false;
  const points = keyPoints(provingKey, committed);
  const flat = (key: KeyPoints | VerificationKey): string =>
    [key.alpha, key.beta, key.delta, 'eta' in key ? key.eta : [], key.ic].toString();
  return flat(points) === flat(vkey);
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

/**
 * Contributions that a proving key records: records that are no beacons, or in a key that snarkjs does not verify a number alone.
 * Throws 'format'.
 */
export function contributionsOf(file: BinFile): number {
  const recorded = recordSection(file);
  if (recorded.length > 68) return contributionRecords(file).filter(({ isBeacon }) => !isBeacon).length;
  return new DataView(recorded.buffer, recorded.byteOffset).getUint32(64, true);
}

function recordSection(file: BinFile): Uint8Array {
  const recorded = section(file, SECTION.contributions);
  if (recorded.length < 68)
    throw new InferproofError('format', `expected 68 bytes in section 10 of the key, got ${recorded.length}`);
  return recorded;
}

/** The single points that every proof is made of, encoded as in the sections. */
export interface ProvingPoints {
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly delta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly delta2: Uint8Array;
}

export function provingPoints(file: BinFile): ProvingPoints {
  const header = section(file, SECTION.header);
  const point = (at: number, bytes: number): Uint8Array => header.subarray(at, at + bytes);
  return {
    alpha1: point(AT.alpha1, 64),
    beta1: point(AT.beta1, 64),
    delta1: point(AT.delta1, 64),
    beta2: point(AT.beta2, 128),
    delta2: point(AT.delta2, 128),
  };
}

/** What a lookup proof takes from its key besides the Groth16 sections; encoded points. */
export interface CommitmentKey {
  /** IC_i/eta of committed wire i, 64 bytes each. */
  readonly basis: Uint8Array;
  readonly delta: Uint8Array;
  readonly eta: Uint8Array;
}

/** Throws 'format' for a key without a commitment basis. */
export function commitmentKey(file: BinFile): CommitmentKey {
  const header = section(file, SECTION.header);
  return {
    basis: section(file, SECTION.commitmentBasis),
    delta: header.subarray(AT.delta1, AT.delta1 + 64),
    eta: etaSection(file).subarray(0, 64),
  };
}

function etaSection(file: BinFile): Uint8Array {
  const eta = section(file, SECTION.eta);
  if (eta.length !== 192)
    throw new InferproofError('format', `expected 192 bytes in section 101 of the key, got ${eta.length}`);
  return eta;
}

/** A secret's points in a key. */
export interface SecretPoints {
  readonly g1: G1Point;
  readonly g2: G2Point;
}

/** delta, and eta of a lookup key. Throws 'format'. */
export function secretPoints(
  file: BinFile,
  argument: 'plain' | 'lookup',
): { readonly delta: SecretPoints; readonly eta?: SecretPoints } {
  const header = section(file, SECTION.header);
  const delta = { g1: g1At(header, AT.delta1), g2: g2At(header, AT.delta2) };
  if (argument === 'plain') return { delta };
  const eta = etaSection(file);
  return { delta, eta: { g1: g1At(eta), g2: g2At(eta, AFFINE.G1) } };
}

/** The file with other contents in some of its sections. */
export const withSections = (file: BinFile, contents: ReadonlyMap<number, Uint8Array>): BinFile => ({
  ...file,
  sections: file.sections.map(({ id, parts }) => ({ id, parts: contents.has(id) ? [contents.get(id)!] : parts })),
});

/** The file with these secrets' points and that number of contributions. */
export function withSecretPoints(
  file: BinFile,
  { delta, eta }: { readonly delta: SecretPoints; readonly eta?: SecretPoints },
  contributions: number,
): BinFile {
  const header = new Uint8Array(section(file, SECTION.header));
  header.set(encoded(delta.g1), AT.delta1);
  header.set(encoded(delta.g2.flat()), AT.delta2);
  const recorded = new Uint8Array(section(file, SECTION.contributions));
  new DataView(recorded.buffer).setUint32(64, contributions, true);
  const contents = new Map([
    [SECTION.header, header],
    [SECTION.contributions, recorded],
  ] as [number, Uint8Array][]);
  if (eta) contents.set(SECTION.eta, encoded([eta.g1, eta.g2.flat()].flat()));
  return withSections(file, contents);
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
