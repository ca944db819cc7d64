// The largest or least of several tensors, element by element: what Max and Min are, and Relu and Clip of integers, which
// must not be rounded to an activation's steps.
import { WORK } from '../limits.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import type { GroupsOwn } from '../recipes/groups.js';
import { realMax } from '../recipes/max.js';
import { isFloat, sizeOf, type DType } from '../tensor.js';
import { broadcastIndices, broadcastShape } from './indexing.js';
import type { Operand, Site } from './site.js';

/** max(xs), or min(xs) = -max(-xs); constants come first: the result is never below them. */
export function extremum(site: Site, operands: readonly Operand[], sign: 1 | -1): Operand {
  const xs = [true, false].flatMap((first) => operands.filter(({ constant }) => (constant !== null) === first));
  if (xs.length === 0) site.refuse('expected at least one input, got none');
  const [{ dtype }] = operands;
  const shape = broadcastShape(
    site,
    xs.map((x) => x.shape),
  );
  const size = site.size(shape);
  site.size([xs.length, size]);
  site.terms(WORK.element * xs.length ** 2 * size); // each is placed among all
  site.gadgets(xs.length * size);
  const stacked = addMaps(
    xs.map((x, i): LinearMap => {
      const indices = new Int32Array(xs.length * size).fill(-1);
      indices.set(broadcastIndices(x.shape, shape), i * size);
      return scaleMap(gatherMap(x.id, indices), sign);
    }),
  );
  const all = site.linear(stacked, [xs.length, ...shape], signed(dtype));
  const groups: GroupsOwn = {
    starts: Int32Array.from({ length: size + 1 }, (_, g) => g * xs.length),
    members: Int32Array.from(
      { length: size * xs.length },
      (_, m) => (m % xs.length) * size + Math.floor(m / xs.length),
    ),
  };
  if (sign === 1) return site.step(realMax, [all], groups, shape, dtype);
  return negated(site, site.step(realMax, [all], groups, shape, all.dtype), dtype);
}

/** -x */
export const negated = (site: Site, x: Operand, dtype = signed(x.dtype)): Operand =>
  site.linear(scaleMap(identityMap(x.id, sizeOf(x.shape)), -1), x.shape, dtype);

/** max(x, -x), exactly */
export const magnitude = (site: Site, x: Operand): Operand =>
  x.dtype.startsWith('uint') || x.dtype === 'bool' ? x : extremum(site, [x, negated(site, x, x.dtype)], 1);

/** A type that holds the negatives, too: -(-128) is no int8. */
const signed = (dtype: DType): DType => (isFloat(dtype) ? dtype : 'int64');
