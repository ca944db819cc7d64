// snarkjs's hash of a plain circuit and its powers of tau, which every later contribution begins with: BLAKE2b-512 over all points of
// the first key, uncompressed, and over tau^(i+n) - tau^i, i < n - 1, in front of the private wires.
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { bn254 } from '@noble/curves/bn254.js';
import { FIELD_BYTES, fieldBytes, readField, writeField } from '../../compiler/circuit/field.js';
import { Q } from '../../verifier/field.js';
import { AFFINE, g1At, g2At, type GroupName } from '../files/zkey.js';
import type { Kernel } from '../kernel/index.js';
import type { KeyParts } from './layout.js';
import { addUp, opposites } from './point-sums.js';
import { PTAU, type Powers } from './powers.js';

const TURN = 1 << 12; // points without one
const CHUNK = 1 << 14; // differences; snarkjs's number, which shows

/** 64 bytes. Throws 'file'. */
export async function circuitHash(
  kernel: Kernel<unknown>,
  powers: Powers,
  k: number,
  points: KeyParts,
): Promise<Uint8Array> {
  const hash = createHash('blake2b512');
  const update = async (group: GroupName, list: Uint8Array): Promise<void> => {
    for (let from = 0; from < list.length; from += TURN * AFFINE[group]) {
      hash.update(uncompressed(group, list.subarray(from, from + TURN * AFFINE[group])));
      await setImmediate();
    }
  };
  const section = async (group: GroupName, list: Uint8Array): Promise<void> => {
    hash.update(bigEndian(list.length / AFFINE[group]));
    await update(group, list);
  };
  for (const point of [points.alpha1, points.beta1]) await update('G1', point);
  for (const point of [points.beta2, points.gamma2]) await update('G2', point);
  await update('G1', points.delta1);
  await update('G2', points.delta2);
  await section('G1', points.ic);
  const differences = 2 ** k - 1;
  hash.update(bigEndian(differences));
  // every piece has the length of a whole one, the last too: snarkjs then takes the powers behind, or what stands there in the file
  const piece = Math.min(differences, CHUNK);
  for (let at = 0; at < differences; at += CHUNK)
    await update('G1', await powerDifferences(kernel, powers, k, at, piece));
  await section('G1', points.c);
  await section('G1', points.a);
  await section('G1', points.b1);
  await section('G2', points.b2);
  return new Uint8Array(hash.digest());
}

function bigEndian(count: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, count, false);
  return new Uint8Array(view.buffer);
}

/** tau^(i+n) - tau^i for `count` i from one on. */
async function powerDifferences(
  kernel: Kernel<unknown>,
  powers: Powers,
  k: number,
  from: number,
  count: number,
): Promise<Uint8Array> {
  const [low, high] = [new Uint8Array(count * AFFINE.G1), new Uint8Array(count * AFFINE.G1)];
  const start = powers.start(PTAU.tau1);
  await powers.readAt(start + from * AFFINE.G1, low);
  await powers.readAt(start + (from + 2 ** k) * AFFINE.G1, high);
  return kernel.run(async (machine) => {
    const at = machine.alloc(3 * low.length);
    machine.bytes(at, low.length).set(low);
    opposites(machine, 'G1', at, count);
    machine.bytes(at, high.length).set(high);
    const out = at + 2 * low.length;
    await addUp(machine, 'G1', at, count, (i) => [i, count + i], out);
    const differences = machine.bytes(out, low.length).slice();
    const last = AFFINE.G1 * (count - 1);
    if (from + count + 2 ** k > 2 ** (powers.power + 1) - 1) {
      differences.set(strayDifference(high.subarray(last), low.subarray(last)), last);
    }
    return differences;
  });
}

/**
 * What snarkjs takes for the difference where the file has no such power: it reads the 64 bytes behind the section as a point. Its
 * arithmetic takes for granted that numbers are below q, which these are not, so it is followed word for word.
 */
function strayDifference(behind: Uint8Array, power: Uint8Array): Uint8Array {
  const raw = (bytes: Uint8Array, at: number): bigint => readField(new DataView(bytes.buffer, bytes.byteOffset), at);
  const [x1, y1, x2, y2] = [raw(behind, 0), raw(behind, 32), raw(power, 0), wordSub(0n, raw(power, 32))];
  const [h, dy] = [wordSub(x2, x1), wordSub(y2, y1)];
  const hh = wordMul(h, h);
  const i = wordAdd(wordAdd(hh, hh), wordAdd(hh, hh));
  const [j, r, v] = [wordMul(h, i), wordAdd(dy, dy), wordMul(x1, i)];
  const x = wordSub(wordSub(wordMul(r, r), j), wordAdd(v, v));
  const yj = wordMul(y1, j);
  const y = wordSub(wordMul(wordSub(v, x), r), wordAdd(yj, yj));
  const [a, b, z] = [x, y, wordAdd(h, h)].map((c) => (c * UNMONTGOMERY) % Q);
  const inverse = bn254.fields.Fp.inv(z);
  const square = (inverse * inverse) % Q;
  return fieldBytes([a * square, b * ((square * inverse) % Q)].map((c) => ((c % Q) << 256n) % Q));
}

const WORD = 1n << 256n;
const UNMONTGOMERY = bn254.fields.Fp.inv(WORD % Q);
/** -1/q modulo 2^256. */
const NEGATIVE_INVERSE = (WORD * UNMONTGOMERY - 1n) / Q;

const wordAdd = (a: bigint, b: bigint): bigint => (a + b >= Q ? (a + b - Q) % WORD : a + b);
const wordSub = (a: bigint, b: bigint): bigint => (a < b ? (a - b + WORD + Q) % WORD : a - b);
function wordMul(a: bigint, b: bigint): bigint {
  const product = a * b;
  const sum = (product + (((product % WORD) * NEGATIVE_INVERSE) % WORD) * Q) / WORD;
  return sum >= Q ? (sum - Q) % WORD : sum;
}

/** Coordinates big-endian and out of Montgomery form, of G2 c1 before c0. */
function uncompressed(group: GroupName, points: Uint8Array): Uint8Array {
  const size = AFFINE[group];
  const out = new Uint8Array(points.length);
  const view = new DataView(out.buffer);
  for (let at = 0; at < points.length; at += size) {
    const coordinates = group === 'G1' ? g1At(points, at) : g2At(points, at).flatMap(([c0, c1]) => [c1, c0]);
    coordinates.forEach((x, i) => {
      writeField(view, at + i * FIELD_BYTES, x);
      out.subarray(at + i * FIELD_BYTES, at + (i + 1) * FIELD_BYTES).reverse();
    });
  }
  return out;
}
