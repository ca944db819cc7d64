// Booleans: the orders of two values, what is made of them, and the choices that they make. All of them are two questions about a
// difference, at least 0 and equal to 0, and one choice.
import { WORK } from '../limits.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { realCompare, realEqual } from '../recipes/predicates.js';
import { realSelect } from '../recipes/select.js';
import { isFloat, sizeOf } from '../tensor.js';
import { exact } from './arithmetic.js';
import { broadcastIndices, broadcastShape } from './indexing.js';
import type { Operand, Site } from './site.js';
import { weightedSum } from './sums.js';

/** Of two constants, whose difference is not rounded to their type; null where one is live. */
export function compared(site: Site, a: Operand, b: Operand, holds: (x: number, y: number) => boolean): Operand | null {
  const [x, y] = [a.constant, b.constant];
  if (x === null || y === null) return null;
  [a.dtype, b.dtype].forEach((dtype, i) => exact({ dtype, data: [x, y][i] }));
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.size(shape);
  const [atA, atB] = [broadcastIndices(a.shape, shape), broadcastIndices(b.shape, shape)];
  return site.tensor(
    'bool',
    shape,
    Float64Array.from(atA, (i, o) => Number(holds(x[i], y[atB[o]]))),
  );
}

/** a - b, in a type that holds it. */
const difference = (site: Site, a: Operand, b: Operand): Operand =>
  weightedSum(site, [a, b], [1, -1], isFloat(a.dtype) ? a.dtype : 'int64');

/** a >= b */
export function atLeast(site: Site, a: Operand, b: Operand): Operand {
  const d = difference(site, a, b);
  return site.step(realCompare, [d], {}, d.shape, 'bool');
}

/** x = 0 */
export const isZero = (site: Site, x: Operand): Operand => site.step(realEqual, [x], {}, x.shape, 'bool');

/** a = b */
export const same = (site: Site, a: Operand, b: Operand): Operand =>
  a.dtype === 'bool' ? not(site, exclusive(site, a, b)) : isZero(site, difference(site, a, b));

/** 1 - x */
export const not = (site: Site, x: Operand): Operand =>
  site.linear(scaleMap(identityMap(x.id, sizeOf(x.shape)), -1, 1), x.shape, 'bool');

const truth = (site: Site, value: 0 | 1): Operand => site.tensor('bool', [], [value]);
/** The live one first: what it chooses from is then constant, and the choice is a linear map. */
const liveFirst = (a: Operand, b: Operand): readonly [Operand, Operand] => (a.constant === null ? [a, b] : [b, a]);

export function both(site: Site, x: Operand, y: Operand): Operand {
  const [a, b] = liveFirst(x, y);
  return choice(site, a, b, truth(site, 0));
}

export function either(site: Site, x: Operand, y: Operand): Operand {
  const [a, b] = liveFirst(x, y);
  return choice(site, a, truth(site, 1), b);
}

export function exclusive(site: Site, x: Operand, y: Operand): Operand {
  const [a, b] = liveFirst(x, y);
  return choice(site, a, not(site, b), b);
}

/** a where c holds, else b; of the type of a. Only what both the condition and the branches leave open takes a gadget. */
export function choice(site: Site, c: Operand, a: Operand, b: Operand): Operand {
  const shape = broadcastShape(site, [c.shape, a.shape, b.shape]);
  site.terms(3 * WORK.element * site.size(shape));
  const [atC, atA, atB] = [c, a, b].map((x) => broadcastIndices(x.shape, shape));
  const [known, yes, no] = [c.constant, a.constant, b.constant];
  if (known !== null) {
    const where = (at: Int32Array, wanted: boolean): Int32Array =>
      at.map((i, o) => ((known[atC[o]] !== 0) === wanted ? i : -1));
    const maps: LinearMap[] = [gatherMap(a.id, where(atA, true)), gatherMap(b.id, where(atB, false))];
    return site.linear(a.id === b.id ? gatherMap(a.id, atA) : addMaps(maps), shape, a.dtype);
  }
  if (yes !== null && no !== null) {
    const least = Float64Array.from(atB, (i) => no[i]);
    const steps = Float64Array.from(atA, (i, o) => yes[i] - least[o]);
    return site.linear(scaleMap(gatherMap(c.id, atC), steps, least), shape, a.dtype);
  }
  const sources = [site.gather(c, atC, shape), site.gather(a, atA, shape), site.gather(b, atB, shape)];
  return site.step(realSelect, sources, {}, shape, a.dtype);
}
