import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRanges } from '#files/ranges.js';
import { floats } from './arrays.js';

let dir: string;
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'inferproof ranges '))));
afterAll(() => rmSync(dir, { recursive: true }));

const reading = (content: string | Uint8Array) => {
  const path = join(dir, 'ranges');
  writeFileSync(path, content);
  return readRanges(path);
};

it('reads a pair per column, by the first bytes of the file', async () => {
  const pairs = [[0, 1], [-2.5, 1e6]]; // prettier-ignore
  expect(await reading(JSON.stringify(pairs))).toEqual(pairs);
  expect(await reading(`\uFEFF ${JSON.stringify(pairs)}`)).toEqual(pairs);
  expect(await reading(floats(pairs.flat(), '(2, 2)'))).toEqual(pairs);
});

it.each<[string, string | Uint8Array, string]>([
  ['no JSON', 'lo,hi', 'JSON or .npy'],
  ['an object', '{"x": [[0, 1]]}', 'a list of pairs'],
  ['no pairs', '[]', 'a list of pairs'],
  ['numbers', '[0, 1]', 'a pair of numbers, got 0'],
  ['three ends', '[[0, 1], [0, 1, 2]]', 'a pair of numbers, got [0,1,2]'],
  ['texts', '[["0", "1"]]', 'a pair of numbers'],
  ['null', '[[0, null]]', 'a pair of numbers'],
  ['a flat array', floats([0, 1], '(2,)'), 'N x 2 numbers'],
  ['rows of three', floats([0, 1, 2], '(1, 3)'), 'N x 2 numbers'],
])('refuses %s', async (_, content, expected) => {
  await expect(reading(content)).rejects.toMatchObject({
    code: 'format',
    message: expect.stringContaining(expected) as string,
    where: expect.stringContaining(dir) as string,
  });
});

it('names a file that is not there', async () => {
  await expect(readRanges(join(dir, 'none.json'))).rejects.toMatchObject({ code: 'file' });
});
