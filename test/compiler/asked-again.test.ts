// What is remembered of a model's kernels while plans are compared: asked about other tensors and units in between, each answer is that
// for a copy that nobody was asked about.
import { expect, it } from 'vitest';
import { compile } from '#compiler/index.js';
import { refuseTooLong } from '#compiler/graph/json.js';
import { mapIntervals } from '#compiler/linear/intervals.js';
import type { LinearMap } from '#compiler/linear/map.js';
import { roundingErrors } from '#compiler/quantize/rounding.js';
import type { UsedTensor } from '#compiler/quantize/usual.js';
import { integerWeights, largestFactor, storedBias } from '#compiler/quantize/weights.js';
import { generator } from './circuits.js';
import { floats, modelBytes } from './onnx-models.js';

const random = generator(11);
const weights = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, k) => (k % 3 ? random() - 0.5 : 0.25));
const map: LinearMap = {
  size: 6,
  bias: Float64Array.of(1, 1, 1, -2, -2, 0),
  parts: [0, 1].map((from) => ({
    from,
    base: Int32Array.of(0, 1, 2, 0, 1, 2),
    pattern: Int32Array.of(0, 0, 0, 0, 0, 1),
    kernel: Int32Array.of(0, 0, 0, 1, 1, 2),
    patterns: [Int32Array.of(0, 1, 2, 3), Int32Array.of(1)],
    kernels: [weights(4), weights(4), weights(1)],
  })),
};
const tensor = (lo: number, hi: number, scale: number): UsedTensor => ({
  ...{ value: 0, name: 't', node: 'n', operator: 'Relu', shape: [6], axis: null },
  ...{ lo, hi, scale, zero: 0, usual: { lo: 1, hi: hi - lo - 1 } },
});
const pairs = [
  [tensor(0, 255, 0.1), tensor(-8, 7, 0.5)],
  [tensor(-128, 127, 0.1), tensor(-8, 7, 0.25)],
  [tensor(0, 255, 0.3), tensor(0, 15, 0.5)],
];

it('no answer is that for other tensors, or for another unit', () => {
  const ask = (of: LinearMap, tensors: readonly UsedTensor[], unit: number) => ({
    reach: mapIntervals(of, (id) => ({ lo: tensors[id].lo, hi: tensors[id].hi })),
    errors: roundingErrors(of, tensors)(unit),
    largest: largestFactor(of, tensors),
    bias: storedBias(of, tensors),
    moved: storedBias(of, tensors, [3, 4]),
    integers: integerWeights(of, tensors, unit, 0.5),
  });
  const seen = new Set<string>();
  for (let round = 0; round < 3; round++)
    for (const tensors of pairs)
      for (let lg = 0; lg < 20; lg++) {
        const answer = ask(map, tensors, 2 ** -lg);
        seen.add(JSON.stringify(answer));
        expect(answer).toEqual(ask(structuredClone(map), tensors, 2 ** -lg));
      }
  expect(seen.size).toBe(pairs.length * 20);
});

it('a graph of more weights than a text can hold is refused by their number', async () => {
  const model = modelBytes({
    inputs: { x: [1, 4] },
    nodes: [{ op: 'Gemm', in: ['x', 'w'], out: ['y'] }],
    initializers: { w: floats([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
  });
  const { graph } = await compile(model, { inputRanges: { x: [0, 1] } });
  refuseTooLong(graph);
  const step = graph.steps.find(({ kind }) => kind === 'linear')!;
  const { parts, ...rest } = (step.own as { map: LinearMap }).map;
  const kernels = new Array<Float64Array>(49).fill(new Float64Array(2 ** 20));
  const large = { ...graph, steps: [{ ...step, own: { map: { ...rest, parts: [{ ...parts[0], kernels }] } } }] };
  expect(() => refuseTooLong(large)).toThrow(
    expect.objectContaining({ code: 'unsupported', message: 'expected at most 50331645 weights, as many as graph.json can hold, got 51380224' }), // prettier-ignore
  );
});
