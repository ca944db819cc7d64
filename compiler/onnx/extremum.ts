// The largest or least of several tensors, element by element: what Max and Min are, and Relu and Clip of integers, which
// must not be rounded to an activation's steps.
import type { LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, scaleMap } from '../linear/maps.js';
import type { GroupsOwn } from '../primitives/groups.js';
import { realMax } from '../primitives/max.js';
import { isFloat } from '../tensor.js';
import { broadcastIndices, broadcastShape } from './indexing.js';
import type { Operand, Site } from './site.js';

/** max(xs), or min(xs) = -max(-xs). */
export function extremum(site: Site, xs: readonly Operand[], sign: 1 | -1): Operand {
  if (xs.length === 0) site.refuse('expected at least one input, got none');
  const [{ dtype }] = xs;
  const between = isFloat(dtype) ? dtype : 'int64'; // the negative of an integer need not be one of its type
  const shape = broadcastShape(
    site,
    xs.map((x) => x.shape),
  );
  const size = site.size(shape);
  site.size([xs.length, size]);
  const stacked = addMaps(
    xs.map((x, i): LinearMap => {
      const indices = new Int32Array(xs.length * size).fill(-1);
      indices.set(broadcastIndices(x.shape, shape), i * size);
      return scaleMap(gatherMap(x.id, indices), sign);
    }),
  );
  const all = site.linear(stacked, [xs.length, ...shape], between);
  const groups: GroupsOwn = {
    starts: Int32Array.from({ length: size + 1 }, (_, g) => g * xs.length),
    members: Int32Array.from(
      { length: size * xs.length },
      (_, m) => (m % xs.length) * size + Math.floor(m / xs.length),
    ),
  };
  if (sign === 1) return site.step(realMax, [all], groups, shape, dtype);
  const y = site.step(realMax, [all], groups, shape, between);
  return site.linear(scaleMap(gatherMap(y.id, broadcastIndices(shape, shape)), -1), shape, dtype);
}
