import type { Circuit, TensorId } from '#compiler/circuit/circuit.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { InferproofError } from '#verifier/errors.js';
import { describe, expect, test } from 'vitest';
import { witness, fillSteps } from '#compiler/circuit/witness.js';
import { circuits, curves, naive, perceptron, products, rescaleOf, sorted, storedInputs } from './circuits.js';

describe.each(circuits)('%s', (_, build) => {
  const circuit = build();
  const wires = arrange(circuit);

  test.each([0, 1, 2, 3, 4])('integers equal the definitions and the witness, sample %i', (seed) => {
    const stored = storedInputs(circuit, seed);
    const values = evaluateCircuit(circuit, stored);
    expect(values.map((tensor) => Array.from(tensor, BigInt))).toEqual(naive(circuit, stored));
    const filled = witness(wires, (tensor) => stored.get(tensor) ?? [], 0n).witness;
    circuit.steps.forEach(({ kind, outs: [out] }) => {
      if (kind === 'output') return; // a linear form, without wires
      values[out].forEach((u, i) => expect(filled.int(wires.tensors[out] + i)).toBe(u));
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
  const steps = [...circuits.flatMap(([, build]) => build().steps), ...curves(8).steps, ...sorted(8).steps];
  const kinds = new Set(steps.map((step) => [step.kind, rescaleOf(step)?.f.kind].join(' ').trim()));
  expect([...kinds].sort()).toEqual([
    ...['argmax', 'bitwise', 'compare', 'divide', 'equal', 'input', 'locate', 'max', 'onehot', 'output', 'product'],
    ...['remainder', 'rescale clamp', 'rescale leaky', 'rescale values', 'select', 'sort'],
  ]);
});

/** The reals of a tensor, from its stored values. */
function realsOf({ tensors }: Circuit, values: readonly Float64Array[], id: TensorId): number[] {
  const { lo, scale, zero } = tensors[id];
  return Array.from(values[id], (u) => Number(scale) * (u + lo - Number(zero)));
}

test.each([0, 1, 2, 3, 4, 5])('products are those of the reals, sample %i', (seed) => {
  const circuit = products();
  const values = evaluateCircuit(circuit, storedInputs(circuit, seed));
  const [x, y] = circuit.inputs.map(({ tensor }) => realsOf(circuit, values, tensor));
  const [p, s, a] = circuit.outputs.map(({ tensor }) => realsOf(circuit, values, tensor));
  const close = (got: readonly number[], expected: readonly number[]): void =>
    got.forEach((v, i) => expect(Math.abs(v - expected[i]), `${v} for ${expected[i]}`).toBeLessThan(1e-3));
  close(p, y.map((v, i) => v * x[3 - i])); // prettier-ignore
  close(s, x.map((v) => v * v)); // prettier-ignore
  close(a, y.map((v, i) => v * (2 * x[i] + 1))); // prettier-ignore
});

describe('what only look-ups prove', () => {
  test.each([0, 1, 2, 3, 4].flatMap((seed) => [curves, sorted].map((build) => [build.name, seed, build] as const)))(
    'integers of %s equal the definitions and what is committed, sample %i',
    (_, seed, build) => {
      const circuit = build(8);
      const wires = arrange(circuit);
      const stored = storedInputs(circuit, seed);
      const values = evaluateCircuit(circuit, stored);
      expect(values.map((tensor) => Array.from(tensor, BigInt))).toEqual(naive(circuit, stored));
      const { witness: filled } = fillSteps(wires, (tensor) => stored.get(tensor) ?? []);
      wires.tensors.forEach((first, id) => {
        if (first > 0) expect(filled.ints(first, values[id].length)).toEqual(values[id]);
      });
    },
  );

  test('the plain argument names the node, and what to do', () => {
    expect(() => sorted()).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringContaining('sort needs the challenge of look-ups'),
        where: expect.stringMatching(/^TopK#\d+ \(TopK\)$/),
        hint: 'use --argument lookup',
      }),
    );
    expect(() => curves()).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringContaining('look-up tables'),
        where: expect.stringMatching(/^Sigmoid#\d+ \(Sigmoid\)$/),
        hint: 'use --argument lookup',
      }),
    );
  });
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
