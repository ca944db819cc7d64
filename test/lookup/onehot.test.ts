// A choice among places in the lookup argument: no look-up, but committed wires that its rows leave no choice.
import { beforeAll, describe, expect, it } from 'vitest';
import { mod } from '#verifier/field.js';
import { choices, storedInputs } from '../compiler/circuits.js';
import { rowsOf, systemOf } from './rows.js';
import { broken, honest, linked, randomChallenge, solve, withLookups, type Linked } from './solve.js';

const X = randomChallenge();
let l: Linked;
/** Honest witnesses: lowest, highest and other indices. */
let samples: bigint[][];

beforeAll(async () => {
  const circuit = withLookups(choices(), { rangeBits: 8, wide: [] });
  l = await linked(circuit);
  samples = [0, 1, 2, 3].map((seed) => honest(l, storedInputs(circuit, seed), X));
});

/** The wires of each choice. */
const chosen = (): number[][] =>
  l.wires.instances.flatMap(({ gadget, count, wire }) =>
    gadget.template === 'LookupOnehot'
      ? Array.from({ length: count }, (_, i) => gadget.signals.map((__, s) => wire(i, s)))
      : [],
  );

const committed = (wires: readonly bigint[]): bigint[] => wires.slice(1, 1 + l.system.nCommitted);

describe('onehot', () => {
  it('is committed, and honest values pass', () => {
    expect(chosen()).toHaveLength(2);
    for (const wire of chosen().flat()) expect(wire).toBeLessThanOrEqual(l.system.nCommitted);
    for (const wires of samples) expect(broken(l.system, wires, 1)).toEqual([]);
  });

  it('refuses every other value, whatever follows from it, and every choice of another place', () => {
    for (const wires of samples)
      for (const cells of chosen()) {
        const moved = cells.flatMap((wire) =>
          [1n, -1n, mod(-2n * wires[wire] + 1n), 1n << 200n, (1n << 253n) + 1n].map((by) => wires.with(wire, mod(wires[wire] + by))),
        ); // prettier-ignore
        const places = [-1, ...cells.keys()].map((place) =>
          wires.map((v, w) => (cells.includes(w) ? BigInt(cells.indexOf(w) === place) : v)),
        );
        for (const lie of [...moved, ...places]) {
          if (lie.every((v, w) => v === wires[w])) continue;
          expect(broken(l.system, lie, 1)).not.toEqual([]);
          expect(broken(l.system, solve(l, committed(lie), X), 1)).not.toEqual([]);
        }
      }
  });

  it('needs every row: without it a lie passes', () => {
    const rows = rowsOf(l.system);
    for (const cells of chosen()) {
      const own = rows.flatMap(([a, b, c], r) =>
        c.length === 0 && [...a, ...b].some(([w]) => cells.includes(w)) ? [r] : [],
      );
      expect(own).toHaveLength(cells.length + 1);
      for (const row of own) {
        const others = systemOf(own.filter((r) => r !== row).map((r) => rows[r]), l.system); // prettier-ignore
        const passes = samples.some((wires) =>
          [-1, ...cells.keys()].some((place) => {
            const lie = wires.map((v, w) => (cells.includes(w) ? BigInt(cells.indexOf(w) === place) : v));
            return lie.some((v, w) => v !== wires[w]) && broken(others, lie, 1).length === 0;
          }),
        );
        expect(passes, `row ${row}`).toBe(true);
      }
    }
  });
});
