// What soundness rests on is small enough to be read: the lines of circuits/ and of compiler/primitives, comments included.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Lines of all files of a folder that end so. */
const linesIn = (folder: string, ending: string): number =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => readFileSync(join(root, folder, path), 'utf8').split('\n').length - 1)
    .reduce((sum, lines) => sum + lines, 0);

it('is as long as ARCHITECTURE says, at most', () => {
  const lines = linesIn('circuits', '.circom') + linesIn('compiler/primitives', '.ts');
  const said = /trusted core, at most ([\d,]+) lines/.exec(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'))?.[1];
  console.log(`trusted core: ${lines} lines in circuits/ and compiler/primitives`);
  expect(lines).toBeLessThanOrEqual(Number(said?.replaceAll(',', '')));
  expect(lines).toBeGreaterThan(1000);
});
