// Products of two live matrices: each element of a factor is rounded once, each term is one row, a sum of them none.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { modelBytes } from './onnx-models.js';

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
    it(`is exact over integers, or refused: ${argument}`, async () => {
      const model = modelBytes({
        inputs: { x: [2, 2] },
        nodes: [{ op: 'MatMul', in: ['x', 'x'] }],
        type: Type.INT32,
        outputType: Type.INT32,
      });
      const { circuit } = await compile(model, { inputRanges: { '': [-50, 50] }, argument });
      const data = { count: 1, inputs: { x: Float64Array.of(1, -50, 3, 4) } };
      const { outputs } = await run(circuit, data, { clamp: false });
      expect([...outputs[0]['y'].floats].map(Number)).toEqual([-149, -250, 15, -134]);
      await expect(compile(model, { inputRanges: { '': [-40000, 40000] }, argument })).rejects.toThrow(/int32/);
    });
});
