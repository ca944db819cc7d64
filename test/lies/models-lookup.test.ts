// What a prover would say of a tree, or of a support vector machine, that is not so, in the look-up argument: lies over the linked rows
// of a whole circuit, all that follows computed from them. Each is refused, and passes without the one rule that refuses it.
import { beforeAll, describe, expect, it } from 'vitest';
import { compile, type Circuit } from '#compiler/index.js';
import { FINITE, orderOf } from '#verifier/ordered.js';
import { modelBytes } from '../compiler/onnx-models.js';
import { changed, rowsOf, sumRow } from '../lookup/rows.js';
import {
  broken,
  committedLie,
  honest,
  linked,
  randomChallenge,
  solve,
  type Linked,
  type Told,
} from '../lookup/solve.js';
import { storedOf, treeModel } from './tree-model.js';

const X = randomChallenge();

type At = { readonly group: number; readonly instance: number };
type Stored = ReadonlyMap<number, Float64Array>;

const groupOf = ({ wires }: Linked, template: string, m?: number): number =>
  wires.instances.findIndex(({ gadget }) => gadget.template === template && (m === undefined || gadget.args[0] === m));

/** The words that a proof would claim. */
const said = ({ system }: Linked, wires: readonly bigint[]): string =>
  wires.slice(2 + system.nCommitted, 1 + system.nCommitted + system.nPublic).join();

/** The system without the row of one look-up, and without its term in the sum. */
function without(l: Linked, { group, instance }: At, lookup: number): Linked {
  const { gadget, wire } = l.wires.instances[group];
  const { table, inverse } = gadget.lookups![lookup];
  const own = wire(instance, inverse);
  const sum = sumRow(l, l.wires.challenge!.tables.findIndex((one) => one.table === table)); // prettier-ignore
  return changed(l, (rows) =>
    rows.flatMap((row, i) => {
      if (i === sum) return [[row[0], row[1], row[2].filter(([w]) => w !== own)] as const];
      return row[0].some(([w]) => w === own) ? [] : [row];
    }),
  );
}

/** The limbs of a number, the highest one whatever it is: of one below 0 it is in no table. */
const limbs = (value: number, L: number, w: number): number[] =>
  Array.from({ length: L }, (_, i) => {
    const rest = Math.floor(value / 2 ** (w * i));
    return i < L - 1 ? ((rest % 2 ** w) + 2 ** w) % 2 ** w : rest;
  });

describe('a lie about a tree', () => {
  let l: Linked;
  let input: number;
  const stored = (x: readonly number[]): Stored => new Map([[input, storedOf(x)]]);
  beforeAll(async () => {
    const { circuit } = await compile(treeModel);
    input = circuit.inputs[0].tensor;
    l = await linked(circuit);
  });
  const accepted = (x: readonly number[], system: Linked = l): void => {
    const wires = honest(l, stored(x), X);
    expect(broken(system.system, wires)).toEqual([]);
  };

  it('a leaf of another path, which passes without the row of its choice', () => {
    const at = { group: groupOf(l, 'Select'), instance: 0 };
    const x = [0.5, 3];
    accepted(x);
    const own = l.wires.instances[at.group];
    const y = own.wire(at.instance, 0);
    let value = 0n;
    const values = committedLie(l, stored(x), at, ([c, a, b], set) => {
      set(0, c === 1 ? b : a);
      value = BigInt(c === 1 ? b : a);
    });
    const definitions = l.definitions.filter(({ wire }) => wire !== y);
    const wires = solve({ ...l, definitions }, values, X, new Map([[y, value]]));
    expect(said(l, wires)).not.toBe(said(l, honest(l, stored(x), X)));
    const refused = broken(l.system, wires, 9);
    expect(refused).toHaveLength(1); // without it the witness satisfies all rows
    const [row] = refused.map((r) => rowsOf(l.system)[r]);
    expect(row[2].some(([w]) => w === y)).toBe(true);
  });

  it('two bits of a one-hot, which pass without the row of the step between them', () => {
    const at = { group: groupOf(l, 'LookupLocate', 2), instance: 0 };
    const { gadget } = l.wires.instances[at.group];
    const [, L, w] = gadget.args;
    const T = gadget.list!;
    const x = [0.5, 1.5];
    accepted(x);
    const told: Told = ([u], set, hit) => {
      set(0, 0);
      set(1, 1);
      const below = limbs(u - T[0] - (T[2] - T[1]), L, w);
      const above = limbs(T[1] - 1 - u + T[3] - T[2], L, w);
      [below, above].forEach((list, side) =>
        list.forEach((limb, i) => {
          if (i < L - 1) set(2 + side * (L - 1) + i, limb);
          hit(side * L + i, limb);
        }),
      );
    };
    const wires = solve(l, committedLie(l, stored(x), at, told), X);
    expect(said(l, wires)).not.toBe(said(l, honest(l, stored(x), X)));
    const refused = broken(l.system, wires, 9);
    expect(refused).toHaveLength(1);
    const bits = [0, 1].map((k) => l.wires.instances[at.group].wire(at.instance, k));
    const read = rowsOf(l.system)[refused[0]].flat().map(([one]) => one); // prettier-ignore
    expect(bits.every((bit) => read.includes(bit))).toBe(true);
  });

  it('a rank one off at a threshold, which passes without the look-up of the highest limb', () => {
    const at = { group: groupOf(l, 'LookupLocate', 2), instance: 0 };
    const { gadget } = l.wires.instances[at.group];
    const [m, L, w] = gadget.args;
    const T = gadget.list!;
    const x = [0.5, 1 + 2 ** -23]; // the first float that x1 <= 1 leaves out
    accepted(x);
    const told: Told = ([u], set, hit) => {
      expect(u).toBe(orderOf(1) + 1 - FINITE.least);
      [0, 1].forEach((k) => set(k, 0));
      const [below, above] = [limbs(u - T[0], L, w), limbs(T[1] - 1 - u, L, w)];
      expect(T[1] - 1 - u).toBe(-1);
      [below, above].forEach((list, side) =>
        list.forEach((limb, i) => {
          if (i < L - 1) set(m + side * (L - 1) + i, limb);
          if (limb >= 0) hit(side * L + i, limb);
        }),
      );
    };
    const lie = committedLie(l, stored(x), at, told);
    const wires = solve(l, lie, X);
    expect(said(l, wires)).not.toBe(said(l, honest(l, stored(x), X)));
    expect(broken(l.system, wires)).not.toEqual([]);
    const open = without(l, at, 2 * L - 1);
    expect(broken(open.system, solve(open, lie, X))).toEqual([]);
  });
});

describe('a lie about a support vector machine', () => {
  /** Three classes around 0, 2 and 4 on a line: each pair compares the distances to two of them. */
  const machine = modelBytes({
    inputs: { x: [1, 1] },
    nodes: [
      {
        op: 'SVMClassifier',
        domain: 'ai.onnx.ml',
        in: ['x'],
        out: ['label', 'y'],
        attributes: {
          kernel_type: 'RBF',
          kernel_params: { floats: [0.5, 0, 3] },
          support_vectors: { floats: [0, 2, 4] },
          vectors_per_class: [1, 1, 1],
          coefficients: { floats: [1, -1, -1, 1, 1, -1] },
          rho: { floats: [0, 0, 0] },
          classlabels_ints: [0, 1, 2],
        },
      },
    ],
    outputs: ['label'],
    outputType: 7,
  });
  let l: Linked;
  let circuit: Circuit;
  beforeAll(async () => {
    ({ circuit } = await compile(machine, { inputRanges: { x: [-1, 5] } }));
    l = await linked(circuit);
  });

  it('a vote moved, which passes without the look-up of the highest limb of what it is about', () => {
    const group = groupOf(l, 'LookupCompare');
    const { gadget, count } = l.wires.instances[group];
    expect(count).toBe(3);
    const [L, w, t] = gadget.args;
    const own = new Map([[circuit.inputs[0].tensor, Float64Array.of(100)]]);
    expect(broken(l.system, honest(l, own, X))).toEqual([]);
    const open = Array.from({ length: count }, (_, instance): boolean => {
      const at = { group, instance };
      const told: Told = ([d], set, hit) => {
        const c = Number(d < 0);
        set(0, c);
        limbs(d + (1 - c) * 2 ** (w * (L - 1) + t), L, w).forEach((limb, i) => {
          if (i < L - 1) set(1 + i, limb);
          if (limb >= 0 && limb < gadget.lookups![i].table.size) hit(i, limb);
        });
      };
      const lie = committedLie(l, own, at, told);
      const wires = solve(l, lie, X);
      expect(broken(l.system, wires), `pair ${instance}`).not.toEqual([]);
      const opened = without(l, at, L - 1);
      expect(broken(opened.system, solve(opened, lie, X)), `pair ${instance}`).toEqual([]);
      return said(l, wires) !== said(l, honest(l, own, X));
    });
    expect(open).toContain(true); // another label
  });
});
