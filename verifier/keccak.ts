// keccak256, the hash of the EVM, as a sponge around the permutation of @noble/hashes. The library's own keccak_256 is the
// same function (a test compares them) inside classes for streaming that a verifier does not need: 1.3 kB gzip of its 20.
import { keccakP } from '@noble/hashes/sha3.js';

/** Bytes that a block takes in: 200 less twice the digest's 32. */
const RATE = 136;

/** The 32-byte digest, with Keccak's original padding 0x01 (not SHA-3's 0x06). */
export function keccak256(data: Uint8Array): Uint8Array {
  const state = new Uint32Array(50);
  const absorb = (byte: number, at: number): void => {
    state[at >> 2] ^= byte << (8 * (at & 3));
  };
  data.forEach((byte, i) => {
    absorb(byte, i % RATE);
    if (i % RATE === RATE - 1) keccakP(state);
  });
  absorb(0x01, data.length % RATE);
  absorb(0x80, RATE - 1);
  keccakP(state);
  return Uint8Array.from({ length: 32 }, (_, i) => state[i >> 2] >>> (8 * (i & 3)));
}
