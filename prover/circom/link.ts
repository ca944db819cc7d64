// The constraints of a circuit's gadgets, as circom compiles the files of circuits/.
import { fileURLToPath } from 'node:url';
import type { Arrangement } from '../../compiler/circuit/arrange.js';
import { stampedGadgets, link } from '../../compiler/circuit/link.js';
import { parseR1cs } from '../../compiler/circuit/r1cs.js';
import type { RowSystem } from '../../compiler/circuit/rows.js';
import { readStamps, stampSource, type StampRow, type Stamps } from '../../compiler/circuit/stamp.js';
import { definitions } from '../../compiler/circuit/determined.js';
import { gadgetKey, type Gadget } from '../../compiler/primitives/gadget.js';
import { compileCircom, parseSym } from './compile.js';

/** The folder of the hand-written gadgets, for `include`. */
export const circuitsFolder = fileURLToPath(new URL('../../../circuits/', import.meta.url));

/**
 * The linked rows of a circuit; those of a lookup circuit with the proof that its committed wires and the challenge leave no other
 * wire a choice. Throws 'resource' where circom could not be run.
 */
export async function linkCircuit(arrangement: Arrangement): Promise<RowSystem> {
  const system = link(arrangement, await stampsOf(stampedGadgets(arrangement)));
  if (arrangement.challenge) definitions(system);
  return system;
}

/** By all that a gadget says of its signals and rows: circuits/ does not change while a process runs, so circom is asked once. */
const known = new Map<string, readonly StampRow[]>();
const identityOf = (gadget: Gadget): string => {
  const { file, ports, signals, committed, challenge, rows } = gadget;
  return JSON.stringify([file, gadgetKey(gadget), ports, signals, committed, challenge, rows]);
};

/** Constraints of gadgets by circom, in one run for all that this process has not seen. Throws as `linkCircuit`. */
export async function stampsOf(gadgets: readonly Gadget[]): Promise<Stamps> {
  const fresh = gadgets.filter((gadget) => !known.has(identityOf(gadget)));
  if (fresh.length > 0) {
    const source = stampSource(fresh);
    const { r1cs, sym } = await compileCircom({ source }, { includes: [circuitsFolder], optimise: 'O0' });
    const stamps = readStamps(fresh, parseR1cs(r1cs).system, parseSym(sym));
    for (const gadget of fresh) known.set(identityOf(gadget), stamps.get(gadgetKey(gadget))!);
  }
  return new Map(gadgets.map((gadget) => [gadgetKey(gadget), known.get(identityOf(gadget))!]));
}
