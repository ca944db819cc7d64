// Functions that jump: exact on the grid of their input where it has one, a source's step from the jump where it has none, and
// refused by the accuracy contract where the grid of an input carries decisions across a jump.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { compile, run } from '#compiler/index.js';
import { floatsOf } from '#compiler/measure/run.js';
import { slopeOf } from '#compiler/recipes/function-reach.js';
import { point } from '#compiler/recipes/functions.js';
import { generator, rescaleOf } from './circuits.js';
import { floats, modelBytes, type NodeInit } from './onnx-models.js';

/** To the even side; Math.round goes up. */
const halfToEven = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

const JUMPS: Readonly<Record<string, readonly [attributes: NodeInit['attributes'], f: (x: number) => number]>> = {
  Ceil: [{}, Math.ceil],
  Floor: [{}, Math.floor],
  Round: [{}, halfToEven],
  Sign: [{}, Math.sign],
  Shrink: [{ lambd: { float: 0.75 }, bias: { float: 0.25 } }, (x) => (x < -0.75 ? x + 0.25 : x > 0.75 ? x - 0.25 : 0)],
  ThresholdedRelu: [{ alpha: { float: 0.5 } }, (x) => (x > 0.5 ? x : 0)],
};
const WHOLE = ['Ceil', 'Floor', 'Round', 'Sign'];

const model = (nodes: readonly NodeInit[], size = 256): Uint8Array =>
  modelBytes({
    inputs: { x: [1, size] },
    nodes: [...nodes],
    initializers: { third: floats([], [1 / 3]), half: floats([], [0.5]), w: floats([16, 8], weights), ten: floats([], [10]) },
    opset: 20,
    ir: 9,
  }); // prettier-ignore
const random = generator(31);
const weights = Float32Array.from({ length: 128 }, () => 2 * random() - 1);

/** The reals of x and of y where x is each of its 256 integers. */
function everyInteger(circuit: Circuit): {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly scale: number;
} {
  const [{ tensor }] = circuit.inputs;
  const stored = Float64Array.from({ length: 256 }, (_, i) => i);
  const values = evaluateCircuit(circuit, new Map([[tensor, stored]]));
  const out = circuit.outputs[0].tensor;
  const step = circuit.steps.find((one) => rescaleOf(one)?.f.kind === 'values')!;
  const { scale } = circuit.tensors[step.outs[0]];
  return { x: floatsOf(circuit, tensor, stored), y: floatsOf(circuit, out, values[out]), scale: scale as number };
}

describe.each(Object.entries(JUMPS))('%s', (op, [attributes, f]) => {
  const node = { op, in: ['x'], ...(attributes && { attributes }) };

  it.each([
    ['a grid that meets no jump', -3.21, 4.7],
    ['a grid that meets every jump', -10, 15.5],
    ['a grid of quarters', -32, 31.75],
  ])('is exact on %s', async (_, lo, hi) => {
    const { circuit } = await compile(model([node]), { inputRanges: { x: [lo, hi] } });
    const { x, y, scale } = everyInteger(circuit);
    if (WHOLE.includes(op)) expect(scale).toBe(1);
    const most = WHOLE.includes(op) ? 1e-9 : scale / 2 + 1e-9;
    x.forEach((v, i) => expect(Math.abs(y[i] - f(Number(v.toPrecision(12)))), `${op}(${v})`).toBeLessThanOrEqual(most));
  });

  it('is exact behind lines and activations of the same elements', async () => {
    const nodes = [
      { op: 'Mul', in: ['x', 'third'], out: ['a'] },
      { op: 'Add', in: ['a', 'half'], out: ['b'] },
      { ...node, in: ['b'] },
    ];
    const { circuit } = await compile(model(nodes), { inputRanges: { x: [-4, 7] } });
    const { x, y, scale } = everyInteger(circuit);
    const most = WHOLE.includes(op) ? 1e-9 : scale / 2 + 1e-9;
    // in float32, as a runtime computes it
    const behind = (v: number): number => Math.fround(Math.fround(Math.fround(v) * Math.fround(1 / 3)) + 0.5);
    x.forEach((v, i) => expect(Math.abs(y[i] - f(behind(v)))).toBeLessThanOrEqual(most));
  });

  it('of a sum is wrong only as near to a jump as a source rounds', async () => {
    const nodes = [
      { op: 'MatMul', in: ['x', 'w'], out: ['h'] },
      { ...node, in: ['h'] },
    ];
    const { circuit } = await compile(model(nodes, 16), { inputRanges: { x: [-1, 1] } });
    const [{ tensor }] = circuit.inputs;
    const step = circuit.tensors[tensor].scale as number; // weights are below 1
    for (let sample = 0; sample < 200; sample++) {
      const stored = Float64Array.from({ length: 16 }, () => Math.floor(random() * 256));
      const x = floatsOf(circuit, tensor, stored);
      const out = circuit.outputs[0].tensor;
      const y = floatsOf(circuit, out, evaluateCircuit(circuit, new Map([[tensor, stored]]))[out]);
      const { scale } = circuit.tensors[out];
      for (let j = 0; j < 8; j++) {
        const h = x.reduce((sum, v, i) => sum + v * weights[8 * i + j], 0);
        const [below, above] = [f(h - step), f(h + step)];
        const most = WHOLE.includes(op) ? 1e-9 : step + (scale as number);
        expect(y[j]).toBeGreaterThanOrEqual(Math.min(below, above, f(h)) - most);
        expect(y[j]).toBeLessThanOrEqual(Math.max(below, above, f(h)) + most);
      }
    }
  });

  it('needs tables: refused in the plain argument', async () => {
    const refused = compile(model([node]), { argument: 'plain', inputRanges: { x: [-3, 3] } });
    await expect(refused).rejects.toMatchObject({ code: 'unsupported', hint: 'use --argument lookup' });
  });
});

it('a decision that the grid of an input carries across a jump is seen by the accuracy contract', async () => {
  // whole numbers, on a grid of 0.0391 that meets only some of them: floor(2.99) is 2
  const x = Float64Array.from({ length: 256 * 16 }, (_, i) => (i * 7) % 10);
  const refused = compile(model([{ op: 'Floor', in: ['x'] }]), {
    calibration: { count: 16, inputs: { x } },
    inputRanges: { x: [-0.003, 9.97] },
    bits: 8,
  });
  await expect(refused).rejects.toMatchObject({ code: 'accuracy' });
});

it('the slope beside a jump is not that of the jump', () => {
  const of = { lo: -2, hi: 3 };
  expect(slopeOf(point('floor'), of, of)).toBe(0);
  expect(slopeOf(point('thresholdedRelu', 1), of, of)).toBeCloseTo(1, 9);
});

it('what an interval answers is asked of no integers: floats of no common grid that are never 0', async () => {
  const sum = (least: number): Uint8Array =>
    modelBytes({
      inputs: { x: [1, 3], z: [1, 3] },
      nodes: [
        { op: 'Sigmoid', in: ['x'], out: ['s'] },
        { op: 'Tanh', in: ['z'], out: ['t'] },
        { op: 'Mul', in: ['s', 'c'], out: ['p'] },
        { op: 'Add', in: ['p', 't'], out: ['a'] },
        { op: 'Add', in: ['a', 'least'], out: ['b'] },
        { op: 'Cast', in: ['b'], attributes: { to: Type.BOOL } },
      ],
      initializers: { c: floats([], [0.377]), least: floats([], [least]) },
      outputType: Type.BOOL,
    });
  const inputRanges = { '': [-2, 2] } as const;
  for (const least of [1.2, -3]) {
    const { circuit } = await compile(sum(least), { inputRanges });
    expect(circuit.steps.map(({ kind }) => kind)).not.toContain('equal');
    const { outputs } = await run(circuit, { count: 1, inputs: { x: new Float64Array(3), z: Float64Array.of(-2, 0, 2) } }); // prettier-ignore
    expect(outputs[0]['y'].ints).toEqual([1, 1, 1]);
  }
  await expect(compile(sum(0), { inputRanges })).rejects.toThrow('expected values of one grid');
});

describe('a comparison at the end of a range is that of the floats', () => {
  const against = (op: string, c: number): Uint8Array =>
    modelBytes({
      inputs: { x: [1, 3] },
      nodes: [{ op, in: ['x', 'c'] }],
      initializers: { c: floats([], [c]) },
      outputType: Type.BOOL,
      opset: 17,
    });

  it.each(['Equal', 'GreaterOrEqual'])('%s of a constant that float32 rounds beyond the range', async (op) => {
    expect(Math.fround(0.1)).toBeGreaterThan(0.1);
    const { circuit } = await compile(against(op, 0.1), { inputRanges: { '': [-1, 0.1] } });
    const { outputs } = await run(circuit, { count: 1, inputs: { x: Float64Array.of(Math.fround(0.1), -0.45, -1) } });
    expect(outputs[0]['y'].ints).toEqual([1, 0, 0]);
  });

  it.each(['Equal', 'GreaterOrEqual'])('%s, and Sign, of the greatest value of calibration data', async (op) => {
    const [most, least] = [Math.fround(0.3), Math.fround(0.3 - 8 * 0.37)];
    const x = Float64Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? most : Math.fround(0.3 + (least - 0.3) * ((i * 7) % 60) / 59))); // prettier-ignore
    const calibration = { count: 20, inputs: { x } };
    const { report } = await compile(against(op, 0.3), { calibration });
    expect(report?.agreement).toBe(1);
    const sign = modelBytes({
      inputs: { x: [1, 3] },
      nodes: [
        { op: 'Sub', in: ['x', 'c'], out: ['d'] },
        { op: 'Sign', in: ['d'] },
      ],
      initializers: { c: floats([], [0.3]) },
    });
    expect((await compile(sign, { calibration })).report?.maxError).toBe(0);
  });

  it('nor is a sum at its end, within the rounding of floats, never equal', async () => {
    const [a, b] = [0.377, 0.501].map(Math.fround);
    const sums = (c: number): Uint8Array =>
      modelBytes({
        inputs: { x: [1, 3], z: [1, 3] },
        nodes: [
          { op: 'Mul', in: ['x', 'a'], out: ['p'] },
          { op: 'Mul', in: ['z', 'b'], out: ['q'] },
          { op: 'Add', in: ['p', 'q'], out: ['s'] },
          { op: 'Equal', in: ['s', 'c'] },
        ],
        initializers: { a: floats([], [a]), b: floats([], [b]), c: floats([], [c]) },
        outputType: Type.BOOL,
      });
    const inputRanges = { '': [0, 1] } as const;
    expect(a + b).toBeLessThan(0.8780001);
    await expect(compile(sums(0.8780001), { inputRanges })).rejects.toThrow('expected values of one grid');
    const { circuit } = await compile(sums(0.8781), { inputRanges });
    expect(circuit.steps.map(({ kind }) => kind)).not.toContain('equal');
  });
});

it('what an interval shows of a function that jumps is what its keys say: at the end of a range float64 may fall short', async () => {
  const third = 1 / 3;
  for (const [op, lo] of [
    ['Floor', -0.05],
    ['Floor', 0],
    ['Cast', -0.05],
    ['Cast', 0],
  ] as const) {
    // prettier-ignore
    const model = modelBytes({
      inputs: { x: [1, 3] },
      nodes: [
        { op: 'Mul', in: ['x', 'three'], out: ['m'] },
        { op, in: ['m'], ...(op === 'Cast' && { attributes: { to: Type.INT32 } }) },
      ],
      initializers: { three: floats([], [3]) },
      ...(op === 'Cast' && { outputType: Type.INT32 }),
      opset: 17,
    });
    const { circuit } = await compile(model, { inputRanges: { '': [lo, third] } });
    const { outputs } = await run(circuit, { count: 1, inputs: { x: Float64Array.of(third, 0.2, 0.1) } });
    const { ints, floats: reals } = outputs[0]['y'];
    expect(ints ?? Array.from(reals), `${op} from ${lo}`).toEqual([1, 0, 0]);
  }
});
