// Numbers that are divided to integers: what Div, Mod and BitShift are of them.
import { division as primitive, type DivisionOwn } from '../recipes/division.js';
import { broadcastIndices, broadcastShape } from './indexing.js';
import type { Operand, Site } from './site.js';

/** Quotient or rest of a and b, integers or for a rest by one constant floats, broadcast to one shape; at least one of them is live. */
export function division(
  site: Site,
  a: Operand,
  b: Operand,
  part: DivisionOwn['part'],
  toward: DivisionOwn['toward'],
): Operand {
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.gadgets(2 * site.size(shape));
  const [x, at] = [site.gather(a, broadcastIndices(a.shape, shape), shape), broadcastIndices(b.shape, shape)];
  const { constant } = b;
  if (constant === null)
    return site.step(primitive, [x, site.gather(b, at, shape)], { part, toward, by: new Float64Array() }, shape, a.dtype); // prettier-ignore
  if (constant.includes(0)) site.refuse('expected divisors other than 0, got 0');
  return site.step(primitive, [x], { part, toward, by: Float64Array.from(at, (i) => constant[i]) }, shape, a.dtype);
}
