// Files of keys and proofs damaged by a seed: what a disk, a cut transfer or somebody who means harm may make of them.
import { parseBin } from '#prover/files/binfile.js';
import { PART } from '#prover/files/lookup-key.js';
import { SECTION } from '#prover/files/zkey.js';
import { generator } from '../compiler/circuits.js';

export interface Damaged<Content> {
  readonly what: string;
  readonly content: Content;
}

type Random = () => number;
const below = (random: Random, n: number): number => Math.floor(random() * n);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)];

/** Numbers at which a reader of lengths and counts may go wrong. */
const EDGES = [0, 1, 2, 3, 64, 100, 101, 2 ** 16, 2 ** 27, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

interface Placed {
  readonly id: number;
  /** Of the section's number and length, and of what they are about. */
  readonly head: number;
  readonly from: number;
  readonly length: number;
}

const typeOf = (file: Uint8Array) => (file[0] === 'z'.charCodeAt(0) ? 'zkey' : 'ifpk');

function placesOf(file: Uint8Array): Placed[] {
  let at = 12;
  return parseBin(file, typeOf(file)).sections.map(({ id, parts: [{ length }] }) => {
    const place = { id, head: at, from: at + 12, length };
    at += 12 + length;
    return place;
  });
}

/** Where the counts of a header are. */
const STOCK_COUNTS = { id: SECTION.header, counts: [0, 4, 36, 40, 72, 76, 80] };
const LOOKUP_COUNTS = { id: PART.header, counts: Array.from({ length: 11 }, (_, i) => 4 * i) };

/** A proving key with one thing in it changed. */
export function damagedKey(file: Uint8Array, seed: number): Damaged<Uint8Array> {
  const random = generator(seed);
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  const place = pick(random, placesOf(file));
  const { id, head, from, length } = place;
  const what = (text: string): string => `section ${id}: ${text}`;
  /** The start of an item of so many bytes. */
  const item = (size: number): number => from + size * below(random, Math.max(Math.floor(length / size), 1));
  const fill = (at: number, size: number, byte: number): void => void bytes.fill(byte, at, Math.min(at + size, from + length)); // prettier-ignore
  switch (below(random, 9)) {
    case 0:
      view.setUint32(head + 4 * below(random, 3), pick(random, EDGES), true);
      return { what: what('another number or length'), content: bytes };
    case 1:
      if (length >= 4) view.setUint32(item(4), below(random, 2 ** 32), true);
      return { what: what('another word'), content: bytes };
    case 2:
      fill(item(32), 32, 255);
      return { what: what('a number above its field'), content: bytes };
    case 3:
      fill(item(64), 64, 0);
      return { what: what('a point at infinity'), content: bytes };
    case 4: {
      const [a, b] = [item(64), item(64)];
      const point = bytes.slice(a, a + 64);
      bytes.copyWithin(a, b, b + 64);
      bytes.set(point.subarray(0, Math.max(Math.min(64, from + length - b), 0)), b);
      return { what: what('two points exchanged'), content: bytes };
    }
    case 5: {
      const { id: first, counts } = typeOf(file) === 'zkey' ? STOCK_COUNTS : LOOKUP_COUNTS;
      const { from: header } = placesOf(file).find((one) => one.id === first)!;
      view.setUint32(header + pick(random, counts), pick(random, EDGES), true);
      return { what: 'another count in the header', content: bytes };
    }
    case 6: {
      // a row or a wire beyond all
      const list = typeOf(file) === 'zkey' ? SECTION.coefficients : pick(random, [PART.starts, PART.termWires]);
      const { from: terms, length: size } = placesOf(file).find((one) => one.id === list)!;
      const stock = list === SECTION.coefficients && typeOf(file) === 'zkey';
      const at = stock ? terms + 4 + 44 * below(random, (size - 4) / 44) + 4 * below(random, 3) : terms + 4 * below(random, size / 4); // prettier-ignore
      view.setUint32(at, pick(random, EDGES), true);
      return { what: 'a coefficient of another place', content: bytes };
    }
    case 7:
      return { what: 'cut', content: file.slice(0, below(random, file.length)) };
    default: {
      const without = [bytes.subarray(0, head), bytes.subarray(from + length)];
      const twice = [bytes.subarray(0, from + length), bytes.subarray(head)];
      const parts = random() < 0.5 ? without : twice;
      const content = Uint8Array.from(Buffer.concat(parts));
      new DataView(content.buffer).setUint32(8, placesOf(file).length + (parts === twice ? 1 : -1), true);
      return { what: what(parts === twice ? 'twice' : 'missing'), content };
    }
  }
}

/** Pieces that make other JSON of a JSON text, or none. */
const PIECES = [
  '0',
  '1',
  '9',
  '-',
  '.5',
  'e9',
  '"',
  ',',
  ':',
  '[',
  ']',
  '{',
  '}',
  'null',
  'true',
  'x',
  '\\',
  '\u0000',
  '\u202e',
  ' ',
];

/** A text with a few signs of it changed, cut, or said twice. */
export function damagedText(text: string, seed: number): Damaged<string> {
  const random = generator(seed);
  const at = below(random, text.length);
  const to = at + 1 + below(random, 12);
  switch (below(random, 5)) {
    case 0:
      return { what: `cut at ${at}`, content: text.slice(0, at) };
    case 1:
      return { what: `${at} to ${to} left out`, content: text.slice(0, at) + text.slice(to) };
    case 2:
      return { what: `${at} to ${to} twice`, content: text.slice(0, to) + text.slice(at) };
    case 3: {
      const values = [...text.matchAll(/-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|true|false|null/g)];
      const { index, 0: old } = pick(random, values);
      const fresh = pick(random, ['0', '-1', '1e400', '1e-400', '9007199254740992', '0.1', 'true', 'false', 'null', '[]', '{}', '""', `${old}0`]); // prettier-ignore
      return { what: `${old} at ${index} as ${fresh}`, content: text.slice(0, index) + fresh + text.slice(index + old.length) }; // prettier-ignore
    }
    default: {
      const piece = pick(random, PIECES);
      return { what: `${JSON.stringify(piece)} at ${at}`, content: text.slice(0, at) + piece + text.slice(at + 1) };
    }
  }
}
