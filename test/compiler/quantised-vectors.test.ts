// The integers of onnxruntime's kernels, stored (quantised-vectors/make.py) and as it has them here: a sum and a product of two bytes on
// all pairs of 20 sets of scales, every other kernel on 10,000 outputs or more. None differs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { compile } from '#compiler/index.js';
import { quantisedOutputs } from '#compiler/measure/run.js';
import { integersOf } from './operator-cases/case.js';
import { floats, graphOf, modelBytes } from './onnx-models.js';

/** Sets of scales of which onnxruntime is asked again. */
const LIVE = process.env['INFERPROOF_FULL'] === '1' ? 20 : 5;
const at = (name: string): string => join(import.meta.dirname, 'quantised-vectors', name);
const read = (name: string): unknown => JSON.parse(readFileSync(at(name), 'utf8'));
const sessionOf = (model: Uint8Array): Promise<InferenceSession> =>
  InferenceSession.create(model, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 }); // prettier-ignore

/** The first places at which two lists differ; none where they are equal. */
const differences = (got: ArrayLike<number>, want: ArrayLike<number>, name: (i: number) => string): string[] => {
  const found: string[] = [];
  for (let i = 0; i < Math.max(got.length, want.length) && found.length < 5; i++)
    if (got[i] !== want[i]) found.push(`${name(i)}: ${got[i]} for ${want[i]}`);
  return found;
};

type Byte = 'int8' | 'uint8';
interface Pairs {
  readonly type: Byte;
  readonly a: number;
  readonly b: number;
  readonly zeros: readonly number[];
  readonly QLinearAdd: Result;
  readonly QLinearMul: Result;
  /** The kernel takes the second operand first where one element of the first meets all of the second. */
  readonly 'QLinearAdd, broadcast': Result;
}
interface Result {
  readonly result: number;
  /** What is not the float64 result rounded, a half to the even integer: [a, b, integer]. */
  readonly apart: readonly (readonly [number, number, number])[];
}

const rint = (x: number): number => {
  const up = Math.round(x);
  return (up - x === 0.5 && up % 2 !== 0 ? up - 1 : up) + 0;
};
const OPS = ['QLinearAdd', 'QLinearMul', 'QLinearAdd, broadcast'] as const;
type Op = (typeof OPS)[number];
const least = (type: Byte): number => (type === 'int8' ? -128 : 0);

/** All 65,536 integers, b along the rows. */
function storedPairs({ type, a, b, zeros: [za, zb, zc], ...of }: Pairs, op: Op): Int16Array {
  const lo = least(type);
  const { result, apart } = of[op];
  const real = (x: number, y: number): number => (op === 'QLinearMul' ? (x * y * (a * b)) / result : (x * a + y * b) / result); // prettier-ignore
  const all = Int16Array.from({ length: 2 ** 16 }, (_, i) => {
    const [x, y] = [lo + Math.floor(i / 256) - za, lo + (i % 256) - zb];
    return Math.min(Math.max(rint(real(x, y)) + zc, lo), lo + 255);
  });
  for (const [x, y, integer] of apart) all[(x - lo) * 256 + y - lo] = integer;
  return all;
}

const pairModel = ({ type, a, b, zeros, ...of }: Pairs, op: Op, shapes: readonly number[][]): Uint8Array => {
  const kind = type === 'int8' ? Type.INT8 : Type.UINT8;
  const scale = (value: number) => floats([], [value]);
  const [za, zb, zc] = zeros.map((zero) => integersOf([], [zero], type));
  return modelBytes({
    inputs: { x: shapes[0], z: shapes[1] },
    type: kind,
    outputType: kind,
    nodes: [{ op: op.split(',')[0], domain: 'com.microsoft', in: ['x', 'sa', 'za', 'z', 'sb', 'zb', 'sc', 'zc'] }],
    initializers: { sa: scale(a), sb: scale(b), sc: scale(of[op].result), za, zb, zc },
  });
}; // prettier-ignore

const bytesOf = (type: Byte, values: ArrayLike<number>, shape: readonly number[]): Tensor =>
  type === 'int8' ? new Tensor('int8', Int8Array.from(values), shape) : new Tensor('uint8', Uint8Array.from(values), shape); // prettier-ignore

describe('a sum and a product of two bytes, on all pairs', () => {
  const sets = read('pairs.json') as Pairs[];
  const every = (type: Byte): number[] => Array.from({ length: 256 }, (_, i) => least(type) + i);
  const pairAt = (type: Byte) => (i: number) => `${least(type) + Math.floor(i / 256)}, ${least(type) + (i % 256)}`;

  /** All pairs, in their order, as 32 samples: of eight a and all b. */
  const samplesOf = (type: Byte, isWide: boolean) => {
    const lo = least(type);
    const count = 32;
    const pair = Array.from({ length: 2 ** 16 }, (_, i) => [Math.floor(i / 256), i % 256] as const);
    const x = isWide ? every(type) : pair.map(([a]) => lo + a);
    const z = isWide ? Array.from({ length: count }, () => every(type)).flat() : pair.map(([, b]) => lo + b);
    const shapes = isWide ? [[256 / count, 1], [1, 256]] : [[2 ** 16 / count], [2 ** 16 / count]]; // prettier-ignore
    return { shapes, count, inputs: { x: Float64Array.from(x), z: Float64Array.from(z) } };
  };

  it.each(OPS)('%s of 20 sets of scales has the stored integers, and those of onnxruntime here', async (op) => {
    expect(sets).toHaveLength(20);
    const isWide = op.endsWith('broadcast');
    const whole = isWide ? [[256, 1], [1, 256]] : [[2 ** 16], [2 ** 16]]; // prettier-ignore
    for (const [n, set] of sets.entries()) {
      const { type } = set;
      const want = storedPairs(set, op);
      const { shapes, count, inputs } = samplesOf(type, isWide);
      const graph = graphOf(pairModel(set, op, shapes));
      const got = new Int16Array(2 ** 16);
      const size = got.length / count;
      const part = (all: Float64Array, k: number) => all.subarray((k * all.length) / count, ((k + 1) * all.length) / count); // prettier-ignore
      for (let k = 0; k < count; k++) {
        const values = evaluateGraph(graph, { x: part(inputs.x, k), z: part(inputs.z, k) })[graph.outputs[0].value];
        got.set(values, k * size);
      }
      expect(differences(got, want, pairAt(type)), `set ${n}`).toEqual([]);
      if (n >= LIVE) continue;
      const session = await sessionOf(pairModel(set, op, whole));
      const row = isWide ? every(type) : Array.from(want, (_, i) => least(type) + Math.floor(i / 256));
      const column = isWide ? every(type) : Array.from(want, (_, i) => least(type) + (i % 256));
      const live = await session.run({ x: bytesOf(type, row, whole[0]), z: bytesOf(type, column, whole[1]) });
      await session.release();
      expect(differences(live['y'].data as Int8Array, want, pairAt(type)), `set ${n}, here`).toEqual([]);
    }
    // some of them are not what float64 gives: the kernels' own rounding is asked for
    expect(sets.some((set) => set[op].apart.length > 0)).toBe(true);
  });

  it.each(OPS)('%s has them in circuits', async (op) => {
    for (const set of [sets.find((one) => one[op].apart.length > 0)!]) {
      const { shapes, count, inputs } = samplesOf(set.type, op.endsWith('broadcast'));
      const { circuit } = await compile(pairModel(set, op, shapes), { argument: 'lookup' });
      const want = storedPairs(set, op);
      const [got] = quantisedOutputs(circuit, { count, inputs }, () => undefined, false);
      expect(differences(got, want, pairAt(set.type))).toEqual([]);
    }
  });
});

interface Kernel {
  readonly kernel: string;
  readonly samples: number;
  readonly type: 'int8' | 'uint8' | 'int32' | 'float32';
  /** base64 */
  readonly model: string;
}

/** Whole numbers of [0, 2^16), as make.py draws them. */
function numbers(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  });
}

describe('every other kernel, on 10,000 outputs', () => {
  const kernels = read('kernels.json') as Kernel[];
  const bytes = new Uint8Array(readFileSync(at('kernels.bin'))).buffer;
  const arrays = { int8: Int8Array, uint8: Uint8Array, int32: Int32Array, float32: Float32Array };
  let offset = 0;
  const cases = kernels.map(({ kernel, samples, type, model: text }, k) => {
    const model = new Uint8Array(Buffer.from(text, 'base64'));
    const graph = graphOf(model);
    const { shape } = graph.values[graph.outputs[0].value];
    const count = samples * shape.reduce((a, b) => a * b, 1);
    const want = new arrays[type](bytes.slice(offset, (offset += count * arrays[type].BYTES_PER_ELEMENT)));
    const inputs = Object.fromEntries(
      graph.inputs.map(({ name, value }, i) => {
        const { shape: own, dtype } = graph.values[value];
        const length = own.reduce((a, b) => a * b, 1);
        const drawn = Array.from({ length: samples }, (_, s) => numbers(1000 * k + 2 * s + i, length)).flat();
        return [name, Float64Array.from(drawn, (v) => dtype === 'float32' ? Math.fround((v - 32768) / 16384) : (v >> 8) - (dtype === 'int8' ? 128 : 0))]; // prettier-ignore
      }),
    );
    return [`${kernel} ${k}`, { kernel, samples, model, graph, want, inputs }] as const;
  });

  it('are all that are stored', () => {
    expect(offset).toBe(bytes.byteLength);
    for (const [name, { want }] of cases) expect(want.length, name).toBeGreaterThanOrEqual(10_000);
  });

  it.each(cases)('%s', async (_, { samples, model, graph, want, inputs }) => {
    const index = (i: number): string => `output ${i}`;
    const session = await sessionOf(model);
    const [live, ofGraph]: [number[], number[]] = [[], []];
    for (let s = 0; s < samples; s++) {
      const sample = graph.inputs.map(({ name, value }) => {
        const { shape, dtype } = graph.values[value];
        const length = inputs[name].length / samples;
        return { name, shape, dtype, data: inputs[name].slice(s * length, (s + 1) * length) };
      });
      const given = sample.map(({ name, shape, dtype, data }) => [name, dtype === 'float32' ? new Tensor('float32', Float32Array.from(data), shape) : bytesOf(dtype as Byte, data, shape)]); // prettier-ignore
      const result = await session.run(Object.fromEntries(given) as Record<string, Tensor>);
      live.push(...Array.from(result['y'].data as ArrayLike<number>, Number));
      const values = evaluateGraph(graph, Object.fromEntries(sample.map(({ name, data }) => [name, data])));
      ofGraph.push(...values[graph.outputs[0].value].map(Math.fround));
    }
    await session.release();
    expect(differences(live, want, index)).toEqual([]);
    expect(differences(ofGraph, want, index)).toEqual([]);
    const { circuit } = await compile(model, { argument: 'lookup' });
    const [reals] = quantisedOutputs(circuit, { count: samples, inputs }, () => undefined, false);
    const got = reals.map(Math.fround);
    expect(differences(got, want, index)).toEqual([]);
  });
});
