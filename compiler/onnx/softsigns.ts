// x / (k (|x| + 1)) in several nodes is a softsign: one table instead of a quotient whose divisor no interval keeps from 0. PyTorch
// writes it so, and scikit-learn where it makes scores of the votes of a support vector machine.
import type { Model, ModelNode } from './model.js';
import { everyNode, needed } from './order.js';

/** The model with such nodes written as Softsign. */
export function withSoftsigns(model: Model): Model {
  if (!model.nodes.some(({ op }) => op === 'Abs')) return model;
  const makers = new Map<string, ModelNode>();
  for (const node of model.nodes) for (const name of node.outputs) if (name !== '') makers.set(name, node);
  const names = new Set([...everyNode(model.nodes).flatMap((node) => [...node.inputs, ...node.outputs]), ...model.initializers.keys()]); // prettier-ignore
  const initializers = new Map(model.initializers);
  const fresh = (of: string, what: string): string => {
    let name = `${of} ${what}`;
    while (names.has(name)) name += "'";
    names.add(name);
    return name;
  };
  const made = (name: string, op: string): ModelNode | null => {
    const node = makers.get(name);
    return node?.op === op && node.domain === '' ? node : null;
  };
  const constantOf = (name: string): number | null => {
    const tensor = initializers.get(name);
    return tensor !== undefined && 'data' in tensor && tensor.data.length === 1 ? tensor.data[0] : null;
  };
  /** The other input, and the number that stands beside it; null where none does. */
  const beside = (node: ModelNode | null): { readonly other: string; readonly by: number } | null => {
    for (const i of node === null ? [] : [0, 1]) {
      const by = constantOf(node!.inputs[i] ?? '');
      if (by !== null) return { other: node!.inputs[1 - i], by };
    }
    return null;
  };
  const nodes = model.nodes.flatMap((node): ModelNode[] => {
    if (node.op !== 'Div' || node.domain !== '') return [node];
    const [x, divisor] = node.inputs;
    const scaled = beside(made(divisor, 'Mul'));
    const sum = beside(made(scaled?.other ?? divisor, 'Add'));
    const factor = scaled?.by ?? 1;
    if (sum?.by !== 1 || !(factor > 0) || made(sum.other, 'Abs')?.inputs[0] !== x) return [node];
    if (factor === 1) return [{ ...node, op: 'Softsign', inputs: [x] }];
    const [softsign, by] = [fresh(node.outputs[0], 'softsign'), fresh(node.outputs[0], 'factor')];
    initializers.set(by, { dtype: 'float32', shape: [], data: Float64Array.of(1 / factor) });
    return [
      { ...node, op: 'Softsign', inputs: [x], outputs: [softsign] },
      { ...node, op: 'Mul', inputs: [softsign, by] },
    ];
  });
  return { ...model, initializers, nodes: needed(nodes, model.outputs.map(({ name }) => name)) }; // prettier-ignore
}
