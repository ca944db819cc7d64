// A CSV table as samples: a row is one, its columns are the elements of the inputs, by name where they are named after them, else in
// order. One column may hold the sample's class.
import { didYouMean, type InputInfo } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import { badTable, eachRow, type Row } from './cells.js';
import { classesOf, type Labels } from './classes.js';
import { MAX_ELEMENTS, type DataArray } from './npy.js';
import { numberOf } from './numbers.js';
import type { Reading } from './reading.js';
import { expectedOf, fitter } from './values.js';

export interface Table {
  readonly arrays: ReadonlyMap<string, DataArray>;
  readonly labels?: Labels;
}

/**
 * Reads a table for the given inputs.
 * @throws InferproofError 'format' for text that is no table; 'data' for columns that do not fit and cells that hold no number of
 *   the input's type, naming row and column
 */
export function parseTable(
  bytes: Uint8Array,
  inputs: readonly InputInfo[],
  reading: Pick<Reading, 'header' | 'label' | 'skip' | 'ifThere'>,
  where: string,
): Table {
  const total = inputs.reduce((n, { elements }) => n + elements, 0);
  const classes: string[] = [];
  let values = new Float64Array(0);
  let rows = 0;
  let place: Columns | undefined;
  let names: readonly string[] | null = null;
  const take = (row: Row): void => {
    if (place === undefined) {
      names = isHeader(row, reading.header, where) ? row.cells : null;
      place = columnsOf(names, row.cells.length, inputs, reading, where);
      if (names !== null) return;
    }
    const start = rows++ * total;
    if (start + total > MAX_ELEMENTS)
      throw dataError(`expected at most ${MAX_ELEMENTS} values, got more`, `${where}, row ${row.line}`);
    if (start + total > values.length) {
      const larger = new Float64Array(Math.max(start + total, 2 * values.length));
      larger.set(values);
      values = larger;
    }
    for (const { column, at, input, fits } of place.elements) {
      const value = numberOf(row.cells[column]) ?? NaN;
      if (!fits(value)) throw badCell(row, column, names, input, where);
      values[start + at] = value;
    }
    if (place.label !== undefined) classes.push(row.cells[place.label]);
  };
  eachRow(bytes, where, take);
  if (rows === 0) throw dataError('expected rows of numbers, got none', where);
  return {
    arrays: split(values, rows, inputs),
    ...(classes.length === 0 ? {} : { labels: classesOf(classes, `${where}, column '${reading.label ?? ''}'`) }),
  };
}

/** Rows of all inputs side by side -> an array of N x elements per input. */
function split(values: Float64Array, rows: number, inputs: readonly InputInfo[]): Map<string, DataArray> {
  const total = inputs.reduce((n, { elements }) => n + elements, 0);
  let first = 0;
  return new Map(
    inputs.map(({ name, elements }) => {
      const data = new Float64Array(rows * elements);
      for (let row = 0; row < rows; row++)
        data.set(values.subarray(row * total + first, row * total + first + elements), row * elements);
      first += elements;
      return [name, { shape: [rows, elements], data }];
    }),
  );
}

/** So many numbers from 1 on are those of columns, and fewer may be a sample. */
const COUNTED = 8;

/**
 * Whether the first row names columns. It does where no cell of it is a number, and does not where all are; column numbers, as
 * pandas writes them for an array, could be either.
 */
function isHeader({ cells, line }: Row, given: boolean | undefined, where: string): boolean {
  if (given !== undefined) return given;
  // behind a name, or nothing, of a column of labels and one of row numbers
  const numbered = cells.slice(cells.findIndex((cell) => numberOf(cell) !== undefined));
  const isCount = (from: number): boolean => numbered.every((cell, i) => cell === String(i + from));
  if (
    numbered.length > 1 &&
    cells.length - numbered.length <= 2 &&
    (isCount(0) || (numbered.length >= COUNTED && isCount(1)))
  )
    throw dataError(
      `expected names or a sample in the first row, got ${numbered[0]} to ${numbered.at(-1)}`,
      `${where}, row ${line}`,
      {
        hint: 'say --header yes if these are the numbers of the columns (pandas writes them), --header no if they are a sample',
      },
    );
  return cells.every(
    (cell, i) =>
      numberOf(cell) === undefined &&
      (cell !== '' || (i === 0 && cells.length > 1)) &&
      !/^[-+]?(nan|inf(inity)?)$/i.test(cell),
  );
}

interface Element {
  /** Of all elements of the inputs side by side. */
  readonly at: number;
  readonly input: InputInfo;
  readonly fits: (value: number) => boolean;
}

interface Columns {
  readonly elements: readonly (Element & { readonly column: number })[];
  readonly label: number | undefined;
}

function columnsOf(
  names: readonly string[] | null,
  width: number,
  inputs: readonly InputInfo[],
  { label, skip = [], ifThere = false }: Pick<Reading, 'label' | 'skip' | 'ifThere'>,
  where: string,
): Columns {
  const slots = elementsOf(inputs);
  const find = (column: string, use: string): number | undefined => {
    if (ifThere && width === slots.length && names?.includes(column) !== true) return undefined;
    const found = findColumn(column, names, width);
    if (found === undefined && !ifThere)
      throw dataError(`expected a column '${column}' ${use}, got ${width} others`, where, {
        hint: didYouMean(column, names ?? [], 'columns'),
      });
    return found;
  };
  const labelAt = label === undefined ? undefined : find(label, 'with the labels');
  const skipped = new Set(skip.map((column) => find(column, 'to skip')));
  const features = Array.from({ length: width }, (_, i) => i).filter((i) => i !== labelAt && !skipped.has(i));
  const named = names === null ? undefined : byName(names, features, inputs, where);
  if (named !== undefined) return { elements: named, label: labelAt };
  if (names !== null && inputs.length > 1)
    throw dataError(
      `expected columns named after the inputs ${inputs.map(({ name }) => name).join(', ')}, got none of these names`,
      where,
      { hint: "name them as the inputs, 'NAME[i]' for element i of one, or give .npz with one array per input" },
    );
  if (features.length !== slots.length) {
    const one = features.length === slots.length + 1;
    const hint = !one
      ? 'a row is one sample, a column one element of the input'
      : names !== null && /^(unnamed: ?0|index|)$/i.test(names[0])
        ? 'the first column looks like row numbers: write the table without them, to_csv(FILE, index=False)'
        : 'one column too many: --label COLUMN if it holds the class of each sample, --skip COLUMN if the model does not read it';
    const shapes = inputs.map(({ name, shape }) => `'${name}' [${shape.join(', ')}]`).join(', ');
    throw dataError(`expected ${slots.length} columns of numbers for ${shapes}, got ${features.length}`, where, {
      hint,
    });
  }
  return { elements: slots.map((slot) => ({ column: features[slot.at], ...slot })), label: labelAt };
}

/** The elements of all inputs, side by side. */
const elementsOf = (inputs: readonly InputInfo[]): Element[] =>
  inputs
    .flatMap((input) => {
      const fits = fitter(input.dtype);
      return Array.from({ length: input.elements }, () => ({ input, fits }));
    })
    .map((element, at) => ({ ...element, at }));

/** By name first: a column may be called '3'. */
function findColumn(label: string, names: readonly string[] | null, width: number): number | undefined {
  const named = names?.indexOf(label) ?? -1;
  if (named >= 0) return named;
  if (!/^-?\d{1,9}$/.test(label)) return undefined;
  const at = Number(label) < 0 || Object.is(Number(label), -0) ? width + Number(label) : Number(label);
  return at >= 0 && at < width ? at : undefined;
}

/** Where columns are named after inputs, each element's column; undefined where none is. */
function byName(
  names: readonly string[],
  features: readonly number[],
  inputs: readonly InputInfo[],
  where: string,
): Columns['elements'] | undefined {
  const places = new Map<string, Element>();
  const slots = elementsOf(inputs);
  let first = 0;
  for (const { name: input, elements } of inputs) {
    if (elements === 1) places.set(input, slots[first]);
    for (let i = 0; i < elements; i++)
      for (const name of [`${input}[${i}]`, `${input}_${i}`, `${input}.${i}`])
        if (!places.has(name)) places.set(name, slots[first + i]);
    first += elements;
  }
  if (!features.some((column) => places.has(names[column]))) return undefined;
  const taken = new Set<number>();
  const elements = features.map((column) => {
    const place = places.get(names[column]);
    if (place === undefined || taken.has(place.at))
      throw dataError(
        `expected ${place === undefined ? 'columns named after inputs' : 'one column per element'}, got ${place === undefined ? '' : 'another '}'${names[column]}'`,
        `${where}, column ${column + 1}`,
        {
          hint: `${didYouMean(names[column], [...places.keys()], 'columns')}; --label COLUMN names the one with classes, --skip COLUMN one that the model does not read`,
        },
      );
    taken.add(place.at);
    return { column, ...place };
  });
  if (elements.length === slots.length) return elements;
  const missing = inputs.find(({ name }) => !names.some((one) => places.get(one)?.input.name === name))?.name;
  throw dataError(
    `expected ${slots.length} columns, one per element of the inputs, got ${elements.length}${missing === undefined ? '' : `, none for '${missing}'`}`,
    where,
  );
}

function badCell(
  { cells, line }: Row,
  column: number,
  names: readonly string[] | null,
  { dtype }: InputInfo,
  where: string,
): InferproofError {
  const cell = cells[column];
  const got = cell === '' ? 'an empty cell' : `'${cell.length > 40 ? `${cell.slice(0, 40)}…` : cell}'`;
  const hint = /^\d+,\d+$/.test(cell)
    ? 'write decimal points: commas stand between columns'
    : /[a-z]/i.test(cell) && !/^[-+]?(nan|inf(inity)?|na|null|none)$/i.test(cell)
      ? 'write text as the numbers that the model takes; --label COLUMN names the column with classes, --header yes says that the first row holds names'
      : undefined;
  const name = names === null ? '' : ` '${names[column]}'`;
  return dataError(`expected ${expectedOf(dtype)}, got ${got}`, `${where}, row ${line}, column ${column + 1}${name}`, {
    hint,
  });
}

/** Labels as a table of one column, with a header or none. */
export function parseLabelColumn(bytes: Uint8Array, where: string): string[] {
  const cells: string[] = [];
  eachRow(bytes, where, (row) => {
    if (row.cells.length !== 1)
      throw badTable(`expected one column of labels, got ${row.cells.length}`, where, row.line);
    cells.push(row.cells[0]);
  });
  return cells;
}

const dataError = (message: string, where: string, details: { readonly hint?: string | undefined } = {}) =>
  new InferproofError('data', message, { where, ...details });
