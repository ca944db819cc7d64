// Figures and tables for people to read, line by line.
import { printable } from '../report/printable.js';

export { bytes, count, duration, percent, plural, real, shape } from '../report/figures.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Rows of cells under their titles, two spaces between columns, no line longer than its cells need. */
export function table(columns: readonly Column[], cells: readonly (readonly string[])[]): string[] {
  const rows = cells.map((row) => row.map(printable));
  const widths = columns.map(({ title }, i) => rows.reduce((w, row) => Math.max(w, row[i]?.length ?? 0), title.length));
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, i) =>
        align === 'right' ? (cells[i] ?? '').padStart(widths[i]) : (cells[i] ?? '').padEnd(widths[i]),
      )
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

/** "name   value" lines with the values in one column. */
export function facts(pairs: readonly (readonly [string, string])[]): string[] {
  const width = pairs.reduce((w, [name]) => Math.max(w, printable(name).length), 0);
  return pairs.map(([name, value]) => `${printable(name).padEnd(width)}  ${value}`.trimEnd());
}
