// Decoding: every form of tensor data, cross-checked with onnx-proto; damaged and hostile files.
import { create, toBinary } from '@bufbuild/protobuf';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { ModelProtoSchema, TensorProto_DataLocation, TensorProto_DataType as Type } from 'onnx-buf';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { InferproofError } from '#verifier/errors.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { lowerModel } from '#compiler/lowered.js';
import { decode } from '#compiler/onnx/decode.js';
import { lower, obstacles } from '#compiler/onnx/lower.js';
import { modelInputs } from '#compiler/onnx/model-inputs.js';
import { sizeOf } from '#compiler/tensor.js';
import {
  errorOf,
  floats,
  graphOf,
  ints,
  modelBytes,
  runModel,
  type ModelInit,
  type NodeInit,
  type TensorInit,
} from './onnx-models.js';

const withTensor = (tensor: TensorInit): Uint8Array =>
  modelBytes({ inputs: { x: [1] }, nodes: [{ op: 'Identity', in: ['x'] }], initializers: { t: tensor } });

const decoded = (tensor: TensorInit, externalData?: (location: string) => Uint8Array): number[] => {
  const found = decode(withTensor(tensor), externalData ? { externalData } : {}).initializers.get('t');
  return found !== undefined && 'data' in found ? [...found.data] : [];
};

const raw = (dataType: number, dims: number[], array: ArrayBufferView): TensorInit => ({
  dims: dims.map(BigInt),
  dataType,
  rawData: new Uint8Array(array.buffer as ArrayBuffer),
});

describe('tensor data', () => {
  const forms: [string, TensorInit, number[]][] = [
    ['float32 raw', floats([2], [1.5, -2]), [1.5, -2]],
    ['float32 typed', { dims: [2n], dataType: Type.FLOAT, floatData: [1.5, -2] }, [1.5, -2]],
    ['float64 raw', raw(Type.DOUBLE, [1], Float64Array.of(0.1)), [0.1]],
    ['float64 typed', { dims: [1n], dataType: Type.DOUBLE, doubleData: [0.1] }, [0.1]],
    [
      'float16 raw, subnormal and negative',
      raw(Type.FLOAT16, [3], Uint16Array.of(0x3e00, 0x8001, 0xc500)),
      [1.5, -(2 ** -24), -5],
    ],
    ['float16 typed', { dims: [2n], dataType: Type.FLOAT16, int32Data: [0x3c00, 0x7bff] }, [1, 65504]],
    ['bfloat16 raw', raw(Type.BFLOAT16, [2], Uint16Array.of(0x3fc0, 0xc000)), [1.5, -2]],
    ['bfloat16 typed', { dims: [1n], dataType: Type.BFLOAT16, int32Data: [0x4040] }, [3]],
    ['int8', raw(Type.INT8, [2], Int8Array.of(-128, 127)), [-128, 127]],
    ['uint8 typed', { dims: [1n], dataType: Type.UINT8, int32Data: [255] }, [255]],
    ['int4, two a byte', raw(Type.INT4, [3], Uint8Array.of(0x8f, 0x07)), [-1, -8, 7]],
    ['uint4 typed, two in each number', { dims: [3n], dataType: Type.UINT4, int32Data: [0x8f, 0x07] }, [15, 8, 7]],
    ['int2, four a byte', raw(Type.INT2, [5], Uint8Array.of(0b01_10_11_00, 0b10)), [0, -1, -2, 1, -2]],
    ['uint2 typed', { dims: [2n], dataType: Type.UINT2, int32Data: [0b1110] }, [2, 3]],
    ['int16', raw(Type.INT16, [1], Int16Array.of(-300)), [-300]],
    ['uint16', raw(Type.UINT16, [1], Uint16Array.of(65535)), [65535]],
    ['int32', raw(Type.INT32, [1], Int32Array.of(-70000)), [-70000]],
    ['uint32 typed', { dims: [1n], dataType: Type.UINT32, uint64Data: [4000000000n] }, [4e9]],
    ['int64 typed', { dims: [2n], dataType: Type.INT64, int64Data: [-1n, 2n ** 53n] }, [-1, 2 ** 53]],
    ['int64 raw', raw(Type.INT64, [1], BigInt64Array.of(-5n)), [-5]],
    ['uint64 raw', raw(Type.UINT64, [1], BigUint64Array.of(7n)), [7]],
    ['bool', raw(Type.BOOL, [3], Uint8Array.of(0, 1, 2)), [0, 1, 1]],
    ['a scalar', floats([], [3]), [3]],
    ['no elements', floats([0], []), []],
  ];
  it.each(forms)('%s', (_, tensor, expected) => expect(decoded(tensor)).toEqual(expected));

  it('reads external data at its offset', () => {
    const file = new Uint8Array(16);
    file.set(new Uint8Array(Float32Array.of(7, 8).buffer), 4);
    const asked: string[] = [];
    const externalData = (location: string): Uint8Array => (asked.push(location), file);
    expect(decoded(external('sub/weights.bin', { offset: '4', length: '8' }), externalData)).toEqual([7, 8]);
    expect(asked).toEqual(['sub/weights.bin']);
    expect(errorOf(() => decoded(external('w.bin', { offset: '12' }), externalData)).code).toBe('format');
    expect(errorOf(() => decoded(external('w.bin', { length: '4' }), externalData)).code).toBe('format');
    expect(errorOf(() => decoded(external('w.bin', { offset: '-4' }), externalData)).code).toBe('format');
    expect(errorOf(() => decoded(external('w.bin', {}))).code).toBe('file');
  });

  /** Tensors of two floats at these offsets of one file, and how often it was read. */
  const shared = (offsets: number[], size: number) => {
    const tensors = offsets.map((offset, i) => [`t${i}`, external('w.bin', { offset: String(offset) })] as const);
    const bytes = modelBytes({ inputs: { x: [1] }, nodes: [{ op: 'Identity', in: ['x'] }], initializers: Object.fromEntries(tensors) }); // prettier-ignore
    let read = 0;
    const options = { externalData: () => (read++, new Uint8Array(size)) };
    return { bytes, options, reads: () => read };
  };

  it('reads and hashes a file once, whatever number of tensors it holds', () => {
    const offsets = Array.from({ length: 1000 }, (_, i) => 8 * i);
    const { bytes, options, reads } = shared(offsets, 8000);
    expect(decode(bytes, options).initializers.size).toBe(1000);
    expect(reads()).toBe(1);
    const number = (v: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, v);
    const items = [sha256(bytes), number(1), number(5), utf8ToBytes('w.bin'), sha256(new Uint8Array(8000))];
    const digest = sha256(concatBytes(utf8ToBytes('\0inferproof model in parts 1\n'), ...items));
    expect(lowerModel(bytes, options).modelSha256).toBe(bytesToHex(digest));
  });

  describe('the digest of a model', () => {
    const modelOf = (initializers: NonNullable<ModelInit['initializers']>) => {
      const [first, ...rest] = Object.keys(initializers);
      const sum = rest.map((name, i) => ({ op: 'Add', in: [`s${i}`, name], out: [`s${i + 1}`] }));
      return modelBytes({ inputs: { x: [2] }, nodes: [{ op: 'Mul', in: ['x', first], out: ['s0'] }, ...sum, { op: 'Identity', in: [`s${rest.length}`] }], initializers }); // prettier-ignore
    };
    const two = modelOf({ a: external('a.bin', {}), b: external('b.bin', {}) });
    const digest = (bytes: Uint8Array, files: Readonly<Record<string, Uint8Array>>) =>
      lowerModel(bytes, { externalData: (location) => files[location] }).modelSha256;
    const data = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

    it('of one file is its SHA-256', () => {
      const one = modelOf({ a: floats([2], [1, 2]) });
      expect(digest(one, {})).toBe(bytesToHex(sha256(one)));
    });

    it('of several says which bytes are which: they are others when bytes move over a border', () => {
      // 8 bytes that are two floats, and an unknown field of a protobuf message as well
      const field = Uint8Array.of(0xc2, 0x3e, 5, 0, 0, 0, 0, 0);
      const one = modelOf({ a: external('a.bin', {}) });
      const digests = [
        digest(one, { 'a.bin': concatBytes(field, data(1, 2)) }),
        digest(concatBytes(one, field), { 'a.bin': data(1, 2) }),
        digest(two, { 'a.bin': data(1, 2), 'b.bin': data(3, 4) }),
        digest(two, { 'a.bin': data(3, 4), 'b.bin': data(1, 2) }),
        digest(two, { 'a.bin': data(1, 2, 3), 'b.bin': data(4, 5) }),
        digest(two, { 'a.bin': data(1, 2), 'b.bin': data(3, 4, 5) }),
      ];
      expect(new Set(digests).size).toBe(digests.length);
    });

    it('is of no model in one file: what is hashed begins with a field 0, and no file with one is read', () => {
      const bytes = concatBytes(utf8ToBytes('\0inferproof model in parts 1\n'), two);
      expect(errorOf(() => decode(bytes)).code).toBe('format');
      for (const tag of [0, 1, 2, 5]) expect(errorOf(() => decode(concatBytes(Uint8Array.of(tag), two))).code).toBe('format'); // prettier-ignore
    });
  });

  it('makes numbers of each part of a file once, and of no more than the file', () => {
    const tied = shared(new Array<number>(1000).fill(8), 2 ** 24);
    const { initializers } = decode(tied.bytes, tied.options);
    expect(new Set([...initializers.values()].map((tensor) => ('data' in tensor ? tensor.data : null))).size).toBe(1);
    const overlapping = shared(Array.from({ length: 1000 }, (_, i) => i), 2000); // prettier-ignore
    const error = errorOf(() => decode(overlapping.bytes, overlapping.options));
    expect([error.code, error.message]).toEqual(['format', expect.stringContaining('separate parts')]);
  });

  const outside = [
    '',
    '/etc/passwd',
    '../w.bin',
    'a/../../w.bin',
    'a\\..\\w.bin',
    'C:\\w.bin',
    'C:w.bin',
    '\\\\host\\w.bin',
    '//host/w.bin',
    './w.bin',
    'a//b',
    'w.bin\0',
  ];
  it.each(outside)('refuses external data at %j', (location) => {
    const error = errorOf(() => decoded(external(location, {}), () => expect.fail('the file was read')));
    expect([error.code, error.where]).toEqual(['format', 't']);
  });

  const external = (location: string, entries: Record<string, string>): TensorInit => ({
    dims: [2n],
    dataType: Type.FLOAT,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries({ location, ...entries }).map(([key, value]) => ({ key, value })),
  });

  const malformed: [string, TensorInit, string][] = [
    ['fewer bytes than its shape', raw(Type.FLOAT, [3], Float32Array.of(1, 2)), 'format'],
    ['more bytes than its shape', raw(Type.FLOAT, [1], Float32Array.of(1, 2)), 'format'],
    ['fewer typed elements', { dims: [3n], dataType: Type.FLOAT, floatData: [1] }, 'format'],
    ['no data', { dims: [3n], dataType: Type.FLOAT }, 'format'],
    ['a negative dimension', { dims: [-1n], dataType: Type.FLOAT, floatData: [1] }, 'format'],
    ['an absurd dimension', { dims: [2n ** 62n], dataType: Type.FLOAT, floatData: [1] }, 'format'],
    [
      'dimensions whose product is absurd',
      { dims: [2n ** 30n, 2n ** 30n], dataType: Type.FLOAT, floatData: [1] },
      'format',
    ],
  ];
  it.each(malformed)('refuses %s and names the tensor', (_, tensor, code) => {
    const error = errorOf(() => decoded(tensor));
    expect([error.code, error.where]).toEqual([code, 't']);
    expect(error.message).toMatch(/^expected .+, got /);
  });

  const notFinite: [string, TensorInit, string][] = [
    ['NaN', floats([2], [1, NaN]), 'NaN at element 1'],
    ['an infinity', floats([2], [1, -Infinity]), '-Infinity at element 1'],
    ['NaN in float16', { dims: [1n], dataType: Type.FLOAT16, int32Data: [0x7e00] }, 'NaN at element 0'],
  ];
  it.each(notFinite)('refuses %s where it is used', (_, weights, got) => {
    const reads = (node: NodeInit, initializers: Record<string, TensorInit>) =>
      modelBytes({
        inputs: { x: [2] },
        nodes: [node, { op: 'Mul', name: 'scale', in: ['x', 'w'] }],
        initializers,
      });
    const scale = reads({ op: 'Identity', in: ['x'], out: ['same'] }, { w: weights });
    expect(errorOf(() => graphOf(scale))).toMatchObject({
      code: 'unsupported',
      message: `expected finite weights in 'w', got ${got}`,
      where: "node 'scale' (Mul, opset 17)",
    });
    const constant = {
      op: 'Constant',
      name: 'weights',
      in: [],
      out: ['w'],
      attributes: { value: { tensor: weights } },
    };
    expect(errorOf(() => graphOf(reads(constant, {})))).toMatchObject({
      code: 'unsupported',
      message: `expected finite weights in its value, got ${got}`,
    });
  });

  it('refuses an infinite weight of one element where it is used', () => {
    const bytes = modelBytes({
      inputs: { x: [2] },
      nodes: [{ op: 'Mul', in: ['x', 'w'] }],
      initializers: { w: floats([1], [Infinity]) },
    });
    expect(errorOf(() => graphOf(bytes)).code).toBe('unsupported');
    const clip = modelBytes({
      inputs: { x: [2] },
      nodes: [{ op: 'Clip', in: ['x', 'lo', 'hi'] }],
      initializers: { lo: floats([], [0]), hi: floats([], [Infinity]) },
    });
    expect(runModel(clip, { x: [-1, 2] }).data).toEqual([0, 2]);
  });

  it('leaves what it has no meaning for to the node that reads it', () => {
    const strings: TensorInit = { dims: [1n], dataType: Type.STRING, stringData: [new Uint8Array([65])] };
    expect(runModel(withTensor(strings), { x: [1] }).data).toEqual([1]);
    const bytes = modelBytes({
      inputs: { x: [1] },
      nodes: [{ op: 'Add', name: 'sum', in: ['x', 't'] }],
      initializers: { t: strings },
    });
    expect(errorOf(() => graphOf(bytes)).message).toBe('expected numbers, got strings');
    expect(obstacles(decode(bytes)).refusals.map(({ node }) => node)).toEqual(['sum']);
  });

  it('agrees with onnx-proto', () => {
    const bytes = mlp();
    const [mine, theirs] = [decode(bytes), onnx.ModelProto.decode(bytes)];
    expect(mine.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs])).toEqual(
      theirs.graph?.node?.map(({ opType, input, output }) => [opType, input, output]),
    );
    expect([...mine.initializers.keys()]).toEqual(theirs.graph?.initializer?.map(({ name }) => name));
    for (const tensor of theirs.graph?.initializer ?? []) {
      const found = mine.initializers.get(tensor.name ?? '');
      const data = tensor.rawData?.slice() ?? new Uint8Array();
      expect(found !== undefined && 'data' in found && [...found.data]).toEqual([...new Float32Array(data.buffer)]);
    }
  });
});

/** A picture through Conv, Relu, MaxPool, Flatten and Gemm. */
function mlp(): Uint8Array {
  const list = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i + 1));
  return modelBytes({
    inputs: { x: ['batch', 1, 6, 6] },
    nodes: [
      { op: 'Conv', in: ['x', 'w', 'b'], out: ['c'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'Relu', in: ['c'], out: ['r'] },
      { op: 'MaxPool', in: ['r'], out: ['p'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
      { op: 'Flatten', in: ['p'], out: ['f'] },
      { op: 'Gemm', in: ['f', 'v', 'd'], attributes: { transB: 1 } },
    ],
    initializers: {
      w: floats([2, 1, 3, 3], list(18)),
      b: floats([2], list(2)),
      v: floats([4, 18], list(72)),
      d: floats([4], list(4)),
    },
  });
}

describe('files', () => {
  it.each([
    ['an empty file', new Uint8Array()],
    ['text', new TextEncoder().encode('this is not a model, it is a text of some length')],
    ['zeros', new Uint8Array(64)],
    ['a message without a graph', toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n }))],
    ['IR 1', modelBytes({ inputs: { x: [1] }, nodes: [{ op: 'Relu', in: ['x'] }], ir: 1 })],
  ])('refuses %s', (_, bytes) => {
    const error = errorOf(() => decode(bytes));
    expect(error.code).toBe('format');
    expect(error.hint).toBeTruthy();
  });

  it('refuses every truncation of a model, or runs what is left of it', () => {
    const bytes = small();
    for (let length = 0; length < bytes.length; length++) {
      try {
        graphOf(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(InferproofError);
      }
    }
  });

  it.each([3, 8, 13, 14])('reads IR %d', (ir) => {
    expect(
      runModel(modelBytes({ inputs: { x: [2] }, nodes: [{ op: 'Relu', in: ['x'] }], ir }), { x: [-1, 1] }).data,
    ).toEqual([0, 1]);
  });

  it('does not take the initializers that old files list as inputs for inputs', () => {
    const bytes = modelBytes({
      inputs: { x: [2], w: [2] },
      nodes: [{ op: 'Add', in: ['x', 'w'] }],
      initializers: { w: floats([2], [1, 2]) },
      ir: 3,
    });
    expect(graphOf(bytes).inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('refuses two definitions of a name, and a name without one', () => {
    const twice = modelBytes({
      inputs: { x: [2] },
      nodes: [
        { op: 'Relu', in: ['x'], out: ['y'] },
        { op: 'Relu', in: ['x'], out: ['y'] },
      ],
    });
    expect(errorOf(() => graphOf(twice)).message).toBe("expected one definition of tensor 'y', got two");
    const missing = modelBytes({ inputs: { x: [2] }, nodes: [{ op: 'Relu', in: ['z'] }] });
    expect(errorOf(() => graphOf(missing)).code).toBe('format');
    const output = modelBytes({ inputs: { x: [2] }, nodes: [{ op: 'Relu', in: ['x'] }], outputs: ['q'] });
    expect(errorOf(() => graphOf(output)).code).toBe('format');
  });
});

describe('dynamic shapes', () => {
  const bytes = modelBytes({ inputs: { x: ['batch', 'time', 2] }, nodes: [{ op: 'Relu', in: ['x'] }] });
  it('binds a first dimension to 1 and asks for the others by name', () => {
    const error = errorOf(() => lower(decode(bytes)));
    expect([error.code, error.hint]).toEqual(['unsupported', '--shape time=N']);
    expect(error.message).toContain("symbolic dimension 'time'");
    expect(modelInputs(decode(bytes), { shapes: { time: 5 } })).toEqual([
      { name: 'x', shape: [1, 5, 2], dtype: 'float32' },
    ]);
    expect(modelInputs(decode(bytes), { shapes: { time: 5, batch: 3 } })[0].shape).toEqual([3, 5, 2]);
  });
  it('refuses a size of a dimension that is not there, or that is no size', () => {
    expect(errorOf(() => lower(decode(bytes), { shapes: { height: 5 } })).code).toBe('usage');
    expect(errorOf(() => lower(decode(bytes), { shapes: { time: 0 } })).code).toBe('unsupported');
    expect(errorOf(() => lower(decode(bytes), { shapes: { time: 1e9 } })).code).toBe('unsupported');
  });
});

/** Every kind of step, in under 500 bytes. */
function small(): Uint8Array {
  return modelBytes({
    inputs: { x: ['n', 1, 4, 4] },
    nodes: [
      {
        op: 'Conv',
        in: ['x', 'w'],
        out: ['c'],
        attributes: { pads: [1, 1, 1, 1], strides: [1, 1], dilations: [1, 1] },
      },
      { op: 'Clip', in: ['c', 'lo', 'hi'], out: ['r'] },
      { op: 'MaxPool', in: ['r'], out: ['p'], attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 } },
      { op: 'Reshape', in: ['p', 's'], out: ['f'] },
      { op: 'Slice', in: ['f', 'from', 'to'], out: ['q'] },
      { op: 'Pad', in: ['q', 'pads'], out: ['e'] },
      { op: 'Expand', in: ['e', 'shape'], out: ['g'] },
      { op: 'ArgMax', in: ['g'], attributes: { axis: 1 } },
    ],
    initializers: {
      w: floats(
        [2, 1, 3, 3],
        Array.from({ length: 18 }, (_, i) => i - 9),
      ),
      lo: floats([], [0]),
      hi: floats([], [6]),
      s: ints(1, -1),
      from: ints(0, 1),
      to: ints(1, 9),
      pads: ints(0, 1, 0, 1),
      shape: ints(3, 1),
    },
  });
}

describe('damaged models', () => {
  it('give one clear error or a graph that runs: 2,000 mutations of bytes', () => {
    const original = small();
    let whole = 0;
    const mutation = fc.record({
      at: fc.nat(original.length - 1),
      byte: fc.nat(255),
      cut: fc.nat(12),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), fc.boolean(), (mutations, isCut) => {
        let bytes = original;
        for (const { at, byte, cut, insert } of mutations) {
          bytes = isCut
            ? Uint8Array.of(...bytes.slice(0, at), ...insert, ...bytes.slice(at + cut))
            : bytes.map((b, i) => (i === at ? byte : b));
        }
        const started = performance.now();
        try {
          const model = decode(bytes);
          obstacles(model);
          const graph = graphOf(bytes);
          const inputs = Object.fromEntries(
            graph.inputs.map(({ name, value }) => [name, new Float64Array(sizeOf(graph.values[value].shape))]),
          );
          evaluateGraph(graph, inputs);
          whole++;
        } catch (error) {
          if (!(error instanceof InferproofError)) throw error;
          expect(error.code, error.message).not.toBe('internal');
          expect(error.message).toMatch(/^expected /);
        }
        expect(performance.now() - started).toBeLessThan(10_000);
      }),
      { numRuns: 2000 },
    );
    expect(whole).toBeGreaterThan(20); // the mutations reach beyond the parser
  });
});
