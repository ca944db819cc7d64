// An input whose columns have ranges of their own: an integer that another column may be, and its own may not, has no witness; with
// the rows of its range out of the way, or one more row in its table, there is one.
import { describe, expect, it } from 'vitest';
import { arrange } from '#compiler/circuit/arrange.js';
import { decodeCircuit, encodeCircuit } from '#compiler/circuit/json.js';
import { fillSteps, witness } from '#compiler/circuit/witness.js';
import { linkCircuit } from '#prover/circom/link.js';
import { mod } from '#verifier/field.js';
import { rangeOfElement } from '#verifier/words.js';
import { categories, forest, storedInputs } from '../compiler/circuits.js';
import { rowsOf, systemOf, withTableRow } from '../lookup/rows.js';
import { broken, honest, linked, randomChallenge, solve, valuesOf, withLookups } from '../lookup/solve.js';
import { allCorners, legal } from './ends.js';

const circuit = categories();
const [{ tensor: x }] = circuit.inputs;
const { lo, hi } = circuit.tensors[x];
const rangeOf = rangeOfElement(circuit.tensors[x]);

/** Integers of the tensor's range that a column may not be, those beside its own ends. */
const outside = (column: number): number[] => {
  const [least, most] = rangeOf(column);
  return [least - 1, most + 1].filter((int) => int >= lo && int <= hi);
};

/** An honest sample but for one column. */
const storedWith = (column: number, int: number): ReadonlyMap<number, Float64Array> => {
  const stored = storedInputs(circuit, 3);
  return stored.set(x, stored.get(x)!.with(column, int - lo));
};

it('is legal at every corner', () => {
  legal(circuit, allCorners(circuit));
  for (const rangeBits of [4, 8]) legal(withLookups(circuit, { rangeBits, wide: [] }), allCorners(circuit));
});

describe('in plain', () => {
  // column 1 leads a choice besides, which has no witness either
  it.each([0, 2, 3])('column %i has no other integer, but for the rows of its range', async (column) => {
    expect(outside(column).length).toBeGreaterThan(0);
    const wires = arrange(circuit);
    const system = await linkCircuit(wires);
    const rows = rowsOf(system);
    for (const int of outside(column)) {
      const values = valuesOf(witness(wires, (id) => storedWith(column, int).get(id) ?? [], 0n).witness.bytes);
      const bad = broken(system, values, rows.length);
      expect(bad.length, `${int}`).toBeGreaterThan(0);
      // all of them are rows of the gadget that reads this element, and no others
      const own = wires.tensors[x] + column;
      const bits = new Set(
        wires.instances.flatMap(({ gadget, count, port, wire }) =>
          Array.from({ length: count }, (_, i) => i).flatMap((i) => {
            let isOwn = false;
            port(i, 0)((w) => (isOwn ||= w === own));
            return isOwn ? gadget.signals.map((__, s) => wire(i, s)) : [];
          }),
        ),
      );
      for (const row of bad) expect(rows[row].flat().every(([w]) => w === 0 || w === own || bits.has(w))).toBe(true);
      const without = systemOf(rows.filter((_, row) => !bad.includes(row)), system); // prettier-ignore
      expect(broken(without, values), `${int}`).toEqual([]);
    }
    expect(broken(system, valuesOf(witness(wires, (id) => storedInputs(circuit, 3).get(id) ?? [], 0n).witness.bytes))).toEqual([]); // prettier-ignore
  });
});

describe('in lookup', () => {
  const X = randomChallenge();
  // a column that is proved in one table of exactly its range
  it.each([0, 2])('column %i has no other integer, but with one more row in its table', async (column) => {
    const own = withLookups(circuit, { rangeBits: 4, wide: [] });
    const l = await linked(own);
    const [least, most] = rangeOf(column);
    const { tables } = l.wires.challenge!;
    const table = tables.findIndex(({ table: one }) => one.size === most - least + 1);
    for (const int of outside(column)) {
      const from = int < least ? least : most;
      const values = honest(l, storedWith(column, from), X);
      expect(broken(l.system, values)).toEqual([]);
      const committed = values.slice(1, 1 + l.system.nCommitted);
      const add = (wire: number, by: bigint): void => void (committed[wire - 1] = mod(committed[wire - 1] + by));
      add(l.wires.tensors[x] + column, BigInt(int - from));
      add(tables[table].m + from - least, -1n);
      const refused = (values: bigint[]): boolean => broken(l.system, solve(l, values, X)).length > 0;
      expect(refused(committed)).toBe(true);
      for (let key = 0; key <= most - least; key++) {
        const at = tables[table].m + key - 1;
        expect(refused(committed.with(at, mod(committed[at] + 1n))), `${int} as ${key}`).toBe(true);
      }
      const open = withTableRow(l, table, mod(BigInt(int - least)), 0n, 1n);
      expect(broken(open.system, solve(open, committed, X)), `${int}`).toEqual([]);
    }
  });
});

describe('a file', () => {
  const text = encodeCircuit(circuit);
  const columns = '"columns":{"axis":1,"ends":[[0,3],[-2,6],[5,5],[0,300]]}';

  it('says the ranges, and is refused without them', () => {
    expect(text).toContain(columns);
    expect(encodeCircuit(decodeCircuit(text, 'circuit.json'))).toBe(text);
    const { columns: own, ...whole } = circuit.tensors[x];
    expect(own).toBeDefined();
    // what rests on them no longer holds
    const open = { ...circuit, tensors: circuit.tensors.with(x, whole) };
    expect(() => encodeCircuit(open)).toThrow('accLo and accHi');
  });

  it.each([
    ['{"axis":1,"ends":[[0,3],[-2,6],[5,5]]}', 'one for each index'],
    ['{"axis":2,"ends":[[0,3],[-2,6],[5,5],[0,300]]}', 'one for each index'],
    ['{"axis":1,"ends":[[0,3],[-2,6],[5,5],[0,299]]}', 'together are [-2, 300]'],
    ['{"axis":1,"ends":[[0,3],[-1,6],[5,5],[0,300]]}', 'together are [-2, 300]'],
    ['{"axis":1,"ends":[[3,0],[-2,6],[5,5],[0,300]]}', 'ranges of integers'],
    ['{"axis":1,"ends":[[0,3,4],[-2,6],[5,5],[0,300]]}', 'a pair [lo, hi]'],
    ['{"axis":1,"ends":[[0.5,3],[-2,6],[5,5],[0,300]]}', 'an integer'],
    ['{"axis":1,"ends":[[0,4],[-2,6],[5,5],[0,300]]}', 'accLo and accHi'],
  ])('with %s is refused', (other, message) => {
    expect(() => decodeCircuit(text.replace(columns, `"columns":${other}`), 'circuit.json')).toThrow(message);
  });

  it('with ranges of another tensor, of floats or of one scale is refused', () => {
    const decode = (change: (file: { tensors: Record<string, unknown>[] }) => void): unknown => {
      const file = JSON.parse(text) as { tensors: Record<string, unknown>[] };
      change(file);
      return decodeCircuit(JSON.stringify(file), 'circuit.json');
    };
    const [{ tensor: y }] = circuit.outputs;
    const ends = [[circuit.tensors[y].lo, circuit.tensors[y].hi]];
    expect(() => decode(({ tensors }) => (tensors[y]['columns'] = { axis: 0, ends }))).toThrow('an input');
    expect(() => decode(({ tensors }) => (tensors[x]['scale'] = 2))).toThrow('ranges of integers');
  });
});

it('is proved by a step that asks about it only where that is all of its range', () => {
  const trees = forest(1, [[-6, 7], [-3, 7]]); // prettier-ignore
  const step = trees.steps.findIndex(({ outs: [out] }) => out === trees.inputs[0].tensor);
  expect(trees.steps[step].own).toEqual({ left: [0] });
  legal(trees, allCorners({ ...trees, inputs: trees.inputs.slice(0, 1) }).map((stored) => new Map([...storedInputs(trees, 2), ...stored]))); // prettier-ignore
  const open = { ...trees, steps: trees.steps.with(step, { ...trees.steps[step], own: { left: [0, 1] } }) };
  expect(() => encodeCircuit(open)).toThrow('elements whose range another step proves');
});

it('fillSteps says what a row of the range says', () => {
  const wires = arrange(withLookups(circuit, { rangeBits: 4, wide: [] }));
  expect(() => fillSteps(wires, (id) => storedWith(0, 4).get(id) ?? [])).toThrow('expected a key of [0, 3], got 4');
});
