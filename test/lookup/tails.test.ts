// A table between tails: each lie about it is refused, and passes once the row that it asks for stands in a table. It is taken where it
// is cheaper, and the integers are the same.
import { beforeAll, describe, expect, it } from 'vitest';
import { arrange } from '#compiler/circuit/arrange.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { compile } from '#compiler/index.js';
import { inverse, mod } from '#verifier/field.js';
import { generator, saturated, storedInputs } from '../compiler/circuits.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';
import { withTableRow } from './rows.js';
import { broken, filled, honest, linked, randomChallenge, solve, withLookups, type Linked } from './solve.js';

const circuit = withLookups(saturated(4), { rangeBits: 4, wide: [1] });
const X = randomChallenge();
let l: Linked;
beforeAll(async () => void (l = await linked(circuit)));

interface Element {
  readonly committed: readonly bigint[];
  /** Wires of y, c, v and p, and the numbers of the tables of sides and of values. */
  readonly wires: readonly number[];
  readonly sides: number;
  readonly values: number;
  readonly u: number;
  readonly v: number;
}

/** An element of the tanh whose floor is on that side of the keys. */
function elementOf(side: number): Element {
  const group = l.wires.instances.findIndex(({ gadget }) => gadget.file === 'tails');
  const { gadget, count, wire } = l.wires.instances[group];
  const [sides, values] = [0, 1].map((i) => l.wires.challenge!.tables.findIndex(({ table }) => table === gadget.lookups![i].table)); // prettier-ignore
  for (let seed = 2; seed < 200; seed++) {
    const stored = storedInputs(circuit, seed);
    const hits = filled(l, stored).hits[group];
    for (let i = 0; i < count; i++) {
      const u = hits[i * gadget.lookups!.length] + gadget.lookups![0].table.first;
      if (Math.sign(u) !== side) continue;
      const committed = honest(l, stored, X).slice(1, 1 + l.system.nCommitted);
      return { committed, wires: [0, 1, 2, 3].map((k) => wire(i, k)), sides, values, u, v: hits[i * gadget.lookups!.length + 1] }; // prettier-ignore
    }
  }
  throw new Error(`expected a floor on side ${side}`);
}

const accepted = (system: Linked, values: readonly bigint[]): boolean =>
  broken(system.system, solve(system, values, X)).length === 0;

/** Committed values with some wires changed by an amount. */
function moved({ committed }: Element, ...by: readonly (readonly [wire: number, amount: bigint])[]): bigint[] {
  const values = [...committed];
  for (const [wire, amount] of by) values[wire - 1] = mod(values[wire - 1] + amount);
  return values;
}

/** The multiplicity of a key. */
const mOf = (table: number, key: number): number => {
  const { table: own, m } = l.wires.challenge!.tables[table];
  return m + key - own.first;
};

describe('a table between tails', () => {
  it.each([-1, 0, 1])('on side %d: every committed wire moved is refused', (side) => {
    const at = elementOf(side);
    expect(accepted(l, at.committed)).toBe(true);
    for (let wire = 1; wire < l.wires.challenge!.tables[0].m; wire++)
      for (const by of [1n, -1n, 16n, -16n, inverse(2n), 1n << 200n])
        expect(accepted(l, moved(at, [wire, by])), `wire ${wire} by ${by}`).toBe(false);
  });

  it.each([-1, 1])('a floor on side %d is not among the keys', (side) => {
    const at = elementOf(side);
    const [y, c, , p] = at.wires;
    const shift = at.committed[p - 1] - at.committed[y - 1];
    const lie = moved(at, [c, BigInt(-side)], [y, shift], [mOf(at.sides, at.u), -1n]);
    expect(accepted(l, lie)).toBe(false);
    expect(accepted(withTableRow(l, at.sides, BigInt(at.u), 1n, 1n), lie)).toBe(true);
  });

  it('a key is below 2^b: v + 2^b with the side below', () => {
    const at = elementOf(-1); // the window before it is below the keys as well
    const [, , v] = at.wires;
    const { size } = l.wires.challenge!.tables[at.values].table;
    const before = mOf(at.sides, at.u - 1);
    const lie = moved(at, [v, BigInt(size)], [mOf(at.values, at.v), -1n], [mOf(at.sides, at.u), -1n], [before, 1n]);
    expect(accepted(l, lie)).toBe(false);
    const withRow = withTableRow(l, at.values, BigInt(at.v + size), at.committed[at.wires[3] - 1], 1n);
    expect(accepted(withRow, lie)).toBe(true);
  });

  it('a value belongs to its key', () => {
    const at = elementOf(0);
    const [y, , , p] = at.wires;
    const lie = moved(at, [y, 1n], [p, 1n], [mOf(at.values, at.v), -1n]);
    expect(accepted(l, lie)).toBe(false);
    const value = at.committed[p - 1] + 1n;
    expect(accepted(withTableRow(l, at.values, BigInt(at.v), value, 1n), lie)).toBe(true);
  });
});

describe('Tanh of wide sums', () => {
  const random = generator(9);
  const size = [64, 32, 4] as const;
  const weights = (n: number): number[] => Array.from({ length: n }, () => 4 * random() - 2);
  const bytes = modelBytes({
    inputs: { x: [1, size[0]] },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['h'] },
      { op: 'Tanh', in: ['h'], out: ['t'] },
      { op: 'MatMul', in: ['t', 'v'] },
    ],
    initializers: { w: floats([64, 32], weights(64 * 32)), v: floats([32, 4], weights(32 * 4)) },
  });
  const x = Float64Array.from({ length: 64 * 50 }, () => 8 * random() - 4);

  it('takes tails where they are fewer rows, with the same integers', async () => {
    const { circuit: made, report } = await compile(bytes, { calibration: { count: 50, inputs: { x } }, bits: 8, argument: 'lookup' }); // prettier-ignore
    const whole = { ...made, steps: made.steps.map((one) => (one.variant === 'tails' ? { ...one, variant: 'table' } : one)) }; // prettier-ignore
    expect(made.steps.map(({ variant }) => variant)).toContain('tails');
    expect([arrange(whole).rows, report.rows]).toEqual([83063, 5226]);
    const stored = storedInputs(made, 3);
    expect(evaluateCircuit(whole, stored)).toEqual(evaluateCircuit(made, stored));
  });
});
