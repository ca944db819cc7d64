// Labels and scores of classifiers: a label is the place of the greatest score or a comparison, and what a node does with its scores
// last is left to the reader.
import { gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { mapBuilder } from '../linear/builder.js';
import { realArgmax } from '../recipes/argmax.js';
import { point } from '../recipes/functions.js';
import { realOnehot } from '../recipes/onehot.js';
import { realCompare } from '../recipes/predicates.js';
import { softmax } from '../recipes/softmax.js';
import { sizeOf } from '../tensor.js';
import { groupsAlong } from './indexing.js';
import { isPending, pending, stringsOf } from './pending.js';
import type { Operand, Result, Site } from './site.js';

/** Names of classes, or their numbers. */
export type Classes = readonly number[] | readonly string[];

/** The classes of a classifier, from the one of its attributes that is there. */
export function classesOf(site: Site, names: readonly string[]): Classes {
  const [given, ...more] = names.flatMap((name) => {
    const list = site.attribute(name);
    return list === undefined || (Array.isArray(list) && list.length === 0) ? [] : [list];
  });
  if (given === undefined || more.length > 0) site.refuse('expected the labels of the classes, in integers or strings');
  if (!Array.isArray(given)) return site.refuse('expected a list of labels');
  if (new Set(given).size !== given.length) site.refuse('expected distinct labels of classes');
  return given as Classes;
}

/** What a classifier does to its scores last. */
export function transformed(site: Site, x: Operand, post: string): Result {
  switch (post) {
    case 'NONE':
      return x;
    case 'LOGISTIC':
      return pending(x, { function: 'sigmoid', axis: null }, () => site.table(x, point('sigmoid')));
    case 'PROBIT':
      return pending(x, { function: 'probit', axis: null }, () =>
        site.refuse('expected PROBIT last in the model, got a node that reads it', 'cut the model in front: --outputs'),
      );
    case 'SOFTMAX': {
      const axis = x.shape.length - 1;
      return pending(x, { function: 'softmax', axis }, () =>
        site.step(softmax, [x], groupsAlong(x.shape, axis), x.shape, x.dtype),
      );
    }
    default:
      return site.refuse(`expected post_transform NONE, LOGISTIC, SOFTMAX or PROBIT, got ${post}`);
  }
}

const pairs = new WeakSet<Result>();

/** Notes that the two values of each row are a share and what it leaves of 1. */
export function asShares(x: Result): Result {
  pairs.add(x);
  return x;
}

/** Whether the values of each row add up to 1. */
export const areShares = (x: Result): boolean =>
  pairs.has(x) || (isPending(x) && x.read?.function === 'softmax' && x.read.axis === x.shape.length - 1);

/** The class of each row of scores: the first greatest. */
export function greatestOf(site: Site, scores: Operand, classes: Classes): Result {
  const [rows, count] = scores.shape;
  if (count === 1) return labelled(site, site.tensor('int64', [rows], new Float64Array(rows)), classes);
  return labelled(site, site.step(realArgmax, [scores], groupsAlong(scores.shape, 1), [rows], 'int64'), classes);
}

/** The second of two classes where x > least, else the first. */
export function secondAbove(site: Site, x: Operand, least: number, classes: Classes): Result {
  const size = sizeOf(x.shape);
  const below = site.linear(scaleMap(identityMap(x.id, size), -1, new Float64Array(size).fill(least)), [size], x.dtype);
  const isFirst = site.step(realCompare, [below], {}, [size], 'bool');
  const second = scaleMap(identityMap(isFirst.id, size), -1, new Float64Array(size).fill(1));
  return labelled(site, site.linear(second, [size], 'int64'), classes);
}

/** The label at an index of the classes: numbers, or strings, which need no rows. */
export function labelled(site: Site, index: Operand, classes: Classes): Result {
  const count = classes.length;
  if (typeof classes[0] === 'string') return stringsOf(index, classes as readonly string[]);
  const numbers = classes as readonly number[];
  if (numbers.every((v, i) => v === i)) return index;
  if (!numbers.every(Number.isSafeInteger)) return site.refuse('expected labels below 2^53');
  const size = sizeOf(index.shape);
  if (count === 2) {
    const map = scaleMap(identityMap(index.id, size), numbers[1] - numbers[0], new Float64Array(size).fill(numbers[0]));
    return site.linear(map, index.shape, 'int64');
  }
  const hot = site.step(realOnehot, [index], { places: count }, [...index.shape, count], 'int64');
  const builder = mapBuilder(size);
  for (let i = 0; i < size; i++) builder.part(hot.id).row(i, [...numbers.keys()].map((k) => i * count + k), numbers); // prettier-ignore
  return site.linear(builder.build(), index.shape, 'int64');
}

/** Two columns, weights[k] x + constants[k]. */
export function twoColumns(site: Site, x: Operand, weights: readonly number[], constants: readonly number[]): Operand {
  const rows = sizeOf(x.shape);
  const of = Int32Array.from({ length: 2 * rows }, (_, i) => Math.floor(i / 2));
  const each = (list: readonly number[]): Float64Array => Float64Array.from(of, (_, i) => list[i % 2]);
  return site.linear(scaleMap(gatherMap(x.id, of), each(weights), each(constants)), [rows, 2], x.dtype);
}
