// A transformer as exporters write one, whole: norms, two heads of attention under a causal mask, GELU by Erf, a stream that every
// block adds to. Its floats are onnxruntime's.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { compile, run } from '#compiler/index.js';
import { emitQuantisedOnnx } from '#compiler/emit/onnx.js';
import { generator } from './circuits.js';
import { floats, ints, modelBytes, type AttributeInit, type NodeInit, type TensorInit } from './onnx-models.js';
import { floatOutputs } from './random-graphs/floats.js';

const [T, D, HEADS, HIDDEN, CLASSES, COUNT] = [6, 8, 2, 16, 4, 60];

function transformer(norm: 'node' | 'written', mask: 'Add' | 'Where'): Uint8Array {
  const random = generator(31);
  const initializers: Record<string, TensorInit> = {};
  const nodes: NodeInit[] = [];
  let count = 0;
  const node = (op: string, inputs: string[], attributes?: Record<string, AttributeInit>): string => {
    const out = `${op}${count++}`;
    nodes.push({ op, name: out, in: inputs, out: [out], ...(attributes && { attributes }) });
    return out;
  };
  const constant = (tensor: TensorInit): string => {
    const name = `c${count++}`;
    initializers[name] = tensor;
    return name;
  };
  const scalar = (value: number): string => constant(floats([], [value]));
  const normal = (): number => Array.from({ length: 12 }, random).reduce((a, b) => a + b, -6);
  const matrix = (rows: number, columns: number): string =>
    constant(
      floats(
        [rows, columns],
        Array.from({ length: rows * columns }, () => normal() / Math.sqrt(rows)),
      ),
    );
  const dense = (x: string, rows: number, columns: number): string =>
    node('Add', [node('MatMul', [x, matrix(rows, columns)]), constant(floats([columns], Array.from({ length: columns }, () => normal() / 4)))]); // prettier-ignore
  const layerNorm = (x: string): string => {
    const scale = constant(
      floats(
        [D],
        Array.from({ length: D }, () => 1 + normal() / 8),
      ),
    );
    const bias = constant(
      floats(
        [D],
        Array.from({ length: D }, () => normal() / 8),
      ),
    );
    if (norm === 'node') return node('LayerNormalization', [x, scale, bias], { axis: -1 });
    const d = node('Sub', [x, node('ReduceMean', [x], { axes: [-1] })]);
    const variance = node('ReduceMean', [node('Pow', [d, scalar(2)])], { axes: [-1] });
    const root = node('Sqrt', [node('Add', [variance, scalar(1e-5)])]);
    return node('Add', [node('Mul', [node('Div', [d, root]), scale]), bias]);
  };
  const heads = (x: string, perm: number[]): string =>
    node('Transpose', [node('Reshape', [x, constant(ints(1, T, HEADS, D / HEADS))]), ], { perm }); // prettier-ignore
  const hidden = Array.from({ length: T * T }, (_, i) => i % T > Math.floor(i / T));
  const masked = (scores: string): string =>
    mask === 'Add'
      ? node('Add', [scores, constant(floats([T, T], hidden.map((is) => (is ? -1e9 : 0))))]) // prettier-ignore
      : node('Where', [constant({ dims: [BigInt(T), BigInt(T)], dataType: Type.BOOL, rawData: Uint8Array.from(hidden, Number) }), scalar(-Infinity), scores]); // prettier-ignore

  let stream = node('Add', [dense('x', 5, D), constant(floats([1, T, D], Array.from({ length: T * D }, normal)))]);
  for (let block = 0; block < 2; block++) {
    const y = layerNorm(stream);
    const [q, k, v] = [[0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]].map((perm) => heads(dense(y, D, D), perm)); // prettier-ignore
    const scores = node('Div', [node('MatMul', [q, k]), scalar(Math.sqrt(D / HEADS))]);
    const weighed = node('MatMul', [node('Softmax', [masked(scores)], { axis: -1 }), v]);
    const joined = node('Reshape', [node('Transpose', [weighed], { perm: [0, 2, 1, 3] }), constant(ints(1, T, D))]); // prettier-ignore
    stream = node('Add', [stream, dense(joined, D, D)]);
    const u = dense(layerNorm(stream), D, HIDDEN);
    const half = node('Mul', [u, node('Add', [node('Erf', [node('Div', [u, scalar(Math.SQRT2)])]), scalar(1)])]);
    stream = node('Add', [stream, dense(node('Mul', [half, scalar(0.5)]), HIDDEN, D)]);
  }
  const mean = node('ReduceMean', [layerNorm(stream)], { axes: [1], keepdims: 0 });
  nodes.push({ op: 'MatMul', in: [mean, matrix(D, CLASSES)], out: ['y'] });
  return modelBytes({ inputs: { x: [1, T, 5] }, nodes, initializers, outputs: ['y'], opset: 17 });
}

describe.each([
  ['node', 'Add'],
  ['written', 'Where'],
] as const)('a transformer, its norms %s, its mask by %s', (norm, mask) => {
  it('is near its floats at 8 bits, in a domain of 12,288 rows, and its integers are those of model.quant.onnx', async () => {
    const bytes = transformer(norm, mask);
    const random = generator(9);
    const data = Float32Array.from({ length: COUNT * T * 5 }, () => 2 * random() - 1);
    const samples = { count: COUNT, inputs: { x: data } };
    const { circuit, report } = await compile(bytes, { bits: 8, calibration: samples, allowLoss: true });
    const [want] = await floatOutputs(bytes, { x: [1, T, 5] }, [samples]);
    const floatsOf = want.get('y')!.data;
    const { outputs } = await run(circuit, samples, { clamp: false });
    const width = Math.max(...floatsOf) - Math.min(...floatsOf);
    const errors = outputs.flatMap((one, i) =>
      Array.from(one['y'].floats, (v, k) => Math.abs(v - floatsOf[i * CLASSES + k])),
    );
    expect(errors.reduce((a, b) => a + b, 0) / errors.length / width).toBeLessThan(0.003);
    expect(Math.max(...errors) / width).toBeLessThan(0.015);
    expect(report.domain).toBe(12_288);

    const session = await InferenceSession.create(emitQuantisedOnnx(circuit), { logSeverityLevel: 3 });
    for (let i = 0; i < 5; i++) {
      const x = new Tensor('float32', data.slice(i * T * 5, (i + 1) * T * 5), [1, T, 5]);
      const { y_int } = await session.run({ x });
      expect(Array.from(y_int.data, Number)).toEqual(Array.from(outputs[i]['y'].ints, Number));
    }
  });
});
