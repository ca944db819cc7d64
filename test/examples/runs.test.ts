// The programs of the examples print what their README says: same lines, with times and gas left open.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Seconds differ by machine; gas by the zero bytes of a proof, which is fresh each time. */
const open = (text: string): string => text.replace(/[\d.]+ s\b/g, '… s').replace(/\d+ gas\b/g, '… gas');

/** The indented block after the command line of a run. */
function expectedOutput(readme: string, command: string): string {
  const after = readme.slice(readme.indexOf(`    node ${command}\n`));
  const block = /Expected output[^]*?\n\n((?: {4}.*\n)+)/.exec(after);
  if (block === null) throw new Error(`expected a block of output after 'node ${command}' in the README`);
  return block[1].replace(/^ {4}/gm, '');
}

/** Each example once, each argument at least once; INFERPROOF_FULL=1 runs each with both. */
const RUNS = [
  ['mnist-mlp', 'plain'],
  ['contract', 'lookup'],
  ['mnist-lenet', 'lookup'],
  ...(process.env.INFERPROOF_FULL ? [['mnist-mlp', 'lookup'], ['contract', 'plain'], ['mnist-lenet', 'plain']] : []), // prettier-ignore
];

test.each(RUNS)(
  '%s (%s) runs to its end and prints what its README says',
  async (example, argument) => {
    const program = `dist/examples/${example}/run.js`;
    const { stdout } = await promisify(execFile)(process.execPath, [program, argument]);
    const readme = readFileSync(`examples/${example}/README.md`, 'utf8');
    expect(open(stdout)).toBe(open(expectedOutput(readme, `${program} ${argument}`)));
  },
  300_000,
);
