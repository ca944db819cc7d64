// A Groth16 proof from the kernel's sums:
//   A = alpha + sum w_i A_i + r delta                     B = beta + sum w_i B_i + s delta (in G2; B1 is the same in G1)
//   C = sum w_i C_i (private wires) + sum h_i H_i + s A + r B1 - r s delta
// The sums over the witness are made smaller first: most wires have one of a few thousand values.
//
// What a proof holds until its end anyway stays in the machine's memory for the next one: the points of the sums over
// the witness, and the powers of the transforms. Terms and points of H, which a proof can do without for half of its
// time, are read again: that takes 1 % of it, and the peak is lower by their size.
import { FIELD_BYTES, fieldBytes } from '../../compiler/circuit/field.js';
import { concat, mod } from '../../verifier/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { sectionLength, type BinFile } from '../files/binfile.js';
import { isLookup, keyShape, provingPoints, sectionOf, type PointsName } from '../files/key.js';
import { lookupOwners } from '../files/lookup-key.js';
import { AFFINE, type G1Point, type G2Point, type GroupName, type Groth16Proof, type KeyShape } from '../files/zkey.js';
import { classesOf, finite, sortByClass, type Classes } from './classes.js';
import { load, put, type Machine } from './machine.js';
import { MIN_DOMAIN, powerTables, quotientScalars, type PowerTables } from './quotient.js';
import { classSums, multiExps, type MultiExp, type Sorted, type Sum1, type Sum2 } from './sums.js';

/** The scalars of some classes, in their order. */
function valuesOf(scalars: Uint8Array, { first }: Classes, classes: readonly number[]): Uint8Array {
  const out = new Uint8Array(classes.length * FIELD_BYTES);
  classes.forEach((c, i) => {
    out.set(scalars.subarray(first[c] * FIELD_BYTES, (first[c] + 1) * FIELD_BYTES), i * FIELD_BYTES);
  });
  return out;
}

/** Points in the machine's memory, none at infinity, and the scalar or wire that each goes with, ascending. */
export interface Points {
  readonly group: GroupName;
  readonly at: number;
  readonly owners: Uint32Array;
}

/** Points that were just allocated, one for each owner from `first` on: those at infinity are taken out, and their room given back. */
function packed(machine: Machine, group: GroupName, at: number, length: number, first = 0): Points {
  const size = AFFINE[group];
  const places = finite(machine.words(at, length / 4), size / 4);
  const bytes = machine.bytes(at, length);
  places.forEach((place, i) => {
    if (place > i) bytes.copyWithin(i * size, place * size, (place + 1) * size);
  });
  machine.release(at + places.length * size);
  return { group, at, owners: first === 0 ? places : places.map((place) => first + place) };
}

/** A smaller multi-exponentiation with the same sum, outside the machine's memory. */
interface Grouped {
  readonly points: Uint8Array;
  readonly scalars: Uint8Array;
}

/** Adds up the points that go with the same scalar. */
async function grouped(
  machine: Machine,
  { group, at }: Points,
  sorted: Sorted,
  scalars: Uint8Array,
  classes: Classes,
): Promise<Grouped> {
  const mark = machine.mark();
  const sums = await classSums(machine, group, at, sorted);
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

/** sum of scalar_i * point_i, in G1. @throws 'data' for a scalar that is not below r, 'resource' */
async function sumG1(machine: Machine, points: Points, scalars: Uint8Array): Promise<Sum1> {
  const classes = classesOf(wordsOf(scalars));
  const sorted = sortByClass(points.owners, classes.of, classes.first.length);
  const small = await grouped(machine, points, sorted, scalars, classes);
  const { g1: sums } = await multiExps(machine, [task(machine, small)]);
  return sums[0];
}

/** The same of points outside the machine's memory. */
export const sumOf = (machine: Machine, points: Uint8Array, scalars: Uint8Array): Promise<Sum1> =>
  sumG1(machine, packed(machine, 'G1', put(machine, points), points.length), scalars);

/** sum of scalar_i * point_i over the commitment basis, which is read for it. */
export function basisSum(machine: Machine, { key }: LoadedKey, scalars: Uint8Array): Promise<Sum1> {
  const at = load(machine, key, sectionOf(key, 'd'));
  const owners = Uint32Array.from({ length: scalars.length / FIELD_BYTES }, (_, i) => i);
  return sumG1(machine, { group: 'G1', at, owners }, scalars);
}

/** The sums over the witness. */
const SUMS = ['a', 'b1', 'b2', 'c'] as const;
const groupOf = (name: PointsName): GroupName => (name === 'b2' ? 'G2' : 'G1');

/** A key in a machine's memory. */
export interface LoadedKey {
  readonly key: BinFile;
  readonly shape: KeyShape;
  /** Those of SUMS, in that order. */
  readonly points: readonly Points[];
  readonly tables: PowerTables;
}

/** Throws 'format' for a damaged key and for one with a domain below 4, 'file', 'resource'. */
export async function loadKey(machine: Machine, key: BinFile): Promise<LoadedKey> {
  const shape = keyShape(key);
  if (shape.domain < MIN_DOMAIN)
    throw new InferproofError('format', `expected a key for at least ${MIN_DOMAIN} rows, got ${shape.domain}`);
  const made = powerTables(machine, shape.domain);
  made.catch(() => undefined); // reported below, unless the key cannot be read
  const points = loadPoints(machine, key, shape); // while the threads make the tables
  return { key, shape, points, tables: await made };
}

function loadPoints(machine: Machine, key: BinFile, { nPublic }: KeyShape): Points[] {
  const owners = isLookup(key) ? lookupOwners(key) : null;
  return SUMS.map((name) => {
    const [group, id] = [groupOf(name), sectionOf(key, name)];
    const at = load(machine, key, id);
    if (owners !== null) return { group, at, owners: owners[name === 'a' || name === 'c' ? name : 'b'] };
    return packed(machine, group, at, sectionLength(key, id), name === 'c' ? nPublic + 1 : 0); // C: private wires alone
  });
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
  { key, shape: { nWires, domain }, points, tables }: LoadedKey,
  witness: Uint8Array,
  r: bigint,
  s: bigint,
  onShare: (share: number) => void = () => {},
): Promise<Groth16Proof> {
  const wires = put(machine, witness);
  const sort = async (): Promise<{ classes: Classes; sorted: Sorted[] }> => {
    const classes = classesOf(wordsOf(witness));
    const sorted: Sorted[] = [];
    for (const [i, { owners }] of points.entries()) {
      await machine.turn();
      const same = i > 0 && owners === points[i - 1].owners; // B in both groups
      sorted.push(same ? sorted[i - 1] : sortByClass(owners, classes.of, classes.first.length));
    }
    return { classes, sorted };
  };
  const [h, { classes, sorted }] = await both(
    quotientScalars(machine, { key, witness: wires, nWires, domain, tables }),
    sort(),
  );
  onShare(QUOTIENT_DONE);
  const small: Grouped[] = [];
  for (const [i, list] of points.entries()) small.push(await grouped(machine, list, sorted[i], witness, classes));
  const { alpha1, beta1, delta1, beta2, delta2 } = provingPoints(key);
  const [sumA, sumB1, sumB2, sumC] = small;
  const inG1 = [
    extended(sumA, [alpha1, 1n], [delta1, r]),
    extended(sumB1, [beta1, 1n], [delta1, s]),
    extended(sumC, [delta1, mod(-r * s)]),
  ];
  const inG2 = extended(sumB2, [beta2, 1n], [delta2, s]);
  const quotient = { points: load(machine, key, sectionOf(key, 'h')), scalars: h, count: domain };
  const inAll = [...inG1.map((sum) => task(machine, sum)), quotient];
  const sums = await multiExps(machine, inAll, [task(machine, inG2)], (share) =>
    onShare(CLASSES_DONE + (1 - CLASSES_DONE) * share),
  );
  onShare(1);
  const [A, B1, c, q] = sums.g1;
  const C = c.add(q).add(A.multiplyUnsafe(s)).add(B1.multiplyUnsafe(r));
  return { A: affine(A), B: affine2(sums.g2[0]), C: affine(C) };
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
