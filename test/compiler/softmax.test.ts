// Softmax, LogSoftmax and their sums inside a model, against onnxruntime: narrow and wide inputs, masks, groups of every shape.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { calibrate } from '#compiler/measure/calibrate.js';
import { maskedBelow } from '#compiler/recipes/logsum.js';
import { generator } from './circuits.js';
import { floats, graphOf, modelBytes, type NodeInit } from './onnx-models.js';
import { floatOutputs } from './random-graphs/floats.js';
import { modelOf, tried, worst } from './tried.js';

const softmax = (axis: number): NodeInit => ({ op: 'Softmax', in: ['x'], out: ['s'], attributes: { axis } });

describe('a softmax that a node computes with', () => {
  it.each([
    [[2, 3], 0.5],
    [[2, 3], 3],
    [[1, 40], 3],
    [[3, 12], 30], // the maximum is subtracted
  ] as const)('is near onnxruntime and its rows sum to 1: %j, inputs up to %d', async (shape, reach) => {
    const { ours, want } = await tried(modelOf([...shape], [softmax(-1)]), reach);
    // inputs have 8 bits: half a step moves the exponent by reach / 255
    expect(worst({ ours, want })).toBeLessThan(2 * (0.01 + (0.5 * reach) / 255));
    const n = shape[1];
    for (let g = 0; g < ours.length / n; g++) {
      const sum = ours.slice(g * n, (g + 1) * n).reduce((a, b) => a + b, 0) / 2;
      expect(Math.abs(sum - 1)).toBeLessThan(0.02);
    }
  });

  it('goes along any axis', async () => {
    expect(worst(await tried(modelOf([2, 4, 3], [softmax(1)]), 2))).toBeLessThan(0.04);
  });

  it.each([-1e9, -10000, -3.4028234e38])('gives masked elements 0: %d', async (mask) => {
    const causal = Array.from({ length: 16 }, (_, i) => (i % 4 > Math.floor(i / 4) ? mask : 0));
    const nodes: NodeInit[] = [
      { op: 'Add', in: ['x', 'mask'], out: ['m'] },
      { op: 'Softmax', in: ['m'], out: ['s'] },
    ];
    const { ours, want } = await tried(modelOf([4, 4], nodes, { mask: floats([4, 4], causal) }), 2);
    expect(worst({ ours, want })).toBeLessThan(0.04);
    ours.forEach((v, i) => expect(v === 0).toBe(causal[i % 16] !== 0));
  });

  it.each([
    ['Add', { op: 'Add', in: ['x', 'mask'], out: ['m'] }],
    ['Where', { op: 'Where', in: ['hidden', 'none', 'x'], out: ['m'] }],
  ] as const)('takes a mask of -Infinity: %s', async (_, node) => {
    const causal = Array.from({ length: 16 }, (_, i) => (i % 4 > Math.floor(i / 4) ? -Infinity : 0));
    const nodes: NodeInit[] = [
      { ...node, in: [...node.in], out: ['m'] },
      { op: 'Softmax', in: ['m'], out: ['s'] },
    ];
    const initializers = {
      mask: floats([4, 4], causal),
      none: floats([], [-Infinity]),
      hidden: { dims: [4n, 4n], dataType: Type.BOOL, rawData: Uint8Array.from(causal, (v) => Number(v !== 0)) },
    };
    const { ours, want } = await tried(modelOf([4, 4], nodes, initializers), 2);
    expect(worst({ ours, want })).toBeLessThan(0.04);
    ours.forEach((v, i) => expect(v === 0).toBe(causal[i % 16] !== 0));
  });

  it.each([-10000, -1e9, -3.4028234e38])(
    'is as near as without it under a live mask of floats times %d',
    async (far) => {
      const [shapes, count] = [{ x: [3, 6], mask: [1, 6] }, 24];
      const nodes: NodeInit[] = [
        { op: 'Sub', in: ['one', 'mask'], out: ['hidden'] },
        { op: 'Mul', in: ['hidden', 'far'], out: ['least'] },
        { op: 'Add', in: ['x', 'least'], out: ['m'] },
        { op: 'Softmax', in: ['m'], out: ['s'] },
      ];
      const initializers = { one: floats([], [1]), far: floats([], [far]) };
      const bytes = modelBytes({ ...modelOf([3, 6], nodes, initializers), inputs: shapes });
      const random = generator(3);
      const x = Float32Array.from({ length: count * 18 }, () => 6 * random() - 3);
      const mask = Float32Array.from({ length: count * 6 }, (_, i) => Number(i % 6 <= (i / 6) % 6));
      const samples = { count, inputs: { x, mask } };
      const { circuit } = await compile(bytes, { argument: 'lookup', bits: 8, calibration: samples });
      const [want] = await floatOutputs(bytes, shapes, [samples]);
      const { outputs } = await run(circuit, samples, { clamp: false });
      const ours = outputs.flatMap((sample) => sample['y'].floats);
      expect(worst({ ours, want: want.get('y')!.data })).toBeLessThan(0.04);
      ours.forEach((v, i) => expect(v === 0).toBe(mask[Math.floor(i / 18) * 6 + (i % 6)] === 0));
    },
  );

  it.each([-Infinity, -3.4028234e38, -1e9, -10000].flatMap((far) => [[far, true], [far, false]] as const))(
    'is as near where a live condition puts %d in the place of scores (it is true there: %s)',
    async (far, isTrue) => {
      const [shapes, count] = [{ x: [3, 6], mask: [1, 6] }, 24];
      const nodes: NodeInit[] = [
        { op: 'Greater', in: ['mask', 'half'], out: ['live'] },
        ...(isTrue ? [{ op: 'Not', in: ['live'], out: ['dead'] }] : []),
        { op: 'Where', in: isTrue ? ['dead', 'far', 'x'] : ['live', 'x', 'far'], out: ['m'] },
        { op: 'Softmax', in: ['m'], out: ['s'] },
      ];
      const bytes = modelBytes({ ...modelOf([3, 6], nodes, { half: floats([], [0.5]), far: floats([], [far]) }), inputs: shapes });
      const random = generator(3);
      const x = Float32Array.from({ length: count * 18 }, () => 6 * random() - 3);
      const mask = Float32Array.from({ length: count * 6 }, (_, i) => Number(i % 6 <= (i / 6) % 6));
      const samples = { count, inputs: { x, mask } };
      const [want] = await floatOutputs(bytes, shapes, [samples]);
      const { circuit } = await compile(bytes, { argument: 'lookup', bits: 8, calibration: samples });
      const { outputs } = await run(circuit, samples, { clamp: false });
      const ours = outputs.flatMap((sample) => sample['y'].floats);
      expect(worst({ ours, want: want.get('y')!.data })).toBeLessThan(0.04);
      ours.forEach((v, i) => expect(v === 0).toBe(mask[Math.floor(i / 18) * 6 + (i % 6)] === 0));
    },
  ); // prettier-ignore

  it('keeps the room of scores that nothing masks, however far apart they lie', () => {
    const of = (...groups: number[][]): number => {
      const members = Int32Array.from(groups.flat(), (_, i) => i);
      const starts = Int32Array.from([0, ...groups.map((_, g) => groups.slice(0, g + 1).flat().length)]);
      return maskedBelow({ starts, members }, Float64Array.from(groups.flat()));
    };
    expect(of([0, 95, 100], [3, 97])).toBe(-Infinity);
    expect(of([-10_000, 2, 1], [3, 2])).toBe(2 - 32);
    expect(of([-10_000, 2, -60], [3, 2])).toBe(-60);
  });

  it('gives masked scores no room in its tables, and scores that another reads all of theirs', () => {
    const random = generator(5);
    const x = Float32Array.from({ length: 24 * 18 }, () => 6 * random() - 3);
    const mask = Float32Array.from({ length: 24 * 6 }, (_, i) => Number(i % 6 <= (i / 6) % 6));
    const lowest = (also: NodeInit[], outputs: string[]): number => {
      const nodes: NodeInit[] = [
        { op: 'Sub', in: ['mask', 'one'], out: ['hidden'] },
        { op: 'Mul', in: ['hidden', 'far'], out: ['least'] },
        { op: 'Add', in: ['x', 'least'], out: ['m'] },
        { op: 'Softmax', in: ['m'], out: ['s'] },
        { op: 'Add', in: ['s', 'x'], out: ['y'] },
        ...also,
      ];
      const initializers = { one: floats([], [1]), far: floats([], [10000]) };
      const graph = graphOf(modelBytes({ inputs: { x: [3, 6], mask: [1, 6] }, nodes, initializers, outputs }));
      const { activations } = calibrate(graph, { count: 24, inputs: { x, mask } });
      const scores = graph.steps.find(({ kind }) => kind === 'softmax')!.sources[0];
      return activations.find(({ value }) => value === scores)!.lo;
    };
    expect(lowest([], ['y'])).toBeGreaterThan(-36);
    expect(lowest([{ op: 'Identity', in: ['m'], out: ['z'] }], ['y', 'z'])).toBeLessThan(-9990);
  });

  it('needs look-ups, and says so', async () => {
    const samples = { count: 1, inputs: { x: Float32Array.of(0, 1, 2) } };
    const bytes = modelBytes(modelOf([1, 3], [{ ...softmax(-1), name: 'attention' }]));
    await expect(compile(bytes, { argument: 'plain', calibration: samples })).rejects.toMatchObject({
      code: 'unsupported',
      where: 'attention (Softmax)',
      hint: 'use --argument lookup',
    });
  });
});

it('a LogSoftmax that a node computes with is near onnxruntime', async () => {
  const node: NodeInit = { op: 'LogSoftmax', in: ['x'], out: ['s'], attributes: { axis: -1 } };
  expect(worst(await tried(modelOf([2, 5], [node]), 2))).toBeLessThan(0.05);
  expect(worst(await tried(modelOf([2, 5], [node]), 20))).toBeLessThan(0.3);
});
