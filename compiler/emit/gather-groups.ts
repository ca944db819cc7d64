// A sparse linear map as few dense ones. Elements that read the same positions form a *patch*; patches of one shape under
// the same list of kernels are one gather and one matrix product: a convolution is one of them per kind of border, a
// dense layer a single one. Kernels that no other element of their patch goes with are products element by element.
import { append } from '../extremes.js';
import type { LinearPart } from '../linear/map.js';

export interface GatherGroup {
  /** Elements that it computes. */
  readonly size: number;
  /** Positions of the source, `fanIn` per patch, patch after patch. */
  readonly positions: Int32Array;
  readonly fanIn: number;
  /** A number: [fanIn, channels], as many elements per patch. null: one weight per position, one element per patch. */
  readonly channels: number | null;
  readonly weights: Float64Array;
}

export interface Grouped {
  readonly groups: readonly GatherGroup[];
  /** For each element of the map, its place in the concatenated groups; -1 for an element without terms. */
  readonly order: Int32Array;
}

interface Patch {
  readonly base: number;
  readonly pattern: number;
  readonly elements: number[];
}

export function gatherGroups(part: LinearPart): Grouped {
  const { base, pattern, kernel, patterns, kernels } = part;
  const order = new Int32Array(base.length).fill(-1);
  const patches = new Map<number, Patch>();
  for (let o = 0; o < base.length; o++) {
    if (patterns[pattern[o]].length === 0) continue;
    const key = base[o] * patterns.length + pattern[o];
    const patch = patches.get(key);
    if (patch) patch.elements.push(o);
    else patches.set(key, { base: base[o], pattern: pattern[o], elements: [o] });
  }
  const buckets = new Map<string, Patch[]>();
  for (const patch of patches.values()) {
    const fanIn = patterns[patch.pattern].length;
    const shared = patch.elements.length > 1 && fanIn > 1;
    const kernelIds = patch.elements.map((o) => kernel[o]).join(' ');
    // elements of a shared patch come as a matrix; all others of one fan-in are kept together
    const entries = shared ? [patch] : patch.elements.map((o) => ({ ...patch, elements: [o] }));
    const key = shared ? `${patch.pattern}: ${kernelIds}` : `${fanIn}`;
    const bucket = buckets.get(key);
    if (bucket) append(bucket, entries);
    else buckets.set(key, [...entries]);
  }
  let next = 0;
  const groups = [...buckets].map(([key, list]): GatherGroup => {
    const fanIn = patterns[list[0].pattern].length;
    const first = kernel[list[0].elements[0]];
    const uniform = fanIn > 1 && list.every(({ elements: [o] }) => kernel[o] === first);
    const matrix = key.includes(':') || uniform;
    const positions = new Int32Array(list.length * fanIn);
    list.forEach(({ base: at, pattern: q }, p) => {
      const offsets = patterns[q];
      for (let k = 0; k < fanIn; k++) positions[p * fanIn + k] = at + offsets[k];
    });
    for (const { elements } of list) for (const o of elements) order[o] = next++;
    const size = list.reduce((n, { elements }) => n + elements.length, 0);
    if (matrix) {
      const weightsOf = list[0].elements.map((o) => kernels[kernel[o]]);
      const channels = weightsOf.length;
      const weights = new Float64Array(fanIn * channels);
      weightsOf.forEach((list, channel) => {
        for (let k = 0; k < fanIn; k++) weights[k * channels + channel] = list[k];
      });
      return { size, positions, fanIn, channels, weights };
    }
    const weights = new Float64Array(list.length * fanIn);
    list.forEach(({ elements: [o] }, p) => weights.set(kernels[kernel[o]], p * fanIn));
    return { size, positions, fanIn, channels: null, weights };
  });
  return { groups, order };
}
