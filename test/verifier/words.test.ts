// The word layout, the fields' helpers and the hash.
import fc from 'fast-check';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { describe, expect, it } from 'vitest';
import { batchInverse, fromBytesBE, inverse, mod, R, toBytesBE, toHex } from '#verifier/field.js';
import { keccak256 } from '#verifier/keccak.js';
import { packWords, unpackWords, wordCount, type PublicTensor } from '#verifier/words.js';
import { INTS, manyWords, PUBLICS } from './simulator.js';

const tensorAndInts = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
    lo: fc.maxSafeInteger(),
    width: fc.integer({ min: 0, max: 2 ** 20 }),
    spare: fc.integer({ min: 0, max: 28 }),
  })
  .chain(({ shape, lo, width, spare }) => {
    const hi = Math.min(lo + width, Number.MAX_SAFE_INTEGER);
    const bits = Math.min(248, 8 * (Math.max(1, Math.ceil((BigInt(hi) - BigInt(lo)).toString(2).length / 8)) + spare));
    const tensor: PublicTensor = { ...PUBLICS[0], shape, lo, hi, bits };
    const n = shape.reduce((a, b) => a * b, 1);
    return fc.tuple(fc.constant(tensor), fc.array(fc.integer({ min: lo, max: hi }), { minLength: n, maxLength: n }));
  });

describe('words', () => {
  it('come back as the integers they were made of, each below 2^248', () => {
    fc.assert(
      fc.property(fc.array(tensorAndInts, { maxLength: 4 }), (pairs) => {
        const tensors = pairs.map(([t]) => t);
        const ints = pairs.map(([, v]) => v.map((x) => x + 0)); // -0 is 0
        const words = packWords(tensors, ints);
        expect(words.length).toBe(tensors.reduce((n, t) => n + wordCount(t), 0));
        expect(words.every((w) => w >= 0n && w < 1n << 248n)).toBe(true);
        expect(unpackWords(tensors, words)).toEqual(ints);
      }),
    );
  });
  it('have one reading: any words that unpack are the words of what they unpack to', () => {
    const word = fc.oneof(fc.bigInt({ min: 0n, max: R - 1n }), fc.bigInt({ min: 0n, max: 255n }));
    fc.assert(
      fc.property(fc.array(word, { minLength: 3, maxLength: 3 }), (words) => {
        const ints = unpackWords(PUBLICS, words);
        if (ints) expect(packWords(PUBLICS, ints)).toEqual(words);
      }),
    );
  });
  it('stand as the specification says', () => {
    const words = packWords(PUBLICS, INTS);
    expect(words.length).toBe(3); // 31 + 9 bytes, then 3 chunks of 32 bits
    expect(words[0] & 0xffffffn).toBe(0x0a0500n);
    expect(words[2]).toBe((140000n << 64n) | (70003n << 32n));
    expect(wordCount({ shape: [1, 784], bits: 8 })).toBe(26);
    expect(wordCount({ shape: [], bits: 248 })).toBe(1);
  });
  it('are not made of what does not fit', () => {
    expect(() => packWords(PUBLICS, [INTS[0].with(3, 201), INTS[1]])).toThrow(/image\[3\]/);
    expect(() => packWords(PUBLICS, [INTS[0].with(3, -1), INTS[1]])).toThrow(RangeError);
    expect(() => packWords(PUBLICS, [INTS[0].with(3, 0.5), INTS[1]])).toThrow(RangeError);
    expect(() => packWords(PUBLICS, [INTS[0].slice(1), INTS[1]])).toThrow(/40 integers/);
    expect(() => packWords(PUBLICS, [INTS[0]])).toThrow(/logits/);
  });
  it('are refused with a chunk above hi, a bit too many, a word more or fewer', () => {
    const words = packWords(PUBLICS, INTS);
    for (const bad of [
      words.with(0, 201n),
      words.with(1, 1n << 72n),
      words.with(0, 1n << 248n),
      words.slice(1),
      [...words, 0n],
    ])
      expect(unpackWords(PUBLICS, bad)).toBeNull();
    expect(unpackWords(manyWords(1), [2n ** 53n])).toBeNull();
  });
});

describe('field', () => {
  const element = fc.bigInt({ min: 1n, max: R - 1n });
  it('inverses', () => {
    fc.assert(fc.property(element, (a) => mod(a * inverse(a)) === 1n && mod(-a) === R - a));
    fc.assert(
      fc.property(fc.array(element), (list) => {
        expect(batchInverse(list)).toEqual(list.map((a) => inverse(a)));
      }),
      { numRuns: 20 },
    );
    expect(() => batchInverse([1n, 0n])).toThrow(RangeError);
  });
  it('32-byte encodings', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (v) => fromBytesBE(toBytesBE(v)) === v));
    expect(toHex(toBytesBE(258n)).endsWith('000102')).toBe(true);
    expect(() => toBytesBE(2n ** 256n)).toThrow(RangeError);
  });
});

it('keccak256 is the one of @noble/hashes, at every length around the block', () => {
  for (let n = 0; n < 420; n++) {
    const data = Uint8Array.from({ length: n }, (_, i) => (i * 37 + n) & 255);
    expect(keccak256([data])).toEqual(keccak_256(data));
    expect(keccak256([data.subarray(0, n >> 1), data.subarray(n >> 1), new Uint8Array(0)])).toEqual(keccak_256(data));
  }
});
