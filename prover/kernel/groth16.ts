// A Groth16 proof from the kernel's sums:
//   A = alpha + sum w_i A_i + r delta                     B = beta + sum w_i B_i + s delta (in G2; B1 is the same in G1)
//   C = sum w_i C_i (private wires) + sum h_i H_i + s A + r B1 - r s delta
// The sums over the witness are made smaller first: most wires have one of a few thousand values.
import { FIELD_BYTES, fieldBytes } from '../../compiler/circuit/field.js';
import { concat, mod } from '../../verifier/field.js';
import { section, type BinFile } from '../binfile.js';
import { AFFINE, type GroupName } from '../point-jobs.js';
import { SECTION, keyShape, provingPoints, type G1Point, type G2Point } from '../setup/key.js';
import type { Groth16Proof } from '../snarkjs.js';
import { classesOf, sortByClass, type Classes } from './classes.js';
import { put, type Machine } from './machine.js';
import { quotientScalars } from './quotient.js';
import { classSums, multiExps, type MultiExp, type Sum1, type Sum2 } from './sums.js';

/** The words of bytes wherever these begin. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** The scalars of some classes, in their order. */
function valuesOf(scalars: Uint8Array, { first }: Classes, classes: readonly number[]): Uint8Array {
  const out = new Uint8Array(classes.length * FIELD_BYTES);
  classes.forEach((c, i) => {
    out.set(scalars.subarray(first[c] * FIELD_BYTES, (first[c] + 1) * FIELD_BYTES), i * FIELD_BYTES);
  });
  return out;
}

/** A smaller multi-exponentiation with the same sum; it stays allocated, the points do not. */
interface Grouped {
  readonly points: Uint8Array;
  readonly scalars: Uint8Array;
}

async function grouped(
  machine: Machine,
  group: GroupName,
  points: Uint8Array,
  scalars: Uint8Array,
  classes: Classes,
  of: Uint32Array,
): Promise<Grouped> {
  const mark = machine.mark();
  const sorted = sortByClass(wordsOf(points), of, classes.first.length);
  const sums = await classSums(machine, group, put(machine, points), sorted);
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

/** sum of scalar_i * point_i. @throws 'data' for a scalar that is not below r, 'resource' */
export async function sumG1(machine: Machine, points: Uint8Array, scalars: Uint8Array): Promise<Sum1> {
  const classes = classesOf(wordsOf(scalars));
  const small = await grouped(machine, 'G1', points, scalars, classes, classes.of);
  const { g1: sums } = await multiExps(machine, [task(machine, small)]);
  return sums[0];
}

/**
 * The proof that snarkjs makes with the same r and s.
 * @param witness 32 bytes little-endian a wire, wire 0 first; as many as the key has
 * @param r, s in [0, r)
 */
export async function prove(
  machine: Machine,
  key: BinFile,
  witness: Uint8Array,
  r: bigint,
  s: bigint,
): Promise<Groth16Proof> {
  const { nWires, nPublic, domain } = keyShape(key);
  const classes = classesOf(wordsOf(witness));
  const witnessSum = (group: GroupName, id: number, of: Uint32Array): Promise<Grouped> =>
    grouped(machine, group, section(key, id), witness, classes, of);
  const { alpha1, beta1, delta1, beta2, delta2 } = provingPoints(key);
  const inG1 = [
    extended(await witnessSum('G1', SECTION.a, classes.of), [alpha1, 1n], [delta1, r]),
    extended(await witnessSum('G1', SECTION.b1, classes.of), [beta1, 1n], [delta1, s]),
    extended(await witnessSum('G1', SECTION.c, classes.of.subarray(nPublic + 1)), [delta1, mod(-r * s)]),
  ];
  const inG2 = extended(await witnessSum('G2', SECTION.b2, classes.of), [beta2, 1n], [delta2, s]);
  const h = await quotientScalars(machine, {
    coefficients: section(key, SECTION.coefficients),
    witness: put(machine, witness),
    nWires,
    domain,
  });
  const quotient = { points: put(machine, section(key, SECTION.h)), scalars: h, count: domain };
  const sums = await multiExps(machine, [...inG1.map((sum) => task(machine, sum)), quotient], [task(machine, inG2)]);
  const [A, B1, c, q] = sums.g1;
  const C = c.add(q).add(A.multiplyUnsafe(s)).add(B1.multiplyUnsafe(r));
  return { A: affine(A), B: affine2(sums.g2[0]), C: affine(C) };
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
