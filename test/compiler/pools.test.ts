// A pool in front of its ReLU is the same model as behind it, and as precise: maxima of whole accumulators are wide, and no weight
// that reads them may round away, in either argument.
import { describe, expect, it } from 'vitest';
import { compile, run, type Samples } from '#compiler/index.js';
import { generator } from './circuits.js';
import { floats, modelBytes, type NodeInit, type TensorInit } from './onnx-models.js';

const SAMPLES = 64;
const sizes = [2, 3, 4].flatMap((channels) => [8, 16, 28].map((side) => ({ channels, side })));

interface Built {
  readonly nodes: NodeInit[];
  readonly initializers: Record<string, TensorInit>;
  /** Values behind the nodes. */
  readonly size: number;
}

const uniform = (random: () => number, n: number, bound: number): number[] =>
  Array.from({ length: n }, () => (2 * random() - 1) * bound);

/** A convolution 5 x 5, pooled and rectified in the order given. */
function convolved(channels: number, side: number, order: readonly string[], random: () => number): Built {
  const middle = order.map((op, i): NodeInit => {
    const attributes = op === 'MaxPool' ? { kernel_shape: [2, 2], strides: [2, 2] } : {};
    return { op, in: [`t${i}`], out: [`t${i + 1}`], attributes };
  });
  return {
    nodes: [
      { op: 'Conv', in: ['x', 'w', 'b'], out: ['t0'], attributes: { pads: [2, 2, 2, 2] } },
      ...middle,
      { op: 'Flatten', in: [`t${order.length}`], out: ['flat'] },
    ],
    initializers: {
      w: floats([channels, 1, 5, 5], uniform(random, channels * 25, 0.2)),
      b: floats([channels], uniform(random, channels, 0.2)),
    },
    size: channels * (order.includes('GlobalMaxPool') ? 1 : Math.floor(side / 2) ** 2),
  };
}

/** Relu(Min(a, b)) of two dense layers over n inputs. */
function lesser(n: number, random: () => number): Built {
  const size = 24;
  const layer = (): TensorInit => floats([n, size], uniform(random, n * size, 1 / Math.sqrt(n)));
  return {
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'MatMul', in: ['x', 'u'], out: ['b'] },
      { op: 'Min', in: ['a', 'b'], out: ['least'] },
      { op: 'Relu', in: ['least'], out: ['flat'] },
    ],
    initializers: { w: layer(), u: layer() },
    size,
  };
}

/** Ten scores behind it. */
function withScores(
  inputs: Record<string, number[]>,
  { nodes, initializers, size }: Built,
  random: () => number,
): Uint8Array {
  const v = floats([size, 10], uniform(random, size * 10, 1 / Math.sqrt(size)));
  const c = floats([10], uniform(random, 10, 1 / Math.sqrt(size)));
  const all = [...nodes, { op: 'Gemm', in: ['flat', 'v', 'c'], out: ['y'] }];
  return modelBytes({ inputs, nodes: all, initializers: { ...initializers, v, c } });
}

const samples = (size: number, lo: number): Samples => {
  const random = generator(size);
  const x = Float64Array.from({ length: SAMPLES * size }, () => lo + (1 - lo) * random());
  return { count: SAMPLES, inputs: { x } };
};

async function expectPrecise(bytes: Uint8Array, argument: 'lookup' | 'plain', calibration: Samples): Promise<void> {
  const { report } = await compile(bytes, { argument, calibration });
  expect(report.agreement).toBeGreaterThanOrEqual(0.98);
  expect(report.rangeError).toBeLessThan(0.004);
}

describe.each(['lookup', 'plain'] as const)('%s', (argument) => {
  describe.each([
    ['Relu', 'MaxPool'],
    ['MaxPool', 'Relu'],
    ['GlobalMaxPool', 'Relu'],
  ])('%s, %s', (...order) => {
    it.each(sizes)('$channels channels of $side', async ({ channels, side }) => {
      const random = generator(1000 * channels + side);
      const bytes = withScores({ x: [1, 1, side, side] }, convolved(channels, side, order, random), random);
      await expectPrecise(bytes, argument, samples(side * side, 0));
    });
  });

  it.each([4, 16, 64])('Relu(Min(a, b)) of %i inputs', async (n) => {
    const random = generator(n);
    await expectPrecise(withScores({ x: [1, n] }, lesser(n, random), random), argument, samples(n, -1));
  });

  it('a layer that hardly moves, far from 0, is as precise as any other', async () => {
    const bytes = modelBytes({
      inputs: { x: [1, 2] },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'b'], out: ['h'] },
        { op: 'Relu', name: 'rectify', in: ['h'], out: ['r'] },
        { op: 'Gemm', in: ['r', 'v', 'c'] },
      ],
      initializers: {
        w: floats([2, 1], [1e-9, -1e-9]),
        b: floats([1], [5]),
        v: floats([1, 1], [2 ** 30]),
        c: floats([1], [-5 * 2 ** 30]),
      },
    });
    const { circuit } = await compile(bytes, { argument, inputRanges: { '': [-1, 1] } });
    const { outputs } = await run(circuit, { count: 3, inputs: { x: Float64Array.of(1, -1, -1, 1, 0.5, -0.25) } });
    outputs.forEach(({ y }, i) => expect(y.floats[0]).toBeCloseTo([2, -2, 0.75][i] * 2 ** 30 * Math.fround(1e-9), 1));
  });
});
