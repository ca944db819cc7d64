// A circuit is arranged once: after the cost model has chosen, compile asks each step for its gadgets a single time, and report,
// model.circom and model.quant.onnx read that answer.
import { afterEach, expect, it, vi } from 'vitest';
import { buildCircuit } from '#compiler/build.js';
import { lowerModel } from '#compiler/lowered.js';
import { circuitOptions } from '#compiler/options.js';
import { compile } from '#compiler/index.js';
import { INTEGER } from '#compiler/primitives/index.js';
import { generator } from './circuits.js';
import { floats, modelBytes } from './onnx-models.js';

const random = generator(5);
const weights = (n: number): number[] => Array.from({ length: n }, () => random() - 0.5);
const bytes = modelBytes({
  inputs: { x: [1, 8] },
  nodes: [
    { op: 'Gemm', in: ['x', 'w'], out: ['a'] },
    { op: 'Relu', in: ['a'], out: ['b'] },
    { op: 'Gemm', in: ['b', 'v'], out: ['c'] },
    { op: 'Relu', in: ['c'] },
  ],
  initializers: { w: floats([8, 6], weights(48)), v: floats([6, 3], weights(18)) },
});

/** How often `work` asks a step of any primitive for its gadgets. */
async function asked(argument: 'plain' | 'lookup', work: () => unknown): Promise<number> {
  const spies = INTEGER.map((primitive) => vi.spyOn(primitive[argument], 'uses'));
  await work();
  return spies.reduce((n, spy) => n + spy.mock.calls.length, 0);
}
afterEach(() => vi.restoreAllMocks());

it.each(['plain', 'lookup'] as const)('%s', async (argument) => {
  const options = { argument, inputRanges: { '': [-1, 1] as const } };
  const { graph, modelSha256 } = lowerModel(bytes, {});
  let steps = 0;
  const choosing = await asked(argument, () => {
    steps = buildCircuit(graph, modelSha256, circuitOptions(graph, options, null)).steps.length;
  });
  vi.restoreAllMocks();
  expect(steps).toBe(4);
  expect(choosing === 0).toBe(argument === 'plain');
  expect(await asked(argument, () => compile(bytes, options))).toBe(choosing + steps);
});
