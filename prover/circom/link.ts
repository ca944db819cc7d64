// The constraints of a circuit's gadgets, as circom compiles the files of circuits/.
import { fileURLToPath } from 'node:url';
import type { Arrangement } from '../../compiler/circuit/arrange.js';
import { stampedGadgets, link } from '../../compiler/circuit/link.js';
import { parseR1cs } from '../../compiler/circuit/r1cs.js';
import type { RowSystem } from '../../compiler/circuit/rows.js';
import { readStamps, stampSource } from '../../compiler/circuit/stamp.js';
import { definitions } from '../../compiler/circuit/determined.js';
import { compileCircom, parseSym } from './compile.js';

/** The folder of the hand-written gadgets, for `include`. */
export const circuitsFolder = fileURLToPath(new URL('../../../circuits/', import.meta.url));

/**
 * The linked rows of a circuit; those of a lookup circuit with the proof that its committed wires and the challenge leave no other
 * wire a choice. Throws 'resource' where circom could not be run.
 */
export async function linkCircuit(arrangement: Arrangement): Promise<RowSystem> {
  const gadgets = stampedGadgets(arrangement);
  const source = stampSource(gadgets);
  const { r1cs, sym } = await compileCircom({ source }, { includes: [circuitsFolder], optimise: 'O0' });
  const system = link(arrangement, readStamps(gadgets, parseR1cs(r1cs).system, parseSym(sym)));
  if (arrangement.challenge) definitions(system);
  return system;
}
