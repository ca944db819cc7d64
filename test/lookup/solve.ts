// What a prover, honest or not, can make of committed wires and a challenge: all other wires by the rows that define them.
import { randomBytes } from 'node:crypto';
import { readField } from '#compiler/circuit/field.js';
import { fieldBytes } from '#compiler/circuit/field.js';
import type { Circuit, TensorId } from '#compiler/circuit/circuit.js';
import { violations } from '#compiler/circuit/violations.js';
import type { Hints } from '#compiler/hints/hints.js';
import { hintsOf } from '#compiler/hints/index.js';
import { arrange, type Arrangement } from '#compiler/circuit/arrange.js';
import { coefficient, type RowSystem } from '#compiler/circuit/rows.js';
import { fillSteps, type FilledSteps } from '#compiler/circuit/witness.js';
import { definitions, type Definition } from '#compiler/circuit/determined.js';
import { withVariants } from '#compiler/circuit/uses.js';
import { fillChallenge, fillMultiplicities } from '#compiler/circuit/challenge.js';
import { linkCircuit } from '#prover/circom/link.js';
import { R, inverse, mod } from '#verifier/field.js';
import { rescaleOf } from '../compiler/circuits.js';

export interface LookupChoice {
  readonly rangeBits: number;
  /** Numbers of the rescales that take the wide gadget, or that with tails. */
  readonly wide: readonly number[];
}

/** A circuit of the plain tests, with look-ups; a rescale that needs no table takes none, `wide` or not. */
export const withLookups = (circuit: Circuit, { rangeBits, wide }: LookupChoice): Circuit => ({
  ...circuit,
  options: { ...circuit.options, argument: 'lookup' },
  steps: withVariants(circuit, rangeBits).map((step, index) =>
    step.variant === 'table' && wide.includes(index)
      ? { ...step, variant: rescaleOf(step)?.f.kind === 'values' ? 'tails' : 'wide' }
      : step,
  ),
  rangeBits,
});

/** Rescales that may be wide. */
export const clamps = ({ steps }: Pick<Circuit, 'steps'>): number[] =>
  steps.flatMap((step, s) => (rescaleOf(step)?.f.kind === 'clamp' ? [s] : []));

export const randomChallenge = (): bigint => BigInt(`0x${randomBytes(40).toString('hex')}`) % R;

export interface Linked {
  readonly circuit: Circuit;
  readonly wires: Arrangement;
  readonly system: RowSystem;
  readonly definitions: readonly Definition[];
}

export async function linked(circuit: Circuit): Promise<Linked> {
  const wires = arrange(circuit);
  const system = await linkCircuit(wires);
  return { circuit, wires, system, definitions: definitions(system) };
}

export function filled(
  { wires }: Pick<Linked, 'wires'>,
  stored: ReadonlyMap<TensorId, Float64Array>,
  hints = hintsOf,
): FilledSteps {
  const steps = fillSteps(wires, (tensor) => stored.get(tensor) ?? [], hints);
  fillMultiplicities(wires, steps);
  return steps;
}

/** What a dishonest gadget writes instead of what its hint program would; a look-up that it does not name hits no row. */
export type Told = Hints['fill'];

/** The committed wires, wire 1 first, of a prover who lies in one instance and is honest about all that follows from it. */
export function committedLie(
  l: Pick<Linked, 'wires' | 'system'>,
  stored: ReadonlyMap<TensorId, Float64Array>,
  { group, instance }: { readonly group: number; readonly instance: number },
  told: Told,
): bigint[] {
  const own = l.wires.instances[group];
  const gadget = { ...own.gadget }; // of no other use
  const unhit = new Set(gadget.lookups?.keys());
  let at = 0;
  const { fill } = hintsOf(gadget);
  const lying: Told = (ports, set, hit) => {
    if (at++ !== instance) fill(ports, set, hit);
    else
      told(ports, set, (lookup, key) => {
        unhit.delete(lookup);
        hit(lookup, key);
      });
  };
  const wires = { ...l.wires, instances: l.wires.instances.with(group, { ...own, gadget }) };
  const { witness } = filled({ wires }, stored, (one) => (one === gadget ? { fill: lying } : hintsOf(one)));
  const values = valuesOf(witness.bytes).slice(1, 1 + l.system.nCommitted);
  for (const lookup of unhit) {
    const { m } = l.wires.challenge!.tables.find(({ table }) => table === gadget.lookups![lookup].table)!;
    values[m - 1] = mod(values[m - 1] - 1n); // counted as a hit of the first row
  }
  return values;
}

/** Whole witness as bigints, wire 0 first. */
export function honest(l: Linked, stored: ReadonlyMap<TensorId, Float64Array>, X: bigint): bigint[] {
  const steps = filled(l, stored);
  if (fillChallenge(l.wires, steps, X) === null) throw new Error('X is a pole');
  return valuesOf(steps.witness.bytes);
}

export function valuesOf(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 32 }, (_, w) => readField(view, 32 * w));
}

export const broken = (system: RowSystem, wires: readonly bigint[], limit = 1): number[] =>
  violations(system, fieldBytes(wires), limit);

/** At one X most divisors return from lie to lie. */
const inverses = new Map<bigint, bigint>();
function inverseOf(x: bigint): bigint {
  let y = inverses.get(x);
  if (y === undefined) inverses.set(x, (y = inverse(x)));
  return y;
}

/** The value of one side of a row, and the coefficient of one wire that is left out of it. */
function sideOf(
  system: RowSystem,
  side: 0 | 1 | 2,
  row: number,
  wires: readonly bigint[],
  skip = -1,
): [bigint, bigint] {
  const { start, wire, coef } = system.sides[side];
  let [sum, skipped] = [0n, 0n];
  for (let i = start[row]; i < start[row + 1]; i++) {
    const c = coefficient(system, coef[i]);
    if (wire[i] === skip) skipped += c;
    else sum += c * wires[wire[i]];
  }
  return [mod(sum), mod(skipped)];
}

/**
 * All wires from committed ones (any field elements, wire 1 first) and X, by the definitions. A division by zero gives 0.
 * @param free wires that no row defines, for circuits that are broken on purpose
 */
export function solve(
  { system, definitions }: Pick<Linked, 'system' | 'definitions'>,
  committed: readonly bigint[],
  X: bigint,
  free: ReadonlyMap<number, bigint> = new Map(),
): bigint[] {
  const wires = new Array<bigint>(system.nWires).fill(0n);
  wires[0] = 1n;
  committed.forEach((value, i) => (wires[1 + i] = mod(value)));
  wires[system.nCommitted + 1] = X;
  for (const [wire, value] of free) wires[wire] = value;
  for (const { row, wire, side } of definitions) {
    if (side === 2) {
      const [rest, c] = sideOf(system, 2, row, wires, wire);
      const product = sideOf(system, 0, row, wires)[0] * sideOf(system, 1, row, wires)[0];
      wires[wire] = mod((product - rest) * inverseOf(c));
    } else {
      const [, c] = sideOf(system, side, row, wires, wire);
      const divisor = mod(c * sideOf(system, side === 0 ? 1 : 0, row, wires)[0]);
      wires[wire] = divisor === 0n ? 0n : mod(sideOf(system, 2, row, wires)[0] * inverseOf(divisor));
    }
  }
  return wires;
}
