// Builds a LinearMap row by row. Equal patterns and equal kernels are stored once, so a convolution costs only as many
// of them as it has channels and kinds of border, whatever the size of the picture.
import type { LinearMap, LinearPart, Source } from './map.js';

/** One source's share of the rows. An element that is not set has no terms. */
export interface PartBuilder {
  /** Number of a list of offsets, distinct within the list; the list is copied. */
  pattern(offsets: Int32Array): number;
  /** Number of a list of coefficients, none of them 0; the list is copied. */
  kernel(coefficients: Float64Array): number;
  /** y[o] += sum over k of kernel[k] * x[base + pattern[k]] */
  set(o: number, base: number, pattern: number, kernel: number): void;
  /**
   * The form of a row that many elements share: offsets in any order, zero coefficients dropped, those of equal offsets
   * added. `set(o, base + shift, pattern, kernel)` puts it at a place.
   */
  form(offsets: ArrayLike<number>, coefficients: ArrayLike<number>): RowForm;
  /** One row from absolute indices, also in any order. */
  row(o: number, indices: ArrayLike<number>, coefficients: ArrayLike<number>): void;
  build(): LinearPart;
}

export interface RowForm {
  readonly shift: number;
  readonly pattern: number;
  readonly kernel: number;
}

export interface MapBuilder {
  /** To be filled by the caller; 0 at first. */
  readonly bias: Float64Array;
  /** The builder of the part that reads `from`; the same one for the same source. */
  part(from: Source): PartBuilder;
  build(): LinearMap;
}

export function mapBuilder(size: number): MapBuilder {
  const bias = new Float64Array(size);
  const parts = new Map<Source, PartBuilder>();
  return {
    bias,
    part(from) {
      const known = parts.get(from);
      if (known !== undefined) return known;
      const fresh = partBuilder(from, size);
      parts.set(from, fresh);
      return fresh;
    },
    build: () => ({ size, bias, parts: [...parts.values()].map((part) => part.build()) }),
  };
}

/** Number 0 of patterns and kernels is the empty list. */
const NO_TERMS: RowForm = { shift: 0, pattern: 0, kernel: 0 };

export function partBuilder(from: Source, size: number): PartBuilder {
  const base = new Int32Array(size);
  const pattern = new Int32Array(size);
  const kernel = new Int32Array(size);
  const patterns = interner((list: Int32Array) => list);
  const kernels = interner((list: Float64Array) => new Int32Array(list.buffer, list.byteOffset, 2 * list.length));
  patterns.idOf(new Int32Array(0));
  kernels.idOf(new Float64Array(0));

  const set = (o: number, at: number, patternId: number, kernelId: number): void => {
    base[o] = at;
    pattern[o] = patternId;
    kernel[o] = kernelId;
  };
  const [here, single] = [new Int32Array(1), new Float64Array(1)];
  const form = (indices: ArrayLike<number>, coefficients: ArrayLike<number>): RowForm => {
    if (indices.length === 1) {
      if (coefficients[0] === 0) return NO_TERMS;
      single[0] = coefficients[0];
      return { shift: indices[0], pattern: patterns.idOf(here), kernel: kernels.idOf(single) };
    }
    const { offsets, weights, first } = canonicalRow(indices, coefficients);
    return { shift: first, pattern: patterns.idOf(offsets), kernel: kernels.idOf(weights) };
  };
  return {
    pattern: patterns.idOf,
    kernel: kernels.idOf,
    set,
    form,
    row(o, indices, coefficients) {
      const row = form(indices, coefficients);
      set(o, row.shift, row.pattern, row.kernel);
    },
    build: () => ({ from, base, pattern, kernel, patterns: patterns.lists, kernels: kernels.lists }),
  };
}

/** Ascending offsets from the smallest index, without zeros and repetitions. */
function canonicalRow(
  indices: ArrayLike<number>,
  coefficients: ArrayLike<number>,
): { offsets: Int32Array; weights: Float64Array; first: number } {
  const at = new Int32Array(indices); // not `from`, which goes through an iterator
  const sums = new Float64Array(coefficients);
  if (!isAscending(at)) {
    const order = Array.from(at, (_, k) => k).sort((a, b) => indices[a] - indices[b]);
    order.forEach((from, k) => {
      at[k] = indices[from];
      sums[k] = coefficients[from];
    });
  }
  let kept = 0;
  for (let k = 0; k < at.length;) {
    const index = at[k];
    let sum = 0;
    for (; k < at.length && at[k] === index; k++) sum += sums[k];
    if (sum === 0) continue;
    at[kept] = index;
    sums[kept++] = sum;
  }
  const first = kept === 0 ? 0 : at[0];
  for (let k = 0; k < kept; k++) at[k] -= first;
  return { offsets: at.subarray(0, kept), weights: sums.subarray(0, kept), first };
}

export function isAscending(list: Int32Array): boolean {
  for (let k = 1; k < list.length; k++) if (list[k - 1] > list[k]) return false;
  return true;
}

/** Gives equal lists one number; a new list is copied. `wordsOf` is the list's content as 32-bit words. */
export function interner<List extends Int32Array | Float64Array>(
  wordsOf: (list: List) => Int32Array,
): { idOf: (list: List) => number; lists: List[] } {
  const lists: List[] = [];
  const words: Int32Array[] = [];
  const byHash = new Map<number, number[]>();
  const idOf = (list: List): number => {
    const key = wordsOf(list);
    const hash = hashOf(key);
    const known = byHash.get(hash);
    const id = known?.find((candidate) => equal(words[candidate], key));
    if (id !== undefined) return id;
    const copy = list.slice() as List; // slice of a typed array is one of the same kind
    const fresh = lists.push(copy) - 1;
    words.push(wordsOf(copy));
    if (known === undefined) byHash.set(hash, [fresh]);
    else known.push(fresh);
    return fresh;
  };
  return { idOf, lists };
}

function hashOf(words: Int32Array): number {
  let hash = words.length;
  for (let k = 0; k < words.length; k++) {
    hash = Math.imul(hash ^ words[k], 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

function equal(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
