// What a ceremony hashes: texts to 32 bytes, secrets and beacons to scalars, a step to the point of G2 that it must answer.
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { bn254 } from '@noble/curves/bn254.js';
import { Q, R, fromBytesBE } from '../../verifier/field.js';

export type Point2 = InstanceType<typeof bn254.G2.Point>;

/** The secrets that a key has: delta of private wires, and in the lookup argument eta of committed ones. */
export type SecretName = 'delta' | 'eta';

export const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

/** Of a text, a tag in front of bytes or not. */
function sha512(text: string, parts: readonly Uint8Array[] = []): bigint {
  const hash = createHash('sha512').update(text);
  for (const part of parts) hash.update(part);
  return fromBytesBE(hash.digest());
}

/** An element of [2, r - 1) under a tag: 512 bits modulo r, so that the bias is below 2^-250. 1 and -1 would change nothing. */
export function scalarOf(tag: string, parts: readonly Uint8Array[]): bigint {
  const x = sha512(`${tag}\n`, parts) % R;
  return x > 1n && x < R - 1n ? x : scalarOf(`${tag}'`, parts);
}

const COFACTOR = 2n * Q - R;

/**
 * A point of order r in G2 whose logarithm nobody knows: hashes of the text until one is the x of a point on the twist, then the
 * cofactor times that point. Needs two tries on average; nothing here is secret.
 */
export function pointOf(text: string): Point2 {
  const { Fp2 } = bn254.fields;
  const { Point } = bn254.G2;
  for (let attempt = 0; ; attempt++) {
    const element = (part: number): bigint => sha512(`${attempt} ${part} ${text}`) % Q;
    const x = { c0: element(0), c1: element(1) };
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), Point.CURVE().b);
    if (!isSquare(square)) continue;
    const root = Fp2.sqrt(square);
    const y = element(2) % 2n === 0n ? root : Fp2.neg(root);
    const point = timesCofactor(Point.fromAffine({ x, y }));
    if (!point.is0()) return point;
  }
}

/** Whether c0 + c1 u is a square: its norm c0^2 + c1^2 is one modulo q. */
export function isSquare({ c0, c1 }: { readonly c0: bigint; readonly c1: bigint }): boolean {
  const { Fp } = bn254.fields;
  const norm = Fp.create(c0 * c0 + c1 * c1);
  return Fp.is0(norm) || Fp.eql(Fp.pow(norm, (Q - 1n) / 2n), Fp.ONE);
}

/** The library multiplies by scalars below r only, and the cofactor is above. */
export function timesCofactor(point: Point2): Point2 {
  let sum = bn254.G2.Point.ZERO;
  for (const bit of COFACTOR.toString(2)) {
    sum = sum.double();
    if (bit === '1') sum = sum.add(point);
  }
  return sum;
}

/** SHA-256 of the value, and of that, 2^log2 times in all, as snarkjs computes a beacon. Others have a turn now and then. */
export async function beaconSeed(value: Uint8Array, log2: number): Promise<Uint8Array> {
  let hash: Uint8Array = value;
  for (let i = 0; i < 2 ** log2; i++) {
    hash = createHash('sha256').update(hash).digest();
    if (i % 2 ** 14 === 0) await setImmediate();
  }
  return hash;
}
