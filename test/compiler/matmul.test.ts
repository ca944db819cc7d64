// Products of two live matrices: each element of a factor is rounded once, each term is one row, a sum of them none.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { legal, someCorners } from '../lies/ends.js';
import { generator } from './circuits.js';
import { floats, modelBytes } from './onnx-models.js';
import { circuitOf, dense, outputsOf, sketch } from './sketch.js';

/** Scores of queries and keys, and the values that they weigh: attention of one head without its softmax. */
const block = (steps: number): Uint8Array =>
  modelBytes({
    inputs: { q: [steps, 16], k: [16, steps], v: [steps, 16] },
    nodes: [
      { op: 'MatMul', in: ['q', 'k'], out: ['s'] },
      { op: 'MatMul', in: ['s', 'v'] },
    ],
  });

describe('a product of two live matrices', () => {
  for (const [argument, steps, rows, perScore] of [
    ['plain', 8, 7778, 35],
    ['lookup', 8, 4004, 4],
    ['lookup', 64, 155131, 4],
  ] as const)
    it(`takes a row a term: ${steps} steps of 16, ${argument}`, async () => {
      const { report } = await compile(block(steps), { inputRanges: { '': [-1, 1] }, argument });
      const terms = steps * 16 * steps;
      expect(report.layers.slice(3).map((layer) => layer.rows)).toEqual([terms, perScore * steps * steps, terms, 0]);
      expect(report.rows).toBeLessThanOrEqual(rows);
    });

  for (const argument of ['plain', 'lookup'] as const)
    it(`is exact over integers, those that wrap around included: ${argument}`, async () => {
      const model = modelBytes({
        inputs: { x: [2, 2] },
        nodes: [{ op: 'MatMul', in: ['x', 'x'] }],
        type: Type.INT32,
        outputType: Type.INT32,
      });
      const squared = async (reach: number, x: number[]): Promise<number[]> => {
        const { circuit } = await compile(model, { inputRanges: { '': [-reach, reach] }, argument });
        const data = { count: 1, inputs: { x: Float64Array.from(x) } };
        const { outputs } = await run(circuit, data, { clamp: false });
        return [...outputs[0]['y'].floats].map(Number);
      };
      expect(await squared(50, [1, -50, 3, 4])).toEqual([-149, -250, 15, -134]);
      // 2 * 40000^2 is no int32
      expect(await squared(40000, [40000, 40000, 40000, 1])).toEqual([3.2e9 - 2 ** 32, 1.6e9 + 40000, 1.6e9 + 40000, 1.6e9 + 1]); // prettier-ignore
    });
});

it('a wide product that a maximum reads through weights is narrowed, in its own shape', () => {
  const random = generator(8);
  const net = sketch();
  const [x, y] = [net.input('x', [2, 16]), net.input('y', [16])];
  const [a, b] = [dense([[x, 32]], 32, random), dense([[y, 16]], 16, random)].map((map, i) =>
    net.linear(`f${i}`, i === 0 ? [2, 16] : [16], map),
  );
  const own = { a: Int32Array.from({ length: 32 }, (_, t) => t), b: Int32Array.from({ length: 32 }, (_, t) => t % 16), depth: 16 }; // prettier-ignore
  const c = net.step('c', [2], 'matmul', [a, b], own);
  const m = net.groups('m', [1], net.linear('w', [2], dense([[c, 2]], 2, random)), 'max', [0, 2], [0, 1]);
  const circuit = circuitOf(net, outputsOf(net, m), {
    ranges: { x: [[-1, 1]], y: [[-1, 1]] },
    bits: 12,
  });
  const narrowed = circuit.tensors.filter(({ name }) => name.endsWith('narrowed'));
  expect(narrowed.map(({ shape }) => shape)).toEqual([[32]]);
  legal(circuit, someCorners(circuit, 1));
});

/** Attention of one head: 16 queries, `steps` keys and values, scores from -16 to 16. */
const attention = (steps: number): Uint8Array =>
  modelBytes({
    inputs: { q: [16, 8], k: [8, steps], v: [steps, 16] },
    nodes: [
      { op: 'MatMul', in: ['q', 'k'], out: ['s'] },
      { op: 'Mul', in: ['s', 'part'], out: ['x'] },
      { op: 'Softmax', in: ['x'], out: ['p'], attributes: { axis: -1 } },
      { op: 'MatMul', in: ['p', 'v'] },
    ],
    initializers: { part: floats([], [2 ** -13]) },
    opset: 17,
  });

it.each([17, 40])('a mean by %d shares of a softmax keeps its interval, whatever the scores', async (steps) => {
  const { circuit } = await compile(attention(steps), {
    inputRanges: { '': [-128, 127] },
    argument: 'lookup',
    bits: 8,
  });
  expect(circuit.steps.filter(({ kind }) => kind === 'matmul')).toHaveLength(2);
  const random = generator(steps);
  const [q, k, v] = circuit.inputs.map(({ tensor }) => tensor);
  const sides = [() => 0, () => 255, () => 128, () => 255 * Number(random() < 0.5), () => Math.floor(256 * random())];
  const samples = sides.flatMap((ofQ) =>
    sides.slice(2).flatMap((ofK) =>
      [0, 255].map((ofV) => {
        const keys = Float64Array.from({ length: 8 * steps }, ofK);
        return new Map([
          [q, Float64Array.from({ length: 128 }, ofQ)],
          [k, keys],
          [v, new Float64Array(16 * steps).fill(ofV)],
        ]);
      }),
    ),
  );
  legal(circuit, samples);
});
