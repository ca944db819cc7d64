// Random trees, as exporters write their tables: every mode, features that repeat along a path, several weights a leaf, data that meets
// thresholds exactly.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { floats, type AttributeInit } from '../onnx-models.js';
import type { Case, CaseOf, Drawn } from './case.js';

const DOMAIN = 'ai.onnx.ml';
const MODES = ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ'];

interface Node {
  readonly tree: number;
  readonly id: number;
  readonly feature: number;
  readonly mode: string;
  readonly at: number;
  yes: number;
  no: number;
}

/** Trees in one list, ids from 0 in each; a node without branches is a leaf. */
function treesOf({ random }: Case, features: number, modes = MODES): Node[] {
  const common = random.pick(modes);
  const all: Node[] = [];
  for (let tree = random.int(0, 3); tree >= 0; tree--) {
    const own: Node[] = [];
    const grow = (depth: number): number => {
      const isLeaf = depth === 0 || random.chance(0.2);
      const at = random.pick([0, 0.75, -0.75, Math.fround(random.between(-2, 2))]);
      const mode = isLeaf ? 'LEAF' : random.chance(0.6) ? common : random.pick(modes);
      const node = { tree, id: own.length, feature: random.int(0, features - 1), mode, at, yes: 0, no: 0 };
      own.push(node);
      if (isLeaf) return node.id;
      node.yes = grow(depth - 1);
      node.no = grow(depth - 1);
      return node.id;
    };
    grow(random.int(0, 4));
    all.push(...own);
  }
  return all;
}

/** Rows of features, at times computed ones that are on a grid. */
function rowsOf(c: Case): { readonly x: string; readonly features: number } {
  const features = c.random.int(1, 4);
  const shape = [c.random.int(1, 3), features];
  return { x: c.random.chance(0.5) ? c.grid(shape) : c.live(shape), features };
}

const tableOf = (nodes: readonly Node[]): Record<string, AttributeInit> => ({
  nodes_treeids: nodes.map(({ tree }) => tree),
  nodes_nodeids: nodes.map(({ id }) => id),
  nodes_featureids: nodes.map(({ feature }) => feature),
  nodes_modes: { strings: nodes.map(({ mode }) => (mode === 'LEAF' ? mode : `BRANCH_${mode}`)) },
  nodes_values: { floats: nodes.map(({ at }) => at) },
  nodes_truenodeids: nodes.map(({ yes }) => yes),
  nodes_falsenodeids: nodes.map(({ no }) => no),
});

/** A weight of every target in each leaf. */
function weightsOf(
  { random }: Case,
  nodes: readonly Node[],
  targets: number,
  kind: string,
  least = -2,
): Record<string, AttributeInit> {
  // prettier-ignore
  const all = nodes
    .filter(({ mode }) => mode === 'LEAF')
    .flatMap(({ tree, id }) => Array.from({ length: targets }, (_, target) => ({ tree, id, target })));
  return {
    [`${kind}_treeids`]: all.map(({ tree }) => tree),
    [`${kind}_nodeids`]: all.map(({ id }) => id),
    [`${kind}_ids`]: all.map(({ target }) => target),
    [`${kind}_weights`]: { floats: all.map(() => random.between(least, 2)) },
  };
}

const TreeEnsembleClassifier: CaseOf = (c): Drawn => {
  const { random } = c;
  const { x, features } = rowsOf(c);
  const nodes = treesOf(c, features);
  const count = random.int(2, 4);
  const labels = random.pick([(k: number) => k, (k: number) => 7 * k - 3]);
  const base = random.chance(0.4) ? { floats: Array.from({ length: count === 2 ? 1 : count }, () => random.between(-1, 1)) } : undefined; // prettier-ignore
  const attributes = {
    ...tableOf(nodes),
    ...weightsOf(c, nodes, count === 2 ? 1 : count, 'class', random.pick([-2, 0])),
    classlabels_int64s: Array.from({ length: count }, (_, k) => labels(k)),
    ...(base && { base_values: base }),
    post_transform: random.pick(count === 2 ? ['NONE', 'LOGISTIC'] : ['NONE', 'LOGISTIC', 'SOFTMAX']),
  };
  return { domain: DOMAIN, in: [x], outs: 2, attributes };
};

const TreeEnsembleRegressor: CaseOf = (c): Drawn => {
  const { random } = c;
  const { x, features } = rowsOf(c);
  const nodes = treesOf(c, features);
  const targets = random.int(1, 3);
  const base = random.chance(0.4) ? { floats: Array.from({ length: targets }, () => random.between(-1, 1)) } : undefined; // prettier-ignore
  const attributes = {
    ...tableOf(nodes),
    ...weightsOf(c, nodes, targets, 'target'),
    n_targets: targets,
    aggregate_function: random.pick(['SUM', 'AVERAGE', 'MIN', 'MAX']),
    ...(base && { base_values: base }),
    post_transform: targets === 1 ? 'NONE' : random.pick(['NONE', 'LOGISTIC', 'SOFTMAX']),
  };
  return { domain: DOMAIN, in: [x], attributes };
};

const TreeEnsemble: CaseOf = (c): Drawn => {
  const { random } = c;
  const { x, features } = rowsOf(c);
  // onnxruntime takes the first node of a tree to be a split
  const trees = treesOf(c, features, [...MODES, 'MEMBER']);
  const grown = [...new Set(trees.map(({ tree }) => tree))].map((tree) => trees.filter((node) => node.tree === tree));
  const kept = grown.filter((nodes) => nodes.length > 1);
  if (kept.length === 0) kept.push([{ tree: 0, id: 0, feature: 0, mode: 'LEQ', at: 0.75, yes: 1, no: 2 }, ...[1, 2].map((id) => ({ tree: 0, id, feature: 0, mode: 'LEAF', at: 0, yes: 0, no: 0 }))]); // prettier-ignore
  const places = new Map<Node, number>();
  const leaves = new Map<Node, number>();
  for (const node of kept.flat()) (node.mode === 'LEAF' ? leaves : places).set(node, node.mode === 'LEAF' ? leaves.size : places.size); // prettier-ignore
  const child = (nodes: readonly Node[], id: number): readonly [index: number, isLeaf: number] => {
    const node = nodes.find((one) => one.id === id)!;
    return node.mode === 'LEAF' ? [leaves.get(node)!, 1] : [places.get(node)!, 0];
  };
  const splits = kept.flatMap(
    (nodes) =>
    nodes.flatMap((node) => (node.mode === 'LEAF' ? [] : [{ node, yes: child(nodes, node.yes), no: child(nodes, node.no) }])), // prettier-ignore
  );
  const order = ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ', 'MEMBER'];
  const modes = { dims: [BigInt(splits.length)], dataType: Type.UINT8, int32Data: splits.map(({ node }) => order.indexOf(node.mode)) }; // prettier-ignore
  const sets = splits
    .filter(({ node }) => node.mode === 'MEMBER')
    .flatMap(({ node }) => [Math.max(0, Math.ceil(node.at)), 3, NaN]); // of numbers that are not whole onnxruntime has no sets, and it finds -1.2 in one of -1
  const targets = random.int(1, 2);
  const attributes: Record<string, AttributeInit> = {
    tree_roots: kept.map(([root]) => places.get(root)!),
    nodes_featureids: splits.map(({ node }) => node.feature),
    nodes_splits: { tensor: floats([splits.length], splits.map(({ node }) => node.at)) }, // prettier-ignore
    nodes_modes: { tensor: modes },
    nodes_truenodeids: splits.map(({ yes }) => yes[0]),
    nodes_trueleafs: splits.map(({ yes }) => yes[1]),
    nodes_falsenodeids: splits.map(({ no }) => no[0]),
    nodes_falseleafs: splits.map(({ no }) => no[1]),
    leaf_targetids: Array.from(leaves, () => random.int(0, targets - 1)),
    leaf_weights: { tensor: floats([leaves.size], Array.from(leaves, () => random.between(-2, 2))) }, // prettier-ignore
    ...(sets.length > 0 && { membership_values: { tensor: floats([sets.length], sets) } }),
    n_targets: targets,
    aggregate_function: random.pick(targets === 1 ? [0, 1, 2, 3] : [0, 1]),
    post_transform: 0,
  };
  return { domain: DOMAIN, in: [x], attributes };
};

export const TREES: Readonly<Record<string, CaseOf>> = { TreeEnsemble, TreeEnsembleClassifier, TreeEnsembleRegressor };
