// A Groth16 proof from the kernel's sums:
//   A = alpha + sum w_i A_i + r delta                     B = beta + sum w_i B_i + s delta (in G2; B1 is the same in G1)
//   C = sum w_i C_i (private wires) + sum h_i H_i + s A + r B1 - r s delta
// The sums over the witness are made smaller first: most wires have one of a few thousand values.
//
// The powers of the transforms stay in the machine's memory for the next proof, and beside it whose each point is. All else of a key is
// read when it is needed, and again for the next one: that takes a few percent of a proof, and the peak is lower by its size.
import { FIELD_BYTES, fieldBytes } from '../../compiler/circuit/field.js';
import { concat, mod } from '../../verifier/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { readSection, sectionLength, type BinFile } from '../files/binfile.js';
import { isLookup, keyShape, provingPoints, sectionOf, type PointsName } from '../files/key.js';
import { lookupOwners, refuseStoredInfinity } from '../files/lookup-key.js';
import { AFFINE, type G1Point, type G2Point, type GroupName, type Groth16Proof, type KeyShape } from '../files/zkey.js';
import { classSums, type Sorted } from './class-sums.js';
import { classesOf, finite, sortByClass, type Classes, type Owned } from './classes.js';
import { sumOfFew } from './few.js';
import { load, put, type Machine } from './machine.js';
import { MIN_DOMAIN, powerTables, quotientScalars, type PowerTables } from './quotient.js';
import { multiExps, type MultiExp, type PointSource, type Sum1, type Sum2 } from './sums.js';

/** The scalars of some classes, in their order. */
function valuesOf(scalars: Uint8Array, { first }: Classes, classes: readonly number[]): Uint8Array {
  const out = new Uint8Array(classes.length * FIELD_BYTES);
  classes.forEach((c, i) => {
    out.set(scalars.subarray(first[c] * FIELD_BYTES, (first[c] + 1) * FIELD_BYTES), i * FIELD_BYTES);
  });
  return out;
}

/** A smaller multi-exponentiation with the same sum, outside the machine's memory. */
interface Grouped {
  readonly points: Uint8Array;
  readonly scalars: Uint8Array;
}

/** Adds up the points that go with the same scalar. @param load puts the points into the machine's memory, for as long as that takes */
async function grouped(
  machine: Machine,
  group: GroupName,
  load: () => number,
  sorted: Sorted,
  scalars: Uint8Array,
  classes: Classes,
): Promise<Grouped> {
  const mark = machine.mark();
  const sums = await classSums(machine, group, load(), sorted);
  const out = machine.bytes(sums.points, sums.classes.length * AFFINE[group]).slice();
  machine.release(mark);
  return { points: out, scalars: valuesOf(scalars, classes, sums.classes) };
}

/** The sum with more terms. */
function extended(
  { points, scalars }: Grouped,
  ...terms: readonly (readonly [point: Uint8Array, scalar: bigint])[]
): Grouped {
  return {
    points: concat([points, ...terms.map(([point]) => point)]),
    scalars: concat([scalars, fieldBytes(terms.map(([, scalar]) => scalar))]),
  };
}

const task = (machine: Machine, { points, scalars }: Grouped): MultiExp => ({
  points: put(machine, points),
  scalars: put(machine, scalars),
  count: scalars.length / FIELD_BYTES,
});

/** The words of bytes wherever these begin. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/**
 * sum of scalar_i * point_i, in G1.
 * @param owners the scalar of each point @throws 'data' for a scalar that is not below r, 'resource'
 */
async function sumG1(machine: Machine, load: () => number, owners: Owned, scalars: Uint8Array): Promise<Sum1> {
  const classes = classesOf(wordsOf(scalars));
  const sorted = sortByClass(owners, classes.of, classes.first.length);
  const small = await grouped(machine, 'G1', load, sorted, scalars, classes);
  const { g1: sums } = await multiExps(machine, [task(machine, small)]);
  return sums[0];
}

/** The same of points outside the machine's memory, some at infinity. */
export const sumOf = (machine: Machine, points: Uint8Array, scalars: Uint8Array): Promise<Sum1> => {
  const owners = finite(wordsOf(points), AFFINE.G1 / 4);
  return sumG1(machine, () => put(machine, points), { owners, places: owners }, scalars);
};

/** Reads all points of a list into the machine's memory. Throws 'format' for one that no key has there. */
function loadPoints(machine: Machine, key: BinFile, name: PointsName): number {
  const id = sectionOf(key, name);
  const at = load(machine, key, id);
  refuseInfinities(machine, key, name, at, sectionLength(key, id));
  return at;
}

/** In a plain key points at infinity stand where they are. */
function refuseInfinities(machine: Machine, key: BinFile, name: PointsName, at: number, bytes: number): void {
  if (isLookup(key))
    refuseStoredInfinity(machine.words(at, bytes / 4), AFFINE[groupOf(name)] / 4, sectionOf(key, name));
}

/** sum of scalar_i * point_i over the commitment basis, which is read for it. */
export function basisSum(machine: Machine, { key }: LoadedKey, scalars: Uint8Array): Promise<Sum1> {
  const owners = new Uint32Array(scalars.length / FIELD_BYTES);
  for (let i = 0; i < owners.length; i++) owners[i] = i;
  return sumG1(machine, () => loadPoints(machine, key, 'd'), { owners }, scalars);
}

/** The sums over the witness. */
const SUMS = ['a', 'b1', 'b2', 'c'] as const;
const groupOf = (name: PointsName): GroupName => (name === 'b2' ? 'G2' : 'G1');

/** What of a key stays in a machine's memory, and beside it. */
export interface LoadedKey {
  readonly key: BinFile;
  readonly shape: KeyShape;
  /** Those of SUMS, in that order. */
  readonly owners: readonly Owned[];
  readonly tables: PowerTables;
}

/** Throws 'format' for a damaged key and for one with a domain below 4, 'file', 'resource'. */
export async function loadKey(machine: Machine, key: BinFile): Promise<LoadedKey> {
  const shape = keyShape(key);
  if (shape.domain < MIN_DOMAIN)
    throw new InferproofError('format', `expected a key for at least ${MIN_DOMAIN} rows, got ${shape.domain}`);
  const made = powerTables(machine, shape.domain);
  made.catch(() => undefined); // reported below, unless the key cannot be read
  const owners = ownersOf(key, shape); // while the threads make the tables
  return { key, shape, owners, tables: await made };
}

function ownersOf(key: BinFile, { nPublic }: KeyShape): Owned[] {
  if (isLookup(key)) {
    const { a, b, c } = lookupOwners(key);
    const ofB = { owners: b };
    return [{ owners: a }, ofB, ofB, { owners: c }];
  }
  return SUMS.map((name) => {
    const places = finitePlaces(key, sectionOf(key, name), AFFINE[groupOf(name)]);
    return { places, owners: name === 'c' ? places.map((place) => nPublic + 1 + place) : places }; // C: private wires alone
  });
}

const CHUNK = 1 << 13; // points

/** The places of a section's points that are not at infinity. */
function finitePlaces(key: BinFile, id: number, size: number): Uint32Array {
  const count = sectionLength(key, id) / size;
  const places = new Uint32Array(count);
  const chunk = new Uint8Array(Math.min(CHUNK, count) * size);
  let found = 0;
  for (let from = 0; from < count; from += CHUNK) {
    const part = chunk.subarray(0, Math.min(CHUNK, count - from) * size);
    readSection(key, id, part, from * size);
    for (const place of finite(wordsOf(part), size / 4)) places[found++] = from + place;
  }
  return places.slice(0, found);
}

/** Shares of a proof's time that are over when its quotient is there, and when equal scalars are added up; measured at 2^18. */
const QUOTIENT_DONE = 0.28;
const CLASSES_DONE = 0.35;

/**
 * The proof that snarkjs makes with the same r and s. The witness is sorted by values while the threads are busy with the quotient.
 * @param witness 32 bytes little-endian per wire, wire 0 first; as many as the key has
 * @param r, s in [0, r)
 * @param onShare called with the share of the work that is done, from 0 to 1
 */
export async function prove(
  machine: Machine,
  { key, shape: { nWires, domain }, owners, tables }: LoadedKey,
  witness: Uint8Array,
  r: bigint,
  s: bigint,
  onShare: (share: number) => void = () => {},
): Promise<Groth16Proof> {
  const sort = async (): Promise<{ classes: Classes; sorted: Sorted[] }> => {
    const classes = classesOf(wordsOf(witness));
    const sorted: Sorted[] = [];
    for (const [i, list] of owners.entries()) {
      await machine.turn();
      const same = i > 0 && list === owners[i - 1]; // B in both groups
      sorted.push(same ? sorted[i - 1] : sortByClass(list, classes.of, classes.first.length));
    }
    return { classes, sorted };
  };
  const [h, { classes, sorted }] = await both(
    quotientScalars(machine, { key, witness, nWires, domain, tables }),
    sort(),
  );
  onShare(QUOTIENT_DONE);
  const small: Grouped[] = [];
  for (const [i, name] of SUMS.entries()) {
    const points = (): number => loadPoints(machine, key, name);
    small.push(await grouped(machine, groupOf(name), points, sorted[i], witness, classes));
  }
  const { alpha1, beta1, delta1, beta2, delta2 } = provingPoints(key);
  const [sumA, sumB1, sumB2, sumC] = small;
  const inG1 = [
    extended(sumA, [alpha1, 1n], [delta1, r]),
    extended(sumB1, [beta1, 1n], [delta1, s]),
    extended(sumC, [delta1, mod(-r * s)]),
  ];
  const inG2 = extended(sumB2, [beta2, 1n], [delta2, s]);
  const points: PointSource = (into, from, to) => {
    const bytes = (to - from) * AFFINE.G1;
    readSection(key, sectionOf(key, 'h'), machine.bytes(into, bytes), from * AFFINE.G1);
    refuseInfinities(machine, key, 'h', into, bytes);
  };
  const quotient = { points, scalars: h, count: domain };
  const inAll = [...inG1.map((sum) => task(machine, sum)), quotient];
  const sums = await multiExps(machine, inAll, [task(machine, inG2)], (share) =>
    onShare(CLASSES_DONE + (1 - CLASSES_DONE) * share),
  );
  onShare(1);
  const [A, B1, c, q] = sums.g1.map(affine);
  const C = await sumOfFew(machine, [[c, 1n], [q, 1n], [A, s], [B1, r]]); // prettier-ignore
  return { A, B: affine2(sums.g2[0]), C };
}

/** Both results; a failure of one is thrown only after the other has ended. */
async function both<T, U>(one: Promise<T>, other: Promise<U>): Promise<[T, U]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

/** (0, 0) for infinity. */
export function affine(point: Sum1): G1Point {
  const { x, y } = point.toAffine();
  return [x, y];
}

function affine2(point: Sum2): G2Point {
  const { x, y } = point.toAffine();
  return [[x.c0, x.c1], [y.c0, y.c1]]; // prettier-ignore
}
