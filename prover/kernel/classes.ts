// Equal scalars: in a proof most wires hold one of a few thousand values, so the points that go with the same value are
// added up first, one addition each, and the multi-exponentiation has one point per value.
import { FIELD_BYTES } from '../../compiler/circuit/field.js';
import type { Sorted } from './class-sums.js';

const WORDS = FIELD_BYTES / 4;

/** The distinct values among scalars. */
export interface Classes {
  /** The class of each scalar. */
  readonly of: Uint32Array;
  /** A scalar of each class; class 0 is that of the value 0, whether it occurs or not. */
  readonly first: readonly number[];
}

/** Below this a value is its own place in a list: most wires hold an integer of a few bits. */
const SMALL = 1 << 16;

/** Small values come first, in a loop of their own: each of the two is compiled once. @param scalars 8 words each, little-endian */
export function classesOf(scalars: Uint32Array): Classes {
  const of = new Uint32Array(scalars.length / WORDS);
  const first = [0];
  const large = sortSmall(scalars, of, first);
  sortLarge(scalars, large, of, first);
  return { of, first };
}

/** Puts the small values into classes; returns the places of the others. */
function sortSmall(scalars: Uint32Array, of: Uint32Array, first: number[]): Uint32Array {
  const classes = new Uint32Array(SMALL); // class of a value, 0 for none
  const large = new Uint32Array(of.length);
  let found = 0;
  for (let i = 0; i < of.length; i++) {
    const at = i * WORDS;
    const low = scalars[at];
    let high = 0;
    for (let k = at + 1; k < at + WORDS; k++) high |= scalars[k];
    const isLarge = high !== 0 || low >= SMALL;
    large[found] = i;
    found += isLarge ? 1 : 0;
    if (isLarge || low === 0) continue;
    if (classes[low] === 0) classes[low] = first.push(i) - 1;
    of[i] = classes[low];
  }
  return large.subarray(0, found);
}

/** Puts the values at some places into classes. */
function sortLarge(scalars: Uint32Array, places: Uint32Array, of: Uint32Array, first: number[]): void {
  let slots = 16;
  while (slots < 2 * places.length) slots *= 2;
  const table = new Uint32Array(slots); // class of a slot, 0 for none: open addressing
  for (let l = 0; l < places.length; l++) {
    const i = places[l];
    const at = i * WORDS;
    let hash = 0;
    for (let k = at; k < at + WORDS; k++) hash = Math.imul(hash ^ scalars[k], 0x9e3779b1) ^ (hash >>> 15);
    let slot = (hash ^ (hash >>> 16)) & (slots - 1);
    while (table[slot] !== 0 && !equal(scalars, first[table[slot]] * WORDS, at)) slot = (slot + 1) & (slots - 1);
    if (table[slot] === 0) table[slot] = first.push(i) - 1;
    of[i] = table[slot];
  }
}

function equal(words: Uint32Array, a: number, b: number): boolean {
  for (let i = 0; i < WORDS; i++) if (words[a + i] !== words[b + i]) return false;
  return true;
}

/** Points that are not at infinity. */
export interface Owned {
  /** The scalar of each, ascending. */
  readonly owners: Uint32Array;
  /** The place of each among all points; absent where there are no others. */
  readonly places?: Uint32Array;
}

/**
 * Sorts points by the class of their scalars; leaves out class 0.
 * @param of a class for each scalar, below `classes`
 */
export function sortByClass({ owners, places }: Owned, of: Uint32Array, classes: number): Sorted {
  const place = new Uint32Array(classes + 1);
  for (let i = 0; i < owners.length; i++) if (of[owners[i]] !== 0) place[of[owners[i]] + 1]++;
  for (let c = 1; c <= classes; c++) place[c] += place[c - 1];
  const start = place.slice();
  const entries = new Uint32Array(place[classes]);
  for (let i = 0; i < owners.length; i++) {
    const c = of[owners[i]];
    if (c !== 0) entries[place[c]++] = places === undefined ? i : places[i];
  }
  return { start, entries };
}

/** The points that are not at infinity: their places. @param points so many words each */
export function finite(points: Uint32Array, size: number): Uint32Array {
  const places = new Uint32Array(points.length / size);
  let count = 0;
  for (let i = 0; i < places.length; i++) {
    let k = size * i;
    while (k < size * (i + 1) && points[k] === 0) k++;
    if (k < size * (i + 1)) places[count++] = i;
  }
  return places.slice(0, count);
}
