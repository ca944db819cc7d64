// Elements that have a constant of their own, such as an exponent: those of one constant are computed together.
import { addMaps, gatherMap } from '../linear/maps.js';
import type { Operand, Site } from './site.js';

/** f(x_i, c_i), f of all elements of one constant at once. */
export function eachConstant(
  site: Site,
  x: Operand,
  constants: Float64Array,
  f: (x: Operand, c: number) => Operand,
): Operand {
  const distinct = [...new Set(constants)];
  if (distinct.length === 1) return f(x, distinct[0]);
  const results = distinct.map((c) => {
    site.size(x.shape);
    const places = Int32Array.from(constants.keys()).filter((o) => constants[o] === c);
    const from = new Int32Array(constants.length).fill(-1);
    places.forEach((o, i) => (from[o] = i));
    const { id, dtype } = f(site.gather(x, places, [places.length]), c);
    return { map: gatherMap(id, from), dtype };
  });
  return site.linear(addMaps(results.map(({ map }) => map)), x.shape, results[0].dtype);
}
