// What an operator sees while it is lowered: its inputs, its attributes with their defaults, the primitives that it may
// write, and one way to say no.
import { InferproofError } from '../../verifier/errors.js';
import type { LinearMap } from '../linear/map.js';
import type { PointFunction } from '../recipes/functions.js';
import type { RealPrimitive } from '../recipes/real.js';
import type { ValueGroup } from '../recipes/values.js';
import type { DType, Tensor } from '../tensor.js';
import type { AttributeValue, Marks, ModelNode } from './model.js';
import type { Operand, Typed } from './builder.js';
import type { Result } from './pending.js';
import type { StringTensor } from './tensor-data.js';

export type { Operand } from './builder.js';
export type { Result } from './pending.js';

/** An ONNX operator in primitives: its outputs, in order; outputs it does not give must not be requested. */
export type Lowering = (site: Site) => Result | readonly Result[];

/** One form of an operator: it holds until the opset of the next form in its family's list. */
export interface Operator {
  readonly op: string;
  /** Of the operator; none: the standard one. */
  readonly domain?: string;
  /** Opset that brought this form; that of the first one listed is the oldest that the lowering knows. */
  readonly since: number;
  /** Fewest and most inputs, absent ones at the end not counted. */
  readonly inputs: readonly [least: number, most: number];
  /** Most outputs, whether the lowering gives them or not. */
  readonly outputs: number;
  /** Why those that the lowering does not give are not proved. */
  readonly unproved?: string;
  readonly lower: Lowering;
}

export interface Site {
  readonly opset: number;
  /** Number of inputs, absent ones at the end not counted. */
  readonly arity: number;
  /** Number of outputs that the node lists. */
  readonly outputs: number;
  /** The same node for another of its outputs, whose name is given to what is made there. */
  forOutput(k: number): Site;
  /** The same node; what it makes shares a scale with all that is made in a group of this name. */
  inGroup(group: ValueGroup): Site;
  input(i: number): Operand;
  /** An input whose last function may be left to the reader: for what only moves elements, or keeps their order. */
  result(i: number): Result;
  optional(i: number): Operand | null;
  /** An input that has no meaning here in integers. */
  floats(i: number): Operand;
  /** Every input. */
  inputs(): readonly Operand[];
  /** An input that must be known when the model is compiled. */
  constant(i: number, what: string): Tensor;
  optionalConstant(i: number, what: string): Tensor | null;
  /** Attributes; a missing one is the default that the operator's page gives. */
  int(name: string, fallback: number): number;
  ints(name: string): readonly number[] | null;
  float(name: string, fallback: number): number;
  string(name: string, fallback: string): string;
  attribute(name: string): AttributeValue | undefined;
  /** What groups.ts marked the node with. */
  mark<M extends keyof Marks>(mark: M): Marks[M] | undefined;
  /** A graph inside the node. */
  body(name: string): Body;
  /** One that may be left out. */
  optionalBody(name: string): Body | null;
  /** The node cannot be proved. */
  refuse(reason: string, hint?: string): never;
  /** Number of elements of a shape that is about to be computed; refuses what is too large, also beside a dimension of 0. */
  size(shape: readonly number[]): number;
  /** Counts work before it is done: sums of fan-ins, elements that take gadgets. Refuses more than the file is allowed. */
  terms(count: number): void;
  gadgets(count: number): void;
  /** A constant of numbers that its type holds. */
  tensor(dtype: DType, shape: readonly number[], data: ArrayLike<number>): Operand;
  /** A constant of numbers that were computed: rounded to the type, or wrapped around. */
  computed(dtype: DType, shape: readonly number[], data: Float64Array): Operand;
  /** A constant of strings. */
  strings(constant: StringTensor): Result;
  linear(map: LinearMap, shape: readonly number[], dtype: DType): Operand;
  /** y[o] = x[indices[o]], or `fill` where the index is -1. */
  gather(x: Operand, indices: Int32Array, shape: readonly number[], fill?: number): Operand;
  /** The same elements in another shape. */
  reshape(x: Operand, shape: readonly number[]): Operand;
  /** y[o] = x[indices[o]], or x as it stands where `indices` is null; a pending function goes along if it can. */
  move(x: Result, indices: Int32Array | null, shape: readonly number[]): Result;
  /** y_i = f(x_i) of floats */
  table(x: Operand, f: PointFunction): Operand;
  /** A step of any other primitive that gives one value. */
  step<Own>(
    primitive: RealPrimitive<Own>,
    sources: readonly Operand[],
    own: Own,
    shape: readonly number[],
    dtype: DType,
  ): Operand;
  /** A step that gives several values. */
  steps<Own>(
    primitive: RealPrimitive<Own>,
    sources: readonly Operand[],
    own: Own,
    outs: readonly Typed[],
  ): readonly Operand[];
  /** Counts multiply-accumulates for the report. */
  macs(count: number): void;
}

/** A graph inside a node. */
export interface Body {
  /** The number of its inputs. */
  readonly arity: number;
  readonly outputs: number;
  /** Its outputs, its nodes written out once; `round` stands behind the name of the node where there are several. */
  run(inputs: readonly Result[], round?: string): readonly Result[];
}

export const refusal = (node: ModelNode, reason: string, hint?: string): InferproofError =>
  new InferproofError('unsupported', reason, { where: placeOf(node), hint });

/** How errors name a node. */
export const placeOf = (node: ModelNode): string => `node '${node.name}' (${describe(node)})`;

const describe = ({ op, domain, opset }: ModelNode): string =>
  `${domain === '' ? '' : `${domain}.`}${op}, opset ${opset}`;
