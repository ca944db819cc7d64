// CSV as rows of cells: comma, semicolon, tab or blank between them, quoted fields. Rows are handed on one by one, so that a table
// takes no more memory than its text and the numbers in it.
import Papa from 'papaparse';
import { InferproofError } from '../verifier/errors.js';
import { numberOf } from './numbers.js';
import { readText } from './text.js';

/** Where the first line is looked for. */
const HEAD = 2 ** 16;

export interface Row {
  readonly cells: readonly string[];
  /** The line of the file that it begins in, from 1. */
  readonly line: number;
}

/**
 * Hands on the rows of a table, each with as many cells as the first; blank lines are left out.
 * @throws InferproofError 'format' for text that is no table, naming the row
 */
export function eachRow(bytes: Uint8Array, where: string, take: (row: Row) => void): void {
  const text = readText(bytes, where);
  let line = 1;
  let width: number | undefined;
  Papa.parse<string[]>(text, {
    delimiter: delimiterOf(text.slice(0, HEAD)),
    step: ({ data, errors }) => {
      const cells = data.map((cell) => cell.trim());
      const start = line;
      line += 1 + data.reduce((n, cell) => n + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 0);
      const wrong = errors.find(({ type }) => type === 'Quotes');
      if (wrong !== undefined) throw badTable(`expected CSV, got ${SAID[wrong.code] ?? wrong.message}`, where, start);
      if (cells.length === 1 && cells[0] === '') return;
      width ??= cells.length;
      if (cells.length !== width)
        throw badTable(`expected ${width} columns as in the first row, got ${cells.length}`, where, start);
      take({ cells, line: start });
    },
  });
}

const SAID: Readonly<Partial<Record<string, string>>> = {
  MissingQuotes: 'a quoted cell that does not end',
  InvalidQuotes: 'text behind a quoted cell',
};

export const badTable = (message: string, where: string, line: number): InferproofError =>
  new InferproofError('format', message, { where: `${where}, row ${line}` });

/** What stands most often in the first line, outside quotes; a blank where nothing else stands between its words. */
function delimiterOf(head: string): string {
  const line = head.trimStart().replace(/"(?:[^"]|"")*"/g, '').split(/[\r\n]/, 1)[0].trim(); // prettier-ignore
  const [[found, times]] = [',', ';', '\t']
    .map((one) => [one, line.split(one).length - 1] as const)
    .sort(([, a], [, b]) => b - a);
  return times > 0
    ? found
    : / /.test(line) && line.split(' ').every((cell) => numberOf(cell) !== undefined)
      ? ' '
      : ',';
}
