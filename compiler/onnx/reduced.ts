// The groups of elements that a reduction makes one value of, and their sums.
import { mapBuilder } from '../linear/builder.js';
import type { GroupsOwn } from '../recipes/groups.js';
import { stridesOf } from '../tensor.js';
import { axesOf, lattice } from './indexing.js';
import type { Operand, Site } from './site.js';

export interface Reduction {
  readonly x: Operand;
  readonly shape: readonly number[];
  /** Where each group begins, how far its members are from there, and their number. */
  readonly starts: Int32Array;
  readonly offsets: Int32Array;
  readonly length: number;
}

/** Axes are an attribute before opset `asInput`, an input since; none of them are all, unless noop_with_empty_axes says otherwise. */
export function reduced(site: Site, asInput: number): Reduction {
  const x = site.input(0);
  const keeps = site.int('keepdims', 1) !== 0;
  const isInput = site.opset >= asInput;
  const listed = isInput ? [...(site.optionalConstant(1, "'axes'")?.data ?? [])] : (site.ints('axes') ?? []);
  const isNothing = isInput && site.int('noop_with_empty_axes', 0) !== 0 && listed.length === 0;
  const all = [...x.shape.keys()];
  const axes = listed.length === 0 ? (isNothing ? [] : all) : axesOf(site, listed, all.length).sort((a, b) => a - b);
  const kept = all.filter((axis) => !axes.includes(axis));
  site.size(x.shape);
  const strides = stridesOf(x.shape);
  const over = (some: readonly number[]): Int32Array =>
    lattice(
      some.map((axis) => x.shape[axis]),
      some.map((axis) => strides[axis]),
    );
  const shape = keeps ? all.map((axis) => (axes.includes(axis) ? 1 : x.shape[axis])) : kept.map((axis) => x.shape[axis]); // prettier-ignore
  const offsets = over(axes);
  return { x, shape, starts: over(kept), offsets, length: offsets.length };
}

/** The sum of each group, times the weight. */
export function summed(site: Site, { x, shape, starts, offsets, length }: Reduction, weight: number): Operand {
  site.terms(starts.length * length);
  const builder = mapBuilder(site.size(shape));
  const part = builder.part(x.id);
  const { shift, pattern, kernel } = part.form(offsets, new Float64Array(length).fill(weight));
  starts.forEach((start, o) => part.set(o, start + shift, pattern, kernel));
  return site.linear(builder.build(), shape, x.dtype);
}

/** A group for each start, of the elements at the offsets from it. */
export const groupsOf = (starts: Int32Array, offsets: Int32Array): GroupsOwn => ({
  starts: Int32Array.from({ length: starts.length + 1 }, (_, g) => g * offsets.length),
  members: Int32Array.from(
    { length: starts.length * offsets.length },
    (_, m) => starts[Math.floor(m / offsets.length)] + offsets[m % offsets.length],
  ),
});
