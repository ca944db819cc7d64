// A random attack on whole circuits: wires changed alone, in pairs and so that everything behind them fits again. A witness
// that satisfies all rows must say what the circuit computes from its own inputs.
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { hintsOf } from '#compiler/hints/index.js';
import { violations } from '#compiler/circuit/violations.js';
import type { Circuit, TensorId } from '#compiler/circuit/circuit.js';
import { fieldBytes } from '#compiler/circuit/field.js';
import { arrange, type Arrangement } from '#compiler/circuit/arrange.js';
import { coefficient, type RowSystem } from '#compiler/circuit/rows.js';
import { witness } from '#compiler/circuit/witness.js';
import { linkCircuit } from '#prover/circom/link.js';
import { inverse, mod } from '#verifier/field.js';
import { circuits, generator, naive, storedInputs } from '../compiler/circuits.js';
import { quantisedNet } from '../lookup/quantised-net.js';
import { sizeOf } from '#compiler/tensor.js';
import { rangeOfElement } from '#verifier/words.js';

/** Of each circuit; more in the full run, or as many as INFERPROOF_MUTATIONS says. */
const MUTATIONS = Number(
  process.env['INFERPROOF_MUTATIONS'] ?? (process.env['INFERPROOF_FULL'] === '1' ? 25_000 : 1250),
);

interface Target {
  readonly circuit: Circuit;
  readonly wires: Arrangement;
  readonly system: RowSystem;
  /** The rows that read each wire. */
  readonly rowsOf: readonly (readonly number[])[];
}

async function targetOf(circuit: Circuit): Promise<Target> {
  const wires = arrange(circuit);
  const system = await linkCircuit(wires);
  const rowsOf = Array.from({ length: system.nWires }, (): number[] => []);
  for (let row = 0; row < system.nRows; row++) {
    const read = system.sides.flatMap(({ start, wire }) => [...wire.subarray(start[row], start[row + 1])]);
    for (const wire of new Set(read)) rowsOf[wire].push(row);
  }
  return { circuit, wires, system, rowsOf };
}

const honestWires = ({ wires }: Target, stored: ReadonlyMap<TensorId, Float64Array>): bigint[] => {
  const { bytes } = witness(wires, (tensor) => stored.get(tensor) ?? [], 0n).witness;
  return Array.from({ length: wires.nWires }, (_, w) => bytesToNumberLE(bytes.subarray(32 * w, 32 * w + 32)));
};

function holds({ system }: Target, row: number, values: readonly bigint[]): boolean {
  const [a, b, c] = system.sides.map(({ start, wire, coef }) => {
    let sum = 0n;
    for (let i = start[row]; i < start[row + 1]; i++) sum += coefficient(system, coef[i]) * values[wire[i]];
    return sum;
  });
  return mod(a * b - c) === 0n;
}

/** The words that the inputs of a witness imply, by the naive meaning of the circuit; null for inputs outside their range. */
function meantWords({ circuit, wires }: Target, values: readonly bigint[]): bigint[] | null {
  const stored = new Map<TensorId, Float64Array>();
  for (const { tensor } of circuit.inputs) {
    const { lo, shape } = circuit.tensors[tensor];
    const rangeOf = rangeOfElement(circuit.tensors[tensor]);
    const own = values.slice(wires.tensors[tensor], wires.tensors[tensor] + sizeOf(shape));
    if (own.some((v, i) => v < BigInt(rangeOf(i)[0] - lo) || v > BigInt(rangeOf(i)[1] - lo))) return null;
    stored.set(tensor, Float64Array.from(own, Number));
  }
  const meaning = naive(circuit, stored);
  const publics = circuit.options.public.split(',');
  const ids = [
    ...(publics.includes('input') ? circuit.inputs : []),
    ...(publics.includes('output') ? circuit.outputs : []),
  ].map(({ tensor }) => tensor);
  return ids.flatMap((id, t) => {
    const perWord = Math.floor(248 / circuit.publics[t].bits);
    const chunks = meaning[id];
    return Array.from({ length: Math.ceil(chunks.length / perWord) }, (_, w) =>
      chunks
        .slice(w * perWord, (w + 1) * perWord)
        .reduce((word, chunk, i) => word + (chunk << BigInt(i * circuit.publics[t].bits)), 0n),
    );
  });
}

type Random = () => number;

const below = (random: Random, n: number): number => Math.floor(random() * n);

/** Another value for a wire. */
function other(value: bigint, random: Random): bigint {
  const k = BigInt(below(random, 64));
  const choices = [value + 1n, value - 1n, value + (1n << k), value - (1n << k), -value, 1n - value, 0n];
  const wild = [inverse(2n), BigInt(below(random, 2 ** 30)) ** 8n, value + inverse(1n << (k + 1n))];
  const all = [...choices, ...choices, ...wild];
  return mod(all[below(random, all.length)]);
}

/** Changes one wire. */
const single = ({ system }: Target, values: bigint[], random: Random): number[] => {
  const wire = 1 + below(random, system.nWires - 1);
  values[wire] = other(values[wire], random);
  return [wire];
};

/** Changes two wires of one row, the second so that this row holds again where it can. */
function paired(target: Target, values: bigint[], random: Random): number[] {
  const [first] = single(target, values, random);
  const rows = target.rowsOf[first];
  if (rows.length === 0) return [first];
  const row = rows[below(random, rows.length)];
  const { start, wire, coef } = target.system.sides[2];
  const terms = Array.from({ length: start[row + 1] - start[row] }, (_, i) => start[row] + i).filter(
    (i) => wire[i] > 0 && wire[i] !== first,
  );
  if (terms.length === 0) return [first];
  const term = terms[below(random, terms.length)];
  const [a, b, c] = target.system.sides.map((side) => {
    let sum = 0n;
    for (let i = side.start[row]; i < side.start[row + 1]; i++)
      sum += coefficient(target.system, side.coef[i]) * values[side.wire[i]];
    return sum;
  });
  const factor = mod(coefficient(target.system, coef[term]));
  if (factor !== 0n) values[wire[term]] = mod(values[wire[term]] + (a * b - c) * inverse(factor));
  return [first, wire[term]];
}

/** Lies about one gadget's outputs and internal wires by the hints for other ports, and is honest about all behind it. */
function consistent({ wires }: Target, values: bigint[], random: Random): number[] {
  const changed: number[] = [];
  const set = (wire: number, value: bigint): void => {
    if (values[wire] === value) return;
    values[wire] = value;
    changed.push(wire);
  };
  const liar = below(random, wires.instances.length);
  const at = below(random, wires.instances[liar].count);
  const evaluate = (form: (term: (wire: number, c: number | bigint) => void) => void): number => {
    let sum = 0n;
    form((wire, c) => (sum += BigInt(c) * values[wire]));
    return Number(sum);
  };
  wires.instances.forEach(({ gadget, count, port, wire }, g) => {
    if (g < liar) return;
    const { fill } = hintsOf(gadget);
    for (let i = g === liar ? at : 0; i < count; i++) {
      const ports = gadget.ports.map((_, k) => evaluate(port(i, k)));
      if (g === liar && i === at) {
        const moved = below(random, ports.length);
        const by = [1, -1, 2 ** below(random, 20), -(2 ** below(random, 20))][below(random, 4)];
        ports[moved] = Math.max(ports[moved] + by, 0);
      }
      fill(
        ports,
        (signal, value) => set(wire(i, signal), mod(BigInt(value))),
        () => undefined,
      );
    }
  });
  wires.words.forEach(({ chunks }, j) =>
    set(2 + j, mod(chunks.reduce((word, { shift, form }) => word + (BigInt(evaluate(form)) << BigInt(shift)), 0n))),
  );
  return changed;
}

const attacks = { single, paired, consistent };

const all: readonly (readonly [name: string, build: () => Circuit | Promise<Circuit>])[] = [
  ...circuits,
  ['quantised net', () => quantisedNet('plain')],
];

describe.each(all)('%s', (_, build) => {
  let target: Target;
  beforeAll(async () => {
    target = await targetOf(await build());
  });

  it('reads every wire in some row, but the context', () => {
    const unread = target.rowsOf.flatMap((rows, wire) => (rows.length === 0 ? [wire] : []));
    expect(unread).toEqual([1]);
  });

  it('is satisfied by honest witnesses, at both ends of its inputs too, and they say what is meant', () => {
    for (let seed = 0; seed < 6; seed++) {
      const values = honestWires(target, storedInputs(target.circuit, seed));
      expect(violations(target.system, fieldBytes(values)), `seed ${seed}`).toEqual([]);
      expect(values.slice(2, 2 + target.wires.words.length)).toEqual(meantWords(target, values));
    }
  });

  it.each(Object.entries(attacks))('has no other statement: %s', (name, attack) => {
    const random = generator(name.length);
    const share = Math.ceil(MUTATIONS / 3);
    const perWitness = 200;
    let honest: bigint[] = [];
    let [satisfied, lying] = [0, 0];
    for (let n = 0; n < share; n++) {
      if (n % perWitness === 0) honest = honestWires(target, storedInputs(target.circuit, 2 + n / perWitness));
      const values = honest.slice();
      const changed = attack(target, values, random).filter((wire) => wire !== 1);
      const statement = values.slice(2, 2 + target.wires.words.length);
      if (name === 'consistent' && String(statement) !== String(honest.slice(2, 2 + statement.length))) lying++;
      const rows = new Set(changed.flatMap((wire) => target.rowsOf[wire]));
      if ([...rows].some((row) => !holds(target, row, values))) continue;
      satisfied++;
      expect(statement, `changed wires ${changed.join()}`).toEqual(meantWords(target, values));
    }
    expect(satisfied).toBeLessThan(share / 2);
    if (name === 'consistent') expect(lying, 'attempts that change what is said').toBeGreaterThan(share / 20);
  });
});
