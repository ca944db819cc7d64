// check: the witness of every sample against every constraint, without keys.
import { readCircuit } from '../../files/index.js';
import { defineCommand } from '../command.js';
import { readInput } from '../data.js';
import { DONE, NEGATIVE } from '../errors.js';
import { CLAMP, INPUT } from '../options.js';
import { count, plural } from '../text.js';

export const checkCommand = defineCommand({
  name: 'check',
  positionals: { dir: 'folder of a compiled model, DIR' },
  options: { ...INPUT, ...CLAMP },
  run: async (args, output) => {
    const { dir, clamp } = args;
    const circuit = await readCircuit(dir);
    const samples = await readInput(dir, circuit, args, output);
    const { check } = await import('../../prover/check.js');
    const { satisfied, rows, violations } = await check(circuit, samples, { clamp, onProgress: output.progress });
    output.result({ satisfied, rows, violations }, () => [
      satisfied
        ? `satisfied: ${count(rows)} rows, ${plural(samples.count, 'sample')}`
        : `not satisfied: ${count(violations)} of ${count(rows)} rows are broken`,
    ]);
    return satisfied ? DONE : NEGATIVE;
  },
});
