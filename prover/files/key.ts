// A proving key of either argument: a zkey (zkey.ts) in plain, format 2 (lookup-key.ts) in lookup. What a verification key, a proof and
// a contribution take from it.
import { InferproofError } from '../../verifier/errors.js';
import type { VerificationKey } from '../../verifier/index.js';
import { section, type BinFile } from './binfile.js';
import { LOOKUP_AT, PART, PUBLICS, lookupOwners, lookupShape } from './lookup-key.js';
import { AFFINE, SECTION, STOCK_AT, contributionRecords, encoded, recordSection, g1At, g2At, stockShape, type G1Point, type G2Point, type KeyShape } from './zkey.js'; // prettier-ignore

export const isLookup = (file: BinFile): boolean => file.type === 'ifpk';
export const keyType = (argument: VerificationKey['argument']): 'zkey' | 'ifpk' =>
  argument === 'plain' ? 'zkey' : 'ifpk';

/** Reads the shape and checks that every section has the length that goes with it. Throws 'format'. */
export const keyShape = (file: BinFile): KeyShape => (isLookup(file) ? lookupShape(file) : stockShape(file));

/** The lists of points: of the sums over the witness, of the quotient, and the commitment basis of a lookup key. */
export type PointsName = 'a' | 'b1' | 'b2' | 'c' | 'h' | 'd';

/** The section of a list. Throws 'internal' for a basis that no plain key has. */
export function sectionOf(file: BinFile, name: PointsName): number {
  if (isLookup(file)) return PART[name];
  if (name !== 'd') return SECTION[name];
  throw new InferproofError('internal', 'expected a lookup key, got a plain one without a commitment basis');
}

const header = (file: BinFile): Uint8Array => section(file, isLookup(file) ? PART.header : SECTION.header);
const places = (file: BinFile) => (isLookup(file) ? LOOKUP_AT : STOCK_AT);

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

/** Throws 'format'. */
export function keyPoints(file: BinFile): KeyPoints {
  const { nPublic } = keyShape(file);
  const [bytes, at] = [header(file), places(file)];
  const [ic, first, count] = isLookup(file) ? [bytes, LOOKUP_AT.ic, PUBLICS] : [section(file, SECTION.ic), 0, nPublic];
  const points = {
    alpha: g1At(bytes, at.alpha1),
    beta: g2At(bytes, at.beta2),
    delta: g2At(bytes, at.delta2),
    ic: Array.from({ length: 1 + count }, (_, i) => g1At(ic, first + AFFINE.G1 * i)),
  };
  return isLookup(file) ? { ...points, eta: g2At(bytes, LOOKUP_AT.eta2) } : points;
}

/** Committed wires of a verification key, none in a plain one. */
export const committedOf = (vkey: VerificationKey): number => (vkey.argument === 'lookup' ? vkey.committed : 0);

/** Whether a proving key and a verification key have the same points, and say the same of their making. Throws 'format'. */
export function sameSetup(provingKey: BinFile, vkey: VerificationKey): boolean {
  if (isLookup(provingKey) !== (vkey.argument === 'lookup')) return false;
  if (committedOf(vkey) !== keyShape(provingKey).nCommitted || contributionsOf(provingKey) !== vkey.contributions)
    return false;
  const flat = (key: KeyPoints | VerificationKey): string =>
    [key.alpha, key.beta, key.delta, 'eta' in key ? key.eta : [], key.ic].toString();
  return flat(keyPoints(provingKey)) === flat(vkey);
}

/**
 * Contributions that a proving key records: in a zkey snarkjs's records that are no beacons, or in one that snarkjs does not verify a
 * number alone. Throws 'format'.
 */
export function contributionsOf(file: BinFile): number {
  const recorded = isLookup(file) ? header(file) : recordSection(file);
  const at = countAt(file);
  if (!isLookup(file) && recorded.length > at + 4)
    return contributionRecords(file).filter(({ isBeacon }) => !isBeacon).length;
  return new DataView(recorded.buffer, recorded.byteOffset).getUint32(at, true);
}

const countAt = (file: BinFile): number => (isLookup(file) ? LOOKUP_AT.contributions : 64);

/** The single points that every proof is made of, encoded as in the sections. */
export interface ProvingPoints {
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly delta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly delta2: Uint8Array;
}

export function provingPoints(file: BinFile): ProvingPoints {
  const [bytes, at] = [header(file), places(file)];
  const point = (from: number, length: number): Uint8Array => bytes.subarray(from, from + length);
  return {
    alpha1: point(at.alpha1, 64),
    beta1: point(at.beta1, 64),
    delta1: point(at.delta1, 64),
    beta2: point(at.beta2, 128),
    delta2: point(at.delta2, 128),
  };
}

/** What a lookup proof takes from its key besides what Groth16 does; encoded points. */
export interface CommitmentKey {
  readonly nCommitted: number;
  /** The wire of each point of the basis: the committed wires, but for those whose point is at infinity. */
  readonly owners: Uint32Array;
  readonly delta: Uint8Array;
  readonly eta: Uint8Array;
}

/** Throws 'format' for a key that is damaged, or plain. */
export function commitmentKey(file: BinFile): CommitmentKey {
  if (!isLookup(file)) throw new InferproofError('format', 'expected a lookup key, got a plain one');
  const bytes = header(file);
  return {
    nCommitted: keyShape(file).nCommitted,
    owners: lookupOwners(file, ['d']).d,
    delta: bytes.subarray(LOOKUP_AT.delta1, LOOKUP_AT.delta1 + 64),
    eta: bytes.subarray(LOOKUP_AT.eta1, LOOKUP_AT.eta1 + 64),
  };
}

/** A secret's points in a key. */
export interface SecretPoints {
  readonly g1: G1Point;
  readonly g2: G2Point;
}

/** delta, and eta of a lookup key. Throws 'format'. */
export function secretPoints(file: BinFile): { readonly delta: SecretPoints; readonly eta?: SecretPoints } {
  const [bytes, at] = [header(file), places(file)];
  const delta = { g1: g1At(bytes, at.delta1), g2: g2At(bytes, at.delta2) };
  if (!isLookup(file)) return { delta };
  return { delta, eta: { g1: g1At(bytes, LOOKUP_AT.eta1), g2: g2At(bytes, LOOKUP_AT.eta2) } };
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
  const at = places(file);
  const bytes = new Uint8Array(header(file));
  bytes.set(encoded(delta.g1), at.delta1);
  bytes.set(encoded(delta.g2.flat()), at.delta2);
  if (!isLookup(file)) {
    const recorded = new Uint8Array(section(file, SECTION.contributions));
    new DataView(recorded.buffer).setUint32(countAt(file), contributions, true);
    return withSections(file, new Map<number, Uint8Array>([[SECTION.header, bytes], [SECTION.contributions, recorded]])); // prettier-ignore
  }
  if (eta) {
    bytes.set(encoded(eta.g1), LOOKUP_AT.eta1);
    bytes.set(encoded(eta.g2.flat()), LOOKUP_AT.eta2);
  }
  new DataView(bytes.buffer).setUint32(countAt(file), contributions, true);
  return withSections(file, new Map<number, Uint8Array>([[PART.header, bytes]]));
}
