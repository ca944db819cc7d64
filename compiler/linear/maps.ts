// Linear maps that operators are made of: moving elements, scaling them, adding maps.
import { mapBuilder } from './builder.js';
import { composeMaps } from './compose.js';
import type { LinearMap, Source } from './map.js';

/** y = x */
export const identityMap = (from: Source, size: number): LinearMap =>
  gatherMap(
    from,
    Int32Array.from({ length: size }, (_, o) => o),
  );

/** y[o] = x[indices[o]], or `fill` where the index is -1. */
export function gatherMap(from: Source, indices: Int32Array, fill = 0): LinearMap {
  const builder = mapBuilder(indices.length);
  const part = builder.part(from);
  const pattern = part.pattern(Int32Array.of(0));
  const kernel = part.kernel(Float64Array.of(1));
  for (let o = 0; o < indices.length; o++) {
    if (indices[o] === -1) builder.bias[o] = fill;
    else part.set(o, indices[o], pattern, kernel);
  }
  return builder.build();
}

/** y[o] = factor[o] * map[o] + offset[o]; a number stands for all elements. */
export function scaleMap(map: LinearMap, factor: number | Float64Array, offset: number | Float64Array = 0): LinearMap {
  const builder = mapBuilder(map.size);
  const part = builder.part(0);
  const pattern = part.pattern(Int32Array.of(0));
  const coefficient = new Float64Array(1);
  for (let o = 0; o < map.size; o++) {
    coefficient[0] = typeof factor === 'number' ? factor : factor[o];
    if (coefficient[0] !== 0) part.set(o, o, pattern, part.kernel(coefficient));
    builder.bias[o] = typeof offset === 'number' ? offset : offset[o];
  }
  return composeMaps(builder.build(), new Map([[0, map]]));
}

/** y = the sum of maps of one size. */
export function addMaps(maps: readonly LinearMap[]): LinearMap {
  const size = maps[0].size;
  const parts = maps.flatMap((_, source) => identityMap(source, size).parts);
  return composeMaps({ size, bias: new Float64Array(size), parts }, new Map(maps.entries()));
}
