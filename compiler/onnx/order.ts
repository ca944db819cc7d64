// The order of nodes. ONNX wants each node after those whose outputs it reads; exporters write others, and onnxruntime sorts them.
import { InferproofError } from '../../verifier/errors.js';
import type { ModelNode } from './model.js';

/** The tensors that a node reads: its inputs, and what the graphs inside it read of those around them. */
export const readsOf = ({ inputs, captured }: Pick<ModelNode, 'inputs' | 'captured'>): readonly string[] =>
  captured.length === 0 ? inputs : [...inputs, ...captured];

/** The nodes and those of the graphs inside them, at any depth. */
export const everyNode = (nodes: readonly ModelNode[]): ModelNode[] =>
  nodes.flatMap((node) => [node, ...[...node.bodies.values()].flatMap((body) => everyNode(body.nodes))]);

/**
 * Each node after those whose outputs it reads; nodes that are in order keep it.
 * @throws 'format' for a tensor that two nodes give, or nodes that need each other
 */
export function sorted(nodes: readonly ModelNode[]): ModelNode[] {
  const makers = makersOf(nodes);
  const order: ModelNode[] = [];
  const placed = new Set<number>();
  for (const start of nodes.keys()) {
    // depth first without recursion: a chain of nodes may be as long as the file
    const path = placed.has(start) ? [] : [{ index: start, next: 0 }];
    const onPath = new Set([start]);
    while (path.length > 0) {
      const top = path[path.length - 1];
      const reads = readsOf(nodes[top.index]);
      if (top.next === reads.length) {
        order.push(nodes[top.index]);
        placed.add(top.index);
        onPath.delete(top.index);
        path.pop();
        continue;
      }
      const maker = makers.get(reads[top.next++]);
      if (maker === undefined || placed.has(maker)) continue;
      path.push({ index: maker, next: 0 });
      if (onPath.has(maker)) throw cycle(path.map(({ index }) => nodes[index]));
      onPath.add(maker);
    }
  }
  return order;
}

/** The nodes, of a sorted list, whose outputs are wanted or read by such a node. */
export function needed(order: readonly ModelNode[], wanted: readonly string[]): ModelNode[] {
  const names = new Set(wanted);
  const kept = order.toReversed().filter((node) => {
    if (!node.outputs.some((name) => name !== '' && names.has(name))) return false;
    for (const name of readsOf(node)) names.add(name);
    return true;
  });
  return kept.reverse();
}

/** Those of the wanted tensors that are not a tensor of this name, and need none. */
export const without = (order: readonly ModelNode[], wanted: readonly string[], name: string): string[] =>
  wanted.filter((one) => one !== name && !needed(order, [one]).some((node) => readsOf(node).includes(name)));

/** The node that gives each tensor, by its index. */
function makersOf(nodes: readonly ModelNode[]): Map<string, number> {
  const makers = new Map<string, number>();
  nodes.forEach(({ outputs }, index) => {
    for (const name of outputs) {
      if (name === '') continue;
      if (makers.has(name)) throw malformed(`expected one definition of tensor '${name}', got two`, name);
      makers.set(name, index);
    }
  });
  return makers;
}

/** Nodes of a cycle that an error names. */
const SHOWN = 6;

/** @param path each node reads the next one; the last is on it twice */
function cycle(path: readonly ModelNode[]): InferproofError {
  const last = path[path.length - 1];
  const round = path.slice(path.indexOf(last), -1).reverse().map(({ name }) => `'${name}'`); // prettier-ignore
  const shown = round.length > SHOWN ? [...round.slice(0, SHOWN), `${round.length - SHOWN} more`] : round;
  return malformed(`expected nodes without a cycle, got ${[...shown, round[0]].join(' -> ')}`, `node '${last.name}'`);
}

const malformed = (message: string, where: string): InferproofError =>
  new InferproofError('format', message, {
    where,
    hint: 'the graph is not valid ONNX: check the model with onnx.checker',
  });
