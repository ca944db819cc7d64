// Types that operators got in a later opset: exporters wrote them before (an Equal of floats in opset 10), onnxruntime does not load
// such a file, and the form that has the type leaves no doubt what is meant. Ours in the opset before is onnxruntime's in that opset.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { expect, it } from 'vitest';
import { modelBytes, runOutputs, type ModelInit } from './onnx-models.js';

/** Operator, the opset that brought the type, the type. */
const LATER = [
  ['Add', 14, Type.INT8],
  ['Sub', 14, Type.UINT8],
  ['Mul', 14, Type.INT8],
  ['Div', 14, Type.INT8],
  ['Div', 14, Type.UINT8],
  ['Equal', 11, Type.FLOAT],
  ['Less', 9, Type.INT32],
  ['Greater', 9, Type.INT64],
  ['Max', 12, Type.INT32],
  ['Min', 12, Type.INT64],
] as const satisfies readonly (readonly [op: string, since: number, type: number])[];

const U8: number = Type.UINT8;

/** Of x = 9, -7, 100, 5 and y = 2, 3, 100, 3 as the type. */
const modelOf = (op: string, opset: number, type: number): ModelInit => ({
  inputs: { x: [4], y: [4] },
  nodes: [
    { op: 'Cast', in: ['x'], out: ['a'], attributes: { to: type === U8 ? Type.INT32 : type } },
    { op: 'Cast', in: ['a'], out: ['b'], attributes: { to: type } },
    { op: 'Cast', in: ['y'], out: ['c'], attributes: { to: type } },
    { op, in: ['b', 'c'], out: ['z'] },
    { op: 'Cast', in: ['z'], out: ['out'], attributes: { to: Type.FLOAT } },
  ],
  outputs: ['out'],
  opset,
});
const DATA = { x: Float32Array.of(9, -7, 100, 5), y: Float32Array.of(2, 3, 100, 3) };

async function runtime(bytes: Uint8Array): Promise<number[]> {
  const session = await InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 });
  const { out } = await session.run({ x: new Tensor('float32', DATA.x, [4]), y: new Tensor('float32', DATA.y, [4]) });
  await session.release();
  return Array.from(out.data as Float32Array);
}

it.each(LATER)('%s before opset %d, of type %d', async (op, since, type) => {
  const before = modelBytes(modelOf(op, since - 1, type));
  await expect(runtime(before)).rejects.toThrow('Type Error');
  expect(runOutputs(before, DATA).out.data).toEqual(await runtime(modelBytes(modelOf(op, since, type))));
});
