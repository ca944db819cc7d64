// Sums and products of tensors that are broadcast to one shape: what elementwise arithmetic is written in.
import { MAX_TENSOR_ELEMENTS, WORK } from '../limits.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, scaleMap } from '../linear/maps.js';
import { realMatmul } from '../recipes/matmul.js';
import { realProduct } from '../recipes/product.js';
import { sizeOf } from '../tensor.js';
import { broadcastIndices, broadcastShape } from './indexing.js';
import type { Operand, Site } from './site.js';

/** The sum of the tensors, each times its weight. */
export function weightedSum(
  site: Site,
  xs: readonly Operand[],
  weights: readonly number[],
  dtype = xs[0]?.dtype,
): Operand {
  if (xs.length === 0) site.refuse('expected at least one input, got none');
  const shape = broadcastShape(
    site,
    xs.map((x) => x.shape),
  );
  site.terms(WORK.element * xs.length * site.size(shape));
  const maps = xs.map((x, i): LinearMap => {
    const map = gatherMap(x.id, broadcastIndices(x.shape, shape));
    return weights[i] === 1 ? map : scaleMap(map, weights[i]);
  });
  return site.linear(addMaps(maps), shape, dtype);
}

/** Of two live operands, broadcast to one shape. */
export function product(site: Site, a: Operand, b: Operand): Operand {
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.gadgets(2 * site.size(shape)); // the factors, which may have to be rounded to wires of their own
  const broadcast = (x: Operand): Operand => site.gather(x, broadcastIndices(x.shape, shape), shape);
  const x = broadcast(a);
  return site.step(realProduct, [x, a.id === b.id ? x : broadcast(b)], {}, shape, a.dtype); // a square is of one value
}

/** Where the terms of a sum of products read: an offset of the result's element, and one of the term. */
export interface Reads {
  readonly of: Operand;
  readonly outer: Int32Array;
  readonly inner: Int32Array;
}

/** The sums over k of a[outer_o + inner_k] b[outer_o + inner_k], of two live tensors. */
export function contracted(site: Site, a: Reads, b: Reads, shape: readonly number[]): Operand {
  const depth = a.inner.length;
  const terms = site.size(shape) * depth;
  if (terms > MAX_TENSOR_ELEMENTS)
    site.refuse(`expected at most ${MAX_TENSOR_ELEMENTS} products, got ${terms}`, 'use a smaller model or input');
  site.gadgets(terms + sizeOf(a.of.shape) + sizeOf(b.of.shape));
  site.macs(terms);
  const [inA, inB] = [a, b].map(({ outer, inner }) =>
    Int32Array.from({ length: terms }, (_, t) => outer[Math.floor(t / depth)] + inner[t % depth]),
  );
  return site.step(realMatmul, [a.of, b.of], { a: inA, b: inB, depth }, shape, a.of.dtype);
}

/** x times a constant tensor, each of whose elements is mapped first. */
export function scaled(site: Site, x: Operand, factor: Operand, of: (c: number) => number): Operand {
  const shape = broadcastShape(site, [x.shape, factor.shape]);
  site.size(shape);
  const constants = factor.constant ?? [];
  const factors = Float64Array.from(broadcastIndices(factor.shape, shape), (i) => of(constants[i]));
  if (factors.some(Number.isNaN)) site.refuse('expected finite factors, got NaN');
  return site.linear(scaleMap(gatherMap(x.id, broadcastIndices(x.shape, shape)), factors), shape, x.dtype);
}

/** Element by element, broadcast, either of them constant or live. */
export function times(site: Site, a: Operand, b: Operand): Operand {
  if (a.constant !== null) return scaled(site, b, a, (c) => c);
  return b.constant !== null ? scaled(site, a, b, (c) => c) : product(site, a, b);
}
