// Named tensors for people: the first values, the greatest one's place, and what the model's own output is of them.
import { real, shape } from './text.js';

interface NamedTensor {
  readonly shape: readonly number[];
  readonly ints: readonly (number | string)[];
  readonly floats: readonly number[];
  readonly read?: { readonly function: string; readonly values: readonly number[] };
}

const MOST_VALUES = 16;

/** The first values; a count or a class is shown whole. */
function first(values: readonly number[]): string {
  const number = values.every(Number.isSafeInteger) ? String : real;
  return values.slice(0, MOST_VALUES).map(number).join(' ') + (values.length > MOST_VALUES ? ' …' : '');
}

/** One line per tensor: "output 1x10: 0.12 -3.4 … (greatest: index 7)", "y: 1.5 (sigmoid: 0.8176)". */
export function tensorLines(tensors: Readonly<Record<string, NamedTensor>>, { greatest = true } = {}): string[] {
  return Object.entries(tensors).map(([name, { shape: dims, floats, read }]) => {
    const best = floats.reduce((at, v, i) => (v > floats[at] ? i : at), 0);
    const one = floats.length < 2;
    const notes: string[] = [];
    if (greatest && !one) notes.push(`greatest: index ${best}${read ? probability(read, best) : ''}`);
    if (read && !OF_CLASSES.has(read.function)) notes.push(`${read.function}: ${first(read.values)}`);
    const behind = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
    return `${name}${one ? '' : ` ${shape(dims)}`}: ${first(floats)}${behind}`;
  });
}

/** Functions along classes, and what they give for one. */
const OF_CLASSES: ReadonlyMap<string, string> = new Map([
  ['softmax', 'probability'],
  ['logSoftmax', 'log-probability'],
]);

function probability(read: NonNullable<NamedTensor['read']>, best: number): string {
  const what = OF_CLASSES.get(read.function);
  return what === undefined ? '' : `, ${what} ${real(read.values[best])}`;
}
