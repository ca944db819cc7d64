// A linear map on float64 values. Most of the time of evaluating models goes here, so elements that share what is read are added up four
// at a time: a weight and an offset serve four elements of a convolution's channel, a value four neurons. Each element's sum has its
// terms in the order of its kernel all the same: not a bit of a result depends on how elements are grouped.
import { greatest } from '../extremes.js';
import type { LinearMap, LinearPart, Source } from './map.js';

/** Constants from here on swallow what is added to them: a mask of -3.4e38, say, of which a source may take all away again. */
const SWALLOWS = 2 ** 40;

/** The parts in an order in which what is large cancels before what is small is added. */
function largestFirst({ bias, parts }: LinearMap): readonly LinearPart[] {
  if (parts.length < 2 || !bias.some((b) => Math.abs(b) > SWALLOWS)) return parts;
  const largest = (part: LinearPart): number => greatest(part.kernels.map((list) => greatest(list.map(Math.abs))));
  return [...parts].sort((a, b) => largest(b) - largest(a));
}

/** The map on float64 values of its sources. */
export function applyMap(map: LinearMap, source: (from: Source) => Float64Array): Float64Array {
  const y = map.bias.slice();
  for (const part of largestFirst(map)) {
    const x = source(part.from);
    const groups = groupsOf(part);
    if (groups === null) addSingly(part, x, y, null, 0, y.length);
    else addGroups(part, x, y, groups);
  }
  return y;
}

function addGroups(part: LinearPart, x: Float64Array, y: Float64Array, { order, ends, shared }: Groups): void {
  const add = shared === 'kernel' ? addPlaces : addKernels;
  for (let g = 0, from = 0; g < ends.length; from = ends[g++]) {
    const whole = ends[g] - ((ends[g] - from) % 4);
    if (whole > from) add(part, x, y, order, from, whole);
    addSingly(part, x, y, order, whole, ends[g]);
  }
}

/** The elements of a part, those that share something next to each other. */
interface Groups {
  readonly order: Int32Array;
  /** Where each group ends in the order. */
  readonly ends: Int32Array;
  /** What elements of a group share beside their pattern. */
  readonly shared: 'kernel' | 'base';
}

/** Of the parts that were applied before: null where there is no more to gain. */
const known = new WeakMap<LinearPart, Groups | null | 'once'>();

/** Null for a part that is applied for the first time, since most are applied once or to many samples, and where little is shared. */
function groupsOf(part: LinearPart): Groups | null {
  const before = known.get(part);
  if (before !== undefined && before !== 'once') return before;
  const found = before === undefined ? 'once' : foundGroups(part);
  known.set(part, found);
  return found === 'once' ? null : found;
}

/** Terms of a list from which on it is worth while. */
const MANY = 4;

function foundGroups({ base, pattern, kernel, kernels }: LinearPart): Groups | null {
  if (!kernels.some((list) => list.length >= MANY)) return null;
  const isWorth = ({ ends }: Pick<Groups, 'ends'>): boolean => 4 * ends.length <= base.length;
  const byKernel = grouped(pattern, kernel);
  if (isWorth(byKernel)) return { ...byKernel, shared: 'kernel' };
  const byBase = grouped(pattern, base);
  return isWorth(byBase) ? { ...byBase, shared: 'base' } : null;
}

/** Elements by their pattern and a second number, in the order of the first of each group. */
function grouped(pattern: Int32Array, key: Int32Array): Pick<Groups, 'order' | 'ends'> {
  const places = new Map<number, number>();
  const group = new Int32Array(pattern.length);
  const counts: number[] = [];
  for (let o = 0; o < group.length; o++) {
    const both = pattern[o] * 2 ** 31 + key[o];
    let place = places.get(both);
    if (place === undefined) {
      place = counts.push(0) - 1;
      places.set(both, place);
    }
    group[o] = place;
    counts[place]++;
  }
  const ends = new Int32Array(counts.length);
  for (let g = 0, end = 0; g < ends.length; g++) ends[g] = end += counts[g];
  const next = ends.map((end, g) => end - counts[g]);
  const order = new Int32Array(group.length);
  for (let o = 0; o < group.length; o++) order[next[group[o]]++] = o;
  return { order, ends };
}

/** Elements of one kernel at several places. */
function addPlaces(
  { base, pattern, kernel, patterns, kernels }: LinearPart,
  x: Float64Array,
  y: Float64Array,
  order: Int32Array,
  from: number,
  to: number,
): void {
  const offsets = patterns[pattern[order[from]]];
  const weights = kernels[kernel[order[from]]];
  for (let i = from; i < to; i += 4) {
    const [o0, o1, o2, o3] = [order[i], order[i + 1], order[i + 2], order[i + 3]];
    const [at0, at1, at2, at3] = [base[o0], base[o1], base[o2], base[o3]];
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let k = 0; k < weights.length; k++) {
      const w = weights[k];
      const offset = offsets[k];
      s0 += w * x[at0 + offset];
      s1 += w * x[at1 + offset];
      s2 += w * x[at2 + offset];
      s3 += w * x[at3 + offset];
    }
    y[o0] += s0;
    y[o1] += s1;
    y[o2] += s2;
    y[o3] += s3;
  }
}

/** Elements of several kernels at one place. */
function addKernels(
  { base, pattern, kernel, patterns, kernels }: LinearPart,
  x: Float64Array,
  y: Float64Array,
  order: Int32Array,
  from: number,
  to: number,
): void {
  const offsets = patterns[pattern[order[from]]];
  const at = base[order[from]];
  for (let i = from; i < to; i += 4) {
    const [o0, o1, o2, o3] = [order[i], order[i + 1], order[i + 2], order[i + 3]];
    const [w0, w1, w2, w3] = [kernels[kernel[o0]], kernels[kernel[o1]], kernels[kernel[o2]], kernels[kernel[o3]]];
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let k = 0; k < offsets.length; k++) {
      const v = x[at + offsets[k]];
      s0 += w0[k] * v;
      s1 += w1[k] * v;
      s2 += w2[k] * v;
      s3 += w3[k] * v;
    }
    y[o0] += s0;
    y[o1] += s1;
    y[o2] += s2;
    y[o3] += s3;
  }
}

function addSingly(
  { base, pattern, kernel, patterns, kernels }: LinearPart,
  x: Float64Array,
  y: Float64Array,
  order: Int32Array | null,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const o = order ? order[i] : i;
    const offsets = patterns[pattern[o]];
    const weights = kernels[kernel[o]];
    const at = base[o];
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] * x[at + offsets[k]];
    y[o] += sum;
  }
}
