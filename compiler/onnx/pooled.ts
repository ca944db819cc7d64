// What a pool sees: a group of elements for each of its outputs.
import { type GroupsOwn } from '../recipes/groups.js';
import { mapBuilder } from '../linear/builder.js';
import { type LinearMap } from '../linear/map.js';
import { sizeOf } from '../tensor.js';
import type { Operand, Site } from './site.js';
import { windowsOf } from './windows.js';

/** The groups of the windows over a picture, and the shape of their results. */
export function poolGroups(site: Site, x: Operand): { readonly groups: GroupsOwn; readonly shape: readonly number[] } {
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  const windows = windowsOf(site, x.shape.slice(2), site.ints('kernel_shape') ?? [], true);
  const shape = [...x.shape.slice(0, 2), ...windows.shape];
  const groups = site.size(shape);
  const [plane, positions] = [sizeOf(x.shape.slice(2)), windows.form.length];
  const starts = new Int32Array(groups + 1);
  site.gadgets(sizeOf(x.shape.slice(0, 2)) * windows.taps);
  let total = 0;
  for (let g = 0; g < groups; g++) {
    const { length } = windows.forms[windows.form[g % positions]].offsets;
    if (length === 0) site.refuse('expected windows that touch the input, got one in the padding');
    total += length;
    starts[g + 1] = total;
  }
  const members = new Int32Array(total);
  for (let g = 0; g < groups; g++) {
    const p = g % positions;
    const first = Math.floor(g / positions) * plane + windows.base[p];
    windows.forms[windows.form[p]].offsets.forEach((offset, k) => (members[starts[g] + k] = first + offset));
  }
  return { groups: { starts, members }, shape };
}

/**
 * The mean of each window: weights of 1 / elements, or whole ones, `common` / elements, where the sums are to be integers.
 */
export function averageMap(
  site: Site,
  x: Operand,
  isWhole: boolean,
): { readonly map: LinearMap; readonly shape: readonly number[]; readonly common: number } {
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  const spatial = x.shape.slice(2);
  const windows = windowsOf(site, spatial, site.ints('kernel_shape') ?? [], true);
  const includesPad = site.int('count_include_pad', 0) !== 0;
  const shape = [...x.shape.slice(0, 2), ...windows.shape];
  const builder = mapBuilder(site.size(shape));
  site.terms(2 * sizeOf(x.shape.slice(0, 2)) * windows.taps);
  const part = builder.part(x.id);
  const positions = windows.form.length;
  const divisors = Array.from(windows.form, (form, p) => includesPad ? windows.paddedTaps[p] : windows.forms[form].offsets.length); // prettier-ignore
  if (divisors.includes(0)) site.refuse('expected windows that touch the input, got one in the padding');
  const common = isWhole ? divisors.reduce((all, d) => (all / divisorOf(all, d)) * d, 1) : 1;
  for (let o = 0; o < builder.bias.length; o++) {
    const p = o % positions;
    const { offsets } = windows.forms[windows.form[p]];
    if (offsets.length === 0) site.refuse('expected windows that touch the input, got one in the padding');
    const kernel = part.kernel(new Float64Array(offsets.length).fill(common / divisors[p]));
    part.set(o, Math.floor(o / positions) * sizeOf(spatial) + windows.base[p], part.pattern(offsets), kernel);
  }
  return { map: builder.build(), shape, common };
}

/** The greatest that divides both. */
const divisorOf = (a: number, b: number): number => (b === 0 ? a : divisorOf(b, a % b));
