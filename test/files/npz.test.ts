import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNpz } from '#files/npz.js';
import { InferproofError } from '#verifier/errors.js';
import { floats, npy, zip, type ZipEntry } from './arrays.js';

const read = (bytes: Uint8Array) =>
  Object.fromEntries([...parseNpz(bytes, 'x.npz')].map(([name, { data }]) => [name, [...data]]));
const a: ZipEntry = { name: 'a.npy', content: floats([1, 2]) };
const b: ZipEntry = { name: 'b.npy', content: floats([3]) };

describe('parseNpz', () => {
  it('reads stored and deflated arrays, data descriptors and comments', () => {
    const expected = { a: [1, 2], b: [3] };
    expect(read(zip([a, b]))).toEqual(expected);
    expect(read(zip([{ ...a, deflate: true }, b]))).toEqual(expected);
    expect(
      read(
        zip([
          { ...a, descriptor: true },
          { ...b, deflate: true, descriptor: true },
        ]),
      ),
    ).toEqual(expected);
    expect(read(zip([a, b], 'PK\x05\x06 is how an archive ends'))).toEqual(expected);
    expect(read(zip([]))).toEqual({});
  });

  it.each<[string, readonly ZipEntry[], string]>([
    ['another checksum', [{ ...a, crc: 1 }], 'checksum'],
    ['another size, stored', [{ ...a, size: 9 }], 'expected 9 bytes'],
    ['a greater size, deflated', [{ ...a, deflate: true, size: 999 }], 'expected 999 bytes'],
    ['a smaller size, deflated', [{ ...a, deflate: true, size: 10 }], 'expected deflated data of 10 bytes'],
    ['damaged deflated data', [{ ...a, content: new Uint8Array(9).fill(255), method: 8 }], 'expected deflated data'],
    ['another compression method', [{ ...a, method: 14 }], 'method 14'],
    ['encryption', [{ ...a, flags: 1 }], 'encrypted'],
    ['two arrays of a name', [a, { ...b, name: 'a.npy' }], 'one array of a name'],
    ['a file that is no array', [{ ...a, name: 'a.txt' }], 'only .npy arrays'],
    ['ZIP64 sizes', [{ ...a, size: 0xffffffff }], 'ZIP64'],
    ['an array that is damaged inside', [{ ...a, content: a.content.subarray(0, 90) }], 'truncated'],
    [
      'more than memory',
      [
        { ...a, size: 0x7fffffff },
        { ...b, size: 0x7fffffff },
      ],
      'expected',
    ],
  ])('refuses %s', (_, entries, words) => {
    expect(() => parseNpz(zip(entries), 'x.npz')).toThrow(
      expect.objectContaining({ code: 'format', message: expect.stringContaining(words) as string }) as Error,
    );
  });

  it('takes no more memory than the directory declares: a bomb is cut off', () => {
    const bomb = npy({ descr: '|u1', shape: '(1000000,)', body: new Uint8Array(1_000_000) });
    expect(() => parseNpz(zip([{ name: 'a.npy', content: bomb, deflate: true, size: 1000 }]), 'x.npz')).toThrow(
      'expected deflated data of 1000 bytes',
    );
  });

  it('throws nothing but the error class on truncated and changed archives', () => {
    const good = zip([{ ...a, deflate: true }, b]);
    const attempt = (bytes: Uint8Array) => {
      try {
        parseNpz(bytes, 'x');
      } catch (error) {
        expect(error).toBeInstanceOf(InferproofError);
      }
    };
    for (let length = 0; length < good.length; length++) attempt(good.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Uint8Array.from(good);
        changed[at] = byte;
        attempt(changed);
      }),
      { numRuns: 1000 },
    );
  });
});
