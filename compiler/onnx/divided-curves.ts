// Curves that are written out around a division, whose divisor grows with the input: one table instead of a quotient whose divisor no
// interval keeps from 0, or only one of many sizes. x / (k (|x| + 1)) is a softsign: PyTorch writes it so, and scikit-learn where it makes
// scores of the votes of a support vector machine. a / (1 + e^z) is a times the sigmoid of -z: scikit-learn calibrates by it, and
// who writes a model by hand writes it so.
import type { Model, ModelNode } from './model.js';
import { freshNames, index } from './known.js';
import { needed } from './order.js';

/** The model with such nodes written as Softsign and Sigmoid. */
export function withCurves(model: Model): Model {
  if (!model.nodes.some(({ op }) => op === 'Abs' || op === 'Exp')) return model;
  const initializers = new Map(model.initializers);
  const known = index(model.initializers);
  for (const node of model.nodes) known.add(node);
  const fresh = freshNames(model);
  const made = (name: string, op: string): ModelNode | null => {
    const node = known.makers.get(name);
    return node?.op === op && node.domain === '' ? node : null;
  };
  /** A number: of more than one axis it could give what it meets an axis more. */
  const numberOf = (name: string): number | null => {
    const tensor = known.constant(name);
    return tensor !== null && tensor.data.length === 1 && tensor.shape.length <= 1 ? tensor.data[0] : null;
  };
  /** The other input, and the number that stands beside it; null where none does. */
  const beside = (node: ModelNode | null): { readonly other: string; readonly by: number } | null => {
    for (const i of node === null ? [] : [0, 1]) {
      const by = numberOf(node!.inputs[i] ?? '');
      if (by !== null) return { other: node!.inputs[1 - i], by };
    }
    return null;
  };

  function softsign(node: ModelNode, [x, divisor]: readonly string[]): ModelNode[] | null {
    const scaled = beside(made(divisor, 'Mul'));
    const sum = beside(made(scaled?.other ?? divisor, 'Add'));
    const factor = scaled?.by ?? 1;
    if (sum?.by !== 1 || !(factor > 0) || made(sum.other, 'Abs')?.inputs[0] !== x) return null;
    if (factor === 1) return [{ ...node, op: 'Softsign', inputs: [x] }];
    const [softsign, by] = [fresh(node.outputs[0], 'softsign'), fresh(node.outputs[0], 'factor')];
    initializers.set(by, { dtype: 'float32', shape: [], data: Float64Array.of(1 / factor) });
    return [
      { ...node, op: 'Softsign', inputs: [x], outputs: [softsign] },
      { ...node, op: 'Mul', inputs: [softsign, by] },
    ];
  }

  /** @param a the dividend; null: 1 */
  function sigmoid(node: ModelNode, a: string | null, divisor: string): ModelNode[] | null {
    const sum = beside(made(divisor, 'Add'));
    const exp = sum?.by === 1 ? made(sum.other, 'Exp') : null;
    if (exp === null) return null;
    const opposite = fresh(node.outputs[0], 'opposite');
    const negated: ModelNode = { ...node, op: 'Neg', inputs: [exp.inputs[0]], outputs: [opposite] };
    if (a === null || numberOf(a) === 1) return [negated, { ...node, op: 'Sigmoid', inputs: [opposite] }];
    const share = fresh(node.outputs[0], 'sigmoid');
    return [
      negated,
      { ...node, op: 'Sigmoid', inputs: [opposite], outputs: [share] },
      { ...node, op: 'Mul', inputs: [a, share] },
    ];
  }

  const nodes = model.nodes.flatMap((node): ModelNode[] => {
    const { op, domain, inputs } = node;
    if (domain !== '') return [node];
    if (op === 'Reciprocal') return sigmoid(node, null, inputs[0]) ?? [node];
    if (op !== 'Div') return [node];
    return softsign(node, inputs) ?? sigmoid(node, inputs[0], inputs[1]) ?? [node];
  });
  return { ...model, initializers, nodes: needed(nodes, model.outputs.map(({ name }) => name)) }; // prettier-ignore
}
