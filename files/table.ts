// A CSV table as samples: a row is one, its columns are the elements of the inputs (columns.ts says which). One column may hold the
// sample's class.
import type { InputInfo } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import { badTable, eachRow, type Row } from './cells.js';
import { classesOf, type Labels } from './classes.js';
import { columnsOf, type Columns } from './columns.js';
import { MAX_ELEMENTS, type DataArray } from './npy.js';
import { numberOf } from './numbers.js';
import type { Reading } from './reading.js';
import { expectedOf } from './values.js';

export interface Table {
  readonly arrays: ReadonlyMap<string, DataArray>;
  readonly labels?: Labels;
  /** What the header calls the column of each element, where there is one. */
  readonly columns?: readonly string[];
  /** What the user should hear of the columns. */
  readonly note?: string;
}

/**
 * Reads a table for the given inputs.
 * @throws InferproofError 'format' for text that is no table; 'data' for columns that do not fit and cells that hold no number of
 *   the input's type, naming row and column
 */
export function parseTable(
  bytes: Uint8Array,
  inputs: readonly InputInfo[],
  reading: Pick<Reading, 'header' | 'label' | 'skip' | 'ifThere' | 'columns'>,
  where: string,
): Table {
  const total = inputs.reduce((n, { elements }) => n + elements, 0);
  const classes: string[] = [];
  let values = new Float64Array(0);
  let rows = 0;
  const head: { names: readonly string[] | null; place?: Columns } = { names: null };
  const take = (row: Row): void => {
    if (head.place === undefined) {
      head.names = isHeader(row, reading.header, where) ? row.cells : null;
      head.place = columnsOf(head.names, row, inputs, reading, where);
      if (head.names !== null) return;
    }
    const { names, place } = head;
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
  const { names, place } = head;
  const ordered = place?.elements.toSorted((a, b) => a.at - b.at) ?? [];
  return {
    arrays: split(values, rows, inputs),
    ...(names && { columns: ordered.map(({ column }) => names[column]) }),
    ...(place?.note !== undefined && { note: place.note }),
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
