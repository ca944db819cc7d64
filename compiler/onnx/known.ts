// What is known of the tensors of a list of nodes: which node gives each, and which are constant.
import type { Tensor } from '../tensor.js';
import type { Model, ModelNode } from './model.js';
import { everyNode } from './order.js';

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

/** What is known of the tensors of a growing list of nodes. */
export function index(initializers: Initializers) {
  const makers = new Map<string, ModelNode>();
  const constant = (name: string): Tensor | null => {
    const maker = makers.get(name);
    const number = maker?.op === 'Constant' ? maker.attributes.get('value_float') : undefined;
    if (typeof number === 'number') return { dtype: 'float32', shape: [], data: Float64Array.of(number) };
    const given = initializers.get(name) ?? maker?.attributes.get('value');
    const isConstant = initializers.has(name) || maker?.op === 'Constant';
    return isConstant && typeof given === 'object' && 'data' in given && 'dtype' in given ? given : null;
  };
  return {
    makers,
    constant,
    add(node: ModelNode): void {
      for (const name of node.outputs) if (name !== '') makers.set(name, node);
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
