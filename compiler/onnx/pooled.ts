// What a pool sees: a group of elements for each of its outputs.
import type { GroupsOwn } from '../recipes/groups.js';
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
