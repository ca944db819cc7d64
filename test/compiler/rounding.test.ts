// No weight rounds away: models whose sources differ so much in width that one precision for all weights of a form loses some of
// them. Each is right to a share of every output's own range, in both arguments, or refused by name.
import { TensorProto_DataType } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { compile, run, type CompileOptions, type Samples } from '#compiler/index.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { generator } from './circuits.js';
import { floats, modelBytes, type ModelInit, type NodeInit } from './onnx-models.js';

const COUNT = 48;
const ARGUMENTS = ['lookup', 'plain'] as const;

type Ends = number | readonly number[];

/** Samples of x, uniform between two ends, or between those of each column. */
function uniform(size: number, lo: Ends, hi: Ends, round: (x: number) => number = Math.fround): Samples {
  const random = generator(9);
  const at = (ends: Ends, i: number): number => (typeof ends === 'number' ? ends : ends[i % ends.length]);
  const value = (i: number): number => round(at(lo, i) + random() * (at(hi, i) - at(lo, i)));
  return { count: COUNT, inputs: { x: Float64Array.from({ length: COUNT * size }, (_, i) => value(i)) } };
}

/** The mean error of each column of y over the width of its floats, and the circuit's report. */
async function errorsOf(model: ModelInit, samples: Samples, options: CompileOptions) {
  const { circuit, graph, report } = await compile(modelBytes(model), options);
  const quantised = (await run(circuit, samples)).outputs.map(({ y }) => y.floats);
  const size = samples.inputs.x.length / COUNT;
  const float = quantised.map((_, i) => {
    const x = Float64Array.from(samples.inputs.x.subarray(i * size, (i + 1) * size));
    return evaluateGraph(graph, { x })[graph.outputs[0].value];
  });
  const errors = quantised[0].map((_, c) => {
    const column = float.map((y) => y[c]);
    const mean = column.reduce((sum, y, i) => sum + Math.abs(y - quantised[i][c]), 0) / COUNT;
    return mean / (Math.max(...column) - Math.min(...column) || 1);
  });
  return { errors, report, circuit, quantised };
}

const worst = (errors: readonly number[]): number => Math.max(...errors);
const relu = (from: string, to: string): NodeInit => ({ op: 'Relu', in: [from], out: [to] });
const random = (n: number, bound: number, seed: number): number[] => {
  const next = generator(seed);
  return Array.from({ length: n }, () => (2 * next() - 1) * bound);
};

/** maxpool(conv(x)) + conv1x1(x): the end of every Xception block. */
const block: ModelInit = {
  inputs: { x: [1, 2, 8, 8] },
  nodes: [
    { op: 'Conv', in: ['x', 'w'], out: ['a'], attributes: { pads: [1, 1, 1, 1] } },
    { op: 'MaxPool', in: ['a'], out: ['b'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    { op: 'Conv', in: ['x', 'u'], out: ['c'], attributes: { strides: [2, 2] } },
    { op: 'Add', in: ['b', 'c'], out: ['d'] },
    { op: 'Flatten', in: ['d'], out: ['y'] },
  ],
  initializers: { w: floats([2, 2, 3, 3], random(36, 0.5, 1)), u: floats([2, 2, 1, 1], random(4, 1, 2)) },
};

/** Bounds in turn from above and from below, each by other constants. */
function bounds(count: number, columns: number): ModelInit {
  const constants = Array.from({ length: count }, (_, k) =>
    random(columns, 0.5, 20 + k).map((c) => c + (k % 2 ? -0.8 : 0.8)),
  );
  const nodes = constants.map((_, k): NodeInit => {
    const op = k % 2 ? 'Max' : 'Min';
    return { op, in: [k === 0 ? 'x' : `t${k}`, `c${k}`], out: [k === count - 1 ? 'y' : `t${k + 1}`] };
  });
  const initializers = Object.fromEntries(constants.map((c, k) => [`c${k}`, floats([columns], c)]));
  return { inputs: { x: [1, columns] }, nodes, initializers };
}

/** max(x, x / 10), again and again, each time with a bias. */
function leakyMaxima(count: number): ModelInit {
  const nodes = Array.from({ length: count }, (_, k): NodeInit[] => [
    { op: 'Mul', in: [`t${k}`, 'alpha'], out: [`u${k}`] },
    { op: 'Max', in: [`t${k}`, `u${k}`], out: [`v${k}`] },
    { op: 'Sub', in: [`v${k}`, 'bias'], out: [k === count - 1 ? 'y' : `t${k + 1}`] },
  ]).flat();
  nodes[0].in[0] = 'x';
  nodes[1].in[0] = 'x';
  return { inputs: { x: [1, 6] }, nodes, initializers: { alpha: floats([1], [0.1]), bias: floats([1], [0.03]) } };
}

describe.each(ARGUMENTS)('%s', (argument) => {
  it.each([true, false])('a pooled branch beside one that is not, data %s', async (data) => {
    const samples = uniform(128, -1, 1);
    const ranges = data ? { calibration: samples } : { inputRanges: { x: [-1, 1] as const } };
    const { errors } = await errorsOf(block, samples, { argument, ...ranges });
    expect(worst(errors)).toBeLessThan(0.01);
  });

  it('maxima of equal things plus those things, in few bits', async () => {
    const nodes: NodeInit[] = [
      { op: 'Min', in: ['x', 'x'], out: ['a'] },
      { op: 'Max', in: ['a', 'a'], out: ['b'] },
      { op: 'Add', in: ['b', 'x'], out: ['y'] },
    ];
    const samples = uniform(4, -3, 5);
    const { errors, circuit } = await errorsOf({ inputs: { x: [1, 4] }, nodes }, samples, {
      argument,
      calibration: samples,
    });
    expect(worst(errors)).toBeLessThan(0.004);
    const { lo, hi } = circuit.tensors[circuit.outputs[0].tensor];
    expect(hi - lo).toBeLessThanOrEqual(2 * 255); // twice x is 2 steps of x: nothing is rounded
  });

  it('whole amounts of seven digits through two layers', async () => {
    const model: ModelInit = {
      inputs: { x: [1, 4] },
      type: TensorProto_DataType.INT64,
      nodes: [
        { op: 'Cast', in: ['x'], out: ['f'], attributes: { to: TensorProto_DataType.FLOAT } },
        { op: 'Gemm', in: ['f', 'w', 'b'], out: ['h'] },
        relu('h', 'r'),
        { op: 'Gemm', in: ['r', 'v'], out: ['y'] },
      ],
      initializers: {
        w: floats([4, 8], random(32, 1e-6, 3)),
        b: floats([8], random(8, 2, 4)),
        v: floats([8, 2], random(16, 1, 5)),
      },
    };
    const samples = uniform(4, 0, 1e7, Math.round);
    const { errors } = await errorsOf(model, samples, { argument, calibration: samples });
    expect(worst(errors)).toBeLessThan(0.01);
  });

  it.each([
    ['equal ends', 5, 5],
    ['ends the wrong way round', 8, 5],
    ['ends below all that is clipped', -4, -3],
    ['ends that differ by less than a step', 0.001, 0.001],
  ])('a clip that takes one value is that value: %s', async (_, lo, hi) => {
    const model: ModelInit = {
      inputs: { x: [1, 3] },
      nodes: [{ op: 'Clip', in: ['x', 'lo', 'hi'] }],
      initializers: { lo: floats([], [lo]), hi: floats([], [hi]) },
    };
    const samples = uniform(3, 0, 1);
    const live = {
      ...model,
      nodes: [
        { ...model.nodes[0], out: ['c'] },
        { op: 'Add', in: ['c', 'x'], out: ['y'] },
      ],
    };
    const { errors, quantised } = await errorsOf(live, samples, { argument, calibration: samples });
    expect(worst(errors)).toBeLessThan(0.005);
    expect(quantised[0][0] - samples.inputs.x[0]).toBeCloseTo(Math.fround(hi), 2);
  });

  it('a clip stays within its ends where data showed one value', async () => {
    const model: ModelInit = {
      inputs: { x: [1, 2] },
      nodes: [{ op: 'Clip', in: ['x', 'lo', 'hi'] }],
      initializers: { lo: floats([], [-4]), hi: floats([], [-3]) },
    };
    const options = { argument, inputRanges: { x: [-5, 5] as const }, calibration: uniform(2, 1, 2) };
    const { circuit } = await compile(modelBytes(model), options);
    const { outputs } = await run(circuit, { count: 3, inputs: { x: Float64Array.of(-5, -3.5, 0, 5, -4.5, -3.1) } });
    outputs.forEach(({ y }, i) =>
      y.floats.forEach((value, c) =>
        expect(value).toBeCloseTo(
          [
            [-4, -3.5],
            [-3, -3],
            [-4, -3.1],
          ][i][c],
          1,
        ),
      ),
    );
  });

  it('activations far from 0 have all their bits for what they move', async () => {
    const model: ModelInit = {
      inputs: { x: [1, 4] },
      nodes: [{ op: 'Add', in: ['x', 'far'], out: ['a'] }, relu('a', 'r'), { op: 'Sub', in: ['r', 'far'], out: ['y'] }],
      initializers: { far: floats([1], [600]) },
    };
    const samples = uniform(4, -3, 3);
    const { errors } = await errorsOf(model, samples, { argument, calibration: samples });
    expect(worst(errors)).toBeLessThan(0.005);
  });

  it('a LeakyRelu far below 0, or above it', async () => {
    const model: ModelInit = {
      inputs: { x: [1, 4] },
      nodes: [
        { op: 'Add', in: ['x', 'far'], out: ['a'] },
        { op: 'LeakyRelu', in: ['a'], out: ['y'], attributes: { alpha: { float: 0.1 } } },
      ],
      initializers: { far: floats([4], [600, 601, 599, 600]) },
    };
    const samples = uniform(4, -3, 3);
    const below = { ...model, initializers: { far: floats([4], [-600, -601, -599, -600]) } };
    for (const one of [model, below])
      expect(worst((await errorsOf(one, samples, { argument, calibration: samples })).errors)).toBeLessThan(0.005);
  });

  it('two operands whose steps differ by thousands', async () => {
    const nodes: NodeInit[] = [
      { op: 'Clip', in: ['x', 'lo', 'hi'], out: ['a'] },
      { op: 'MatMul', in: ['x', 'w'], out: ['b'] },
      { op: 'Max', in: ['b', 'c'], out: ['d'] },
      { op: 'Max', in: ['a', 'd'], out: ['e'] },
      { op: 'Min', in: ['e', 'x'], out: ['f'] },
      { op: 'Add', in: ['e', 'f'], out: ['y'] },
    ];
    const initializers = {
      lo: floats([], [-0.5]),
      hi: floats([], [0.5]),
      w: floats([5, 5], random(25, 0.6, 6)),
      c: floats([5], random(5, 0.2, 7)),
    };
    const samples = uniform(5, -1, 1);
    const { errors } = await errorsOf({ inputs: { x: [1, 5] }, nodes, initializers }, samples, {
      argument,
      calibration: samples,
    });
    expect(worst(errors)).toBeLessThan(0.01);
  });

  it('targets of a million and of a thousandth in one output', async () => {
    const model: ModelInit = {
      inputs: { x: [1, 3] },
      nodes: [{ op: 'Gemm', in: ['x', 'w', 'b'] }],
      initializers: { w: floats([3, 2], [1e6, 2e-4, -3e5, -5e-4, 2e6, 3e-4]), b: floats([2], [1e5, 1e-4]) },
    };
    const samples = uniform(3, 0, 1);
    const { errors } = await errorsOf(model, samples, { argument, calibration: samples });
    expect(worst(errors)).toBeLessThan(0.005);
  });

  it.each([8, 10, 12])('chains of maxima at %i bits', async (bits) => {
    const samples = uniform(6, -2, 2);
    for (const model of [bounds(7, 6), leakyMaxima(6)]) {
      const { errors } = await errorsOf(model, samples, { argument, bits, calibration: samples });
      expect(worst(errors)).toBeLessThan(0.01);
    }
  });

  it('weights of equal size, rounded alike, that all lose', async () => {
    const side = 12;
    const model: ModelInit = {
      inputs: { x: [1, 2, side, side] },
      nodes: [
        { op: 'GlobalAveragePool', in: ['x'], out: ['a'] },
        relu('a', 'r'),
        { op: 'Flatten', in: ['r'], out: ['y'] },
      ],
    };
    const random = generator(4);
    const levels = Float64Array.from({ length: 2 * COUNT }, () => random());
    const x = Float64Array.from({ length: 2 * side * side * COUNT }, (_, i) =>
      Math.fround(levels[Math.floor(i / side / side)]),
    );
    const samples = { count: COUNT, inputs: { x } };
    const { errors } = await errorsOf(model, samples, { argument, calibration: samples });
    expect(worst(errors)).toBeLessThan(0.01);
  });
});

it('a Relu that is rarely active takes no table as long as its input is wide', async () => {
  const model: ModelInit = { inputs: { x: [1, 25] }, nodes: [relu('x', 'y')] };
  const samples = uniform(25, -6, 0.003);
  const start = performance.now();
  const { report } = await compile(modelBytes(model), { bits: 12, calibration: samples });
  expect(performance.now() - start).toBeLessThan(5000);
  expect(Math.max(...report.tables.map(({ rows }) => rows))).toBeLessThan(2 ** 13);
});

it('integers stay integers: a position times a hundred thousand', async () => {
  const { INT64 } = TensorProto_DataType;
  const model: ModelInit = {
    inputs: { x: [1, 9] },
    outputType: INT64,
    nodes: [
      { op: 'ArgMax', in: ['x'], out: ['a'], attributes: { axis: 1, keepdims: 0 } },
      { op: 'Mul', in: ['a', 'm'], out: ['b'] },
      { op: 'Add', in: ['b', 'c'], out: ['y'] },
    ],
    initializers: {
      m: { dims: [1n], dataType: INT64, int64Data: [100000n] },
      c: { dims: [1n], dataType: INT64, int64Data: [5n] },
    },
  };
  const { circuit } = await compile(modelBytes(model), { inputRanges: { x: [0, 1] } });
  const x = Float64Array.from({ length: 9 }, (_, i) => (i === 7 ? 1 : 0));
  const [{ y }] = (await run(circuit, { count: 1, inputs: { x } })).outputs;
  expect(y.floats).toEqual([700005]);
});
