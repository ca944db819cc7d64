// The programs of the examples print what their README says: same lines, with times and gas left open.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Seconds differ by machine; gas by the zero bytes of a proof, which is fresh each time. */
const open = (text: string): string => text.replace(/[\d.]+ s\b/g, '… s').replace(/\d+ gas\b/g, '… gas');

/** The indented block after "Expected output". */
function expectedOutput(readme: string): string {
  const block = /Expected output[^]*?\n\n((?: {4}.*\n)+)/.exec(readme);
  if (block === null) throw new Error('expected a block of output in the README');
  return block[1].replace(/^ {4}/gm, '');
}

test.each(['mnist-mlp', 'contract', 'mnist-lenet'])(
  '%s runs to its end and prints what its README says',
  async (example) => {
    const { stdout } = await promisify(execFile)(process.execPath, [`dist/examples/${example}/run.js`]);
    expect(open(stdout)).toBe(open(expectedOutput(readFileSync(`examples/${example}/README.md`, 'utf8'))));
  },
  300_000,
);
