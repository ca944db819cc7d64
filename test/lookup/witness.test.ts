import { describe, expect, it } from 'vitest';
import { countRows } from '#compiler/circuit/layout.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { circuits, storedInputs } from '../compiler/circuits.js';
import { broken, filled, honest, linked, randomChallenge, solve, withLookups } from './solve.js';

describe.each(circuits)('a %s with look-ups', (_, build) => {
  const plain = build();
  const clamps = plain.steps.flatMap((step, i) => (step.kind === 'rescale' && step.f.kind === 'clamp' ? [i] : []));
  const choices = [
    { rangeBits: 8, wide: [] },
    { rangeBits: 7, wide: clamps },
    { rangeBits: 3, wide: clamps.slice(0, 1) },
  ];

  it.each(choices)('satisfies its rows for every input: %j', async (choice) => {
    const l = await linked(withLookups(plain, choice));
    expect(l.system.nRows).toBe(countRows(l.circuit));
    for (let seed = 0; seed < 4; seed++) {
      const stored = storedInputs(plain, seed);
      const X = randomChallenge();
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
