// keccak256, the hash of the EVM, as a sponge around the permutation of @noble/hashes. The library's own keccak_256 is the
// same function (a test compares them) inside classes for streaming that a verifier does not need: 1.3 kB gzip of its 20.
import { keccakP } from '@noble/hashes/sha3.js';

/** Bytes that a block takes in: 200 less twice the digest's 32. */
const RATE = 136;

/** The 32-byte digest of byte strings one after the other, with Keccak's original padding 0x01 (not SHA-3's 0x06). */
export function keccak256(parts: readonly Uint8Array[]): Uint8Array {
  const state = new Uint32Array(50);
  let at = 0;
  const absorb = (byte: number): void => {
    state[at >> 2] ^= byte << (8 * (at & 3));
  };
  for (const part of parts) {
    for (const byte of part) {
      absorb(byte);
      at = (at + 1) % RATE;
      if (at === 0) keccakP(state);
    }
  }
  absorb(0x01);
  at = RATE - 1;
  absorb(0x80);
  keccakP(state);
  return Uint8Array.from({ length: 32 }, (_, i) => state[i >> 2] >>> (8 * (i & 3)));
}
