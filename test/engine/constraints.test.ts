// The price of everything, in git: rows of each gadget as circom compiles it, and of whole circuits as they are linked.
// A change is a line in the diff of constraints.csv; `npx vitest run test/engine -u` writes it anew.
import { expect, it } from 'vitest';
import { gadgetKey } from '#compiler/circuit/gadget.js';
import { countRows, layout } from '#compiler/circuit/layout.js';
import { gadgetsOf } from '#compiler/circuit/link.js';
import { linkCircuit } from '#prover/circom/link.js';
import { circuits } from '../compiler/circuits.js';
import { tiny } from '../lookup/tiny.js';
import { subjects } from './subjects.js';
import { systemsOf } from './system.js';

it('the rows of gadgets and circuits are those of constraints.csv', async () => {
  const gadgets = Object.values(subjects)
    .flat()
    .map(({ gadget }) => gadget);
  const distinct = [...new Map(gadgets.map((gadget) => [gadgetKey(gadget), gadget])).values()];
  const systems = await systemsOf(distinct);
  const lines = systems.map(({ gadget, rows }) => `"${gadgetKey(gadget)}",${rows.length}`);
  for (const [name, build] of circuits) {
    const circuit = build();
    const { nRows } = await linkCircuit(layout(circuit));
    expect(countRows(circuit), name).toBe(nRows);
    lines.push(`"circuit ${name}",${nRows}`);
  }
  const wires = layout(tiny());
  // the linker counts the rows of these again
  for (const gadget of gadgetsOf(wires)) lines.push(`"${gadgetKey(gadget)}",${gadget.rows}`);
  lines.push(`"circuit tiny, look-ups",${(await linkCircuit(wires)).nRows}`);
  await expect(['gadget or circuit,rows', ...lines, ''].join('\n')).toMatchFileSnapshot('../constraints.csv');
});
