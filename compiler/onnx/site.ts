// What an operator sees while it is lowered: its inputs, its attributes with their defaults, the primitives that it may
// write, and one way to say no.
import type { Budget } from '../budget.js';
import { MAX_TENSOR_ELEMENTS, WORK } from '../limits.js';
import { InferproofError } from '../../verifier/errors.js';
import type { LinearMap } from '../linear/map.js';
import { gatherMap, identityMap } from '../linear/maps.js';
import type { PointFunction } from '../recipes/functions.js';
import type { RealPrimitive } from '../recipes/real.js';
import type { ValueGroup } from '../recipes/values.js';
import { table } from '../recipes/table.js';
import { isFloat, sizeOf, type DType, type Tensor } from '../tensor.js';
import { inType } from './arithmetic.js';
import type { AttributeValue, Marks, ModelBody, ModelNode } from './decode.js';
import type { GraphBuilder, Label, Operand, Typed } from './builder.js';
import { constantStrings, followedAxis, moved, wholeOf, type Result } from './pending.js';
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

export interface Surroundings {
  readonly builder: GraphBuilder;
  readonly operand: (name: string) => Result;
  readonly macs: (count: number) => void;
  readonly budget: Budget;
  readonly run: (body: ModelBody, inputs: readonly Result[], round: string) => readonly Result[];
}

export const refusal = (node: ModelNode, reason: string, hint?: string): InferproofError =>
  new InferproofError('unsupported', reason, { where: placeOf(node), hint });

/** How errors name a node. */
export const placeOf = (node: ModelNode): string => `node '${node.name}' (${describe(node)})`;

const describe = ({ op, domain, opset }: ModelNode): string =>
  `${domain === '' ? '' : `${domain}.`}${op}, opset ${opset}`;

/** Lowers one node: reads it through a Site and refuses attributes, inputs and outputs that its operator does not have. */
export function lowerNode(node: ModelNode, operator: Operator, surroundings: Surroundings): readonly Result[] {
  refuseOtherCounts(node, operator);
  const { lower } = operator;
  const seen = new Set<string>();
  const outputs = [lower(siteOf(node, seen, surroundings))].flat();
  const unread = Object.keys(node.marks ?? {}).find((mark) => !seen.has(markName(mark)));
  if (unread !== undefined)
    throw new InferproofError('internal', `expected a reader of '${unread}', got none`, { where: placeOf(node) });
  for (const name of [...node.attributes.keys(), ...node.bodies.keys()]) {
    if (!seen.has(name))
      throw refusal(
        node,
        `expected no attribute '${name}' in opset ${node.opset}, got one`,
        'export the model again for a current opset',
      );
  }
  return outputs;
}

/** A mark among the names of attributes that were read: no attribute is called so. */
const markName = (mark: string): string => `mark ${mark}`;

/** Names up to the last one that is not absent. */
const named = (names: readonly string[]): readonly string[] =>
  names.slice(0, names.findLastIndex((name) => name !== '') + 1);

function refuseOtherCounts(node: ModelNode, { inputs: [least, most], outputs }: Operator): void {
  const counts = [
    ['input', named(node.inputs).length, least, most],
    ['output', named(node.outputs).length, 0, outputs],
  ] as const;
  for (const [what, count, fewest, greatest] of counts) {
    if (count >= fewest && count <= greatest) continue;
    const bounds =
      fewest === greatest || what === 'output'
        ? `${greatest}`
        : greatest === Infinity
          ? `${fewest} or more`
          : `${fewest} to ${greatest}`;
    const plural = bounds === '1' ? '' : 's';
    throw refusal(
      node,
      `expected ${bounds} ${what}${plural} of ${node.op} in opset ${node.opset}, got ${count}`,
      'the node is not valid ONNX: check the model with onnx.checker',
    );
  }
}

function siteOf(node: ModelNode, seen: Set<string>, surroundings: Surroundings, output = 0, group?: ValueGroup): Site {
  const { builder, operand, macs, budget, run } = surroundings;
  const name = node.outputs[output] ?? '';
  const label: Label = { name: name === '' ? node.name : name, node: node.name, operator: node.op, group };
  const refuse = (reason: string, hint?: string): never => {
    throw refusal(node, reason, hint);
  };
  const given = (i: number): Result | null => ((node.inputs[i] ?? '') === '' ? null : operand(node.inputs[i]));
  const optional = (i: number): Operand | null => {
    const x = given(i);
    return x === null ? null : wholeOf(x);
  };
  const result = (i: number): Result =>
    given(i) ?? malformed(`expected at least ${i + 1} inputs, got ${node.inputs.length}`);
  const input = (i: number): Operand => wholeOf(result(i));
  const malformed = (message: string): never => {
    throw new InferproofError('format', message, {
      where: placeOf(node),
      hint: 'the node is not valid ONNX: check the model with onnx.checker',
    });
  };
  const asFloats = (x: Operand): Operand =>
    isFloat(x.dtype) ? x : refuse(`expected floats, got ${x.dtype}`, 'cast to float before it');
  const attribute = (name: string): AttributeValue | undefined => {
    seen.add(name);
    return node.attributes.get(name);
  };
  const wrongType = (name: string, type: string): never =>
    malformed(`expected attribute '${name}' to be ${type}, got another type`);
  const constant = (x: Operand, what: string): Tensor =>
    x.constant === null
      ? refuse(
          `expected ${what} to be constant, got a tensor that depends on the input`,
          'fold constants when exporting, or simplify the model',
        )
      : { dtype: x.dtype, shape: x.shape, data: x.constant };
  const size = (shape: readonly number[]): number => {
    const reach = sizeOf(shape.map((dim) => Math.max(dim, 1))); // indices along an axis are made for every axis
    if (!(reach <= MAX_TENSOR_ELEMENTS))
      refuse(
        `expected tensors of at most ${MAX_TENSOR_ELEMENTS} elements, got [${shape.join(', ')}]`,
        'use a smaller model or input',
      );
    budget.spend(WORK.element * reach);
    return sizeOf(shape);
  };
  const gadgets = (count: number): void => budget.spend(WORK.gadget * count);
  const linear = (map: LinearMap, shape: readonly number[], dtype: DType): Operand => {
    const y = builder.linear(label, map, shape, dtype);
    if (y.constant === null && map.size === 0) refuse('expected tensors with elements, got an empty one');
    return y;
  };
  const gather = (x: Operand, indices: Int32Array, shape: readonly number[], fill = 0): Operand =>
    linear(gatherMap(x.id, indices, fill), shape, x.dtype);
  const reshape = (x: Operand, shape: readonly number[]): Operand =>
    x.constant === null
      ? linear(identityMap(x.id, size(shape)), shape, x.dtype)
      : builder.constant({ dtype: x.dtype, shape, data: x.constant });
  const steps: Site['steps'] = (primitive, sources, own, outs) => {
    for (const { shape } of outs) gadgets(sizeOf(shape));
    return builder.step(label, primitive, sources, own, outs);
  };
  return {
    opset: node.opset,
    arity: named(node.inputs).length,
    outputs: node.outputs.length,
    forOutput: (k) => siteOf(node, seen, surroundings, k, group),
    inGroup: (own) => siteOf(node, seen, surroundings, output, { ...own, name: `${node.name} ${own.name}` }),
    input,
    floats: (i) => asFloats(input(i)),
    result,
    optional,
    inputs: () => named(node.inputs).map((_, i) => input(i)),
    constant: (i, what) => constant(input(i), what),
    optionalConstant: (i, what) => {
      const x = optional(i);
      return x === null ? null : constant(x, what);
    },
    int(name, fallback) {
      const value = attribute(name) ?? fallback;
      return typeof value === 'number' && Number.isInteger(value) ? value : wrongType(name, 'an integer');
    },
    ints(name) {
      const value = attribute(name);
      if (value === undefined) return null;
      return isIntegers(value) ? value : wrongType(name, 'integers');
    },
    float(name, fallback) {
      const value = attribute(name) ?? fallback;
      return typeof value === 'number' ? value : wrongType(name, 'a number');
    },
    string(name, fallback) {
      const value = attribute(name) ?? fallback;
      return typeof value === 'string' ? value : wrongType(name, 'a string');
    },
    attribute,
    mark(mark) {
      seen.add(markName(mark));
      return node.marks?.[mark];
    },
    optionalBody(name) {
      return node.bodies.has(name) ? this.body(name) : null;
    },
    body(name) {
      seen.add(name);
      const body = node.bodies.get(name) ?? malformed(`expected attribute '${name}' to be a graph, got none`);
      const { inputs, outputs } = body;
      return {
        arity: inputs.length,
        outputs: outputs.length,
        run: (given, round = '') =>
          given.length === inputs.length
            ? run(body, given, round)
            : malformed(`expected '${name}' to have ${given.length} inputs, got ${inputs.length}`),
      };
    },
    refuse,
    size,
    terms: (count) => budget.spend(count),
    gadgets,
    tensor: (dtype, shape, data) => builder.constant({ dtype, shape, data: Float64Array.from(data) }),
    computed: (dtype, shape, data) => builder.constant({ dtype, shape, data: inType(dtype, data) }),
    strings: (tensor) => constantStrings(builder, tensor),
    linear,
    gather,
    reshape,
    move(x, indices, shape) {
      const follow = (axis: number): number | undefined => followedAxis(x.shape, axis, indices, shape);
      return moved(x, follow, (y) => (indices === null ? reshape(y, shape) : gather(y, indices, shape)));
    },
    table(x, f) {
      budget.spend(WORK.table * sizeOf(x.shape));
      return builder.step(label, table, [asFloats(x)], { f }, [x])[0];
    },
    step: (primitive, sources, own, shape, dtype) => steps(primitive, sources, own, [{ shape, dtype }])[0],
    steps,
    macs,
  };
}

const isIntegers = (value: AttributeValue): value is readonly number[] =>
  Array.isArray(value) && value.every((v) => typeof v === 'number' && Number.isInteger(v));
