// Classes of samples: whole numbers from 0, or names, which are numbered in their order.
import { InferproofError } from '../verifier/errors.js';
import { numberOf } from './numbers.js';

export interface Labels {
  /** The class of each sample. */
  readonly labels: readonly number[];
  /** The names that the numbers stand for; undefined where the data holds the numbers. */
  readonly classes?: readonly string[];
}

/**
 * Cells as classes: whole numbers as they are, else names in the order in which scikit-learn's LabelEncoder numbers them.
 * @throws InferproofError 'data' for an empty cell
 */
export function classesOf(cells: readonly string[], where: string): Labels {
  const empty = cells.findIndex((cell) => cell === '' || /^nan$/i.test(cell));
  if (empty >= 0)
    throw new InferproofError('data', `expected a class per sample, got none in sample ${empty}`, { where });
  if (cells.every((cell) => /^\+?\d{1,9}(?:\.0*)?$/.test(cell))) return { labels: cells.map(Number) };
  const number = cells.findIndex((cell) => numberOf(cell) !== undefined && !/^(true|false)$/i.test(cell));
  if (number >= 0)
    throw new InferproofError('data', `expected classes, got ${cells[number]} in sample ${number}`, {
      where,
      hint: 'classes are names, or whole numbers from 0; --skip COLUMN leaves out the target of a regression',
    });
  const classes = [...new Set(cells)].sort();
  const numbers = new Map(classes.map((name, i) => [name, i]));
  return { labels: cells.map((cell) => numbers.get(cell) ?? 0), classes };
}

/** Names with numbers in them as people order them: "img2" before "img10". The same everywhere, whatever the language. */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]];
    if (x === y) continue;
    const [m, n] = [Number(x), Number(y)];
    if (i % 2 === 0) return x < y ? -1 : 1;
    if (m !== n) return m - n;
  }
  return left.length - right.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Text and digits in turn. */
const parts = (name: string): string[] => name.split(/(\d+)/);
