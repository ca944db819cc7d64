// Behind a node that cannot be proved: which tensors come from it, and what stands in for them, so that the nodes that read them are
// judged too.
import { MAX_TENSOR_ELEMENTS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import type { GraphBuilder, Operand } from './builder.js';
import type { Model, ModelNode } from './model.js';
import { KEEPS_SHAPE } from './hints.js';
import { readsOf } from './order.js';

export interface Behind {
  /** The tensors in front of a node, where all of them can be proved and at least one is computed. */
  cut(node: ModelNode): string[];
  /** Notes the outputs of a node as coming from what cannot be proved, if it was refused, or reads such a tensor. */
  follow(node: ModelNode, refused: boolean): void;
  /** What stands in for output `i` of a node that was not lowered; null where its shape is not known. */
  standIn(node: ModelNode, i: number): Operand | null;
}

/** Operators whose result depends on the shape of what they read, not on its numbers. */
const OF_SHAPES: ReadonlySet<string> = new Set(['Shape', 'Size', 'EyeLike']);

/**
 * @param operandOf the operand of a name; null for a tensor that has none
 * @param sizeOfDim the size of a dimension; undefined for one that is not bound
 */
export function behindRefusals(
  model: Model,
  builder: GraphBuilder,
  operandOf: (name: string) => Operand | null,
  sizeOfDim: (dim: number | string) => number | undefined,
): Behind {
  const refused = new Set<string>();
  /** Tensors that depend on the model's inputs though there is no operand for them. */
  const unknown = new Set<string>();
  const inputs = new Set(model.inputs.map(({ name }) => name));
  for (const name of inputs) if (operandOf(name) === null) [refused, unknown].forEach((names) => names.add(name));
  const isLive = (name: string): boolean => unknown.has(name) || operandOf(name)?.constant === null;

  const shapeOf = (node: ModelNode, i: number): Pick<Operand, 'shape' | 'dtype'> | null => {
    const declared = model.declared.get(node.outputs[i]);
    const dims = declared?.dims?.map(sizeOfDim);
    if (declared?.dtype !== undefined && dims?.every((dim): dim is number => dim !== undefined && dim > 0))
      return { shape: dims, dtype: declared.dtype };
    return i === 0 && node.domain === '' && KEEPS_SHAPE.has(node.op) ? operandOf(node.inputs[0]) : null;
  };
  return {
    cut(node) {
      if (readsOf(node).some((name) => refused.has(name))) return [];
      return [...new Set(readsOf(node))].filter((name) => isLive(name) && !inputs.has(name));
    },
    follow(node, isRefused) {
      if (isRefused || readsOf(node).some((name) => refused.has(name)))
        node.outputs.forEach((name) => refused.add(name));
    },
    standIn(node, i) {
      if (OF_SHAPES.has(node.op) || !readsOf(node).some(isLive)) return null;
      const name = node.outputs[i];
      const { shape, dtype } = shapeOf(node, i) ?? {};
      if (shape === undefined || dtype === undefined || !(sizeOf(shape) <= MAX_TENSOR_ELEMENTS)) {
        unknown.add(name);
        return null;
      }
      return builder.input({ name, node: node.name, operator: node.op }, shape, dtype);
    },
  };
}
