// run: the quantised inference as the circuit computes it, next to the float model's.
import { circuitInputs, run, type RunResult } from '../../compiler/index.js';
import { readCircuit, readGraph, readSamples } from '../../files/index.js';
import { defineCommand } from '../command.js';
import { DONE } from '../errors.js';
import { INPUT } from '../options.js';
import { tensorLines } from '../tensors.js';
import { facts, percent, plural, real } from '../text.js';

const MOST_SAMPLES = 10;

export const runCommand = defineCommand({
  name: 'run',
  describe: 'quantised inference, without a proof',
  positionals: { dir: 'folder of a compiled model, DIR' },
  options: INPUT,
  run: async ({ dir, input }, output) => {
    const circuit = await readCircuit(dir);
    const graph = await readGraph(dir);
    const samples = await readSamples(input, circuitInputs(circuit));
    const result = await run(circuit, samples, { graph, clamp: true });
    const { outputs, agreement, maxError, rangeError, clamped } = result;
    if (clamped > 0) output.warn(`${plural(clamped, 'input value')} outside the declared range moved onto its end`);
    output.result({ outputs, agreement, maxError, rangeError }, () => text(result));
    return DONE;
  },
});

function text({ outputs, agreement, maxError, rangeError }: RunResult): string {
  const lines = outputs
    .slice(0, MOST_SAMPLES)
    .flatMap((tensors, i) => tensorLines(tensors).map((line) => (outputs.length > 1 ? `${i}  ${line}` : line)));
  if (outputs.length > MOST_SAMPLES)
    lines.push(`… ${plural(outputs.length - MOST_SAMPLES, 'more sample')}: all of them under --json`);
  const summary = facts([
    ['agreement', `${percent(agreement)} of decisions as by the float model`],
    ['max error', real(maxError)],
    ['range error', percent(rangeError)],
  ]);
  return `${lines.join('\n')}\n\n${summary}`;
}
