// Updates written into a tensor: at places that a constant lists, or at those that live indices name.
import { addMaps, gatherMap } from '../linear/maps.js';
import { WORK } from '../limits.js';
import { onehotOf, type Choice } from './chosen.js';
import { extremum } from './extremum.js';
import type { Operand, Site } from './site.js';
import { times, weightedSum } from './sums.js';

/** What is made of what is there and of an update. */
export type Join = (site: Site, there: Operand, update: Operand) => Operand;

/** Reductions that are no sums, by their names in ONNX. */
export const JOINS: Readonly<Record<string, Join>> = {
  mul: times,
  max: (site, a, b) => extremum(site, [a, b], 1),
  min: (site, a, b) => extremum(site, [a, b], -1),
};

/** x with other values at some places, each named once. */
export function replaced(site: Site, x: Operand, at: ArrayLike<number>, values: Operand): Operand {
  const size = site.size(x.shape);
  site.terms(2 * WORK.element * size);
  const from = new Int32Array(size).fill(-1);
  for (let i = 0; i < at.length; i++) from[at[i]] = i;
  const others = from.map((i, o) => (i === -1 ? o : -1));
  return site.linear(addMaps([gatherMap(x.id, others), gatherMap(values.id, from)]), x.shape, x.dtype);
}

/**
 * x with each update at the place that its index names, one behind the other. `write` says for each update which index it has and
 * which places of x that one chooses from; every place that it can name costs a product, or what the join costs.
 */
export function written(
  site: Site,
  x: Operand,
  updates: Operand,
  indices: Operand,
  write: Choice,
  join: Join | 'add' | null,
): Operand {
  const { index, first, stride, places } = write;
  const hot = onehotOf(site, indices, places);
  // updates that choose from the same places may name the same one: they take turns
  const turns: number[][] = [];
  const taken = new Map<number, number>();
  first.forEach((start, u) => {
    const turn = taken.get(start) ?? 0;
    taken.set(start, turn + 1);
    (turns[turn] ??= []).push(u);
  });
  return turns.reduce((there, turn) => {
    const each = [site.size([turn.length, places])];
    site.terms(3 * WORK.element * each[0]);
    const spread = (of: (u: number, v: number) => number): Int32Array =>
      Int32Array.from({ length: each[0] }, (_, i) => of(turn[Math.floor(i / places)], i % places));
    const at = spread((u, v) => first[u] + v * stride);
    const isNamed: Operand = { ...site.gather(hot, spread((u, v) => index[u] * places + v), each), dtype: x.dtype }; // prettier-ignore
    const [old, update] = [site.gather(there, at, each), site.gather(updates, spread((u) => u), each)]; // prettier-ignore
    if (join === 'add') return replaced(site, there, at, weightedSum(site, [old, times(site, isNamed, update)], [1, 1], x.dtype)); // prettier-ignore
    return replaced(site, there, at, named(site, isNamed, join === null ? update : join(site, old, update), old));
  }, x);
}

/**
 * x where `isNamed`, of a onehot, is 1, and y where it is 0. No `choice`: of the places of an index the first is told by 1 less all
 * others, which no interval knows to be 0 or 1.
 */
export function named(site: Site, isNamed: Operand, x: Operand, y: Operand): Operand {
  return weightedSum(site, [y, times(site, isNamed, weightedSum(site, [x, y], [1, -1], y.dtype))], [1, 1], y.dtype);
}
