// Lies about exponents and mantissas over the linked rows: each is refused, and passes once the row that refuses it is gone.
import { beforeAll, describe, expect, it } from 'vitest';
import { inverse, mod } from '#verifier/field.js';
import { exponentials, storedInputs } from '../compiler/circuits.js';
import { rowsOf, systemOf, type Row } from './rows.js';
import { broken, honest, linked, randomChallenge, solve, type Linked } from './solve.js';

const X = randomChallenge();
const circuit = exponentials(8);
let l: Linked;
/** Honest witnesses: lowest, highest and other inputs. */
let samples: bigint[][];

beforeAll(async () => {
  l = await linked(circuit);
  samples = [0, 1, 2, 3].map((seed) => honest(l, storedInputs(circuit, seed), X));
});

interface Instance {
  readonly committed: readonly number[];
  readonly wire: (signal: string) => number;
}

const instances = (): Instance[] =>
  l.wires.instances.flatMap(({ gadget, count, wire }) =>
    gadget.template.startsWith('LookupNormalise')
      ? Array.from({ length: count }, (_, i) => ({
          committed: gadget.signals.slice(0, gadget.committed).map((__, s) => wire(i, s)),
          wire: (signal: string) => wire(i, gadget.signals.indexOf(signal)),
        }))
      : [],
  );

const refused = (system: Linked, wires: readonly bigint[]): boolean =>
  broken(system.system, solve(system, wires.slice(1, 1 + system.system.nCommitted), X)).length > 0;

describe('normalise', () => {
  it('commits what its look-ups read, and honest values pass', () => {
    expect(instances()).toHaveLength(4);
    for (const wire of instances().flatMap(({ committed }) => committed))
      expect(wire).toBeLessThanOrEqual(l.system.nCommitted);
    for (const wires of samples) expect(broken(l.system, wires)).toEqual([]);
  });

  it('refuses every committed wire at another value', () => {
    for (const [i, { committed }] of instances().entries())
      for (const wire of committed)
        for (const by of [1n, -1n, 1n << 7n, -(1n << 12n), inverse(2n), 1n << 200n]) {
          const wires = samples[i];
          expect(refused(l, wires.with(wire, mod(wires[wire] + by))), `wire ${wire} by ${by}`).toBe(true);
        }
  });

  it('needs every row: without it another value passes', () => {
    const [, , wires] = samples;
    const [{ committed, wire }] = instances();
    /** The rows that name a signal of the gadget and nothing that the sums read. */
    const own = ['P', 'kappa', 'kappab[0]', 'h', 'hb', 'g[0]'].map(wire);
    const names = (row: Row): number[] => row.flat().map(([w]) => w);
    const rows = rowsOf(l.system);
    const mine = rows.flatMap((row, r) => (row[0].length > 0 && names(row).some((w) => own.includes(w)) ? [r] : []));
    expect(mine.length).toBeGreaterThanOrEqual(6);
    const beta = wires[l.wires.challenge!.powers.at(-1)!];
    const moved = [...committed, ...own].map((w) => wires.with(w, mod(wires[w] + 1n)));
    // another power under the same key, which a prover who knew X could commit
    const power = wires
      .with(wire('b[0]'), mod(wires[wire('b[0]')] + 1n))
      .with(wire('e'), mod(wires[wire('e')] - inverse(beta)));
    for (const row of mine) {
      const others = systemOf(mine.filter((r) => r !== row).map((r) => rows[r]), l.system); // prettier-ignore
      expect(
        [...moved, power].some((lie) => broken(others, lie).length === 0),
        `row ${row}`,
      ).toBe(true);
    }
    for (const lie of [...moved, power]) expect(broken(l.system, lie)).not.toEqual([]);
  });
});
