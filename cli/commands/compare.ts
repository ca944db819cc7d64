// compare: float model, integers and witness, node by node.
import { basename, resolve } from 'node:path';
import { compare, type CompareResult } from '../../compiler/index.js';
import { readCircuit, readGraph, refuseUnwritable, writeFileAtomic } from '../../files/index.js';
import { defineCommand } from '../command.js';
import { readInput } from '../data.js';
import { DONE, NEGATIVE } from '../errors.js';
import { HTML, INPUT } from '../options.js';
import { word } from '../printable.js';
import { plural, real, table } from '../text.js';

export const compareCommand = defineCommand({
  name: 'compare',
  positionals: { dir: 'folder of a compiled model, DIR' },
  options: { ...INPUT, html: HTML },
  run: async (args, output) => {
    const { dir } = args;
    if (args.html !== undefined) await refuseUnwritable(args.html);
    const circuit = await readCircuit(dir);
    const graph = await readGraph(dir);
    const samples = await readInput(dir, circuit, args, output);
    const compared = compare(circuit, graph, samples);
    const { firstDivergence, nodes, clamped } = compared;
    if (args.html !== undefined) {
      const { comparisonPage } = await import('../../report/index.js');
      await writeFileAtomic(args.html, comparisonPage(basename(resolve(dir)), compared));
    }
    if (clamped > 0) output.warn(`${plural(clamped, 'input value')} outside the declared range moved onto its end`);
    output.result({ firstDivergence, nodes }, () => text({ firstDivergence, nodes }));
    return firstDivergence === null ? DONE : NEGATIVE;
  },
});

function text({ firstDivergence, nodes }: Pick<CompareResult, 'firstDivergence' | 'nodes'>): string[] {
  const nodeTable = table(
    [{ title: 'node' }, { title: 'operator' }, { title: 'max error', align: 'right' }],
    nodes.map(({ node, op, maxError }) => [word(node), word(op), real(maxError)]),
  );
  if (firstDivergence === null) return [...nodeTable, '', 'no divergence'];
  const { node, op, index, float, int, witness } = firstDivergence;
  const values = `float ${float}, integers ${int}, witness ${witness}`;
  return [...nodeTable, '', `first divergence: ${word(op)} ${word(node)}, element ${index}: ${values}`];
}
