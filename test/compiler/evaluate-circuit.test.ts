import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { witness } from '#compiler/circuit/witness.js';
import { InferproofError } from '#verifier/errors.js';
import { describe, expect, test } from 'vitest';
import { circuits, naive, perceptron, storedInputs } from './circuits.js';

describe.each(circuits)('%s', (_, build) => {
  const circuit = build();
  const wires = arrange(circuit);

  test.each([0, 1, 2, 3, 4])('integers equal the definitions and the witness, sample %i', (seed) => {
    const stored = storedInputs(circuit, seed);
    const values = evaluateCircuit(circuit, stored);
    expect(values.map((tensor) => Array.from(tensor, BigInt))).toEqual(naive(circuit, stored));
    const filled = witness(circuit, (tensor) => stored.get(tensor) ?? [], 0n, wires).witness;
    circuit.steps.forEach((step) => {
      if (step.kind === 'output') return; // a linear form, without wires
      values[step.out].forEach((u, i) => expect(filled.int(wires.tensors[step.out] + i)).toBe(u));
    });
  });

  test('every kind of value stays in its interval', () => {
    for (const seed of [0, 1, 2, 3]) {
      evaluateCircuit(circuit, storedInputs(circuit, seed)).forEach((tensor, id) => {
        const { lo, hi } = circuit.tensors[id];
        expect(tensor.every((u) => Number.isInteger(u) && u >= 0 && u <= hi - lo)).toBe(true);
      });
    }
  });
});

test('the circuits cover every kind of step and of rescale', () => {
  const steps = circuits.flatMap(([, build]) => build().steps);
  const kinds = new Set(steps.map((step) => (step.kind === 'rescale' ? `${step.kind} ${step.f.kind}` : step.kind)));
  expect([...kinds].sort()).toEqual(['argmax', 'input', 'max', 'output', 'rescale clamp', 'rescale leaky']);
});

describe('inputs that are refused', () => {
  const circuit = perceptron();
  const good = storedInputs(circuit, 2).get(0) ?? new Float64Array();
  test.each([
    ['missing', undefined],
    ['too short', good.slice(1)],
    ['above hi', good.map((u, i) => (i === 3 ? 256 : u))],
    ['below lo', good.map((u, i) => (i === 3 ? -1 : u))],
    ['a fraction', good.map((u, i) => (i === 3 ? 0.5 : u))],
  ])('%s', (_, values) => {
    const stored = new Map(values ? [[0, values]] : []);
    expect(() => evaluateCircuit(circuit, stored)).toThrow(InferproofError);
  });
});
