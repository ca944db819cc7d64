// Base64 of RFC 4648, section 4: by Node, else by tables. `btoa` and `atob` go through a string of a character per byte, which takes most of
// the time of a large circuit.json, and `atob` lets blanks and missing padding pass.
import { native, type Native } from './native.js';

const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 61; // =

/** Value of each character of the alphabet; 64 for any other byte. */
const VALUES = new Uint8Array(256).fill(64);
ALPHABET.forEach((code, value) => (VALUES[code] = value));

export const encodeBase64 = native?.encodeBase64 ?? encodeByTables;

export function encodeByTables(bytes: Uint8Array): string {
  const codes = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) codes[at++] = ALPHABET[(group >> shift) & 63];
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  codes.fill(PADDING, codes.length - missing);
  return new TextDecoder().decode(codes);
}

/** The bytes that `encodeBase64` makes this text of, at the start of a buffer of their own, or null: each has one spelling. */
export const decodeBase64 = native === null ? decodeByTables : decodeBy(native);

export function decodeByTables(text: string): Uint8Array | null {
  const codes = new TextEncoder().encode(text);
  if (codes.length % 4 !== 0) return null;
  const missing = codes.at(-1) !== PADDING ? 0 : codes.at(-2) !== PADDING ? 1 : 2;
  const digits = codes.length - missing;
  const bytes = new Uint8Array((codes.length / 4) * 3 - missing);
  let [group, at] = [0, 0];
  for (let i = 0; i < codes.length; i++) {
    const value = i < digits ? VALUES[codes[i]] : 0;
    if (value === 64) return null;
    group = (group << 6) | value;
    if (i % 4 !== 3) continue;
    // writes beyond the end are dropped
    bytes[at++] = group >> 16;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
    if (at > bytes.length && (group & (missing === 1 ? 255 : 65535)) !== 0) return null;
    group = 0;
  }
  return bytes;
}

function decodeBy({ encodeBase64: encode, decodeBase64: decode }: Native): typeof decodeByTables {
  return (text) => {
    if (text.length % 4 !== 0) return null;
    const missing = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
    const bytes = new Uint8Array((text.length / 4) * 3 - missing);
    decode(text, bytes);
    return encode(bytes) === text ? bytes : null;
  };
}
