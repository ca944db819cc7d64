// The notebook, cell by cell in one process of Python: it prints what is stored in it. The cell that trains runs where INFERPROOF_PYTHON
// names a python3 with scikit-learn 1.x and skl2onnx; else the model that stands beside the notebook is taken.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const FOLDER = 'examples/notebook';
const TRAINER = process.env['INFERPROOF_PYTHON'];
const PYTHON = TRAINER ?? 'python3';

interface Cell {
  readonly cell_type: 'code' | 'markdown';
  readonly metadata: { readonly tags?: readonly string[] };
  readonly source: readonly string[];
  readonly outputs?: readonly { readonly text: readonly string[] }[];
}

const { cells } = JSON.parse(readFileSync(join(FOLDER, 'scikit-learn.ipynb'), 'utf8')) as { readonly cells: readonly Cell[] }; // prettier-ignore
const code = cells.filter((cell) => cell.cell_type === 'code');
const trains = ({ metadata }: Cell): boolean => metadata.tags?.includes('export') === true;
const hasPython = spawnSync(PYTHON, ['-c', '']).status === 0;

const cwd = mkdtempSync(join(tmpdir(), 'inferproof-notebook-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

it('has one cell that trains, and outputs of all the others that print', () => {
  expect(code.filter(trains).length).toBe(1);
  for (const { source, outputs } of code) expect(outputs?.length ?? 0).toBe(source.join('').includes('\nprint(') || source[0].startsWith('print(') ? 1 : 0); // prettier-ignore
});

it.runIf(hasPython)(`prints what it has stored${hasPython ? '' : ' (not run: no python3)'}`, () => {
  const run = code.filter((cell) => TRAINER !== undefined || !trains(cell));
  cpSync(FOLDER, cwd, { recursive: true });
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', run.map(({ source }) => source.join('')).join('\n')], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, INFERPROOF: JSON.stringify([process.execPath, resolve('dist/cli/main.js')]) },
  });
  expect(status, stderr).toBe(0);
  const stored = run.flatMap(({ outputs = [] }) => outputs.flatMap(({ text }) => text)).join('');
  expect(stdout.replaceAll('\r\n', '\n')).toBe(stored);
});
