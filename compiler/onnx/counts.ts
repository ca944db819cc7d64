// What reports count of a model: its operators and parameters, from its nodes, without lowering them.
import { isFloat, type Tensor } from '../tensor.js';
import type { Model } from './model.js';
import type { Opaque } from './tensor-data.js';
import { everyNode, readsOf } from './order.js';

/** Nodes by operator. */
export function countOps(model: Model): Record<string, number> {
  const ops = new Map<string, number>();
  for (const { op } of everyNode(model.nodes)) ops.set(op, (ops.get(op) ?? 0) + 1);
  return Object.fromEntries(ops);
}

/** Elements of the float tensors that the file holds and a node reads. */
export function countParams(model: Model): number {
  const nodes = everyNode(model.nodes);
  const read = new Set(nodes.flatMap(readsOf));
  let params = 0;
  const count = (tensor: Tensor | Opaque): void => {
    if (!('data' in tensor)) params += tensor.weights ?? 0;
    else if (isFloat(tensor.dtype)) params += tensor.data.length;
  };
  for (const [name, tensor] of model.initializers) if (read.has(name)) count(tensor);
  for (const { bodies } of nodes)
    for (const { initializers } of bodies.values()) for (const tensor of initializers.values()) count(tensor);
  for (const { op, attributes } of nodes) {
    const value = attributes.get('value');
    if (op === 'Constant' && typeof value === 'object' && ('data' in value || 'opaque' in value)) count(value);
  }
  return params;
}
