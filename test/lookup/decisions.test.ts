// Booleans in the lookup argument: what decides is committed, a choice is not, and every other answer is refused over the linked rows.
// Each lie passes as soon as the row or the look-up that refuses it is gone.
import { beforeAll, describe, expect, it } from 'vitest';
import { definitions } from '#compiler/circuit/determined.js';
import { inverse, mod } from '#verifier/field.js';
import { decisions, generator, storedInputs } from '../compiler/circuits.js';
import { changed, sumRow } from './rows.js';
import { broken, filled, honest, linked, randomChallenge, solve, withLookups, type Linked } from './solve.js';

const circuit = withLookups(decisions(), { rangeBits: 8, wide: [] });
const stored = storedInputs(circuit, 5);
const X = randomChallenge();
let l: Linked;
let committed: bigint[];

beforeAll(async () => {
  l = await linked(circuit);
  committed = honest(l, stored, X).slice(1, 1 + l.system.nCommitted);
});

const accepted = (system: Linked, values: readonly bigint[]): boolean =>
  broken(system.system, solve(system, values, X)).length === 0;

const moved = (...by: [wire: number, amount: bigint][]): bigint[] => {
  const values = committed.slice();
  for (const [wire, amount] of by) values[wire - 1] = mod(values[wire - 1] + amount);
  return values;
};

const groupOf = (template: string): number => l.wires.instances.findIndex(({ gadget }) => gadget.template === template);

describe('a comparison', () => {
  it('is refused with any other answer, its limb and its multiplicities as the answer wants them', () => {
    const group = l.wires.instances.findIndex(
      ({ gadget }) => gadget.template === 'LookupCompare' && gadget.args[0] === 1,
    );
    const { gadget, count, wire } = l.wires.instances[group];
    const { table, m } = l.wires.challenge!.tables.find((one) => one.table === gadget.lookups![0].table)!;
    const number = l.wires.challenge!.tables.findIndex((one) => one.table === table);
    const { hits } = filled(l, stored);
    for (let i = 0; i < count; i++) {
      const c = committed[wire(i, 0) - 1];
      const old = hits[group][i];
      for (const to of [1n - c, 2n, -1n, inverse(2n)]) {
        // what is then looked up: d + (1 - to) N
        const key = mod(BigInt(old) + (c - to) * BigInt(table.size));
        const lie: [number, bigint][] = [[wire(i, 0), to - c], [m + old, -1n]]; // prettier-ignore
        expect(accepted(l, moved(...lie)), `${i}: ${to}`).toBe(false);
        if (key < table.size) expect(accepted(l, moved(...lie, [m + Number(key), 1n])), `${i}: ${to}`).toBe(false);
      }
      // without its look-up the opposite passes
      const inverseOf = wire(i, gadget.lookups![0].inverse);
      const without = changed(l, (rows) =>
        rows.flatMap((row, r): typeof rows => {
          if (r === sumRow(l, number)) return [[row[0], row[1], row[2].filter(([w]) => w !== inverseOf)]];
          return row[0].some(([w]) => w === inverseOf) ? [] : [row];
        }),
      );
      expect(accepted(without, moved([wire(i, 0), 1n - 2n * c], [m + old, -1n])), `${i}`).toBe(true);
    }
  });
});

describe('an equality', () => {
  it('is refused with any other answer, whatever its inverse, and nothing hangs on the inverse of 0', () => {
    const { count, wire } = l.wires.instances[groupOf('LookupEqual')];
    const answers = new Set<bigint>();
    for (let i = 0; i < count; i++) {
      const [e, inv] = [committed[wire(i, 0) - 1], committed[wire(i, 1) - 1]];
      answers.add(e);
      for (const to of [1n - e, 2n, inverse(2n)])
        for (const other of [inv, 0n, 1n, mod(2n * inv), inverse(2n)])
          expect(accepted(l, moved([wire(i, 0), to - e], [wire(i, 1), other - inv])), `${i}: ${to}, ${other}`).toBe(
            false,
          );
      expect(accepted(l, moved([wire(i, 1), 5n])), `${i}`).toBe(e === 1n);
    }
    expect(answers.has(0n)).toBe(true);
  });

  it('is committed with its inverse: neither follows from committed wires where d = 0', () => {
    const { gadget, wire } = l.wires.instances[groupOf('LookupEqual')];
    expect(gadget.committed).toBe(2);
    expect(wire(0, 1)).toBeLessThanOrEqual(l.system.nCommitted);
  });
});

describe('a choice', () => {
  it('is not committed, follows from its row alone, and is refused with any other value', () => {
    const answers = solve(l, committed, X);
    for (const { gadget, count, wire } of l.wires.instances.filter((one) => one.gadget.template === 'Select')) {
      expect(gadget.committed ?? 0).toBe(0);
      for (let i = 0; i < count; i++) {
        const y = wire(i, 0);
        expect(y).toBeGreaterThan(l.system.nCommitted + l.system.nPublic);
        const { row } = l.definitions.find((one) => one.wire === y)!;
        const lie = answers.with(y, mod(answers[y] + 1n));
        expect(broken(l.system, lie, 100)).toContain(row);
        expect(() => definitions(changed(l, (rows) => rows.filter((_, r) => r !== row)).system)).toThrow(/to follow/);
      }
    }
  });
});

it('random changes of committed wires are refused, unless they change the inverse of 0 alone', () => {
  const random = generator(31);
  const free = new Set<number>();
  const { count, wire } = l.wires.instances[groupOf('LookupEqual')];
  for (let i = 0; i < count; i++) if (committed[wire(i, 0) - 1] === 1n) free.add(wire(i, 1));
  const amounts = [1n, -1n, 2n, 256n, -256n, 1n << 30n, 1n << 200n, inverse(2n)];
  for (let round = 0; round < 1000; round++) {
    const [a, b] = [0, 1].map(() => 1 + Math.floor(random() * committed.length));
    const by = amounts[Math.floor(random() * amounts.length)];
    const lie = moved([a, by], ...(random() < 0.5 && a !== b ? [[b, -by] as [number, bigint]] : []));
    const changes = committed.flatMap((v, i) => (v === lie[i] ? [] : [i + 1]));
    expect(accepted(l, lie), `round ${round}: ${changes.join()}`).toBe(changes.every((w) => free.has(w)));
  }
});
