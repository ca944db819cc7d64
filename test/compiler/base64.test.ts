import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../dist/compiler/base64.js';

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 167 + 13) & 255);

describe('base64', () => {
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
