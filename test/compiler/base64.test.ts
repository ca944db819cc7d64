import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { decodeBase64, decodeByTables, encodeBase64, encodeByTables } from '#compiler/base64.js';
import { native } from '#compiler/native.js';

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 167 + 13) & 255);

describe.each([
  ['by Node', encodeBase64, decodeBase64],
  ['by tables', encodeByTables, decodeByTables],
])('base64 %s', (_, encodeBase64, decodeBase64) => {
  it('is that of RFC 4648', () => {
    for (const [bytes, text] of [
      ['', ''],
      ['f', 'Zg=='],
      ['fo', 'Zm8='],
      ['foo', 'Zm9v'],
      ['foob', 'Zm9vYg=='],
      ['fooba', 'Zm9vYmE='],
      ['foobar', 'Zm9vYmFy'],
    ])
      // prettier-ignore
      expect(encodeBase64(new TextEncoder().encode(bytes))).toBe(text);
    for (let length = 0; length < 700; length++) {
      const bytes = bytesOf(length);
      expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
    }
    expect(encodeBase64(bytesOf(256))).toMatch(/\+.*\/|\/.*\+/); // the whole alphabet
  });

  it('has one text for all bytes: no blanks, no missing padding, no bits behind the last byte', () => {
    for (const text of [
      'Zg',
      'Zg=',
      'Z===',
      '====',
      '=',
      'Zh==',
      'Zm9=',
      'Z=g=',
      'Zg==Zm9v',
      ' Zg==',
      'Zg ==',
      'Zm9v\n',
      'Zm9_',
      'Zm9\u00e9',
      'A',
    ])
      // prettier-ignore
      expect([text, decodeBase64(text)]).toEqual([text, null]);
  });
});

it('and SHA-256 are those of Node where there is one', () => {
  expect([encodeBase64, decodeBase64]).not.toContain(encodeByTables);
  expect([encodeBase64, decodeBase64]).not.toContain(decodeByTables);
  for (const text of ['', 'abc', 'ä€𝒳', 'a'.repeat(1000)])
    expect(native?.sha256(text)).toBe(bytesToHex(sha256(utf8ToBytes(text))));
});
