// Composition of linear maps, exact in float64.
import { greatest } from '../extremes.js';
import { interner, isAscending, partBuilder, type PartBuilder, type RowForm } from './builder.js';
import { applyMap } from './apply.js';
import type { LinearMap, LinearPart, Source } from './map.js';

/**
 * `outer` with every source that is a key of `inners` replaced by its map: outer after inners, in float64 without any
 * other rounding. Rows of the same form are composed once, so that an index map or a scaling costs its elements.
 */
export function composeMaps(outer: LinearMap, inners: ReadonlyMap<Source, LinearMap>): LinearMap {
  const bias = outer.bias.slice();
  const shares = new Map<Source, Share[]>();
  const share = (from: Source, entry: Share): void => void shares.set(from, [...(shares.get(from) ?? []), entry]);
  for (const part of outer.parts) {
    const inner = inners.get(part.from);
    if (inner === undefined) {
      share(part.from, { outer: part, inner: null });
      continue;
    }
    const none = new Float64Array(outer.size);
    const ofBias = inner.bias.every((b) => b === 0)
      ? none
      : applyMap({ size: outer.size, bias: none, parts: [part] }, () => inner.bias);
    for (let o = 0; o < outer.size; o++) bias[o] += ofBias[o];
    for (const innerPart of inner.parts) share(innerPart.from, { outer: part, inner: innerPart });
  }
  return {
    size: outer.size,
    bias,
    parts: [...shares].map(([from, entries]) => composePart(outer.size, from, entries)),
  };
}

/** Terms of the composition before equal ones are merged: the work that it would be. */
export function composedTerms(outer: LinearMap, from: Source, inner: LinearMap): number {
  const fanIn = new Float64Array(inner.size);
  for (const { kernel, kernels } of inner.parts)
    for (let i = 0; i < inner.size; i++) fanIn[i] += kernels[kernel[i]].length;
  let terms = 0;
  for (const part of outer.parts) {
    for (let o = 0; o < outer.size; o++) {
      const offsets = part.patterns[part.pattern[o]];
      if (part.from !== from) terms += offsets.length;
      else for (let k = 0; k < offsets.length; k++) terms += fanIn[part.base[o] + offsets[k]];
    }
  }
  return terms;
}

/** Terms of a composed part: those of `outer`, its source replaced by `inner` where there is one. */
interface Share {
  readonly outer: LinearPart;
  readonly inner: LinearPart | null;
}

function composePart(size: number, from: Source, shares: readonly Share[]): LinearPart {
  if (shares.length === 1) {
    const [{ outer, inner }] = shares;
    if (inner === null || isIdentity(inner)) return { ...outer, from };
  }
  const part = partBuilder(from, size);
  const expand = rowExpander(part, shares);
  const uses = shares.map(({ outer }) => countUses(outer));
  const signatures = interner((list: Int32Array) => list);
  const rows: RowForm[] = [];
  let words = new Int32Array(64);
  for (let o = 0; o < size; o++) {
    if (shares.some(({ outer }, s) => uses[s][outer.kernel[o]] === 1)) {
      const { shift, pattern, kernel } = expand(o);
      part.set(o, shift, pattern, kernel);
      continue;
    }
    // What the row is made of, positions relative to the first one: equal signatures are equal rows, moved.
    let length = 0;
    let origin = Number.NaN;
    const relative = (position: number): number => {
      if (Number.isNaN(origin)) origin = position;
      return position - origin;
    };
    for (const { outer, inner } of shares) {
      const offsets = outer.patterns[outer.pattern[o]];
      if (length + 3 * offsets.length + 3 > words.length) words = grown(words, length + 3 * offsets.length + 3);
      words[length++] = outer.pattern[o];
      words[length++] = outer.kernel[o];
      if (inner === null) words[length++] = offsets.length === 0 ? 0 : relative(outer.base[o]);
      else
        for (let k = 0; k < offsets.length; k++) {
          const i = outer.base[o] + offsets[k];
          words[length++] = inner.pattern[i];
          words[length++] = inner.kernel[i];
          words[length++] = inner.patterns[inner.pattern[i]].length === 0 ? 0 : relative(inner.base[i]);
        }
    }
    const id = signatures.idOf(words.subarray(0, length));
    if (id === rows.length) {
      const { shift, pattern, kernel } = expand(o);
      rows.push({ shift: shift - (Number.isNaN(origin) ? shift : origin), pattern, kernel });
    }
    const { shift, pattern, kernel } = rows[id];
    part.set(o, shift + (Number.isNaN(origin) ? 0 : origin), pattern, kernel);
  }
  return part.build();
}

/** The row of an element that is itself. */
const HERE = Int32Array.of(0);
const ONE = Float64Array.of(1);

/** Composes one row by scattering its terms over the source. */
function rowExpander(part: PartBuilder, shares: readonly Share[]): (o: number) => RowForm {
  const extent = greatest(shares.map(({ outer, inner }) => extentOf(inner ?? outer)));
  const sums = new Float64Array(extent);
  const touched = new Int32Array(extent);
  const isTouched = new Uint8Array(extent);
  const weights = new Float64Array(extent);
  return (o) => {
    let count = 0;
    for (const { outer, inner } of shares) {
      const offsets = outer.patterns[outer.pattern[o]];
      const coefficients = outer.kernels[outer.kernel[o]];
      for (let k = 0; k < offsets.length; k++) {
        const i = outer.base[o] + offsets[k];
        const coefficient = coefficients[k];
        const from = inner === null ? i : inner.base[i];
        const innerOffsets = inner === null ? HERE : inner.patterns[inner.pattern[i]];
        const innerWeights = inner === null ? ONE : inner.kernels[inner.kernel[i]];
        for (let t = 0; t < innerOffsets.length; t++) {
          const at = from + innerOffsets[t];
          if (isTouched[at] === 0) {
            isTouched[at] = 1;
            touched[count++] = at;
          }
          sums[at] += coefficient * innerWeights[t];
        }
      }
    }
    const indices = touched.subarray(0, count);
    if (!isAscending(indices)) indices.sort();
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const i = indices[k];
      if (sums[i] !== 0) {
        weights[kept] = sums[i];
        indices[kept++] = i;
      }
      sums[i] = 0;
      isTouched[i] = 0;
    }
    const first = kept === 0 ? 0 : indices[0];
    for (let k = 0; k < kept; k++) indices[k] -= first;
    return {
      shift: first,
      pattern: part.pattern(indices.subarray(0, kept)),
      kernel: part.kernel(weights.subarray(0, kept)),
    };
  };
}

/** Whether y[o] = x[o] for all o. */
function isIdentity({ base, pattern, kernel, patterns, kernels }: LinearPart): boolean {
  for (let o = 0; o < base.length; o++) {
    const offsets = patterns[pattern[o]];
    if (offsets.length !== 1 || base[o] + offsets[0] !== o || kernels[kernel[o]][0] !== 1) return false;
  }
  return true;
}

/** One more than the largest index that a part reads. */
function extentOf({ base, pattern, patterns }: LinearPart): number {
  const reach = patterns.map((offsets) => offsets.reduce((a, b) => Math.max(a, b), -Infinity));
  let extent = 0;
  for (let o = 0; o < base.length; o++) extent = Math.max(extent, base[o] + reach[pattern[o]] + 1);
  return extent;
}

/** How many elements use each kernel. */
function countUses({ kernel, kernels }: LinearPart): Int32Array {
  const uses = new Int32Array(kernels.length);
  for (const id of kernel) uses[id]++;
  return uses;
}

function grown(words: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * length);
  larger.set(words);
  return larger;
}
