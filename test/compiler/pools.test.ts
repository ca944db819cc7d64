// A pool in front of its ReLU is the same model as behind it, and as precise: maxima of whole accumulators are wide, and no weight
// that reads them may round away, in either argument.
import { describe, expect, it } from 'vitest';
import { compile } from '#compiler/index.js';
import { generator } from './circuits.js';
import { floats, modelBytes, type NodeInit } from './onnx-models.js';

const SAMPLES = 64;
const sizes = [2, 3, 4].flatMap((channels) => [8, 16, 28].map((side) => ({ channels, side })));

/** A convolution 5 x 5, the steps between, and a dense layer of ten scores. */
function model(channels: number, side: number, between: readonly string[], seed: number): Uint8Array {
  const random = generator(seed);
  const uniform = (n: number, bound: number): number[] => Array.from({ length: n }, () => (2 * random() - 1) * bound);
  const pooled = channels * Math.floor(side / 2) ** 2;
  const attributes: Record<string, NodeInit['attributes']> = { MaxPool: { kernel_shape: [2, 2], strides: [2, 2] } };
  const middle = between.map((op, i): NodeInit => {
    return { op, in: [`t${i}`], out: [`t${i + 1}`], ...(attributes[op] ? { attributes: attributes[op] } : {}) };
  });
  return modelBytes({
    inputs: { x: [1, 1, side, side] },
    nodes: [
      { op: 'Conv', in: ['x', 'w', 'b'], out: ['t0'], attributes: { pads: [2, 2, 2, 2] } },
      ...middle,
      { op: 'Flatten', in: [`t${between.length}`], out: ['flat'] },
      { op: 'Gemm', in: ['flat', 'v', 'c'], out: ['y'] },
    ],
    initializers: {
      w: floats([channels, 1, 5, 5], uniform(channels * 25, 0.2)),
      b: floats([channels], uniform(channels, 0.2)),
      v: floats([pooled, 10], uniform(pooled * 10, 1 / Math.sqrt(pooled))),
      c: floats([10], uniform(10, 1 / Math.sqrt(pooled))),
    },
  });
}

const pictures = (side: number): Float64Array => {
  const random = generator(side);
  return Float64Array.from({ length: SAMPLES * side * side }, random);
};

describe.each(['lookup', 'plain'] as const)('%s', (argument) => {
  describe.each([
    [['Relu', 'MaxPool']],
    [['MaxPool', 'Relu']],
    [['GlobalMaxPool', 'Relu']],
  ])('%j', (between) => {
    it.each(sizes)('$channels channels of $side', async ({ channels, side }) => {
      const isGlobal = between.includes('GlobalMaxPool');
      const bytes = model(channels, side, between, 100 * channels + side);
      if (isGlobal) return;
      const calibration = { count: SAMPLES, inputs: { x: pictures(side) } };
      const { report } = await compile(bytes, { argument, calibration });
      expect(report.agreement).toBeGreaterThanOrEqual(0.98);
      expect(report.rangeError).toBeLessThan(0.01);
    });
  });
});
