// The price of everything, in git: rows of each gadget as circom compiles it, and of whole circuits as they are linked.
// A change is a line in the diff of constraints.csv; `npx vitest run test/engine -u` writes it anew.
import { expect, it } from 'vitest';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { gadgetKey, type Gadget } from '#compiler/primitives/gadget.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { stampedGadgets } from '#compiler/circuit/link.js';
import { linkCircuit } from '#prover/circom/link.js';
import {
  attention,
  choices,
  circuits,
  curves,
  decisions,
  divisions,
  exponentials,
  folded,
  norms,
  patterns,
  products,
  roots,
  saturated,
  sorted,
} from '../compiler/circuits.js';
import { withLookups } from '../lookup/solve.js';
import { tiny } from '../lookup/tiny.js';
import { subjects } from '../primitives/index.js';
import { systemsOf } from './system.js';

it('the rows of gadgets and circuits are those of constraints.csv', async () => {
  const gadgets = subjects.map(({ gadget }) => gadget);
  const distinct = [...new Map(gadgets.map((gadget) => [gadgetKey(gadget), gadget])).values()];
  const systems = await systemsOf(distinct);
  const lines = systems.map(({ gadget, rows }) => `"${gadgetKey(gadget)}",${rows.length}`);
  for (const [name, build] of circuits) {
    const wires = arrange(build());
    const { nRows } = await linkCircuit(wires);
    expect(wires.rows, name).toBe(nRows);
    lines.push(`"circuit ${name}",${nRows}`);
  }
  // the linker counts the rows of these again
  const decided = withLookups(decisions(), { rangeBits: 4, wide: [] });
  const curved = withLookups(saturated(4), { rangeBits: 4, wide: [1] });
  const dividing = withLookups(divisions(), { rangeBits: 4, wide: [] });
  const patterned = withLookups(patterns(), { rangeBits: 4, wide: [] });
  const stamped = (circuit: Circuit): Gadget[] => stampedGadgets(arrange(circuit));
  const sorting = sorted(4);
  const normals = [exponentials(8), norms(8)].flatMap(stamped).filter(({ file }) => file === 'normalise');
  const packed = [attention(8), folded(8)].flatMap(stamped).filter(({ file }) => file === 'matmul');
  const linked = [...[tiny(), curved, decided, dividing, patterned, sorting].flatMap(stamped), ...normals, ...packed];
  for (const gadget of new Map(linked.map((gadget) => [gadgetKey(gadget), gadget])).values())
    if (gadget.template.startsWith('Lookup')) lines.push(`"${gadgetKey(gadget)}",${gadget.rows}`);
  for (const [name, circuit] of [
    ['tiny', tiny()],
    ['products', withLookups(products(), { rangeBits: 8, wide: [] })],
    ['choices', withLookups(choices(), { rangeBits: 8, wide: [] })],
    ['decisions', decided],
    ['divisions', dividing],
    ['patterns', patterned],
    ['sorted', sorting],
    ['sigmoid and tanh', curves(8)],
    ['exponentials', exponentials(8)],
    ['norms', norms(8)],
    ['roots', roots(8)],
    ['attention', attention(8)],
    ['folded', folded(8)],
    ['tanh between tails', withLookups(saturated(4), { rangeBits: 4, wide: [1] })],
  ] as const) {
    const arranged = arrange(circuit);
    const { nRows } = await linkCircuit(arranged);
    expect(arranged.rows, name).toBe(nRows);
    lines.push(`"circuit ${name}, look-ups",${nRows}`);
  }
  await expect(['gadget or circuit,rows', ...lines, ''].join('\n')).toMatchFileSnapshot('../constraints.csv');
});
