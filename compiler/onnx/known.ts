// What is known of the tensors of a list of nodes: which node gives each, and which are constant.
import { isFloat, type Tensor } from '../tensor.js';
import { converted } from './arithmetic.js';
import type { Model, ModelNode } from './model.js';
import { everyNode } from './order.js';
import { dtypeOf } from './tensor-data.js';

/** A name that the model does not have: of a tensor, and what becomes of it. */
export type Fresh = (of: string, what: string) => string;
export type Initializers = Model['initializers'];

/** Names that neither the model has nor were given before. */
export function freshNames({ nodes, initializers, inputs }: Model): Fresh {
  const ofNodes = everyNode(nodes).flatMap((node) => [...node.inputs, ...node.outputs]);
  const names = new Set([...ofNodes, ...initializers.keys(), ...inputs.map(({ name }) => name)]);
  return (of, what) => {
    let name = `${of} ${what}`;
    while (names.has(name)) name += "'";
    names.add(name);
    return name;
  };
}

/** Whether a node is one of some operators, of ONNX or of onnxruntime. */
export const is = ({ op, domain }: ModelNode, ...ops: readonly string[]): boolean =>
  ops.includes(op) && (domain === '' || domain === 'com.microsoft');
export const isOf = (node: ModelNode | undefined, op: string): node is ModelNode => node !== undefined && is(node, op);

/** What is known of the tensors of a growing list of nodes, each behind those that it reads. */
export function index(initializers: Initializers) {
  const makers = new Map<string, ModelNode>();
  const made = new Map<string, Tensor>();
  const constant = (name: string): Tensor | null => {
    const given = initializers.get(name) ?? made.get(name);
    return given !== undefined && 'data' in given ? given : null;
  };
  return {
    makers,
    constant,
    add(node: ModelNode): void {
      for (const name of node.outputs) if (name !== '') makers.set(name, node);
      const tensor = node.domain === '' ? madeBy(node, constant) : null;
      if (tensor !== null) made.set(node.outputs[0], tensor);
    },
    /** The DequantizeLinear of a whole tensor, or along an axis, that gives it. */
    dequantised(name: string): ModelNode | null {
      const node = makers.get(name);
      return isOf(node, 'DequantizeLinear') && constant(node.inputs[1]) !== null ? node : null;
    },
    isOne: (name: string): boolean => constant(name)?.data.length === 1,
  };
}

export type Index = ReturnType<typeof index>;

/** The tensor that a node of constants gives, where it is one of those in which exporters hand on a number; else null. */
function madeBy({ op, attributes, inputs }: ModelNode, constant: (name: string) => Tensor | null): Tensor | null {
  if (op === 'Constant') return numbersOf(attributes);
  const given = constant(inputs[0] ?? '');
  if (given === null || op === 'Identity') return given;
  if (given.data.length !== 1) return null;
  if (op === 'Cast') {
    const to = dtypeOf(Number(attributes.get('to')));
    if (to === undefined || !isFloat(to) || !(Math.abs(given.data[0]) < 2 ** 53)) return null;
    return { dtype: to, shape: given.shape, data: converted(given, to) };
  }
  const listed = attributes.get(op === 'Reshape' ? 'shape' : 'axes') ?? constant(inputs[1] ?? '')?.data;
  const count = typeof listed === 'object' && 'length' in listed ? listed.length : null;
  const rank = rankOf(op, given.shape.length, count);
  return rank === null ? null : { ...given, shape: new Array<number>(rank).fill(1) };
}

/** Axes of one element behind an operator that keeps it. @param count of the axes, or dimensions, that the node lists */
function rankOf(op: string, rank: number, count: number | null): number | null {
  if (op === 'Reshape') return count;
  if (op === 'Unsqueeze') return count === null ? null : rank + count;
  return op === 'Squeeze' ? Math.max(rank - (count ?? rank), 0) : null;
}

/** What a Constant holds, where that is numbers. */
function numbersOf(attributes: ModelNode['attributes']): Tensor | null {
  const given = attributes.get('value');
  if (typeof given === 'object' && 'data' in given) return given;
  for (const [name, dtype] of [['float', 'float32'], ['int', 'int64']] as const) {
    const [one, list] = [attributes.get(`value_${name}`), attributes.get(`value_${name}s`)];
    if (typeof one === 'number') return { dtype, shape: [], data: Float64Array.of(one) };
    if (Array.isArray(list)) return { dtype, shape: [list.length], data: Float64Array.from(list, Number) };
  } // prettier-ignore
  return null;
}
