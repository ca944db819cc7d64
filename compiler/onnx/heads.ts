// Queries, keys and values by heads: [batch, heads, length, size].
import { addMaps, gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { softmax } from '../recipes/softmax.js';
import { sizeOf } from '../tensor.js';
import { groupsAlong, lattice } from './indexing.js';
import type { Operand, Site } from './site.js';
import { contracted } from './sums.js';

/** [batch, length, heads size] as [batch, heads, length, size]. */
export function split(site: Site, x: Operand, count: number): Operand {
  if (x.shape.length === 4) return x;
  const [batch, length, all] = x.shape;
  if (x.shape.length !== 3 || !(count >= 1) || all % count !== 0)
    site.refuse(`expected a tensor of rank 4, or of rank 3 and ${count} heads, got [${x.shape.join(', ')}]`);
  const size = all / count;
  site.size(x.shape);
  const at = lattice([batch, count, length, size], [length * all, size, all, 1]);
  return site.gather(x, at, [batch, count, length, size]);
}

export function joined(site: Site, x: Operand): Operand {
  const [batch, count, length, size] = x.shape;
  const at = lattice([batch, length, count, size], [count * length * size, size, length * size, 1]);
  return site.gather(x, at, [batch, length, count * size]);
}

export function behind(site: Site, past: Operand | null, x: Operand): Operand {
  if (past === null) return x;
  const [batch, count, length, size] = x.shape;
  const before = past.shape[2];
  if (past.shape.join() !== [batch, count, before, size].join())
    site.refuse(`expected a past of shape [${batch}, ${count}, any, ${size}], got [${past.shape.join(', ')}]`);
  const shape = [batch, count, before + length, size];
  const places = lattice(shape, [1, 1, 1, 1]); // of the right length
  const [total, from] = [(before + length) * size, before * size];
  const ofPast = places.map((_, o) => (o % total < from ? Math.floor(o / total) * from + (o % total) : -1));
  const ofNew = places.map((_, o) => (o % total < from ? -1 : Math.floor(o / total) * length * size + (o % total) - from)); // prettier-ignore
  site.size(shape);
  return site.linear(addMaps([gatherMap(past.id, ofPast), gatherMap(x.id, ofNew)]), shape, x.dtype);
}

/** For each element of [queries' heads, rows, columns], a place in the queries' heads, and one in those of the keys that they share. */
type Place = (head: number, shared: number, row: number, column: number) => number;

/** Heads of queries, and of the keys and values that several of them share. */
export interface Heads {
  readonly q: Operand;
  readonly k: Operand;
  readonly v: Operand;
  readonly shape: readonly [batch: number, heads: number, queries: number, keys: number];
  readonly each: (rows: number, columns: number, at: Place) => Int32Array;
}

export function headsOf(site: Site, q: Operand, k: Operand, v: Operand): Heads {
  const [batch, queryHeads, queries, depth] = q.shape;
  const [, keyHeads, keys] = k.shape;
  const fits = k.shape[3] === depth && v.shape[2] === keys && v.shape[1] === keyHeads && queryHeads % keyHeads === 0;
  const sameBatch = k.shape[0] === batch && v.shape[0] === batch;
  if (![q, k, v].every(({ shape }) => shape.length === 4) || !fits || !sameBatch)
    site.refuse(`expected queries, keys and values that fit, got [${q.shape.join(', ')}], [${k.shape.join(', ')}] and [${v.shape.join(', ')}]`); // prettier-ignore
  const group = queryHeads / keyHeads;
  const shared = Int32Array.from({ length: batch * queryHeads }, (_, i) => Math.floor(i / queryHeads) * keyHeads + Math.floor((i % queryHeads) / group)); // prettier-ignore
  const each: Heads['each'] = (rows, columns, at) =>
    Int32Array.from({ length: shared.length * rows * columns }, (_, o) => {
      const head = Math.floor(o / columns / rows);
      return at(head, shared[head], Math.floor(o / columns) % rows, o % columns);
    });
  return { q, k, v, shape: [batch, queryHeads, queries, keys], each };
}

/** scale Q K' */
export function scoresOf(site: Site, { q, k, shape, each }: Heads, scale: number): Operand {
  const [, , queries, keys] = shape;
  const depth = q.shape[3];
  site.size(shape);
  const raw = contracted(
    site,
    { of: q, outer: each(queries, keys, (h, _, i) => (h * queries + i) * depth), inner: lattice([depth], [1]) },
    { of: k, outer: each(queries, keys, (_, h, __, j) => (h * keys + j) * depth), inner: lattice([depth], [1]) },
    shape,
  );
  return site.linear(scaleMap(identityMap(raw.id, sizeOf(shape)), scale), shape, q.dtype);
}

/** W V */
export function weightedValues(site: Site, { v, shape, each }: Heads, weights: Operand): Operand {
  const [batch, heads, queries, keys] = shape;
  const width = v.shape[3];
  return contracted(
    site,
    { of: weights, outer: each(queries, width, (h, _, i) => (h * queries + i) * keys), inner: lattice([keys], [1]) },
    { of: v, outer: each(queries, width, (_, h, __, d) => h * keys * width + d), inner: lattice([keys], [width]) },
    [batch, heads, queries, width],
  );
}

/** Along the keys. */
export function softmaxOf(site: Site, x: Operand): Operand {
  if (x.shape[3] === 1) return site.tensor(x.dtype, x.shape, new Float64Array(site.size(x.shape)).fill(1));
  site.gadgets(2 * site.size(x.shape));
  return site.step(softmax, [x], groupsAlong(x.shape, 3), x.shape, x.dtype);
}
