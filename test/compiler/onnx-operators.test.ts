// Each operator on small models built here, against onnxruntime on the same bytes: shapes equal, numbers to 1e-5.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { decode } from '#compiler/onnx/decode.js';
import { lower, obstacles } from '#compiler/onnx/lower.js';
import {
  errorOf,
  floats,
  ints,
  modelBytes,
  runOutputs,
  type ModelInit,
  type NodeInit,
  type TensorInit,
} from './onnx-models.js';

/** Numbers that are all different and of both signs. */
const noise = (count: number, seed = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) * seed) * 3);
const w = (...dims: number[]): TensorInit =>
  floats(
    dims,
    noise(
      dims.reduce((a, b) => a * b, 1),
      0.37 + dims.length,
    ),
  );
const positive = (count: number): TensorInit =>
  floats(
    [count],
    noise(count).map((v) => Math.abs(v) + 0.5),
  );
const scalar = (value: number): TensorInit => floats([], [value]);

const one = (
  op: string,
  shape: number[],
  attributes: NodeInit['attributes'] = {},
  initializers: Record<string, TensorInit> = {},
  opset = 17,
): ModelInit => ({
  inputs: { x: shape },
  nodes: [{ op, in: ['x', ...Object.keys(initializers)], attributes }],
  initializers,
  opset,
});

const cases: Record<string, ModelInit> = {
  Gemm: one('Gemm', [2, 3], { alpha: { float: 0.5 }, beta: { float: 2 } }, { b: w(3, 4), c: w(4) }),
  'Gemm, both transposed': one('Gemm', [3, 2], { transA: 1, transB: 1 }, { b: w(4, 3), c: w(2, 1) }),
  'Gemm without C': one('Gemm', [2, 3], {}, { b: w(3, 4) }),
  'MatMul, constant on the right': one('MatMul', [2, 3, 4], {}, { b: w(4, 5) }),
  'MatMul, batches that broadcast': one('MatMul', [2, 1, 3, 4], {}, { b: w(3, 4, 2) }),
  'MatMul, constant on the left': {
    inputs: { x: [2, 3, 4] },
    nodes: [{ op: 'MatMul', in: ['a', 'x'] }],
    initializers: { a: w(5, 3) },
  },
  'MatMul by a vector': one('MatMul', [2, 3], {}, { b: w(3) }),
  'Conv 1D, dilated': one('Conv', [1, 2, 9], { dilations: [2], pads: [1, 2] }, { w: w(3, 2, 3), b: w(3) }),
  'Conv 2D, strided and padded unevenly': one(
    'Conv',
    [2, 3, 6, 5],
    { strides: [2, 1], pads: [1, 0, 2, 1] },
    { w: w(4, 3, 3, 2), b: w(4) },
  ),
  'Conv 2D, groups': one('Conv', [1, 4, 5, 5], { group: 2, kernel_shape: [3, 3] }, { w: w(6, 2, 3, 3) }),
  'Conv 2D, depthwise': one('Conv', [1, 3, 5, 5], { group: 3, pads: [1, 1, 1, 1] }, { w: w(3, 1, 3, 3), b: w(3) }),
  'Conv, SAME_UPPER': one('Conv', [1, 1, 5, 6], { auto_pad: 'SAME_UPPER', strides: [2, 2] }, { w: w(2, 1, 2, 3) }),
  'Conv, SAME_LOWER': one('Conv', [1, 1, 5, 6], { auto_pad: 'SAME_LOWER', strides: [2, 2] }, { w: w(2, 1, 2, 3) }),
  'Conv, VALID': one('Conv', [1, 1, 5, 6], { auto_pad: 'VALID' }, { w: w(2, 1, 2, 3) }),
  'Conv with zero weights': one(
    'Conv',
    [1, 1, 4, 4],
    { pads: [1, 1, 1, 1] },
    { w: floats([2, 1, 3, 3], [0, 1, 0, 0, 0, 2, 0, 0, 0, ...noise(9)]) },
  ),
  'Conv 3D': one('Conv', [1, 1, 3, 4, 4], {}, { w: w(2, 1, 2, 2, 3) }),
  BatchNormalization: one(
    'BatchNormalization',
    [2, 3, 2, 2],
    { epsilon: { float: 0.01 } },
    { s: w(3), b: w(3), m: w(3), v: positive(3) },
  ),
  'Add, broadcast': one('Add', [2, 3, 4], {}, { b: w(3, 1) }),
  'Add of two live tensors': { inputs: { x: [2, 3], z: [3] }, nodes: [{ op: 'Add', in: ['x', 'z'] }] },
  'Sub from a constant': { inputs: { x: [2, 3] }, nodes: [{ op: 'Sub', in: ['c', 'x'] }], initializers: { c: w(1) } },
  'x + x': { inputs: { x: [4] }, nodes: [{ op: 'Add', in: ['x', 'x'] }] },
  Mul: one('Mul', [2, 3], {}, { c: w(2, 1) }),
  'Mul of two live tensors, broadcast both ways': {
    inputs: { x: [2, 1, 3], z: [4, 1] },
    nodes: [{ op: 'Mul', in: ['x', 'z'] }],
  },
  'x x, of forms': {
    inputs: { x: [2, 3] },
    nodes: [
      { op: 'Add', in: ['x', 'c'], out: ['a'] },
      { op: 'Mul', in: ['a', 'a'] },
    ],
    initializers: { c: w(3) },
  },
  Div: one('Div', [2, 3], {}, { c: positive(3) }),
  Neg: one('Neg', [5]),
  Sum: { inputs: { x: [2, 3], z: [3] }, nodes: [{ op: 'Sum', in: ['x', 'z', 'c'] }], initializers: { c: w(2, 1) } },
  'Max of a tensor and a constant': one('Max', [2, 3], {}, { c: w(3) }),
  'Min of two live tensors': { inputs: { x: [2, 3], z: [2, 1] }, nodes: [{ op: 'Min', in: ['x', 'z'] }] },
  Relu: one('Relu', [2, 5]),
  Sigmoid: one('Sigmoid', [2, 5]),
  Tanh: one('Tanh', [2, 5]),
  LeakyRelu: one('LeakyRelu', [2, 5], { alpha: { float: 0.2 } }),
  Clip: one('Clip', [9], {}, { lo: scalar(-0.5), hi: scalar(1) }),
  'Clip at six': { inputs: { x: [9] }, nodes: [{ op: 'Clip', in: ['x', '', 'hi'] }], initializers: { hi: scalar(2) } },
  'Clip by attributes': one('Clip', [9], { min: { float: 0 }, max: { float: 1 } }, {}, 9),
  MaxPool: one('MaxPool', [2, 2, 6, 6], { kernel_shape: [2, 2], strides: [2, 2] }),
  'MaxPool, ceil, padded, dilated': one('MaxPool', [1, 2, 8, 7], {
    kernel_shape: [3, 2],
    strides: [2, 3],
    dilations: [2, 1],
    pads: [1, 0, 1, 1],
    ceil_mode: 1,
  }),
  'MaxPool 1D, SAME_UPPER': one('MaxPool', [1, 2, 7], { kernel_shape: [3], strides: [2], auto_pad: 'SAME_UPPER' }),
  'AveragePool, padding counted': one('AveragePool', [1, 2, 5, 5], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    count_include_pad: 1,
  }),
  'AveragePool, padding not counted': one('AveragePool', [1, 2, 5, 5], { kernel_shape: [3, 2], pads: [1, 0, 2, 1] }),
  'AveragePool, ceil': one('AveragePool', [1, 1, 6, 6], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  ...Object.fromEntries(
    ['MaxPool', 'AveragePool'].flatMap((op): [string, ModelInit][] => {
      const pool = { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 };
      const pads = [1, 1, 0, 1];
      const counted = op === 'AveragePool' ? { count_include_pad: 1 } : {};
      return [
        [`${op}, VALID, ceil`, one(op, [1, 1, 8, 7], { ...pool, auto_pad: 'VALID' })],
        [
          `${op}, VALID, ceil, one window too many`,
          one(op, [1, 1, 8, 7], { ...pool, strides: [3, 4], auto_pad: 'VALID', ...counted }),
        ],
        [
          `${op}, VALID, ceil, dilated`,
          one(op, [1, 1, 9, 8], { ...pool, dilations: [2, 3], auto_pad: 'VALID' }, {}, 19),
        ],
        [`${op}, SAME_UPPER, ceil`, one(op, [1, 1, 8, 7], { ...pool, auto_pad: 'SAME_UPPER', ...counted })],
        [`${op}, SAME_LOWER, ceil`, one(op, [1, 1, 7, 7], { ...pool, auto_pad: 'SAME_LOWER' })],
        [`${op}, padded, ceil`, one(op, [1, 1, 8, 8], { ...pool, pads, ...counted }, {}, 19)],
      ];
    }),
  ),
  GlobalAveragePool: one('GlobalAveragePool', [2, 3, 4, 2]),
  GlobalMaxPool: one('GlobalMaxPool', [2, 3, 4, 2]),
  Flatten: one('Flatten', [2, 3, 4], { axis: 2 }),
  ...Object.fromEntries(
    [-3, -2, -1, 0, 3].map((axis) => [`Flatten from axis ${axis}`, one('Flatten', [2, 3, 4], { axis })]),
  ),
  'Reshape with 0 and -1': one('Reshape', [2, 3, 4], {}, { s: ints(0, -1, 2) }),
  Squeeze: one('Squeeze', [1, 3, 1, 2], {}, { a: ints(-2) }),
  'Squeeze all': one('Squeeze', [1, 3, 1, 2]),
  'Squeeze by an empty list': one('Squeeze', [1, 3, 1, 2], {}, { a: ints() }),
  'Squeeze by attribute': one('Squeeze', [1, 3, 1, 2], { axes: [0, 2] }, {}, 11),
  Unsqueeze: one('Unsqueeze', [3, 2], {}, { a: ints(-1, 0) }),
  'Unsqueeze by attribute': one('Unsqueeze', [3, 2], { axes: [1] }, {}, 11),
  Transpose: one('Transpose', [2, 3, 4], { perm: [1, 2, 0] }),
  'Transpose, reversed': one('Transpose', [2, 3, 4]),
  'Concat with a constant': {
    inputs: { x: [2, 3], z: [2, 1] },
    nodes: [{ op: 'Concat', in: ['x', 'c', 'z', 'x'], attributes: { axis: -1 } }],
    initializers: { c: w(2, 2) },
  },
  Slice: one('Slice', [5, 6], {}, { s: ints(1, -1), e: ints(4, -7), a: ints(0, 1), t: ints(2, -2) }),
  'Slice to the end': one('Slice', [5, 6], {}, { s: ints(-3), e: ints(Number.MAX_SAFE_INTEGER) }),
  'Slice backwards from before the start': one(
    'Slice',
    [5, 6],
    {},
    { s: ints(-9), e: ints(-99), a: ints(1), t: ints(-1) },
  ),
  'Slice backwards to the end': one(
    'Slice',
    [5, 6],
    {},
    { s: ints(9, -2), e: ints(2 ** 31 - 1, -9), a: ints(-1, 0), t: ints(-2, -3) },
  ),
  'Slice by attributes': one('Slice', [5, 6], { starts: [1], ends: [4], axes: [1] }, {}, 9),
  'Pad, constant': one('Pad', [2, 3], {}, { p: ints(1, 0, 0, 2), v: scalar(1.5) }),
  'Pad, reflect': one('Pad', [3, 4], { mode: 'reflect' }, { p: ints(2, 1, 0, 3) }),
  'Pad, edge, cropped': one('Pad', [3, 4], { mode: 'edge' }, { p: ints(-1, 2, 1, 0) }),
  'Pad, wrap': one('Pad', [3, 4], { mode: 'wrap' }, { p: ints(0, 2, 1, 3) }, 19),
  'Pad, wrap, cropped': one('Pad', [3, 5], { mode: 'wrap' }, { p: ints(2, -2, -1, 3) }, 19),
  'Pad, reflect, cropped': one('Pad', [3, 5], { mode: 'reflect' }, { p: ints(1, -2, -1, 2) }, 19),
  'Pad, constant, all cropped': one('Pad', [2, 2], {}, { p: ints(-3, 0, 4, 1), v: scalar(0.5) }),
  'Pad by attributes': one('Pad', [2, 3], { pads: [0, 1, 1, 0], value: { float: 2 } }, {}, 10),
  Identity: one('Identity', [3]),
  Dropout: one('Dropout', [3], {}, {}, 13),
  'Dropout with a ratio attribute': one('Dropout', [3], { ratio: { float: 0.3 } }, {}, 11),
  Cast: { ...one('Cast', [3], { to: TensorProto_DataType.DOUBLE }), outputType: TensorProto_DataType.DOUBLE },
  ArgMax: { ...one('ArgMax', [2, 3, 4], { axis: 1 }), outputType: TensorProto_DataType.INT64 },
  'ArgMax, last axis, no keepdims': {
    ...one('ArgMax', [2, 3, 4], { axis: -1, keepdims: 0 }),
    outputType: TensorProto_DataType.INT64,
  },
  'ArgMax over one element': {
    inputs: { x: [2, 1, 3] },
    nodes: [
      { op: 'ArgMax', in: ['x'], out: ['at'], attributes: { axis: 1 } },
      { op: 'Cast', in: ['at'], out: ['real'], attributes: { to: TensorProto_DataType.FLOAT } },
      { op: 'Add', in: ['real', 'c'], out: ['c1'] },
      { op: 'Add', in: ['x', 'c1'] },
    ],
    initializers: { c: scalar(0.5) },
  },
  'Softmax over two axes at once': one('Softmax', [2, 3, 2], {}, {}, 11),
  'LogSoftmax over two axes at once': one('LogSoftmax', [2, 3, 2], {}, {}, 11),
  'Softmax over one element': {
    inputs: { x: [2, 1, 3] },
    nodes: [
      { op: 'Softmax', in: ['x'], out: ['s'], attributes: { axis: -2 } },
      { op: 'Add', in: ['x', 's'] },
    ],
  },
  'two outputs': {
    inputs: { x: [2, 3, 4] },
    nodes: [
      { op: 'Flatten', in: ['x'], out: ['flat'], attributes: { axis: -1 } },
      { op: 'Transpose', in: ['flat'] },
    ],
    outputs: ['y', 'flat'],
  },
  ArgMin: { ...one('ArgMin', [2, 3, 4], { axis: 1 }), outputType: TensorProto_DataType.INT64 },
  Softmax: one('Softmax', [2, 3, 4], { axis: 1 }),
  'Softmax, last axis': one('Softmax', [2, 3]),
  'Softmax before opset 13, over all axes from its own, of which one is larger than 1': one(
    'Softmax',
    [2, 1, 3, 1],
    {},
    {},
    11,
  ),
  LogSoftmax: one('LogSoftmax', [2, 3, 4], { axis: -2 }),
  Expand: one('Expand', [3, 1], {}, { s: ints(2, 1, 4) }),
  Gather: one('Gather', [4, 3], { axis: 1 }, { i: ints(2, -3, 2) }),
  Split: {
    inputs: { x: [2, 5] },
    nodes: [{ op: 'Split', in: ['x', 's'], out: ['y', 'z'], attributes: { axis: -1 } }],
    initializers: { s: ints(2, 3) },
    outputs: ['y', 'z'],
  },
  'Split, the last part smaller': {
    inputs: { x: [7, 2] },
    nodes: [{ op: 'Split', in: ['x'], out: ['y', 'z', 't'], attributes: { num_outputs: 3 } }],
    outputs: ['y', 'z', 't'],
    opset: 18,
  },
  CastLike: one('CastLike', [3], {}, { c: w(1) }),
  Tile: one('Tile', [2, 3], {}, { r: ints(2, 3) }),
  Trilu: one('Trilu', [2, 3, 4], { upper: 0 }),
  EyeLike: one('EyeLike', [3, 4], { k: 1 }),
  Size: { ...one('Size', [3, 4]), outputType: TensorProto_DataType.INT64 },
  DepthToSpace: one('DepthToSpace', [1, 8, 2, 3], { blocksize: 2, mode: 'CRD' }),
  SpaceToDepth: one('SpaceToDepth', [1, 2, 4, 6], { blocksize: 2 }),
  ReverseSequence: one('ReverseSequence', [4, 3], {}, { l: ints(4, 1, 3) }),
  CenterCropPad: one('CenterCropPad', [5, 3], { axes: [-1, 0] }, { s: ints(6, 2) }, 18),
  CumSum: one('CumSum', [2, 5], { exclusive: 1, reverse: 1 }, { a: ints(1) }),
  Mean: { inputs: { x: [2, 3], z: [3] }, nodes: [{ op: 'Mean', in: ['x', 'z', 'c'] }], initializers: { c: w(2, 1) } },
  ...Object.fromEntries(
    ['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceSum'].flatMap((op): [string, ModelInit][] => [
      [op, one(op, [2, 3, 4], { keepdims: 0 }, { a: ints(-1, 0) }, 18)],
      [`${op} by attribute`, one(op, [2, 3, 4], { axes: [1] }, {}, 11)],
      [`${op} of nothing`, one(op, [2, 3], { noop_with_empty_axes: 1 }, { a: ints() }, 18)],
    ]),
  ),
  'ReduceSum of what is constant': {
    inputs: { x: [2, 3] },
    nodes: [
      { op: 'ReduceSum', in: ['c'], out: ['s'] },
      { op: 'Mul', in: ['x', 's'] },
    ],
    initializers: { c: w(2, 2) },
  },
  GatherElements: one('GatherElements', [3, 3], { axis: 1 }, { i: { ...ints(0, -1, 2, 1), dims: [2n, 2n] } }),
  GatherND: one('GatherND', [2, 3, 4], { batch_dims: 1 }, { i: { ...ints(1, -1), dims: [2n, 1n] } }),
  OneHot: {
    inputs: { x: [2] },
    nodes: [{ op: 'OneHot', in: ['i', 'd', 'x'], attributes: { axis: 0 } }],
    initializers: { i: ints(1, 0, -1), d: ints(4) },
  },
  Scatter: one('Scatter', [2, 3], { axis: 1 }, { i: { ...ints(0, 2), dims: [1n, 2n] }, u: w(1, 2) }, 10),
  ScatterElements: one('ScatterElements', [2, 3], { reduction: 'add' }, { i: { ...ints(1, 1, 1, 0), dims: [2n, 2n] }, u: w(2, 2) }), // prettier-ignore
  ScatterND: {
    inputs: { x: [4, 2], u: [2, 2] },
    nodes: [{ op: 'ScatterND', in: ['x', 'i', 'u'] }],
    initializers: { i: { ...ints(-1, 1), dims: [2n, 1n] } },
  },
  Upsample: one('Upsample', [1, 1, 2, 3], { mode: 'linear' }, { s: floats([4], [1, 1, 2, 1.5]) }, 9),
  Resize: one('Resize', [1, 1, 3, 4], { mode: 'cubic' }, { r: floats([0], []), s: floats([4], [1, 1, 2, 0.6]) }, 13),
  'Resize, nearest, of a last Sigmoid': {
    inputs: { x: [1, 1, 2, 2] },
    nodes: [
      { op: 'Sigmoid', in: ['x'], out: ['p'] },
      { op: 'Resize', in: ['p', '', 's'] },
    ],
    initializers: { s: floats([4], [1, 1, 2, 2]) },
  },
  ConvTranspose: one(
    'ConvTranspose',
    [1, 4, 3, 3],
    { group: 2, strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 0], dilations: [1, 2] },
    { w: w(4, 3, 3, 2), b: w(6) },
  ),
  Einsum: {
    inputs: { x: [2, 3, 3] },
    nodes: [{ op: 'Einsum', in: ['x', 'c'], attributes: { equation: 'bii,ij->jb' } }],
    initializers: { c: w(3, 2) },
  },
  'Range, folded': {
    inputs: { x: [3] },
    nodes: [
      { op: 'Range', in: ['from', 'to', 'by'], out: ['r'] },
      { op: 'Add', in: ['x', 'r'] },
    ],
    initializers: { from: scalar(1), to: scalar(4), by: scalar(1) },
  },
  'Constant, all folded around': {
    inputs: { x: [2, 6] },
    nodes: [
      { op: 'Shape', in: ['x'], out: ['shape'] },
      { op: 'Constant', in: [], out: ['zero'], attributes: { value_ints: [0] } },
      { op: 'Gather', in: ['shape', 'zero'], out: ['rows'] },
      { op: 'Constant', in: [], out: ['three'], attributes: { value: { tensor: ints(3) } } },
      { op: 'Constant', in: [], out: ['seven'], attributes: { value: { tensor: ints(7) } } },
      { op: 'Div', in: ['seven', 'three'], out: ['two'] },
      { op: 'Concat', in: ['rows', 'three', 'two'], out: ['target'], attributes: { axis: 0 } },
      { op: 'Cast', in: ['target'], out: ['wide'], attributes: { to: TensorProto_DataType.INT64 } },
      { op: 'Reshape', in: ['x', 'wide'], out: ['r'] },
      { op: 'ConstantOfShape', in: ['target'], out: ['ones'], attributes: { value: { tensor: floats([1], [1]) } } },
      { op: 'Add', in: ['r', 'ones'] },
    ],
  },
};

async function reference(bytes: Uint8Array, inputs: Record<string, Float32Array>, shapes: Record<string, number[]>) {
  const session = await InferenceSession.create(bytes);
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, x]) => [name, new Tensor('float32', x, shapes[name])]),
  );
  const outputs = Object.entries(await session.run(feeds));
  return outputs.map(([name, { dims, data }]) => {
    return { name, shape: [...dims], data: Array.from(data as ArrayLike<number | bigint>, Number) };
  });
}

describe('operators against onnxruntime', () => {
  it.each(Object.keys(cases))('%s', async (name) => {
    const init = cases[name];
    const bytes = modelBytes(init);
    const shapes = init.inputs as Record<string, number[]>;
    const inputs = Object.fromEntries(
      Object.entries(shapes).map(([input, dims], i) => [
        input,
        noise(
          dims.reduce((a, b) => a * b, 1),
          1.7 + i,
        ),
      ]),
    );
    const expected = await reference(bytes, inputs, shapes);
    const got = runOutputs(bytes, inputs);
    expect(Object.keys(got).sort()).toEqual(expected.map((one) => one.name).sort());
    for (const { name: output, shape, data } of expected) {
      expect(got[output].shape, output).toEqual(shape);
      got[output].data.forEach((v, i) =>
        expect(Math.abs(v - data[i]), `${output}[${i}]: ${v} for ${data[i]}`).toBeLessThan(1e-5),
      );
    }
  });
});

const refused: Record<string, [ModelInit, RegExp]> = {
  'an unknown operator': [one('Bernoulli', [3]), /supported operator, got Bernoulli/],
  'another domain': [
    { inputs: { x: [3] }, nodes: [{ op: 'Relu', domain: 'com.example', in: ['x'] }] },
    /got com\.example\.Relu/,
  ],
  'an opset of the future': [one('Relu', [3], {}, {}, 99), /opset 28 or older, got 99/],
  'an opset too old': [one('Add', [3], {}, { b: w(3) }, 6), /opset 7 or later for Add, got 6/],
  'an attribute that is not read': [one('Relu', [3], { secret: 1 }), /no attribute 'secret'/],
  'a sigmoid of integers': [{ ...one('Sigmoid', [3]), type: TensorProto_DataType.INT32 }, /expected floats, got int32/],
  'integers by a fraction': [
    { ...one('Mul', [3], {}, { c: w(1) }), type: TensorProto_DataType.INT32 },
    /whole coefficients below 2\^53 of int32/,
  ],
  'a product of shapes that do not fit': [
    { inputs: { x: [3], z: [2] }, nodes: [{ op: 'Mul', in: ['x', 'z'] }] },
    /broadcast/,
  ],
  'a division by zero': [one('Div', [2], {}, { c: floats([2], [1, 0]) }), /without zeros/],
  'a BatchNormalization that trains': [
    one('BatchNormalization', [2, 3], { training_mode: 1 }, { s: w(3), b: w(3), m: w(3), v: positive(3) }),
    /training_mode 0/,
  ],
  'a Dropout that trains': [
    one('Dropout', [3], {}, { r: scalar(0.5), t: { dims: [], dataType: TensorProto_DataType.BOOL, int32Data: [1] } }),
    /training_mode false/,
  ],
  'the second output of BatchNormalization': [
    {
      inputs: { x: [2, 3] },
      nodes: [{ op: 'BatchNormalization', in: ['x', 's', 'b', 'm', 'v'], out: ['y', 'mean'] }],
      initializers: { s: w(3), b: w(3), m: w(3), v: positive(3) },
      outputs: ['y', 'mean'],
      opset: 13,
    },
    /one of output 1/,
  ],
  'a picture too large for a live grid': [
    { inputs: { x: [1, 1, 256, 256], g: [1, 64, 64, 2] }, nodes: [{ op: 'GridSample', in: ['x', 'g'] }] },
    /at most 4194304 products for a grid that depends on the input/,
  ],
  'a scatter by the name of a method': [
    one('ScatterElements', [3], { reduction: 'constructor' }, { i: ints(0), u: w(1) }, 18),
    /got 'constructor'/,
  ],
  'a grid of a negative size': [one('AffineGrid', [1, 2, 3], {}, { s: ints(1, 1, -2, 3) }, 20), /matrices of shape/],
  'a decay of other steps': [
    {
      inputs: { x: [1, 3, 2] },
      nodes: [{ op: 'LinearAttention', in: ['x', 'x', 'x', '', 'd'], attributes: { q_num_heads: 1, kv_num_heads: 1, update_rule: 'gated' } }], // prettier-ignore
      initializers: { d: w(1, 2, 1) },
      opset: 27,
    },
    /a decay and a beta of \[1, 3, any\]/,
  ],
  'a kernel of no elements': [
    { inputs: { x: [1, 2, 3] }, nodes: [{ op: 'CausalConvWithState', in: ['x', 'c'] }], initializers: { c: floats([2, 1, 0], []) }, opset: 27 }, // prettier-ignore
    /weights \[C, 1, K\]/,
  ],
  'live regions': [
    { inputs: { x: [1, 1, 4, 4], r: [1, 4] }, nodes: [{ op: 'RoiAlign', in: ['x', 'r', 'b'] }], initializers: { b: ints(0) } }, // prettier-ignore
    /the regions 'rois' to be constant/,
  ],
  'a determinant of five rows': [one('Det', [5, 5]), /square matrices of at most 4 rows/],
  'the bits of a float': [one('BitCast', [3], { to: TensorProto_DataType.INT32 }, {}, 28), /bits of integers as integers, got float32/], // prettier-ignore
  'a power of integers by a fraction': [
    { ...one('Pow', [3], {}, { e: scalar(0.5) }), type: TensorProto_DataType.INT32 },
    /whole exponents of integers from 0 to 64, got 0.5/,
  ],
  'a window of a complex signal': [
    one('STFT', [1, 8, 2], { onesided: 0 }, { s: { dims: [], dataType: TensorProto_DataType.INT64, int64Data: [2n] }, w: w(4) }), // prettier-ignore
    /no window of a complex signal/,
  ],
  'a TopK of more than there are': [one('TopK', [2, 3], {}, { k: ints(4) }), /'K' to be one number of \[1, 3\], got 4/],
  'a dilated pool under SAME': [
    one('MaxPool', [1, 1, 5], { kernel_shape: [2], dilations: [2], auto_pad: 'SAME_UPPER' }),
    /not dilated under auto_pad SAME_UPPER/,
  ],
  'windows that leave elements out under SAME': [
    one('Conv', [1, 1, 4], { strides: [4], auto_pad: 'SAME_UPPER' }, { w: w(1, 1, 1) }),
    /windows of 1 that leave elements out/,
  ],
  'a wrap of what is cropped to nothing': [
    one('Pad', [2], { mode: 'wrap' }, { p: ints(-2, 1) }, 19),
    /at least 1 elements to pad by 'wrap', got 0/,
  ],
  'a window in the padding': [one('MaxPool', [1, 1, 2], { kernel_shape: [1], pads: [1, 0] }), /touch the input/],
  'a shape that is computed from the input': [
    { inputs: { x: [3], s: [1] }, nodes: [{ op: 'Reshape', in: ['x', 's'] }] },
    /'shape' to be constant/,
  ],
  'a mean of integers': [{ ...one('ReduceMean', [4]), type: TensorProto_DataType.INT32 }, /mean of floats, got int32/],
  'axes that depend on the input': [
    { inputs: { x: [2, 3], a: [1] }, nodes: [{ op: 'ReduceSum', in: ['x', 'a'] }] },
    /'axes' to be constant/,
  ],
  'a split that leaves a rest': [
    { inputs: { x: [5] }, nodes: [{ op: 'Split', in: ['x'], out: ['y', 'z'] }] },
    /2 equal parts, got a rest/,
  ],
  'a split of other sizes': [
    { inputs: { x: [5] }, nodes: [{ op: 'Split', in: ['x', 's'], out: ['y', 'z'] }], initializers: { s: ints(2, 2) } },
    /2 parts of 5 elements, got sizes \[2, 2\]/,
  ],
  'live repeats': [{ inputs: { x: [5], r: [1] }, nodes: [{ op: 'Tile', in: ['x', 'r'] }] }, /'repeats' to be constant/],
  ...Object.fromEntries(
    ['GatherElements', 'GatherND', 'ScatterElements', 'ScatterND'].map((op): [string, [ModelInit, RegExp]] => [
      `${op} at live indices`,
      [{ inputs: { x: [4], i: [4] }, nodes: [{ op, in: op.startsWith('G') ? ['x', 'i'] : ['x', 'i', 'x'] }] }, op.endsWith('Elements') ? /integer indices, got float32/ : /'indices' of one coordinate each without batch axes/], // prettier-ignore
    ]),
  ),
  'OneHot of live floats': [one('OneHot', [3], {}, { d: ints(4), v: w(2) }), /integer indices, got float32/],
  'an index that is not there': [one('GatherElements', [3], {}, { i: ints(3) }), /indices within 3 elements, got 3/],
  'a scatter that divides': [
    one('ScatterElements', [3], { reduction: 'div' }, { i: ints(0), u: w(1) }, 18),
    /reduction none, add, mul, max, min, got 'div'/,
  ],
  'a live condition of Compress': [
    { inputs: { x: [3], c: [3] }, nodes: [{ op: 'Compress', in: ['x', 'c'] }] },
    /'condition' to be constant, .* it decides on a shape/,
  ],
  'the places of what is not 0': [one('NonZero', [3]), /'X' to be constant, .* it decides on a shape/],
  'Scatter after its time': [one('Scatter', [3], {}, { i: ints(0), u: w(1) }), /ScatterElements since opset 11/],
  'Upsample after its time': [one('Upsample', [3], {}, { s: floats([1], [2]) }), /Resize since opset 10/],
  'live scales': [
    { inputs: { x: [5], s: [1] }, nodes: [{ op: 'Resize', in: ['x', '', 's'] }] },
    /'scales' to be constant/,
  ],
  'corners that lie between elements': [
    one(
      'Resize',
      [4],
      { coordinate_transformation_mode: 'align_corners' },
      { r: floats([0], []), s: floats([1], [0.8]) },
    ),
    /scales that give whole sizes under align_corners/,
  ],
  'a crop of an axis that keeps its size': [
    one('Resize', [2, 3], { coordinate_transformation_mode: 'tf_crop_and_resize' }, { r: floats([4], [0, 0.5, 1, 1]), s: floats([2], [2, 1]) }), // prettier-ignore
    /a crop of axes that change their size/,
  ],
  'live weights of a ConvTranspose': [
    { inputs: { x: [1, 1, 3], w: [1, 1, 3] }, nodes: [{ op: 'ConvTranspose', in: ['x', 'w'] }] },
    /weights 'W' to be constant/,
  ],
  'an empty tensor': [one('Slice', [3], {}, { s: ints(2), e: ints(1) }), /elements, got/],
  'a tensor beyond all bounds': [one('Expand', [1], {}, { s: ints(2 ** 30) }), /at most 16777216 elements/],
};

describe('refusals', () => {
  it.each(Object.keys(refused))('%s', (name) => {
    const [init, message] = refused[name];
    const model = decode(modelBytes(init));
    const thrown = errorOf(() => lower(model));
    expect(thrown.code).toBe('unsupported');
    expect(thrown.message).toMatch(message);
    if (name !== 'an empty tensor') expect(thrown.where).toMatch(/^node '.+' \(.+, opset \d+\)$/);
  });

  it('lists every unsupported node, and judges those behind one by their operator', () => {
    const model = decode(
      modelBytes({
        inputs: { x: [2, 3] },
        nodes: [
          { op: 'Bernoulli', name: 'first', in: ['x'], out: ['a'] },
          { op: 'Relu', name: 'behind', in: ['a'], out: ['b'] },
          { op: 'RandomNormalLike', name: 'second', in: ['b'], out: ['c'] },
          { op: 'NonZero', name: 'third', in: ['x'], out: ['d'] },
          { op: 'Add', in: ['c', 'd'] },
        ],
      }),
    );
    expect(obstacles(model).refusals.map(({ node, op }) => [node, op])).toEqual([
      ['first', 'Bernoulli'],
      ['second', 'RandomNormalLike'],
      ['third', 'NonZero'],
    ]);
    expect(obstacles(decode(modelBytes(one('Relu', [3]))))).toMatchObject({ refusals: [], unseen: 0 });
  });
});
