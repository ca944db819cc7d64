// What a prover would say of a tree that is not so: each lie over the linked rows of a whole circuit, all behind it computed from it.
// One row refuses it, and without that row it passes.
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from '#compiler/index.js';
import { arrange, type Arrangement } from '#compiler/circuit/arrange.js';
import { fieldBytes } from '#compiler/circuit/field.js';
import type { RowSystem } from '#compiler/circuit/rows.js';
import { violations } from '#compiler/circuit/violations.js';
import { witness } from '#compiler/circuit/witness.js';
import type { Hints } from '#compiler/hints/hints.js';
import { hintsOf } from '#compiler/hints/index.js';
import type { Gadget } from '#compiler/primitives/gadget.js';
import { linkCircuit } from '#prover/circom/link.js';
import { mod } from '#verifier/field.js';
import { FINITE, orderOf } from '#verifier/ordered.js';
import { storedOf, treeModel } from './tree-model.js';

type Fill = Hints['fill'];
/** Fills the gadget otherwise than its own program does; null: as that. */
type Lie = (gadget: Gadget) => Fill | null;

/** The next float above a threshold: what LEQ counts as beyond it. */
const beyond = (t: number): number => orderOf(t) + 1 - FINITE.least;

const lies: readonly (readonly [what: string, x: readonly [number, number], rows: 'select' | 'locate', lie: Lie])[] = [
  [
    'a leaf of another path',
    [0.5, 3],
    'select',
    ({ file }) => (file !== 'select' ? null : ([c, a, b], set) => set(0, c === 1 ? b : a)),
  ],
  [
    'two bits of a one-hot',
    [0.5, 1.5],
    'locate',
    ({ file, list, args }) => {
      if (file !== 'locate' || args[0] !== 2) return null;
      const [T, w] = [list!, args[1]];
      return ([u], set) => {
        set(0, 0);
        set(1, 1);
        bits(u - T[0] - (T[2] - T[1]), w, (i, bit) => set(2 + i, bit));
        bits(T[1] - 1 - u + T[3] - T[2], w, (i, bit) => set(2 + w + i, bit));
      };
    },
  ],
  [
    'a rank one off at a threshold',
    [0.5, 1 + 2 ** -23],
    'locate',
    ({ file, list, args }) => {
      if (file !== 'locate' || args[0] !== 2) return null;
      const w = args[1];
      return ([u], set) => {
        expect(u).toBe(list![1]);
        expect(u).toBe(beyond(1));
        set(0, 0);
        set(1, 0);
        bits(u, w, (i, bit) => set(2 + i, bit));
        bits(0, w, (i, bit) => set(2 + w + i, bit)); // of -1, which has none
      };
    },
  ],
];

function bits(value: number, w: number, set: (i: number, bit: number) => void): void {
  for (let i = 0; i < w; i++) set(i, Math.floor(value / 2 ** i) % 2);
}

describe('a lie about a tree', () => {
  let wires: Arrangement;
  let system: RowSystem;
  beforeAll(async () => {
    wires = arrange((await compile(treeModel, { argument: 'plain' })).circuit);
    system = await linkCircuit(wires);
  });

  /** The witness of an input, with one gadget filled by `lie` and all behind it by its own. */
  function witnessed(x: readonly number[], lie: Lie): bigint[] {
    const { bytes: honest } = witness(wires, () => storedOf(x), 0n).witness;
    const values = Array.from({ length: wires.nWires }, (_, w) =>
      bytesToNumberLE(honest.subarray(32 * w, 32 * w + 32)),
    );
    const evaluate = (form: (term: (wire: number, c: number | bigint) => void) => void): bigint => {
      let sum = 0n;
      form((wire, c) => (sum += BigInt(c) * values[wire]));
      return sum;
    };
    for (const { gadget, count, port, wire } of wires.instances)
      for (let i = 0; i < count; i++) {
        const ports = gadget.ports.map((_, k) => Number(evaluate(port(i, k))));
        const fill = lie(gadget) ?? hintsOf(gadget).fill;
        fill(ports, (signal, value) => (values[wire(i, signal)] = mod(BigInt(value))), () => undefined); // prettier-ignore
      }
    wires.words.forEach(({ chunks }, j) => {
      values[2 + j] = mod(chunks.reduce((word, { shift, form }) => word + (evaluate(form) << BigInt(shift)), 0n));
    });
    return values;
  }

  it.each(lies)('%s is refused by one row, and by no other', (_, x, file, lie) => {
    const honest = witnessed(x, () => null);
    expect(violations(system, fieldBytes(honest))).toEqual([]);
    const lying = witnessed(x, lie);
    const said = (values: readonly bigint[]): string => values.slice(2, 2 + wires.words.length).join();
    expect(said(lying)).not.toBe(said(honest));
    const broken = violations(system, fieldBytes(lying));
    expect(broken).toHaveLength(1); // without it the witness satisfies all rows
    const own = new Set(
      wires.instances
        .filter(({ gadget }) => gadget.file === file)
        .flatMap(({ gadget, count, wire }) =>
          Array.from({ length: count }, (_, i) => gadget.signals.map((_, s) => wire(i, s))).flat(),
        ),
    );
    const read = system.sides.flatMap(({ start, wire }) => [...wire.subarray(start[broken[0]], start[broken[0] + 1])]);
    expect(read.some((wire) => own.has(wire)), `a row of ${file}`).toBe(true); // prettier-ignore
  });
});
