// What a live index chooses: a sum over the places that it may name, each times 1 where it names that place and 0 elsewhere.
import { MOST_PLACES } from '../limits.js';
import { mapBuilder } from '../linear/builder.js';
import { realOnehot } from '../recipes/onehot.js';
import { realProduct } from '../recipes/product.js';
import { isFloat, sizeOf } from '../tensor.js';
import { isPending, namesOf, stringsOf, type Result } from './pending.js';
import type { Operand, Site } from './site.js';

/** For each index, in order, whether it names each of the places 0 .. places - 1; a negative one counts from their end. */
export function onehotOf(site: Site, indices: Operand, places: number): Operand {
  if (isFloat(indices.dtype) || indices.dtype === 'bool')
    site.refuse(
      `expected integer indices, got ${indices.dtype}`,
      'cast them to int64 in the model, and declare them as integers',
    );
  if (places < 1 || places > MOST_PLACES)
    site.refuse(
      `expected 1 to ${MOST_PLACES} places for an index that depends on the input, got ${places}`,
      'give the model what is chosen as its input',
    );
  const shape = [sizeOf(indices.shape), places];
  site.size(shape);
  return site.step(realOnehot, [indices], { places }, shape, indices.dtype);
}

/** Of an element of the result: the number of its index, and the element of x at its place 0; the next place is `stride` further. */
export interface Choice {
  readonly index: Int32Array;
  readonly first: Int32Array;
  readonly stride: number;
  readonly places: number;
}

/** The slices that `count` indices choose from along an axis: the result has an axis of `count` in its place. */
export function slicesAlong(shape: readonly number[], axis: number, count: number): Choice {
  const [lead, places, inner] = [sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))];
  const index = Int32Array.from({ length: lead * count * inner }, (_, o) => Math.floor(o / inner) % count);
  const first = index.map((_, o) => Math.floor(o / inner / count) * inner * places + (o % inner));
  return { index, first, stride: inner, places };
}

/** The slices of x that live indices name along an axis; of strings, the strings. */
export function chosenSlices(site: Site, x: Result, indices: Operand, axis: number, shape: readonly number[]): Result {
  const names = namesOf(x);
  const of = isPending(x) && names !== null ? x.of : site.input(0);
  const got = chosen(site, of, indices, slicesAlong(x.shape, axis, sizeOf(indices.shape)), shape);
  return names === null ? got : stringsOf(got, names);
}

/** y[o] = x[first[o] + v stride], v what index[o] says. */
export function chosen(site: Site, x: Operand, indices: Operand, choice: Choice, shape: readonly number[]): Operand {
  const { index, first, stride, places } = choice;
  const hot = onehotOf(site, indices, places);
  const size = index.length;
  site.size([size, places]);
  site.terms(size * places);
  const each = (base: number, step: number): number[] => Array.from({ length: places }, (_, v) => base + v * step);
  const builder = mapBuilder(size);
  if (x.constant !== null) {
    const data = x.constant;
    const part = builder.part(hot.id);
    for (let o = 0; o < size; o++)
      part.row(o, each(index[o] * places, 1), each(first[o], stride).map((at) => data[at])); // prettier-ignore
    return site.linear(builder.build(), shape, x.dtype);
  }
  const terms = [size, places];
  const flat = (base: Int32Array, scale: number, step: number): Int32Array =>
    Int32Array.from({ length: size * places }, (_, t) => base[Math.floor(t / places)] * scale + (t % places) * step);
  const factors = [site.gather(hot, flat(index, places, 1), terms), site.gather(x, flat(first, 1, stride), terms)];
  const products = site.step(realProduct, factors, {}, terms, x.dtype);
  const part = builder.part(products.id);
  for (let o = 0; o < size; o++) part.row(o, each(o * places, 1), new Array<number>(places).fill(1));
  return site.linear(builder.build(), shape, x.dtype);
}
