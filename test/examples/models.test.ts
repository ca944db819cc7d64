// The shipped example models: what a PyTorch exporter would write, small, and as accurate as their README says.
import { readFileSync, statSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { largest } from '#examples/common.js';
import { encodeNpy, encodeNpz } from '#examples/train/arrays.js';
import { parseNpy, parseNpz } from '#files/index.js';

const cases = [
  { folder: 'mnist-mlp', shape: [1, 784], ops: ['Gemm', 'Relu', 'Gemm'], least: 0.95 },
  {
    folder: 'mnist-lenet',
    shape: [1, 1, 28, 28],
    ops: 'Conv Relu MaxPool Conv Relu MaxPool Flatten Gemm Relu Gemm Relu Gemm'.split(' '),
    least: 0.97,
  },
];

describe.each(cases)('$folder', ({ folder, shape, ops, least }) => {
  const bytes = readFileSync(`examples/${folder}/model.onnx`);
  const [[name, calibration]] = parseNpz(readFileSync(`examples/${folder}/calibration.npz`), 'calibration');
  const labels = parseNpy(readFileSync(`examples/${folder}/labels.npy`), 'labels').data;

  test('is small, of opset 17, with the declared shape and operators', () => {
    const { graph, opsetImport } = fromBinary(ModelProtoSchema, bytes);
    expect(statSync(`examples/${folder}/model.onnx`).size).toBeLessThan(300_000);
    expect(statSync(`examples/${folder}/calibration.npz`).size).toBeLessThan(200_000);
    expect(opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 17n]]);
    expect(graph?.node.map(({ opType }) => opType)).toEqual(ops);
    expect(calibration.shape).toEqual([200, ...shape.slice(1)]);
    expect(name).toBe(graph?.input[0].name);
  });

  test('reads its calibration digits and its proved digit', async () => {
    const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
    const read = async (values: ArrayLike<number>) => {
      const { output } = await session.run({ input: new Tensor('float32', Float32Array.from(values), shape) });
      return largest(Array.from(output.data as Float32Array));
    };
    let right = 0;
    for (let i = 0; i < 200; i++)
      if ((await read(calibration.data.slice(784 * i, 784 * i + 784))) === labels[i]) right++;
    expect(right / 200).toBeGreaterThanOrEqual(least);
    const digit = JSON.parse(readFileSync(`examples/${folder}/digit.json`, 'utf8')) as { input_data: number[][] };
    expect(digit.input_data.map(({ length }) => length)).toEqual([784]);
    expect(await read(digit.input_data[0])).toBe(2);
    await session.release();
  });
});

test('the arrays that training writes are read back', () => {
  const values = Float32Array.of(0, -1.5, 1 / 3, 3e38, -0, 7);
  const read = { shape: [2, 3], data: Float64Array.from(values) };
  expect([...parseNpz(encodeNpz('x', values, [2, 3]), 'x.npz')]).toEqual([['x', read]]);
  const bytes = encodeNpy(Uint8Array.of(0, 255), [2]);
  expect(parseNpy(bytes, 'x.npy')).toEqual({ shape: [2], data: Float64Array.of(0, 255) });
  expect(encodeNpy(values, [6]).length % 64).toBe(24);
});
