// run: the quantised inference as the circuit computes it, next to the float model's.
import { run, type RunResult } from '../../compiler/index.js';
import { readCircuit, readGraph } from '../../files/index.js';
import { defineCommand } from '../command.js';
import { readInput } from '../data.js';
import { DONE } from '../errors.js';
import { INPUT } from '../options.js';
import { inOrder, tensorLines, type Decisions, type Tensors } from '../tensors.js';
import { count, facts, percent, plural, real } from '../text.js';

const MOST_SAMPLES = 10;

export const runCommand = defineCommand({
  name: 'run',
  positionals: { dir: 'folder of a compiled model, DIR' },
  options: INPUT,
  run: async (args, output) => {
    const { dir } = args;
    const circuit = await readCircuit(dir);
    const graph = await readGraph(dir);
    const samples = await readInput(dir, circuit, args, output);
    const result = await run(circuit, samples, { graph, clamp: true });
    const { outputs, agreement, maxError, rangeError, clamped, clampedSamples } = result;
    if (clamped > 0) output.warn(`${plural(clamped, 'input value')} outside the declared range moved onto its end`);
    const decisions: Decisions = new Map(circuit.outputs.map(({ name, decision }) => [name, decision]));
    const ordered = outputs.map((tensors) => inOrder([...decisions.keys()], tensors));
    output.result({ outputs: ordered, agreement, maxError, rangeError, clamped: clampedSamples }, () => [
      ...samplesText(ordered, decisions),
      '',
      ...summary(result),
    ]);
    return DONE;
  },
});

/** Samples that need --clamp, the first ones by number. */
function rowsOf(clamped: readonly number[]): string {
  const more = clamped.length > MOST_SAMPLES ? ' …' : '';
  const samples = clamped.length === 1 ? 'sample' : `${count(clamped.length)} samples`;
  return `${samples} ${clamped.slice(0, MOST_SAMPLES).join(', ')}${more}, unless --clamp`;
}

function samplesText(outputs: readonly Tensors[], decisions: Decisions): string[] {
  const lines = outputs
    .slice(0, MOST_SAMPLES)
    .flatMap((tensors, i) =>
      tensorLines(tensors, decisions).map((line) => (outputs.length > 1 ? `${i}  ${line}` : line)),
    );
  if (outputs.length > MOST_SAMPLES)
    lines.push(`… ${plural(outputs.length - MOST_SAMPLES, 'more sample')}: all of them under --json`);
  return lines;
}

const summary = ({ agreement, maxError, rangeError, clampedSamples }: RunResult): string[] =>
  facts([
    ['agreement', `${percent(agreement)} of decisions as by the float model`],
    ['max error', real(maxError)],
    ['range error', percent(rangeError)],
    ...(clampedSamples.length > 0 ? [['prove refuses', rowsOf(clampedSamples)] as const] : []),
  ]);
