// The constraints of a circuit's gadgets, as circom compiles the files of circuits/.
import { fileURLToPath } from 'node:url';
import type { Layout } from '../../compiler/circuit/layout.js';
import { gadgetsOf, link } from '../../compiler/circuit/link.js';
import { parseR1cs } from '../../compiler/circuit/r1cs.js';
import type { RowSystem } from '../../compiler/circuit/rows.js';
import { readStamps, stampSource } from '../../compiler/circuit/stamp.js';
import { definitions } from '../../compiler/lookup/determined.js';
import { compileCircom, parseSym } from './compile.js';

/** The folder of the hand-written gadgets, for `include`. */
export const circuitsFolder = fileURLToPath(new URL('../../../circuits/', import.meta.url));

/**
 * The linked rows of a circuit; those of a lookup circuit with the proof that its committed wires and the challenge leave no other
 * wire a choice. Throws 'resource' where circom could not be run.
 */
export async function linkCircuit(layout: Layout): Promise<RowSystem> {
  const gadgets = gadgetsOf(layout);
  const source = stampSource(gadgets);
  const { r1cs, sym } = await compileCircom({ source }, { includes: [circuitsFolder], optimise: 'O0' });
  const system = link(layout, readStamps(gadgets, parseR1cs(r1cs).system, parseSym(sym)));
  if (layout.lookup) definitions(system);
  return system;
}
