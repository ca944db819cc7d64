// Named tensors for people: the first values, what they decide, and what the model's own output is of them.
import type { Decision } from '../verifier/index.js';
import { word as printed } from './printable.js';
import { real, shape } from './text.js';

interface NamedTensor {
  readonly shape: readonly number[];
  readonly ints: readonly (number | string)[];
  readonly floats: readonly number[];
  readonly labels?: readonly string[];
  readonly names?: { readonly axis: number; readonly names: readonly string[] };
  readonly read?: { readonly function: string; readonly values: readonly number[] };
}

const MOST_VALUES = 16;

/** By name, in the order of the words: the fields of an object would begin with those named by numbers, "9" before "10". */
export type Tensors = ReadonlyMap<string, NamedTensor>;

/** Tensors in the order of their names. */
export const inOrder = (names: readonly string[], tensors: Readonly<Record<string, NamedTensor>>): Tensors =>
  new Map(names.map((name) => [name, tensors[name]]));

/** What each tensor decides, by name. A key of 0.1.0 does not say it: then the greatest of all values is shown. */
export type Decisions = ReadonlyMap<string, Decision | undefined>;

/**
 * One line per tensor: "label: 1 (versicolor)", "output 1x10: 0.12 -3.4 … (greatest: index 7)", "y: 1.5 (positive; sigmoid: 0.8176)".
 * @param decisions null for inputs, which decide nothing
 */
export function tensorLines(tensors: Tensors, decisions: Decisions | null = new Map()): string[] {
  return Array.from(tensors, ([name, tensor]) => {
    const { shape: dims, floats, read, labels } = tensor;
    const notes = decisions === null ? [] : decided(tensor, decisions.get(name));
    if (labels) notes.push(first(labels.map(printed)));
    if (read && !OF_CLASSES.has(read.function)) notes.push(`${read.function}: ${first(numbers(read.values))}`);
    const behind = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
    return `${printed(name)}${floats.length < 2 ? '' : ` ${shape(dims)}`}: ${first(numbers(floats))}${behind}`;
  });
}

/** A count or a class is shown whole. */
const numbers = (values: readonly number[]): string[] => values.map(values.every(Number.isSafeInteger) ? String : real);

const first = (values: readonly string[]): string =>
  values.slice(0, MOST_VALUES).join(' ') + (values.length > MOST_VALUES ? ' …' : '');

function decided({ floats, shape: dims, read, names }: NamedTensor, decision: Decision | undefined): string[] {
  if (decision?.rule === 'sign') return [first(floats.map((x) => (x > 0 ? 'positive' : x < 0 ? 'negative' : 'zero')))];
  const { rule, axis } = decision ?? { rule: 'argmax', axis: 0 };
  if (axis === null || floats.length < 2) return [];
  const best = bestAlong(floats, decision ? dims : [floats.length], axis, rule === 'argmax' ? 1 : -1);
  const word = rule === 'argmax' ? 'greatest' : 'least';
  const isNamed = names?.axis === axis;
  const place = (index: number): string => (isNamed ? printed(names.names[index]) : `index ${index}`);
  if (best.length > 1)
    return [`${word} along axis ${axis}: ${first(best.map(({ index }) => (isNamed ? place(index) : String(index))))}`];
  const [{ index, at }] = best;
  return [`${word}: ${place(index)}${read ? probability(read, at) : ''}`];
}

/** Functions along classes, and what they give for one. */
const OF_CLASSES: ReadonlyMap<string, string> = new Map([
  ['softmax', 'probability'],
  ['logSoftmax', 'log-probability'],
]);

function probability(read: NonNullable<NamedTensor['read']>, at: number): string {
  const what = OF_CLASSES.get(read.function);
  return what === undefined ? '' : `, ${what} ${real(read.values[at])}`;
}

/** For each position of the other axes, where along the axis the first greatest (sign 1) or least (-1) value stands. */
function bestAlong(
  floats: readonly number[],
  dims: readonly number[],
  axis: number,
  sign: 1 | -1,
): { readonly index: number; readonly at: number }[] {
  const n = dims[axis];
  const stride = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  return Array.from({ length: floats.length / n }, (_, position) => {
    const start = Math.floor(position / stride) * stride * n + (position % stride);
    let index = 0;
    for (let k = 1; k < n; k++)
      if (sign * floats[start + k * stride] > sign * floats[start + index * stride]) index = k;
    return { index, at: start + index * stride };
  });
}
