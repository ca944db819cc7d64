// Operators that an index of the input leads: every index that their range allows, against onnxruntime.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { someCorners, legal } from '../lies/ends.js';
import { floats, ints, modelBytes, valueInfo, type NodeInit } from './onnx-models.js';

const { FLOAT, INT64 } = TensorProto_DataType;
const table = floats([4, 3], [0.5, -1, 2, 3, 1.25, -2.5, 0, 4, -4, 1, 1.5, 0.75]);
const X = Array.from({ length: 12 }, (_, i) => Math.sin(5 * i) * 2);

interface Case {
  readonly node: NodeInit;
  /** Shape of the indices, and the places that they may name. */
  readonly shape: number[];
  readonly places: number;
}

const named = (node: Omit<NodeInit, 'out'>): NodeInit => ({ ...node, name: 'tried', out: ['y'] });
const cases: Readonly<Record<string, Case>> = {
  'Gather rows of constants': { node: named({ op: 'Gather', in: ['table', 'i'] }), shape: [2], places: 4 },
  'Gather columns of constants': {
    node: named({ op: 'Gather', in: ['table', 'i'], attributes: { axis: 1 } }),
    shape: [2, 1],
    places: 3,
  },
  'Gather of live values': { node: named({ op: 'Gather', in: ['x', 'i'], attributes: { axis: -1 } }), shape: [2], places: 3 },
  'GatherElements of constants': { node: named({ op: 'GatherElements', in: ['table', 'i'] }), shape: [1, 2], places: 4 },
  'GatherElements of live values': {
    node: named({ op: 'GatherElements', in: ['x', 'i'], attributes: { axis: 1 } }),
    shape: [2, 1],
    places: 3,
  },
  OneHot: { node: named({ op: 'OneHot', in: ['i', 'depth', 'ends'], attributes: { axis: 0 } }), shape: [2], places: 3 },
}; // prettier-ignore

const modelOf = ({ node, shape }: Case): Uint8Array =>
  modelBytes({
    inputs: {},
    nodes: [node],
    initializers: { table, depth: ints(3), ends: floats([2], [-0.5, 2]) },
    graph: { input: [valueInfo('x', [4, 3], FLOAT), valueInfo('i', shape, INT64)] },
  });

async function reference(model: Uint8Array, i: readonly number[], shape: readonly number[]): Promise<number[]> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
  const feeds = {
    x: new Tensor('float32', Float32Array.from(X), [4, 3]),
    i: new Tensor('int64', BigInt64Array.from(i, BigInt), shape),
  };
  const { y } = await session.run(feeds);
  await session.release();
  return Array.from(y.data as Float32Array);
}

describe.each(['lookup', 'plain'] as const)('%s', (argument) => {
  it.each(Object.entries(cases))('%s', async (_, one) => {
    const { shape, places } = one;
    const model = modelOf(one);
    const ranges = { x: [-2, 2], i: [-places, places - 1] } as const;
    const { circuit } = await compile(model, { argument, bits: 12, inputRanges: ranges });
    const all = Array.from({ length: 2 * places }, (__, k) => k - places);
    for (const pair of all.flatMap((a) => all.map((b) => [a, b]))) {
      const inputs = { x: Float64Array.from(X), i: Float64Array.from(pair) };
      const { outputs } = await run(circuit, { count: 1, inputs });
      const want = await reference(model, pair, shape);
      expect(outputs[0].y.floats).toHaveLength(want.length);
      outputs[0].y.floats.forEach((v, o) => expect(Math.abs(v - want[o]), `${pair.join()}: ${o}`).toBeLessThan(2e-3));
    }
  });

  it('is legal at every corner', async () => {
    const one: Case = { node: named({ op: 'Gather', in: ['table', 'i'] }), shape: [3], places: 4 };
    const { circuit } = await compile(modelOf(one), { argument, bits: 8, inputRanges: { x: [0, 1], i: [-1, 3] } });
    for (const seed of [1, 2, 3, 4]) legal(circuit, someCorners(circuit, seed));
  });

  it('follows a position that the model finds itself', async () => {
    const model = modelBytes({
      inputs: { x: [1, 4] },
      nodes: [
        { op: 'ArgMax', name: 'best', in: ['x'], out: ['i'], attributes: { axis: 1, keepdims: 0 } },
        { op: 'Gather', name: 'row', in: ['table', 'i'] },
      ],
      initializers: { table },
    });
    const { circuit } = await compile(model, { argument, bits: 8, inputRanges: { x: [0, 1] } });
    const { outputs } = await run(circuit, { count: 1, inputs: { x: Float64Array.of(0.1, 0.9, 0.3, 0.2) } });
    [3, 1.25, -2.5].forEach((v, o) => expect(outputs[0].y.floats[o]).toBeCloseTo(v, 3));
  });

  it('walks a tree level by level: an index that leads to a feature, to a threshold, and to the next index', async () => {
    // level 1: features 0 and 2; level 2: thresholds 0.25, 0.5, -1, 1 on features 1, 0, 2, 1
    const model = modelBytes({
      inputs: { x: [1, 3] },
      nodes: [
        { op: 'Gather', in: ['x', 'root'], out: ['r'], attributes: { axis: 1 } },
        { op: 'Greater', in: ['r', 'zero'], out: ['g'] },
        { op: 'Cast', in: ['g'], out: ['b'], attributes: { to: INT64 } },
        { op: 'Add', in: ['b', 'trees'], out: ['first'] },
        { op: 'Gather', in: ['features', 'first'], out: ['f'] },
        { op: 'GatherElements', in: ['x', 'f'], out: ['v'], attributes: { axis: 1 } },
        { op: 'Gather', in: ['thresholds', 'first'], out: ['t'] },
        { op: 'Greater', in: ['v', 't'], out: ['g2'] },
        { op: 'Cast', in: ['g2'], out: ['b2'], attributes: { to: INT64 } },
        { op: 'Mul', in: ['first', 'two'], out: ['twice'] },
        { op: 'Add', in: ['twice', 'b2'], out: ['leaf'] },
        { op: 'Gather', in: ['leaves', 'leaf'], out: ['y'] },
      ],
      initializers: {
        ...{ root: ints(1, 0), zero: floats([1], [0.125]), trees: ints(0, 2), features: ints(0, 2, 1, 2) },
        ...{ thresholds: floats([4], [0.25, 0.5, -1, 1]), two: ints(2), leaves: floats([8], [1, 2, 4, 8, 16, 32, 64, 128]) }, // prettier-ignore
      },
    });
    const { circuit } = await compile(model, { argument, bits: 8, inputRanges: { x: [-2, 2] } });
    const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
    for (let k = 0; k < 60; k++) {
      const x = Float32Array.from({ length: 3 }, (_, i) => Math.round(32 * Math.sin(7 * k + 3 * i)) / 16 + 1 / 32);
      const { outputs } = await run(circuit, { count: 1, inputs: { x: Float64Array.from(x) } });
      const { y } = await session.run({ x: new Tensor('float32', x, [1, 3]) });
      expect(outputs[0].y.floats).toEqual(Array.from(y.data as Float32Array));
    }
    await session.release();
    // two leaves above an index's own least, not eight places each: 3 rows of onehot for the last index, not 7
    expect(circuit.tensors.find(({ name }) => name === 'y chosen')?.shape).toEqual([2, 3]);
    for (const seed of [1, 2]) legal(circuit, someCorners(circuit, seed));
  });

  it('refuses a range beyond the places, by node', async () => {
    const one = cases['Gather rows of constants'];
    const compiled = compile(modelOf(one), { argument, bits: 8, inputRanges: { x: [0, 1], i: [0, 4] } });
    await expect(compiled).rejects.toMatchObject({
      code: 'unsupported',
      message: 'expected indices of [-4, 3], the proven interval is [0, 4]',
      where: 'tried (Gather)',
    });
  });
});
