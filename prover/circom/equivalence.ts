// Is the linked system the one that circom makes of model.circom? Each is taken whole, constraint by constraint: see
// compiler/circuit/equivalence for what counts as equal. Unsimplified (-O0), so that nothing an optimiser does is compared.
//
// circom cannot take every model: its time grows with the terms of the linear forms and with the gadgets, about 0.2 ms each, and
// beyond some hundred thousand terms it runs out of memory. The gadgets, which are all that a constraint designer
// wrote, are always compiled by circom.
import type { Circuit } from '../../compiler/circuit/circuit.js';
import { difference } from '../../compiler/circuit/equivalence.js';
import { gadgetKey } from '../../compiler/primitives/gadget.js';
import type { Arrangement } from '../../compiler/circuit/arrange.js';
import { parseR1cs } from '../../compiler/circuit/r1cs.js';
import type { RowSystem } from '../../compiler/circuit/rows.js';
import { circomWires } from '../../compiler/emit/circom.js';
import { termsOf } from '../../compiler/linear/map.js';
import { compileCircom, parseSym } from './compile.js';
import { circuitsFolder } from './link.js';

/** Most terms of linear forms that are given to circom: half a minute. */
const MOST_TERMS = 150_000;

/** Whether circom compiles the model.circom of a circuit in reasonable time. */
export const circomCanCompile = ({ steps }: Circuit): boolean =>
  steps.flatMap(({ forms }) => forms).reduce((n, { map }) => n + termsOf(map), 0) <= MOST_TERMS;

/**
 * Where the linked rows and circom's rows of model.circom part first, in words; null for the same system.
 * The same: the same public signals in the same order, one signal for each wire, and every row of one a row of the other.
 * @param source the text of model.circom
 * @param linked what `linkCircuit` gives
 * @throws 'format' for a text that does not compile, 'resource' when circom runs out of time or memory
 */
export async function circomDifference(wires: Arrangement, source: string, linked: RowSystem): Promise<string | null> {
  const { r1cs, sym } = await compileCircom({ source }, { includes: [circuitsFolder], optimise: 'O0' });
  const { system, nOutputs } = parseR1cs(r1cs);
  const signals = parseSym(sym);
  const wireOf = circomWires(wires);
  if (system.nPublic !== wires.nPublic || nOutputs > 0) {
    return `model.circom: ${system.nPublic} public signals, the circuit has ${wires.nPublic}`;
  }
  const namedBy = new Map<number, string>();
  for (const [name, signal] of signals) {
    const wire = wireOf(name);
    if (signal >= 1 && signal <= system.nPublic && wire !== wires.nCommitted + signal)
      return `model.circom: public signal ${signal} is ${name}`;
    if (wire === undefined) continue;
    if (namedBy.has(wire)) return `model.circom: ${name} and ${namedBy.get(wire)!} are one wire`;
    namedBy.set(wire, name);
  }
  for (let wire = 1; wire < wires.nWires; wire++) {
    if (!namedBy.has(wire)) return `model.circom: no signal of wire ${wire}`;
  }
  const { missing, surplus } = difference(linked, system, signals, wireOf);
  if (missing.length > 0) return `${placeOf(wires, missing[0])} is not in model.circom`;
  if (surplus.length > 0)
    return `model.circom: the constraint on ${signalsOf(system, signals, surplus[0])} is not linked`;
  return null;
}

/** A linked row, by the step and gadget instance that it belongs to. */
function placeOf({ circuit, instances, challenge }: Arrangement, row: number): string {
  let at = row;
  for (const { gadget, count, of } of instances) {
    if (at < count * gadget.rows) {
      const place = of === null ? '' : ` of step ${of.index} (${circuit.tensors[of.step.outs[0]].name})`;
      return `row ${row}: ${gadgetKey(gadget)} ${Math.floor(at / gadget.rows)}${place}`;
    }
    at -= count * gadget.rows;
  }
  return `row ${row}: ${challenge ? `the sum of table ${at}` : `public word ${at}`}`;
}

/** Names of the first signals in a row. */
function signalsOf({ sides }: RowSystem, signals: ReadonlyMap<string, number>, row: number): string {
  const used = new Set(sides.flatMap(({ wire, start }) => [...wire.subarray(start[row], start[row + 1])]));
  const names = [...signals].flatMap(([name, wire]) => (wire !== 0 && used.has(wire) ? [name] : []));
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
