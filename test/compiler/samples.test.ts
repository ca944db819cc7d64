import { expect, it } from 'vitest';
import { circuitDigest, compile, run, type Samples } from '#compiler/index.js';
import { generator } from './circuits.js';
import { floats, modelBytes } from './onnx-models.js';

it('takes samples as Float32Array, and computes on them as on the same values in float64', async () => {
  const random = generator(5);
  const values = (n: number) => Array.from({ length: n }, () => random() * 2 - 1);
  const bytes = modelBytes({
    inputs: { x: [1, 4] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
      { op: 'Relu', in: ['h'], out: ['r'] },
      { op: 'Gemm', in: ['r', 'v'] },
    ],
    initializers: { w: floats([4, 6], values(24)), v: floats([6, 3], values(18)) },
  });
  const x = Float32Array.from(values(80));
  const results = [x, Float64Array.from(x)].map(async (data) => {
    const samples: Samples = { count: 20, inputs: { x: data } };
    const { circuit, graph, report } = await compile(bytes, { calibration: samples });
    const { outputs, maxError } = await run(circuit, samples, { graph });
    return { digest: circuitDigest(circuit), report: { ...report, seconds: 0 }, outputs, maxError };
  });
  const [single, double] = await Promise.all(results);
  expect(single).toEqual(double);
});
