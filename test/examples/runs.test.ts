// The programs of the examples print what their README says: same lines, with times and gas left open.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { expectedOutput, open } from './readme.js';

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
    expect(open(stdout)).toBe(open(expectedOutput(example, `${program} ${argument}`)));
  },
  300_000,
);
