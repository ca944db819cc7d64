// One node of an operator with random shapes and attributes, in a random opset: every form of it that ONNX has, the odd ones
// included. Whether it can be lowered is not known here.
import { TensorProto_DataType as Type } from 'onnx-buf';
import type { AttributeInit, ModelInit, NodeInit, TensorInit } from '../onnx-models.js';
import { floats, ints } from '../onnx-models.js';
import { randomOf, type Random } from '../random-graphs/draft.js';

export type { Random } from '../random-graphs/draft.js';

export const INTEGER_TYPES = ['int8', 'uint8', 'int32', 'uint32', 'int64', 'uint64'] as const;
export type IntegerType = (typeof INTEGER_TYPES)[number];

export const typeOf = (type: IntegerType): number =>
  ({ int8: Type.INT8, uint8: Type.UINT8, int32: Type.INT32, uint32: Type.UINT32, int64: Type.INT64, uint64: Type.UINT64 })[type]; // prettier-ignore

/** A constant tensor of integers. */
export function integersOf(shape: readonly number[], values: readonly number[], type: IntegerType): TensorInit {
  const tensor = { dims: shape.map(BigInt), dataType: typeOf(type) };
  if (type === 'int64') return { ...tensor, int64Data: values.map(BigInt) };
  if (type === 'uint64' || type === 'uint32') return { ...tensor, uint64Data: values.map(BigInt) };
  return { ...tensor, int32Data: [...values] };
}

export interface Case {
  readonly random: Random;
  readonly opset: number;
  /** Adds a float input of the model, and gives its name. */
  live(shape: readonly number[]): string;
  /** Live floats above 0. */
  positive(shape: readonly number[]): string;
  /** Adds a constant of random floats, or of the given integers. */
  constant(shape: readonly number[], values?: readonly number[]): string;
  integers(values: readonly number[]): string;
  add(name: string, tensor: TensorInit): string;
  /** Nodes in front of the one that is tried; the name of what they give: booleans, and integers of [0, 2]. */
  flags(shape: readonly number[]): string;
  indices(shape: readonly number[]): string;
  /** Live integers of some twenty sizes, of both signs where the type has them; those of [1, 3]. */
  whole(shape: readonly number[], type: IntegerType): string;
  divisors(shape: readonly number[], type: IntegerType): string;
  /** Live floats that are multiples of 0.75. */
  grid(shape: readonly number[]): string;
  /** Those that are 0.75 above multiples of 3: no step of DynamicQuantizeLinear has one in its middle. */
  apart(shape: readonly number[]): string;
  /** A constant of integers. */
  wholes(shape: readonly number[], values: readonly number[], type: IntegerType): string;
  /** Live integers of nearly all that the type has, of floats in steps of `scale` above a zero. */
  quantised(shape: readonly number[], scale: string, zero: string): string;
  /** An input that is live at times and constant at others. */
  either(shape: readonly number[]): string;
}

export interface Drawn {
  /** Of the operator; of ai.onnx.ml the opset is that of its domain. */
  readonly domain?: string;
  readonly in: readonly string[];
  readonly attributes?: Record<string, AttributeInit | undefined> | undefined;
  readonly outs?: number;
}

/** Null where the opset has no form of the kind. */
export type CaseOf = (c: Case) => Drawn | null;

/** The model of a case, or null. */
export function modelOf(op: string, draw: CaseOf, seed: number, opset: number): ModelInit | null {
  const random = randomOf(seed);
  const inputs: Record<string, number[]> = {};
  const initializers: Record<string, TensorInit> = {};
  const add = (name: string, tensor: TensorInit): string => {
    const unique = `${name}${Object.keys(initializers).length}`;
    initializers[unique] = tensor;
    return unique;
  };
  const live = (shape: readonly number[]): string => {
    const name = `x${Object.keys(inputs).length}`;
    inputs[name] = [...shape];
    return name;
  };
  const constant = (shape: readonly number[], values?: readonly number[]): string => {
    const size = shape.reduce((a, b) => a * b, 1);
    return add('c', floats([...shape], values ?? Array.from({ length: size }, () => random.between(-2, 2))));
  };
  const before: NodeInit[] = [];
  const through = (op: string, inputs: string[], attributes: Record<string, AttributeInit> = {}): string => {
    const out = `t${before.length}`;
    before.push({ op, in: inputs, out: [out], attributes });
    return out;
  };
  const places = (shape: readonly number[]): string =>
    through('ArgMax', [live([...shape, 3])], { axis: shape.length, keepdims: 0 });
  /** Two digits of base 3 and a stride: exact, whatever the floats that decide them are rounded to. */
  const whole = (shape: readonly number[], type: IntegerType): string => {
    const scalar = (value: number): string => add('v', integersOf([], [value], 'int64'));
    const high = through('Mul', [places(shape), scalar(random.pick([3, 5, 7]))]);
    const least = scalar(type.startsWith('u') ? 0 : random.int(-12, 0));
    const sum = through('Add', [through('Add', [high, places(shape)]), least]);
    return through('Cast', [sum], { to: typeOf(type) });
  };
  const spaced = (shape: readonly number[], by: number): string =>
    through('Mul', [through('Cast', [whole(shape, 'int64')], { to: Type.FLOAT }), constant([], [by])]);
  const drawn = draw({
    random,
    opset,
    live,
    constant,
    add,
    integers: (values) => add('i', ints(...values)),
    positive: (shape) => through('Exp', [live(shape)]),
    flags: (shape) => through('Greater', [live(shape), constant([], [0.1])]),
    indices: places,
    whole,
    divisors: (shape, type) =>
      through('Add', [through('Cast', [places(shape)], { to: typeOf(type) }), add('one', integersOf([], [1], type))]),
    grid: (shape) => spaced(shape, 0.75),
    apart: (shape) => through('Add', [spaced(shape, 3), constant([], [0.75])]),
    wholes: (shape, values, type) => add('w', integersOf(shape, values, type)),
    quantised: (shape, scale, zero) => through('QuantizeLinear', [live(shape), scale, zero]),
    either: (shape) => (random.chance(0.5) ? live(shape) : constant(shape)),
  });
  if (drawn === null) return null;
  if (Object.keys(inputs).length === 0) live([1]);
  const attributes = Object.fromEntries(
    Object.entries(drawn.attributes ?? {}).filter((entry): entry is [string, AttributeInit] => entry[1] !== undefined),
  );
  const outputs = Array.from({ length: drawn.outs ?? 1 }, (_, i) => `y${i}`);
  const { domain = '' } = drawn;
  const node: NodeInit = { op, domain, name: 'tried', in: [...drawn.in], out: outputs, attributes };
  return {
    inputs,
    initializers,
    nodes: [...before, node],
    outputs,
    ...(domain === 'ai.onnx.ml' ? { opset: 17, domains: { [domain]: opset } } : { opset }),
    ir: opset >= 19 ? 9 : 8,
    graph: { output: outputs.map((name) => ({ name })) },
  };
}

/** A shape of small dimensions. */
export const shapeOf = ({ random }: Case, least: number, most: number, dim = 4): number[] =>
  Array.from({ length: random.int(least, most) }, () => random.int(1, dim));

/** An axis, also a negative one. */
export const axisOf = ({ random }: Case, rank: number): number => random.int(-rank, rank - 1);

/** Some of the axes, in any order, some counted from the end. */
export function axesOf({ random }: Case, rank: number, canBeNegative = true): number[] {
  const axes = [...Array(rank).keys()].filter(() => random.chance(0.6));
  if (random.chance(0.3)) axes.reverse();
  return axes.map((axis) => (canBeNegative && random.chance(0.3) ? axis - rank : axis));
}

/** A shape that broadcasts with the given one: dimensions dropped in front, or 1. */
export const broadcastOf = ({ random }: Case, shape: readonly number[]): number[] =>
  shape.slice(random.int(0, shape.length)).map((dim) => (random.chance(0.3) ? 1 : dim));

/** The value at times, no attribute at others. */
export const maybe = <T>({ random }: Case, of: () => T): T | undefined => (random.chance(0.6) ? of() : undefined);
