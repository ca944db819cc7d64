// Lies about whole numbers over the linked rows of look-ups: each committed wire at another value, the rest solved, and random
// changes of several of them. None is accepted.
import { describe, expect, it, beforeAll } from 'vitest';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { R, inverse, mod } from '#verifier/field.js';
import { divisions, generator, patterns, sorted, storedInputs } from '../compiler/circuits.js';
import { broken, honest, linked, randomChallenge, solve, withLookups, type Linked } from './solve.js';

const ROUNDS = process.env['INFERPROOF_FULL'] === '1' ? 50_000 : 500;

const circuits: Readonly<Record<string, readonly [build: () => Circuit, templates: readonly string[]]>> = {
  divisions: [
    () => withLookups(divisions(), { rangeBits: 4, wide: [] }),
    ['LookupRemainder', 'LookupDivide', 'LookupCompare'],
  ],
  sorted: [() => sorted(4), ['LookupSort']],
  patterns: [() => withLookups(patterns(), { rangeBits: 4, wide: [] }), ['LookupBitwise']],
};

describe.each(Object.entries(circuits))('%s', (_, [build, templates]) => {
  const X = randomChallenge();
  const random = generator(31);
  const below = (n: number): number => Math.floor(random() * n);
  let l: Linked;
  let samples: bigint[][];
  /** Committed wires of the gadgets, by template. */
  let wiresOf: Map<string, number[]>;

  beforeAll(async () => {
    const circuit = build();
    l = await linked(circuit);
    samples = [0, 1, 2, 3].map((seed) => honest(l, storedInputs(circuit, seed), X));
    wiresOf = new Map();
    for (const { gadget, count, wire } of l.wires.instances)
      for (let i = 0; i < count; i++)
        for (let s = 0; s < (gadget.committed ?? 0); s++)
          wiresOf.set(gadget.template, [...(wiresOf.get(gadget.template) ?? []), wire(i, s)]);
  });

  const committed = (wires: readonly bigint[]): bigint[] => wires.slice(1, 1 + l.system.nCommitted);
  const refused = (wires: readonly bigint[]): boolean => broken(l.system, solve(l, committed(wires), X), 1).length > 0;

  it('has every gadget, and honest values pass', () => {
    for (const template of templates) expect(wiresOf.get(template)?.length, template).toBeGreaterThan(0);
    for (const wires of samples) expect(broken(l.system, wires)).toEqual([]);
  });

  it('refuses every committed wire at another value', () => {
    for (const wire of new Set(templates.flatMap((template) => wiresOf.get(template) ?? [])))
      for (const by of [1n, -1n, 16n, -16n, inverse(2n), inverse(3n), 1n << 200n]) {
        const wires = samples[below(samples.length)];
        expect(refused(wires.with(wire, mod(wires[wire] + by))), `wire ${wire} by ${by}`).toBe(true);
      }
  });

  it('refuses random changes of several of them', () => {
    const all = l.system.nCommitted;
    for (let round = 0; round < ROUNDS; round++) {
      const wires = [...samples[below(samples.length)]];
      const other = samples[below(samples.length)];
      const count = 1 + below(4);
      const by = [1n, 2n, 15n, 16n, 1n << 30n, R - 1n][below(6)];
      for (let k = 0; k < count; k++) {
        const at = 1 + below(all);
        wires[at] = random() < 0.3 ? other[at] : mod(wires[at] + (k % 2 === 0 ? by : -by));
      }
      if (samples.some((one) => one.slice(1, 1 + all).every((v, i) => v === wires[1 + i]))) continue;
      expect(refused(wires), `round ${round}`).toBe(true);
    }
  });
});
