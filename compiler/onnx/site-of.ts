// A node as its operator's site: what stands in the file read and checked, what the operator writes handed to the graph's builder.
import { InferproofError } from '../../verifier/errors.js';
import type { Budget } from '../budget.js';
import { MAX_TENSOR_ELEMENTS, WORK } from '../limits.js';
import type { LinearMap } from '../linear/map.js';
import { gatherMap, identityMap } from '../linear/maps.js';
import { table } from '../recipes/table.js';
import type { ValueGroup } from '../recipes/values.js';
import { isFloat, sizeOf, type DType, type Tensor } from '../tensor.js';
import { inType } from './arithmetic.js';
import type { AttributeValue, ModelBody, ModelNode } from './model.js';
import type { GraphBuilder, Label } from './builder.js';
import { constantStrings, followedAxis, moved, wholeOf } from './pending.js';
import { placeOf, refusal, type Operand, type Result, type Site } from './site.js';

/** What a node is lowered in. */
export interface Surroundings {
  readonly builder: GraphBuilder;
  readonly operand: (name: string) => Result;
  readonly macs: (count: number) => void;
  readonly budget: Budget;
  readonly run: (body: ModelBody, inputs: readonly Result[], round: string) => readonly Result[];
}

/** A mark among the names of attributes that were read: no attribute is called so. */
export const markName = (mark: string): string => `mark ${mark}`;

/** Names up to the last one that is not absent. */
export const named = (names: readonly string[]): readonly string[] =>
  names.slice(0, names.findLastIndex((name) => name !== '') + 1);

/** @param seen takes the names of attributes, bodies and marks that are read @param output the one whose name is given to what is made */
export function siteOf(
  node: ModelNode,
  seen: Set<string>,
  surroundings: Surroundings,
  output = 0,
  group?: ValueGroup,
): Site {
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
