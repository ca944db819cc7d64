// Lies about a quantised net over its linked rows: a remainder of 31 bits, the flag of an exception, a saturated value, a look-up of
// another row. The liar is honest about all that follows. Each is refused, and passes once the one guard that refuses it is gone.
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import type { Circuit, TensorId } from '#compiler/circuit/circuit.js';
import { hintsOf } from '#compiler/hints/index.js';
import { keyOf } from '#compiler/primitives/gadget.js';
import { applyMap } from '#compiler/linear/apply.js';

import { mod } from '#verifier/field.js';
import { rescaleOf, storedInputs } from '../compiler/circuits.js';
import { quantisedNet, withTables } from './quantised-net.js';
import { place, rowsAbout, rowsOf, sumRow, withTableRow, without } from './rows.js';
import { broken, committedLie, linked, randomChallenge, solve, type Linked, type Told } from './solve.js';

const X = randomChallenge();
type Stored = ReadonlyMap<TensorId, Float64Array>;
/** As compiled, and with a function table for each rescale. */
let l: Linked;
let tabled: Linked;

beforeAll(async () => {
  const circuit = await quantisedNet('lookup');
  [l, tabled] = [await linked(circuit), await linked(withTables(circuit))];
});

const brokenBy = (one: Linked, committed: readonly bigint[]): number[] => broken(one.system, solve(one, committed, X), 9); // prettier-ignore

/** Inputs at which the wanted is so. */
function inputsWith({ circuit }: Linked, isSo: (values: readonly Float64Array[]) => boolean): Stored {
  for (let seed = 0; seed < 20_000; seed++) {
    const stored = storedInputs(circuit, seed);
    if (isSo(evaluateCircuit(circuit, stored))) return stored;
  }
  throw new Error('expected inputs');
}

const tensorOf = ({ tensors }: Circuit, name: string): TensorId => tensors.findIndex((one) => one.name === name);

describe('a line that shifts by 31 bits', () => {
  it.each([1, -1])('refuses a remainder moved by 2^31, the floor by %i: only the width of its highest limb says so', (by) => {
    const at = place(l, 'h', 2);
    const { gadget } = at;
    expect(rescaleOf(at.of!.step)?.shift).toBe(31);
    const stored = storedInputs(l.circuit, 4);
    let key = 0;
    const told: Told = (ports, set, hit) => {
      const top = gadget.committed! - 1; // the highest limb of the remainder is the first look-up behind the committed ones
      hintsOf(gadget).fill(ports, (signal, value) => set(signal, signal === 0 ? Number(value) - by : value), (lookup, own) => {
        if (lookup < top) hit(lookup, own);
        else if (lookup === top) key = own + by * 2 ** (31 % l.circuit.rangeBits!);
        else hit(lookup, own - by); // the floor
      }); // prettier-ignore
    };
    const lie = committedLie(l, stored, at, told);
    const table = l.wires.challenge!.tables.findIndex((one) => one.table === gadget.lookups![gadget.committed! - 1].table);
    expect(brokenBy(l, lie)).toEqual([sumRow(l, table)]);
    expect(brokenBy(withTableRow(l, table, mod(BigInt(key)), 0n, 1n), lie)).toEqual([]);
  }); // prettier-ignore

  it('refuses it in a table of floors too', () => {
    const at = place(tabled, 'h', 5);
    const { gadget } = at;
    const lookups = gadget.lookups!;
    const [top, bits] = [lookups.length - 1, 31 % tabled.circuit.rangeBits!];
    let key = 0;
    const told: Told = (ports, set, hit) => {
      // the values of a table of floors are those floors less its least value: one less, and the row below
      hintsOf(gadget).fill(ports, (signal, value) => set(signal, signal === 0 ? Number(value) - 1 : signal === gadget.committed! - 1 ? Number(value) + 2 ** bits : value), (lookup, own) => {
        if (lookup === top) key = own + 2 ** bits;
        else hit(lookup, lookup === 0 ? own - 1 : own);
      }); // prettier-ignore
    };
    const lie = committedLie(tabled, storedInputs(tabled.circuit, 3), at, told);
    const table = tabled.wires.challenge!.tables.findIndex((one) => one.table === lookups[top].table);
    expect(brokenBy(tabled, lie)).toEqual([sumRow(tabled, table)]);
    expect(brokenBy(withTableRow(tabled, table, BigInt(key), 0n, 1n), lie)).toEqual([]);
  });
});

describe("the flag of a line's exception", () => {
  const FLAG = 'o, exception 0';
  const isAt = (one: Linked, values: readonly Float64Array[]): boolean => values[tensorOf(one.circuit, FLAG)][0] === 1;
  /** The integer that the line gives, and whether it can move both ways. */
  const valueOf = (one: Linked, values: readonly Float64Array[]): number => values[tensorOf(one.circuit, 'o')][1];
  const isInside = (value: number): boolean => value > 0 && value < 255;
  it('is refused where it is raised, and where it is lowered, each by a row of its own', () => {
    for (const [one, raised] of [
      [l, true],
      [l, false],
      [tabled, true],
      [tabled, false],
    ] as const) {
      const at = place(one, FLAG, 0);
      const stored = inputsWith(one, (values) => isAt(one, values) !== raised && isInside(valueOf(one, values)));
      const [sum] = applyMap(at.of!.step.forms[0].map, (id) => evaluateCircuit(one.circuit, stored)[id]);
      expect(sum === 0).toBe(!raised);
      const lie = committedLie(one, stored, at, (_, set) => {
        set(0, Number(raised));
        set(1, 0);
      });
      const rows = rowsAbout(one, at.wire(0, 0), at.wire(0, 1));
      const guard = raised ? rows.zero : rows.inverse;
      expect(brokenBy(one, lie)).toEqual([guard]);
      expect(brokenBy(without(one, guard), lie)).toEqual([]);
      const told = Number(lie[place(one, 'o', 1).wire(1, 0) - 1]);
      expect(told).toBe(valueOf(one, evaluateCircuit(one.circuit, stored)) + (raised ? 1 : -1));
    }
  });
});

describe('a saturated value', () => {
  /** Inputs at which element 0 of the result is at its end. */
  const saturated = (one: Linked): { readonly stored: Stored; readonly instance: number } => {
    let instance = -1;
    const stored = inputsWith(one, (values) => (instance = values[tensorOf(one.circuit, 'o')].indexOf(255)) >= 0);
    return { stored, instance };
  };

  it('that is moved is in no row of its table', () => {
    const { stored, instance } = saturated(tabled);
    const at = place(tabled, 'o', instance);
    const { gadget } = at;
    let floor = 0;
    const lie = committedLie(tabled, stored, at, (ports, set, hit) => {
      hintsOf(gadget).fill(ports, (signal, value) => set(signal, signal === 0 ? 254 : value), (lookup, own) => {
        if (lookup === 0) floor = own;
        else hit(lookup, own);
      }); // prettier-ignore
    });
    const table = tabled.wires.challenge!.tables.findIndex((one) => one.table === gadget.lookups![0].table);
    expect(brokenBy(tabled, lie)).toEqual([sumRow(tabled, table)]);
    expect(brokenBy(withTableRow(tabled, table, BigInt(floor), 254n, 1n), lie)).toEqual([]);
  });

  it('that is moved is refused by the row that makes it of its side', () => {
    const { stored, instance } = saturated(l);
    const at = place(l, 'o', instance);
    const { gadget, wire } = at;
    expect(gadget.template).toBe('LookupWide');
    const lie = committedLie(l, stored, at, (ports, set, hit) => {
      hintsOf(gadget).fill(ports, (signal, value) => set(signal, signal === 0 ? 254 : value), hit);
    });
    const [y, c] = [wire(instance, 0), wire(instance, 1)];
    const [row] = rowsOf(l.system).flatMap(([, , terms], r) =>
      [y, c].every((w) => terms.some(([own]) => own === w)) ? [r] : [],
    );
    expect(brokenBy(l, lie)).toEqual([row]);
    expect(brokenBy(without(l, row), lie)).toEqual([]);
  });

  it('whose side is told as another is in no row of the table of sides', () => {
    const { stored, instance } = saturated(l);
    const at = place(l, 'o', instance);
    const { gadget } = at;
    let side = 0;
    const lie = committedLie(l, stored, at, (ports, set, hit) => {
      // below 0 instead of above 255
      hintsOf(gadget).fill(ports, (signal, value) => set(signal, signal <= 1 ? 0 : value), (lookup, own) => {
        if (lookup === 0) side = own;
        else hit(lookup, own);
      }); // prettier-ignore
    });
    const table = l.wires.challenge!.tables.findIndex((one) => one.table === gadget.lookups![0].table);
    expect(brokenBy(l, lie)).toEqual([sumRow(l, table)]);
    expect(brokenBy(withTableRow(l, table, BigInt(side), 0n, 1n), lie)).toEqual([]);
  });
});

it('a look-up of another row is refused by the row that ties it to the accumulator', () => {
  for (const name of ['h', 'o']) {
    const at = place(tabled, name, 1);
    const { gadget, wire } = at;
    const { table, kappa } = gadget.lookups![0];
    const stored = storedInputs(tabled.circuit, 6);
    let [floor, value] = [0, 0];
    const lie = committedLie(tabled, stored, at, (ports, set, hit) => {
      hintsOf(gadget).fill(ports, (signal, own) => {
        if (signal !== 0) set(signal, own);
      }, (lookup, own) => {
        if (lookup > 0) return hit(lookup, own);
        const honest = own - table.first;
        const other = Array.from(table.values!).findIndex((v) => v !== table.values![honest]);
        [floor, value] = [keyOf(table, other), table.values![other]];
        hit(0, floor);
        set(0, value);
      }); // prettier-ignore
    });
    const number = tabled.wires.challenge!.tables.findIndex((one) => one.table === table);
    expect(brokenBy(tabled, lie)).toEqual([sumRow(tabled, number)]);
    const tie = tabled.definitions.find((definition) => definition.wire === wire(1, kappa!))!;
    const beta = solve(tabled, lie, X)[tabled.wires.challenge!.powers.at(-1)!];
    const free = new Map([[tie.wire, mod(BigInt(floor) + beta * BigInt(value))]]);
    const one = without(tabled, tie.row);
    expect(broken(one.system, solve(one, lie, X, free), 9)).toEqual([]);
  }
});
