// check: the witness of every sample against every constraint, without keys.
import { circuitInputs } from '../../compiler/circuit/index.js';
import { readCircuit, readSamples } from '../../files/index.js';
import { defineCommand } from '../command.js';
import { DONE, NEGATIVE } from '../errors.js';
import { CLAMP, INPUT } from '../options.js';
import { count, plural } from '../text.js';

export const checkCommand = defineCommand({
  name: 'check',
  positionals: { dir: 'folder of a compiled model, DIR' },
  options: { ...INPUT, ...CLAMP },
  run: async ({ dir, input, clamp }, output) => {
    const circuit = await readCircuit(dir);
    const samples = await readSamples(input, circuitInputs(circuit));
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
