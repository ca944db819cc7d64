// Operators of integers, compiled and run in integers: the numbers of onnxruntime, in both arguments.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { integersOf, typeOf, type IntegerType } from './operator-cases/case.js';
import { floats, modelBytes, type NodeInit, type TensorInit } from './onnx-models.js';

const ARRAYS: Readonly<Record<IntegerType, { from(list: readonly (number | bigint)[]): ArrayBufferView }>> = {
  int8: Int8Array, uint8: Uint8Array, int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array,
}; // prettier-ignore

interface Case {
  readonly type: IntegerType;
  readonly nodes: readonly NodeInit[];
  readonly constants?: Readonly<Record<string, TensorInit>>;
  /** Of each input a range, and one list of numbers for each sample. */
  readonly inputs: Readonly<Record<string, readonly [range: readonly [number, number], samples: readonly number[][]]>>;
  readonly out?: Type;
  readonly only?: 'lookup';
}

const node = (op: string, inputs: string[], attributes: NodeInit['attributes'] = {}, out = 'y'): NodeInit => ({
  op,
  in: inputs,
  out: [out],
  attributes,
});
const of = (type: IntegerType, ...values: number[]): TensorInit => integersOf([values.length], values, type);

const signed = [[-128, 127], [[-128, -7, -1, 0], [1, 5, 126, 127], [-3, -6, 6, 100]]] as const; // prettier-ignore
const bytes = [[0, 255], [[0, 7, 1, 200], [1, 5, 126, 255], [3, 6, 16, 100]]] as const; // prettier-ignore
const divisors = [[1, 9], [[1, 5, 3, 2], [7, 7, 7, 7], [9, 4, 2, 1]]] as const; // prettier-ignore
const negative = [[-9, -1], divisors[1].map((list) => list.map((v) => -v))] as const; // prettier-ignore
const given = (ends: readonly [readonly [number, number], readonly (readonly number[])[]]) =>
  ends as unknown as Case['inputs'][string];
const x = given(signed);

const cases: Readonly<Record<string, Case>> = {
  'Div by constants': { type: 'int8', nodes: [node('Div', ['x', 'c'])], constants: { c: of('int8', 3, -3, 7, 1) }, inputs: { x } }, // prettier-ignore
  'Div by a power of two': { type: 'int32', nodes: [node('Div', ['x', 'c'])], constants: { c: of('int32', -16) }, inputs: { x } }, // prettier-ignore
  'Div of what is never above 0': { type: 'int32', nodes: [node('Div', ['x', 'c'])], constants: { c: of('int32', 5) }, inputs: { x: given([[-90, 0], [[-90, -5, -4, 0]]]) } }, // prettier-ignore
  'Div by live integers': { type: 'int32', nodes: [node('Div', ['x', 'd'])], inputs: { x, d: given(divisors) } },
  'Div by live integers below 0': {
    type: 'int32',
    nodes: [node('Div', ['x', 'd'])],
    inputs: { x, d: given(negative) },
  },
  'Div of constants': { type: 'int64', nodes: [node('Div', ['c', 'd'])], constants: { c: of('int64', 100, -100, 7, 0) }, inputs: { d: given(divisors) } }, // prettier-ignore
  'Mod, of the sign of the divisor': { type: 'int32', nodes: [node('Mod', ['x', 'c'])], constants: { c: of('int32', 3, -3, 7, 1) }, inputs: { x } }, // prettier-ignore
  'Mod, of the sign of the dividend': { type: 'int32', nodes: [node('Mod', ['x', 'c'], { fmod: 1 })], constants: { c: of('int32', 3, -3, 8, 1) }, inputs: { x } }, // prettier-ignore
  'Mod by live integers': { type: 'int64', nodes: [node('Mod', ['x', 'd'])], inputs: { x, d: given(divisors) } },
  'Mod by live integers below 0': {
    type: 'int64',
    nodes: [node('Mod', ['x', 'd'])],
    inputs: { x, d: given(negative) },
  },
  'fmod by live integers': { type: 'int64', nodes: [node('Mod', ['x', 'd'], { fmod: 1 })], inputs: { x, d: given(divisors) } }, // prettier-ignore
  'fmod by live integers below 0': { type: 'int64', nodes: [node('Mod', ['x', 'd'], { fmod: 1 })], inputs: { x, d: given(negative) } }, // prettier-ignore
  'int8 x + x': { type: 'int8', nodes: [node('Add', ['x', 'x'])], inputs: { x } },
  'int8 x x + x': { type: 'int8', nodes: [node('Mul', ['x', 'x'], {}, 'a'), node('Add', ['a', 'x'])], inputs: { x } },
  'uint8 (x - 9) / 2': { type: 'uint8', nodes: [node('Sub', ['x', 'c'], {}, 'a'), node('Div', ['a', 'd'])], constants: { c: of('uint8', 9), d: of('uint8', 2) }, inputs: { x: given(bytes) } }, // prettier-ignore
  'BitShift to the left': { type: 'uint8', nodes: [node('BitShift', ['x', 'c'], { direction: 'LEFT' })], constants: { c: of('uint8', 3, 0, 1, 7) }, inputs: { x: given(bytes) } }, // prettier-ignore
  'BitShift to the right': { type: 'uint8', nodes: [node('BitShift', ['x', 'c'], { direction: 'RIGHT' })], constants: { c: of('uint8', 3, 0, 1, 7) }, inputs: { x: given(bytes) } }, // prettier-ignore
  'a cast to a narrower type': { type: 'int32', nodes: [node('Cast', ['x'], { to: Type.INT8 }, 'a'), node('Cast', ['a'], { to: Type.INT32 })], inputs: { x: given([[-1000, 1000], [[-129, 128, 1000, -1000]]]) } }, // prettier-ignore
  'a cast of quarters': { type: 'int32', nodes: [node('Cast', ['x'], { to: Type.FLOAT }, 'a'), node('Mul', ['a', 'h'], {}, 'b'), node('Cast', ['b'], { to: Type.INT32 })], constants: { h: floats([1], [0.25]) }, inputs: { x } }, // prettier-ignore
  'a cast there and back': { type: 'int32', nodes: [node('Cast', ['x'], { to: Type.FLOAT }, 'a'), node('Cast', ['a'], { to: Type.INT32 })], inputs: { x } }, // prettier-ignore
  'a cast of thirds': { type: 'int64', nodes: [node('Cast', ['x'], { to: Type.FLOAT }, 'a'), node('Div', ['a', 'h'], {}, 'b'), node('Cast', ['b'], { to: Type.INT64 })], constants: { h: floats([1], [3]) }, inputs: { x } }, // prettier-ignore
  'a cast of what a curve gives': { type: 'int64', nodes: [node('Cast', ['x'], { to: Type.FLOAT }, 'a'), node('Sqrt', ['a'], {}, 'b'), node('Mul', ['b', 'h'], {}, 'c'), node('Cast', ['c'], { to: Type.INT64 })], constants: { h: floats([1], [0.7]) }, inputs: { x: given([[0, 100], [[0, 1, 10, 50, 70, 99]]]) }, only: 'lookup' }, // prettier-ignore
  'fmod of floats on a grid': { type: 'int64', nodes: [node('Cast', ['x'], { to: Type.FLOAT }, 'a'), node('Mod', ['a', 'h'], { fmod: 1 }, 'b'), node('Cast', ['b'], { to: Type.INT64 })], constants: { h: floats([1], [5]) }, inputs: { x } }, // prettier-ignore
};

async function both({ type, nodes, constants = {}, inputs, out }: Case, argument: 'plain' | 'lookup') {
  const names = Object.keys(inputs);
  const shapes = Object.fromEntries(names.map((name) => [name, [inputs[name][1][0].length]]));
  const outputType = out ?? typeOf(type);
  const file = modelBytes({
    type: typeOf(type),
    outputType,
    inputs: shapes,
    nodes: [...nodes],
    initializers: constants,
  });
  const ranges = Object.fromEntries(names.map((name) => [name, inputs[name][0]]));
  const { circuit } = await compile(file, { argument, inputRanges: ranges });
  const count = inputs[names[0]][1].length;
  const data = Object.fromEntries(names.map((name) => [name, Float64Array.from(inputs[name][1].flat())]));
  const { outputs } = await run(circuit, { count, inputs: data }, { clamp: false });
  const session = await InferenceSession.create(file);
  const theirs: number[][] = [];
  for (let i = 0; i < count; i++) {
    const feeds = names.map((name) => {
      const numbers = inputs[name][1][i];
      const list = type.endsWith('64') ? numbers.map(BigInt) : numbers;
      return [name, new Tensor(type, ARRAYS[type].from(list) as never, shapes[name])] as const;
    });
    const answer = await session.run(Object.fromEntries(feeds));
    theirs.push(Array.from(answer['y'].data as ArrayLike<number | bigint>, Number));
  }
  return { ours: outputs.map(({ y }) => [...y.floats].map(Number)), theirs };
}

describe.each(['plain', 'lookup'] as const)('%s', (argument) => {
  const some = Object.entries(cases).filter(([, { only }]) => (only ?? argument) === argument);
  it.each(some)('%s', async (_, one) => {
    const { ours, theirs } = await both(one, argument);
    expect(ours).toEqual(theirs);
  });
});

describe('refuses', () => {
  const refusal = (one: Case, argument: 'plain' | 'lookup' = 'lookup') => expect(both(one, argument)).rejects;
  it('live divisors that may be 0', () =>
    refusal({ ...cases['Div by live integers'], inputs: { x, d: given([[0, 9], [[1]]]) } }).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^expected divisors of one sign .* \[0, 9\]$/) as string,
      where: expect.stringMatching(/\(Div\)$/) as string,
    }));
  it('floats that an integer type may not hold', () =>
    refusal({
      type: 'int64',
      nodes: [node('Cast', ['x'], { to: Type.FLOAT }, 'a'), node('Cast', ['a'], { to: Type.UINT8 })],
      inputs: { x },
      out: Type.UINT8,
    }).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^expected numbers that uint8 holds/) as string,
    }));
  it('a truncation that needs tables, without them', () =>
    refusal({ ...cases['a cast of thirds'], constants: { h: floats([1], [0.3]) } }, 'plain').toMatchObject({
      code: 'unsupported',
      hint: 'use --argument lookup',
    }));
  it('amounts beyond the type, and a float Mod of no meaning', async () => {
    const shift = cases['BitShift to the left'];
    await refusal({ ...shift, constants: { c: of('uint8', 8) } }).toThrow(/amounts below 8, got 8/);
    const mod = cases['fmod of floats on a grid'];
    await refusal({ ...mod, nodes: [mod.nodes[0], node('Mod', ['a', 'h'], {}, 'b'), mod.nodes[2]] }).toThrow(/fmod = 1/); // prettier-ignore
  });
});
