import { describe, expect, it } from 'vitest';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import {
  attention,
  circuits,
  curves,
  exponentials,
  norms,
  roots,
  saturated,
  sorted,
  storedInputs,
} from '../compiler/circuits.js';
import { broken, clamps, filled, honest, linked, randomChallenge, solve, withLookups } from './solve.js';

/** One for all: at one X most divisors return. */
const X = randomChallenge();

const all = [
  ...circuits,
  ['sigmoid and tanh', () => curves(8)] as const,
  ['exponentials', () => exponentials(8)] as const,
  ['norms', () => norms(8)] as const,
  ['roots', () => roots(8)] as const,
  ['attention', () => attention(8)] as const,
  ['sorted', () => sorted(8)] as const,
  ['tanh between tails', () => withLookups(saturated(4), { rangeBits: 4, wide: [1] })] as const,
];

describe.each(all)('a %s with look-ups', (_, build) => {
  const plain = build();
  const choices = [
    { rangeBits: 8, wide: [] },
    { rangeBits: 7, wide: clamps(plain) },
    { rangeBits: 3, wide: clamps(plain).slice(0, 1) },
  ];

  it.each(choices)('satisfies its rows for every input: %j', async (choice) => {
    const l = await linked(withLookups(plain, choice));
    expect(l.system.nRows).toBe(l.wires.rows);
    for (let seed = 0; seed < 2; seed++) {
      const stored = storedInputs(plain, seed);
      const wires = honest(l, stored, X);
      expect(broken(l.system, wires, 5)).toEqual([]);
      const committed = wires.slice(1, 1 + l.system.nCommitted);
      expect(solve(l, committed, X)).toEqual(wires);
      const values = evaluateCircuit(plain, stored);
      l.wires.tensors.forEach((first, id) => {
        if (first > 0) expect(filled(l, stored).witness.ints(first, values[id].length)).toEqual(values[id]);
      });
    }
  });
});
