// What snarkjs draws from 32 bytes: the words of ChaCha20 (RFC 8439, no nonce, counter from 0), then elements and points made of them.
// Facts of ffjavascript 0.3 (chacha.js, wasm_field1.js, wasm_curve.js), which snarkjs's records of contributions rest on.
import { createCipheriv } from 'node:crypto';
import { bn254 } from '@noble/curves/bn254.js';
import { Q, R, inverse } from '../../verifier/field.js';
import type { Point1 } from '../../verifier/points.js';
import { isSquare, timesCofactor, type Point2 } from './hashes.js';

/** The next 32 bits. */
export type Draw = () => number;

/** @param seed at least 32 bytes, of which snarkjs reads the words big-endian */
export function drawFrom(seed: Uint8Array): Draw {
  const key = Buffer.from(seed.subarray(0, 32)).swap32();
  const stream = createCipheriv('chacha20', key, Buffer.alloc(16));
  return () => stream.update(Buffer.alloc(4)).readUInt32LE();
}

/** What is drawn is taken for a number times 2^256. */
function drawnElement(draw: Draw, modulus: bigint, unmontgomery: bigint): bigint {
  for (;;) {
    let v = 0n;
    for (let i = 0n; i < 4n; i++) v |= ((BigInt(draw()) << 32n) | BigInt(draw())) << (64n * i);
    v &= (1n << 254n) - 1n;
    if (v < modulus) return (v * unmontgomery) % modulus;
  }
}

const WORD = 1n << 256n;
const [BY_R, BY_Q] = [inverse(WORD), bn254.fields.Fp.inv(WORD % Q)];
const coordinate = (draw: Draw): bigint => drawnElement(draw, Q, BY_Q);
export const drawnScalar = (draw: Draw): bigint => drawnElement(draw, R, BY_R);

const isUpper = (y: bigint): boolean => y > Q / 2n;

export function drawnG1(draw: Draw): Point1 {
  const { Fp } = bn254.fields;
  for (;;) {
    const x = coordinate(draw);
    const upper = draw() % 2 === 1;
    const square = Fp.create(x * x * x + 3n);
    const root = Fp.pow(square, (Q + 1n) / 4n); // q is 3 mod 4: the root, of squares alone
    if (!Fp.eql(Fp.sqr(root), square)) continue;
    return bn254.G1.Point.fromAffine({ x, y: isUpper(root) === upper ? root : Fp.neg(root) });
  }
}

/** Of order r: nobody knows its logarithm. */
export function drawnG2(draw: Draw): Point2 {
  const { Fp2 } = bn254.fields;
  for (;;) {
    const x = { c0: coordinate(draw), c1: coordinate(draw) };
    const upper = draw() % 2 === 1;
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b);
    if (!isSquare(square)) continue;
    const root = Fp2.sqrt(square);
    const y = isUpper(root.c1 === 0n ? root.c0 : root.c1) === upper ? root : Fp2.neg(root);
    return timesCofactor(bn254.G2.Point.fromAffine({ x, y }));
  }
}
