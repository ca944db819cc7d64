// Numbers are those of their type: constants against onnxruntime on the same bytes, at the ends of every type, and integers that
// depend on the input: exact, also where they wrap around.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { float16 } from '#compiler/onnx/float16.js';
import { floats, graphOf, ints, modelBytes, type ModelInit, type NodeInit, type TensorInit } from './onnx-models.js';

const TYPES = {
  int8: Type.INT8, uint8: Type.UINT8, int16: Type.INT16, uint16: Type.UINT16, int32: Type.INT32, uint32: Type.UINT32,
  int64: Type.INT64, uint64: Type.UINT64, float16: Type.FLOAT16, float32: Type.FLOAT, float64: Type.DOUBLE, bool: Type.BOOL,
} as const; // prettier-ignore
type Name = keyof typeof TYPES;

/** Values at the ends of each type; of 64 bits those that are exact in float64. */
const ENDS = {
  int8: [-128, -127, -1, 1, 100, 127],
  uint8: [0, 1, 3, 100, 200, 255],
  int16: [-32768, -32767, -1, 1, 300, 32767],
  uint16: [0, 1, 300, 40000, 65534, 65535],
  int32: [-2147483648, -2147483647, -1, 1, 65536, 2147483647],
  uint32: [0, 1, 65536, 3000000000, 4294967294, 4294967295],
  int64: [-4503599627370495, -3, -1, 1, 94906265, 4503599627370495],
  uint64: [0, 1, 3, 94906265, 4503599627370495, 4503599627370495],
} as const;
type Integer = keyof typeof ENDS;
const INTEGERS = Object.keys(ENDS) as Integer[];

function constant(type: Name, values: readonly number[], dims = [values.length]): TensorInit {
  const tensor = { dims: dims.map(BigInt), dataType: TYPES[type] };
  if (type === 'float64') return { ...tensor, doubleData: [...values] };
  if (type === 'float32') return { ...tensor, floatData: [...values] };
  if (type === 'int64') return { ...tensor, int64Data: values.map(BigInt) };
  if (type === 'uint64' || type === 'uint32') return { ...tensor, uint64Data: values.map(BigInt) };
  return { ...tensor, int32Data: [...values] };
}

/** Both sides' outputs by name: numbers, or for our side what it refused. */
async function constants(
  type: Name,
  nodes: readonly (NodeInit & { out: [string] })[],
  given: Record<string, TensorInit>,
) {
  const model = (outputs: string[], of = nodes): Uint8Array =>
    modelBytes({
      inputs: { x: [1] },
      nodes: [...of],
      initializers: given,
      outputs,
      outputType: TYPES[type],
    });
  const outputs = nodes.map(({ out: [name] }) => name);
  const session = await InferenceSession.create(model(outputs));
  const answer = await session.run({ x: new Tensor('float32', Float32Array.of(1), [1]) });
  const theirs = outputs.map((name) => {
    const numbers = Array.from(answer[name].data as ArrayLike<number | bigint>, Number);
    return [name, type === 'float16' ? numbers.map(float16) : numbers];
  });
  const ours = outputs.map((name) => {
    try {
      const alone = nodes.filter(({ out }) => out[0] === name || nodes.some((node) => node.in.includes(out[0])));
      const { steps } = graphOf(model([name], alone));
      const { own } = steps.at(-1) as { own: { map: { bias: Float64Array } } };
      return [name, [...own.map.bias]];
    } catch (error) {
      return [name, (error as Error).message];
    }
  });
  return [Object.fromEntries(ours), Object.fromEntries(theirs)] as Record<string, number[] | string>[];
}

describe('constants are those of onnxruntime', () => {
  it.each(INTEGERS)('%s: arithmetic', async (type) => {
    const a = ENDS[type];
    const node = (op: string, ...of: string[]): NodeInit & { out: [string] } => ({ op, in: of, out: [op] });
    const wide = type.endsWith('64');
    const nodes = [
      node('Add', 'a', 'b'),
      { op: 'Add', in: ['a', 'a'], out: ['Double'] as [string] },
      node('Sub', 'a', 'c'),
      node('Mul', 'a', 'c'),
      node('Div', 'a', 'c'),
      ...(/^uint/.test(type) ? [] : [node('Neg', 'a')]),
      ...(/16/.test(type) ? [] : [node('Max', 'a', 'b'), node('Min', 'a', 'b'), node('Clip', 'a', 'low', 'high')]),
      ...(/^int(8|32)/.test(type) ? [node('Relu', 'a')] : []),
    ];
    const [ours, theirs] = await constants(type, nodes, {
      a: constant(type, a),
      b: constant(type, a.toReversed()),
      c: constant(type, [3, 2, 3, 100, 7, wide ? 1 : 127]),
      low: constant(type, [2], []),
      high: constant(type, [99], []),
    });
    for (const [name, values] of Object.entries(theirs))
      if (wide && typeof ours[name] === 'string') expect(ours[name]).toMatch(/^expected integers below 2\^53/);
      else expect(ours[name], name).toEqual(values);
    const refused = Object.keys(ours).filter((name) => typeof ours[name] === 'string');
    expect(refused).toEqual({ int64: ['Mul'], uint64: ['Sub', 'Mul'] }[type as string] ?? []);
  });

  it.each(Object.keys(TYPES) as Name[])('casts to %s', async (to) => {
    const cast = (from: string): NodeInit & { out: [string] } => ({
      op: 'Cast',
      in: [from],
      out: [`of ${from}`],
      attributes: { to: TYPES[to] },
    });
    const [ours, theirs] = await constants(to, [...INTEGERS.map(cast), cast('fractions')], {
      ...Object.fromEntries(INTEGERS.map((type) => [type, constant(type, ENDS[type])])),
      fractions: floats([6], [0, 0.3, 1.5, 2.7, 100.999, 126.5]),
    });
    for (const [name, values] of Object.entries(theirs)) {
      const held = (values as number[]).every((v) => Number.isFinite(v) && (Math.abs(v) < 2 ** 53 || /float/.test(to)));
      if (held) expect(ours[name], name).toEqual(values);
      else expect(ours[name], name).toMatch(/^expected (integers below 2\^53|finite coefficients)/);
    }
  });

  it('floats are rounded after every node', async () => {
    const node = (op: string, out: string, ...of: string[]): NodeInit & { out: [string] } => ({
      op,
      in: of,
      out: [out],
    });
    const nodes = [node('Add', 'sum', 'big', 'one'), node('Sub', 'lost', 'sum', 'big')];
    const more = ['Add', 'Sub', 'Mul', 'Div'].map((op) => node(op, op, 'a', 'b'));
    const range = node('Range', 'range', 'from', 'to', 'by');
    const [ours, theirs] = await constants('float32', [...nodes, ...more, range], {
      big: floats([1], [1e8]),
      one: floats([1], [1]),
      a: floats([4], [0.1, 1 / 3, 1e20, 7.7]),
      b: floats([4], [0.3, 3.3, 1e-8, 1.1]),
      from: floats([], [0.1]),
      to: floats([], [3]),
      by: floats([], [0.1]),
    });
    expect(ours).toEqual(theirs);
    expect(ours['lost']).toEqual([0]);
  });

  it('half floats are rounded to even, subnormal and infinite where onnxruntime has them so', async () => {
    const values = [
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      65519,
      -65519,
      2 ** -24,
      2 ** -25,
      1.5 * 2 ** -25,
      6.1e-5,
      -0.1,
      2049,
    ];
    const nodes = [{ op: 'Cast', in: ['a'], out: ['half'] as [string], attributes: { to: Type.FLOAT16 } }];
    const [ours, theirs] = await constants('float16', nodes, { a: floats([values.length], values) });
    expect(ours).toEqual(theirs);
    const model = modelBytes({
      inputs: { x: [1] },
      nodes: [
        { op: 'Cast', in: ['a'], out: ['half'], attributes: { to: Type.FLOAT16 } },
        { op: 'Cast', in: ['half'], out: ['b'], attributes: { to: Type.FLOAT } },
        { op: 'Add', in: ['x', 'b'] },
      ],
      initializers: { a: floats([1], [1e5]) },
    });
    expect(() => graphOf(model)).toThrow(/expected finite coefficients, got Infinity/);
  });

  it('refuses what ONNX leaves open, and integers that float64 would round', () => {
    const lone = (nodes: NodeInit[], initializers: Record<string, TensorInit>) => () =>
      graphOf(modelBytes({ inputs: { x: [1] }, nodes, initializers }));
    const cast = (value: number, to: Name) => lone([{ op: 'Cast', in: ['a'], attributes: { to: TYPES[to] } }], { a: floats([1], [value]) }); // prettier-ignore
    expect(cast(300.7, 'uint8')).toThrow(/number that uint8 holds, got 300\.7/);
    expect(cast(-1.5, 'uint8')).toThrow(/number that uint8 holds, got -1\.5/);
    expect(cast(3e9, 'int32')).toThrow(/number that int32 holds, got 3000000000/);
    const square = [
      { op: 'Mul', in: ['a', 'a'], out: ['b'] },
      { op: 'Sub', in: ['b', 'c'] },
    ];
    const big = { a: ints(3000000001), c: constant('int64', [9e18]) };
    expect(lone(square, big)).toThrow(/integers below 2\^53 \(int64\)/);
    expect(
      lone([{ op: 'Sub', in: ['c', 'd'] }], { c: constant('int64', [9e18]), d: constant('int64', [9e18]) }),
    ).toThrow(/below 2\^53/);
    expect(lone([{ op: 'Identity', in: ['c'] }], { c: constant('int64', [9e18]) })).toThrow(/below 2\^53/);
  });

  it('an end of a slice beyond 2^53 may be moved', () => {
    const nodes = [
      { op: 'Concat', in: ['e', 'f'], out: ['ends'], attributes: { axis: 0 } },
      { op: 'Cast', in: ['ends'], out: ['same'], attributes: { to: Type.INT64 } },
      { op: 'Slice', in: ['x', 's', 'same'] },
    ];
    const end = { dims: [1n], dataType: Type.INT64, int64Data: [2n ** 63n - 1n] };
    const graph = graphOf(
      modelBytes({ inputs: { x: [3, 4] }, nodes, initializers: { e: end, f: end, s: ints(1, 1) } }),
    );
    expect(graph.values[graph.outputs[0].value].shape).toEqual([2, 3]);
  });
});

interface Numbers {
  from(list: readonly (number | bigint)[]): ArrayBufferView;
}
const ARRAYS = {
  int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array,
  int64: BigInt64Array, uint64: BigUint64Array,
} as unknown as Record<Integer, Numbers>; // prettier-ignore

interface Live extends Omit<ModelInit, 'inputs'> {
  readonly inputs?: Record<string, number[]>;
}

/** Outputs on samples of `x`, shape [1, 2] unless given, and onnxruntime's. */
async function live(
  type: Integer,
  range: readonly [number, number],
  samples: readonly number[][],
  init: Live,
  argument: 'plain' | 'lookup',
) {
  const inputs = init.inputs ?? { x: [1, 2] };
  const bytes = modelBytes({ type: TYPES[type], outputType: TYPES[type], ...init, inputs });
  const { circuit } = await compile(bytes, { argument, inputRanges: { '': range } });
  const name = Object.keys(inputs)[0];
  const data = { count: samples.length, inputs: { [name]: Float64Array.from(samples.flat()) } };
  const { outputs } = await run(circuit, data, { clamp: false });
  const session = await InferenceSession.create(bytes);
  const theirs: number[][] = [];
  for (const sample of samples) {
    const numbers = type.endsWith('64') ? sample.map(BigInt) : sample;
    const answer = await session.run({ [name]: new Tensor(type, ARRAYS[type].from(numbers) as never, inputs[name]) });
    theirs.push(Array.from(answer['y'].data as ArrayLike<number | bigint>, Number));
  }
  return { ours: outputs.map(({ y }) => [...y.floats].map(Number)), theirs, circuit };
}

const node = (op: string, ...of: string[]): NodeInit => ({ op, in: of });
/** A model, a range that its integers just bear, samples at the ends; a range that they do not bear, and samples that wrap around. */
const cases: Record<string, [Integer, Live, [number, number], number[][], [number, number], number[][]]> = {
  'int32 x + x': [
    'int32',
    { nodes: [node('Add', 'x', 'x')] },
    [-(2 ** 30), 2 ** 30 - 1],
    [[-(2 ** 30), 2 ** 30 - 1]],
    [0, 2 ** 30],
    [[0, 2 ** 30], [2 ** 30 - 1, 5]], // prettier-ignore
  ],
  'int32 x x': [
    'int32',
    { nodes: [node('Mul', 'x', 'x')] },
    [-46340, 46340],
    [[-46340, 46340], [0, -1]], // prettier-ignore
    [-46341, 46340],
    [[-46341, 46340], [46340, 7]], // prettier-ignore
  ],
  'uint8 x - 1': [
    'uint8',
    { nodes: [node('Sub', 'x', 'c')], initializers: { c: constant('uint8', [1]) } },
    [1, 255],
    [[1, 255]],
    [0, 255],
    [[0, 255], [1, 0]], // prettier-ignore
  ],
  'int8 -x': ['int8', { nodes: [node('Neg', 'x')] }, [-127, 127], [[-127, 127]], [-128, 127], [[-128, 127]]],
  'int32 that wraps and comes back': [
    'int32',
    {
      nodes: [{ ...node('Add', 'x', 'c'), out: ['a'] }, node('Sub', 'a', 'c')],
      initializers: { c: constant('int32', [2 ** 31 - 6]) },
    },
    [0, 5],
    [[0, 5]],
    [0, 6],
    [[6, 5]],
  ],
  'int64 to int32 and back': [
    'int64',
    { nodes: [{ ...node('Cast', 'x'), out: ['a'], attributes: { to: Type.INT32 } }, { ...node('Cast', 'a'), attributes: { to: Type.INT64 } }] }, // prettier-ignore
    [-(2 ** 31), 2 ** 31 - 1],
    [[-(2 ** 31), 2 ** 31 - 1]],
    [0, 2 ** 32 + 7],
    [[2 ** 31, 2 ** 32 + 7], [2 ** 31 - 1, 2 ** 32 - 1]], // prettier-ignore
  ],
  'int32 MatMul': [
    'int32',
    { nodes: [node('MatMul', 'x', 'm')], initializers: { m: constant('int32', [70000, -1, 1, 30000], [2, 2]) } },
    [-30000, 30000],
    [[-30000, 30000], [30000, 30000]], // prettier-ignore
    [-40000, 40000],
    [[40000, -40000], [-40000, 39999]], // prettier-ignore
  ],
  'int32 (2x + 1)(x0 + x1)': [
    'int32',
    {
      nodes: [
        { ...node('Mul', 'x', 'two'), out: ['d'] },
        { ...node('Add', 'd', 'one'), out: ['a'] },
        { ...node('MatMul', 'x', 'm'), out: ['b'] },
        node('Mul', 'a', 'b'),
      ],
      initializers: {
        two: constant('int32', [2]),
        one: constant('int32', [1]),
        m: constant('int32', [1, 1, 1, 1], [2, 2]),
      },
    },
    [-20000, 20000],
    [[-20000, 20000], [19999, 20000], [-7, 12345]], // prettier-ignore
    [-30000, 30000],
    [[30000, 30000], [-30000, 29999]], // prettier-ignore
  ],
};

describe('integers that depend on the input', () => {
  describe.each(['plain', 'lookup'] as const)('%s', (argument) => {
    it.each(Object.keys(cases))('%s', async (name) => {
      const [type, init, range, samples, beyond, wrapping] = cases[name];
      const { ours, theirs, circuit } = await live(type, range, samples, init, argument);
      expect(ours).toEqual(theirs);
      expect(circuit.steps.map(({ kind }) => kind)).not.toContain('remainder');
      const wrapped = await live(type, beyond, wrapping, init, argument);
      expect(wrapped.ours).toEqual(wrapped.theirs);
      expect(wrapped.circuit.steps.map(({ kind }) => kind)).toContain('remainder');
    });
  });

  it('a node that no output needs is not looked at', async () => {
    const nodes = [{ ...node('Add', 'x', 'x'), out: ['dead'] }, node('Max', 'x', 'x')];
    const { ours, theirs } = await live('int32', [0, 2 ** 31 - 1], [[0, 2 ** 31 - 1]], { nodes }, 'plain');
    expect(ours).toEqual(theirs);
  });

  it('values beyond 2^53, and inputs beyond their type, are refused', async () => {
    const more: Live = { nodes: [node('Add', 'x', 'c')], initializers: { c: ints(2) } };
    const top = 2 ** 53 - 1;
    await expect(live('int64', [top - 2, top], [[top, top]], more, 'plain')).rejects.toMatchObject({
      code: 'unbounded',
      message: 'expected an integer below 2^53, it can reach 9007199254740992',
    });
    await expect(
      live('int32', [0, 2 ** 31], [[1, 1]], { nodes: [node('Max', 'x', 'x')] }, 'plain'),
    ).rejects.toMatchObject({
      code: 'usage',
      message: 'expected an input range of int32, in [-2147483648, 2147483647], got 0,2147483648',
    });
  });

  it('a sum that is too large to compose keeps its integers', async () => {
    const n = 330;
    const column = Array.from({ length: 2 * n }, (_, i) => ((i * 7919) % 13) - 6);
    const init: Live = {
      inputs: { x: [1, n] },
      nodes: [{ ...node('MatMul', 'x', 'a'), out: ['narrow'] }, node('MatMul', 'narrow', 'b')],
      initializers: { a: constant('int32', column, [n, 2]), b: constant('int32', column, [2, n]) },
    };
    const samples = [Array.from({ length: n }, (_, i) => (i * 104729) % 1000)];
    const { ours, theirs, circuit } = await live('int32', [0, 999], samples, init, 'lookup');
    expect(ours).toEqual(theirs);
    expect(circuit.steps.map(({ kind }) => kind)).toEqual(['input', 'product', 'output']);
  });
});

describe('outputs of an integer type are exact, in units of 1', () => {
  const int32 = (...values: number[]): TensorInit => constant('int32', values, []);
  const outputs: Record<string, [Integer, Live, [number, number], number[][]]> = {
    'Relu and Clip': [
      'int32',
      {
        nodes: [
          { ...node('Relu', 'x'), out: ['a'] },
          { ...node('Clip', 'x', 'low', 'high'), out: ['b'] },
          node('Add', 'a', 'b'),
        ],
        initializers: { low: int32(-100), high: int32(3001) },
      },
      [-1000000, 1000000],
      [[-1000000, 5], [3002, 1000000], [-101, -99]], // prettier-ignore
    ],
    'a position, scaled and moved': [
      'int64',
      {
        nodes: [
          { ...node('ArgMax', 'x'), out: ['a'], attributes: { axis: 1 } },
          { ...node('Mul', 'a', 'c'), out: ['b'] },
          node('Add', 'b', 'd'),
        ],
        initializers: { c: ints(100000), d: ints(5) },
      },
      [-9, 9],
      [[1, 0], [0, 1]], // prettier-ignore
    ],
    'the position of the least byte': [
      'uint8',
      { nodes: [{ ...node('ArgMin', 'x'), attributes: { axis: 1 } }], outputType: Type.INT64 },
      [0, 255],
      [[255, 0], [0, 255], [7, 7]], // prettier-ignore
    ],
    'the least and the largest byte': [
      'int8',
      { nodes: [{ ...node('Min', 'x', 'c'), out: ['a'] }, node('Max', 'a', 'd')], initializers: { c: constant('int8', [3]), d: constant('int8', [-128]) } }, // prettier-ignore
      [-128, 127],
      [[-128, 127], [3, 4]], // prettier-ignore
    ],
    'a weighted sum': [
      'int32',
      { nodes: [node('MatMul', 'x', 'm')], initializers: { m: constant('int32', [70000, -1, 3, 30000], [2, 2]) } },
      [-30000, 30000],
      [[-29999, 30000], [7, -5]], // prettier-ignore
    ],
    'the shape of a tensor': ['int64', { nodes: [node('Shape', 'x')], inputs: { x: [1, 10007] } }, [0, 1], [Array.from({ length: 10007 }, () => 1)]], // prettier-ignore
  };
  describe.each(['plain', 'lookup'] as const)('%s', (argument) => {
    it.each(Object.keys(outputs))('%s', async (name) => {
      const [type, init, range, samples] = outputs[name];
      const { ours, theirs, circuit } = await live(type, range, samples, init, argument);
      expect(ours).toEqual(theirs);
      const { scale, zero } = circuit.tensors[circuit.outputs[0].tensor];
      expect([scale, zero]).toEqual([1, 0]);
    });
  });
});
