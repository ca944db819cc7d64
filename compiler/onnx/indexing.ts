// Shapes and index lists that several operators share.
import { greatest } from '../extremes.js';
import { sizeOf, stridesOf } from '../tensor.js';
import type { GroupsOwn } from '../recipes/groups.js';
import type { Site } from './site.js';

/**
 * An axis from the start; a negative one counts from the end of the tensor.
 * @param last the largest that is allowed: some operators take the rank itself
 */
export function axisOf(site: Site, axis: number, rank: number, last = rank - 1): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive > last) site.refuse(`expected an axis of a tensor of rank ${rank}, got ${axis}`);
  return positive;
}

/** Distinct axes, from the start. */
export function axesOf(site: Site, axes: readonly number[], rank: number): number[] {
  const positive = axes.map((axis) => axisOf(site, axis, rank));
  if (new Set(positive).size !== positive.length) site.refuse(`expected distinct axes, got ${axes.join(', ')}`);
  return positive;
}

/** https://onnx.ai/onnx/repo-docs/Broadcasting.html, multidirectional. */
export function broadcastShape(site: Site, shapes: readonly (readonly number[])[]): number[] {
  const rank = greatest(shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const dim = dims.find((d) => d !== 1) ?? 1;
    if (dims.some((d) => d !== 1 && d !== dim))
      site.refuse(`expected shapes that broadcast, got ${shapes.map((s) => `[${s.join(', ')}]`).join(' and ')}`);
    return dim;
  });
}

/** For each element of `to`, the element of `from` that broadcasting puts there. */
export function broadcastIndices(from: readonly number[], to: readonly number[]): Int32Array {
  const lead = to.length - from.length;
  const maps = to.map((dim, axis) =>
    axis < lead ? null : new Int32Array(dim).map((_, i) => (from[axis - lead] === 1 ? 0 : i)),
  );
  return axisIndices(from, maps.slice(lead), sizeOf(to.slice(0, lead)));
}

/**
 * For each element of the shape [maps[0].length, maps[1].length, ...], the element of `from` whose coordinate on each
 * axis the map gives; -1 where a map says -1. The whole is repeated `repeat` times.
 */
export function axisIndices(from: readonly number[], maps: readonly (Int32Array | null)[], repeat = 1): Int32Array {
  const strides = stridesOf(from);
  let indices = Int32Array.of(0);
  maps.forEach((given, axis) => {
    const map = given ?? Int32Array.from({ length: from[axis] }, (_, i) => i);
    const next = new Int32Array(indices.length * map.length);
    let o = 0;
    for (const index of indices)
      for (const i of map) next[o++] = index === -1 || i === -1 ? -1 : index + i * strides[axis];
    indices = next;
  });
  const whole = new Int32Array(repeat * indices.length);
  for (let r = 0; r < repeat; r++) whole.set(indices, r * indices.length);
  return whole;
}

/** As `axisIndices`, with a map for one axis alone. */
export const indicesOfAxis = (from: readonly number[], axis: number, map: Int32Array): Int32Array =>
  axisIndices(from, from.map((_, a) => (a === axis ? map : null))); // prettier-ignore

/** For each element of the transposed tensor, the element it comes from. */
export function transposeIndices(shape: readonly number[], permutation: readonly number[]): Int32Array {
  const strides = stridesOf(shape);
  return lattice(
    permutation.map((axis) => shape[axis]),
    permutation.map((axis) => strides[axis]),
  );
}

/** The sums of coordinate times stride, for all coordinates below `dims` in row-major order. */
export function lattice(dims: readonly number[], strides: readonly number[]): Int32Array {
  let sums = Int32Array.of(0);
  dims.forEach((dim, axis) => {
    const next = new Int32Array(sums.length * dim);
    let o = 0;
    for (const sum of sums) for (let i = 0; i < dim; i++) next[o++] = sum + i * strides[axis];
    sums = next;
  });
  return sums;
}

/** One group for each line of elements along an axis. */
export function groupsAlong(shape: readonly number[], axis: number): GroupsOwn {
  const length = shape[axis];
  const inner = sizeOf(shape.slice(axis + 1));
  const count = sizeOf(shape) / length;
  return {
    starts: Int32Array.from({ length: count + 1 }, (_, g) => g * length),
    members: Int32Array.from({ length: count * length }, (_, m) => {
      const [g, k] = [Math.floor(m / length), m % length];
      return (Math.floor(g / inner) * length + k) * inner + (g % inner);
    }),
  };
}
