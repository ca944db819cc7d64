// The cheating suite: each of its thirty rows is named by a test, as "row N: …" or "N: …", in the file that suite.csv says.
// `npx vitest run test/network/suite.test.ts -u` writes the table.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';

const ROWS = Array.from({ length: 30 }, (_, i) => i + 1);
/** The name of a test or of a group of tests, up to its end. */
const NAMED = /\b(?:it|describe|row)\b[^"`\n]*?\(\s*(['"`])(\d.+?|rows? \d.+?|[^'"`]*; \d.+?)\1/g;
/** Numbers in a name: "row 3: ", "rows 11 and 12: ", "8: ", also behind a semicolon. */
const NUMBERS = /(?:^|; )(?:rows? )?(\d+)(?: and (\d+))?: /g;

const rowsOf = (text: string): number[] =>
  [...text.matchAll(NAMED)].flatMap(([, , name]) =>
    [...name.matchAll(NUMBERS)].flatMap(([, a, b]) => [a, b].filter((one) => one !== undefined).map(Number)),
  );

it('each row is named by a test, and stands in the table', async () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ts$/.test(name) && name !== 'suite.test.ts')
    .map((name) => ({ name, rows: rowsOf(readFileSync(join(import.meta.dirname, name), 'utf8')) }));
  const lines = ROWS.map((row) => {
    const named = files.filter(({ rows }) => rows.includes(row)).map(({ name }) => relative('.', name));
    expect(named.length, `row ${row}`).toBeGreaterThan(0);
    return `${row},${named.sort().join(' ')}`;
  });
  await expect(['row,files', ...lines, ''].join('\n')).toMatchFileSnapshot('suite.csv');
});

it('a name without a number, or with one that is none of a row, names none', () => {
  expect(rowsOf("it('row 3: x', () => 1); row(`8: y: ${z}`, () => 2); describe('rows 11 and 12: z', f)")).toEqual([3, 8, 11, 12]); // prettier-ignore
  expect(rowsOf("it('twenty at once'); it('too many: 429 that says'); // row 7: only said\nit.each([1, 5])('row 22: %i blocks', f)")).toEqual([22]); // prettier-ignore
});
