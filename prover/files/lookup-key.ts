// What a proving key of the look-up argument contains: format 2, byte by byte in docs/key-format.md.
//
// Points at infinity are left out, and a bit of each wire says which; a coefficient is its place in the list of the distinct ones; points
// that no proof needs are not there. A key has one form: these sections in this order, values ascending, wires ascending within a form,
// no bit beyond the last wire. Every length follows from the counts of the header, and is checked before anything is read.
import { FIELD_BYTES, readField } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { R } from '../../verifier/field.js';
import { section, type BinFile } from './binfile.js';
import { refuseInfinity, refuseOtherDomain, refuseOtherLength, type KeyShape } from './zkey.js';

export const PART = {
  header: 1,
  wires: 2,
  values: 3,
  starts: 4,
  termWires: 5,
  termValues: 6,
  a: 7,
  b1: 8,
  b2: 9,
  c: 10,
  h: 11,
  d: 12,
} as const;

/** X and F, which follow the committed wires. */
export const PUBLICS = 2;

/** The counts that the header begins with, 4 bytes each. */
const COUNTS = ['nWires', 'nCommitted', 'rows', 'domain', 'contributions', 'terms', 'values', 'a', 'b', 'c', 'd'] as const; // prettier-ignore
export type Counts = Readonly<Record<(typeof COUNTS)[number], number>>;

/** Offsets of the header's points, behind the counts; three of ic: of the constant, X and F. */
export const LOOKUP_AT = {
  contributions: 16,
  alpha1: 44,
  beta1: 108,
  delta1: 172,
  eta1: 236,
  beta2: 300,
  delta2: 428,
  eta2: 556,
  ic: 684,
} as const;
const HEADER_BYTES = 876;

/** The header's first bytes. */
export function countsBytes(counts: Counts): Uint8Array {
  const view = new DataView(new ArrayBuffer(LOOKUP_AT.alpha1));
  COUNTS.forEach((name, i) => view.setUint32(4 * i, counts[name], true));
  return new Uint8Array(view.buffer);
}

/** Bytes of a place in the list of values. */
export const placeBytes = (values: number): 2 | 4 => (values <= 2 ** 16 ? 2 : 4);

const bitmapBytes = (wires: number): number => Math.ceil(wires / 8);

const LISTS = ['a', 'b', 'c', 'd'] as const;
type ListName = (typeof LISTS)[number];

/** The wires that each list of points is about: its first one, how many. B1 and B2 have one list. */
const domainsOf = ({ nWires, nCommitted }: Pick<Counts, 'nWires' | 'nCommitted'>) =>
  ({
    a: [0, nWires],
    b: [0, nWires],
    c: [1 + nCommitted + PUBLICS, nWires - 1 - nCommitted - PUBLICS],
    d: [1, nCommitted],
  }) as const;

/** Reads the counts and checks that the sections are those of the format, each with the length that goes with the counts. Throws 'format'. */
export function lookupCounts(file: BinFile): Counts {
  const ids = file.sections.map(({ id }) => id).join();
  const expected = Object.values(PART).join();
  if (ids !== expected)
    throw new InferproofError('format', `expected the sections ${expected} in a proving key, got ${ids}`);
  refuseOtherLength(file, PART.header, HEADER_BYTES);
  const header = section(file, PART.header);
  const view = new DataView(header.buffer, header.byteOffset);
  const counts = Object.fromEntries(COUNTS.map((name, i) => [name, view.getUint32(4 * i, true)])) as Counts;
  const { nWires, nCommitted, rows, domain, terms, values, a, b, c, d } = counts;
  refuseOtherDomain(domain, 'lookup');
  if (rows > domain || nWires < 1 + nCommitted + PUBLICS)
    throw new InferproofError('format', `expected rows in their domain and wires behind the committed ones, got ${rows} in ${domain} and ${nWires} behind ${nCommitted}`); // prettier-ignore
  refuseInfinity(header, LOOKUP_AT.delta1, 'delta');
  refuseInfinity(header, LOOKUP_AT.eta1, 'eta');
  const lists = domainsOf(counts);
  for (const name of LISTS) {
    const [, wires] = lists[name];
    if (counts[name] > wires)
      throw new InferproofError('format', `expected at most ${wires} points of ${name.toUpperCase()} in the key, got ${counts[name]}`); // prettier-ignore
  }
  const bitmaps = Object.values(lists).reduce((sum, [, wires]) => sum + bitmapBytes(wires), 0);
  const lengths: readonly (readonly [number, number])[] = [
    [PART.wires, bitmaps],
    [PART.values, FIELD_BYTES * values],
    [PART.starts, 4 * (2 * rows + 1)],
    [PART.termWires, 4 * terms],
    [PART.termValues, placeBytes(values) * terms],
    [PART.a, 64 * a],
    [PART.b1, 64 * b],
    [PART.b2, 128 * b],
    [PART.c, 64 * c],
    [PART.h, 64 * domain],
    [PART.d, 64 * d],
  ];
  for (const [id, length] of lengths) refuseOtherLength(file, id, length);
  return counts;
}

export function lookupShape(file: BinFile): KeyShape {
  const { nWires, nCommitted, domain } = lookupCounts(file);
  return { nWires, nCommitted, nPublic: nCommitted + PUBLICS, domain };
}

/** The wire of each point of the lists, ascending. */
export type Owners<N extends ListName = ListName> = Readonly<Record<N, Uint32Array>>;

/**
 * Of the lists that are asked for.
 * Throws 'format' where the bits of one are not as many as its points, or one stands behind the last wire.
 */
export function lookupOwners<N extends ListName = ListName>(
  file: BinFile,
  names: readonly N[] = LISTS as readonly ListName[] as readonly N[],
): Owners<N> {
  const counts = lookupCounts(file);
  const bits = section(file, PART.wires);
  const lists = domainsOf(counts);
  const owners = names.map((name) => {
    const [first, wires] = lists[name];
    const before = LISTS.slice(0, LISTS.indexOf(name)).reduce((sum, list) => sum + bitmapBytes(lists[list][1]), 0);
    const bytes = bits.subarray(before, before + bitmapBytes(wires));
    const found = new Uint32Array(counts[name]);
    let points = 0;
    let beyond = false;
    for (let i = 0; i < bytes.length; i++) {
      for (let rest = bytes[i]; rest !== 0; rest &= rest - 1) {
        const place = 8 * i + 31 - Math.clz32(rest & -rest);
        beyond ||= place >= wires;
        if (points < found.length) found[points] = first + place;
        points++;
      }
    }
    if (beyond || points !== found.length)
      throw new InferproofError('format', `expected ${found.length} wires with a point of ${name.toUpperCase()}, got ${beyond ? 'one that does not exist' : points}`, { where: `section ${PART.wires} of the key` }); // prettier-ignore
    return [name, found] as const;
  });
  return Object.fromEntries(owners) as Owners<N>;
}

/** A bit for each point that is not at infinity, and these points alone. @param size bytes of a point */
export function present(points: Uint8Array, size: number): { readonly bits: Uint8Array; readonly points: Uint8Array } {
  const count = points.length / size;
  const words = new Uint32Array(points.buffer, points.byteOffset, points.length / 4);
  const bits = new Uint8Array(bitmapBytes(count));
  const out = new Uint8Array(points.length);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    let k = (i * size) / 4;
    const end = k + size / 4;
    while (k < end && words[k] === 0) k++;
    if (k === end) continue;
    bits[i >> 3] |= 1 << (i & 7);
    out.set(points.subarray(i * size, (i + 1) * size), size * kept++);
  }
  return { bits, points: out.subarray(0, size * kept) };
}

/** Refuses a point at infinity among points of a list, which has none. Throws 'format'. @param size words of a point */
export function refuseStoredInfinity(points: Uint32Array, size: number, id: number): void {
  for (let i = 0; i < points.length; i += size) {
    let k = i;
    while (k < i + size && points[k] === 0) k++;
    if (k === i + size)
      throw new InferproofError('format', 'expected points that are not at infinity, got one that is', { where: `section ${id} of the key`, hint: 'the key is damaged: run setup again' }); // prettier-ignore
  }
}

/** Refuses values that are none of the field, 0, or not strictly ascending. Throws 'format'. */
export function checkValues(values: Uint8Array): void {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  let last = 0n;
  for (let at = 0; at < values.length; at += FIELD_BYTES) {
    const value = readField(view, at);
    if (value <= last || value >= R)
      throw new InferproofError('format', 'expected ascending values of the field, got others', { where: `section ${PART.values} of the key` }); // prettier-ignore
    last = value;
  }
}
