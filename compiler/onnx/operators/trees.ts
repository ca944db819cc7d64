// Tree ensembles of ai.onnx.ml: the splits of all trees as one step, labels from its scores, and what comes after them left to the
// reader as a last softmax is.
import { gatherMap, identityMap, scaleMap } from '../../linear/maps.js';
import { ensemble, type EnsembleOwn } from '../../recipes/ensemble.js';
import { realMax } from '../../recipes/max.js';
import { groupsAlong } from '../indexing.js';
import { classesOf, greatestOf, secondAbove, transformed, twoColumns } from '../classes.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { DOMAIN, FOR_FLOAT32, numbers, rowsOf, words, type Rows } from '../rows.js';
import { ensembleOf, refuseMany, MODES, type Mode, type TreeNode } from '../trees.js';

/** The rows that trees read: as float32. */
function comparedRows(site: Site): Rows {
  const rows = rowsOf(site);
  if (rows.x.constant === null && rows.x.dtype === 'float64')
    site.refuse('expected features of float32, got float64', FOR_FLOAT32); // prettier-ignore
  return rows;
}

/** The table of opsets 1 and 3: a node for every row, its weights in another table. */
function tableOf(site: Site, kind: 'class' | 'target') {
  const [trees, ids, features, yes, no] = ['treeids', 'nodeids', 'featureids', 'truenodeids', 'falsenodeids'].map((name) => numbers(site, `nodes_${name}`)); // prettier-ignore
  const at = numbers(site, 'nodes_values');
  const modes = words(site, 'nodes_modes');
  for (const name of ['nodes_hitrates', 'nodes_missing_value_tracks_true']) numbers(site, name); // of counts, and of NaN
  const count = ids.length;
  refuseMany(site, count);
  if (count === 0) site.refuse('expected trees, got an ensemble without nodes');
  if (![trees, features, yes, no, at, modes].every(({ length }) => length === count))
    site.refuse(`expected ${count} entries in every list of nodes`);
  const place = new Map<string, number>();
  const branches: number[] = []; // of every row: a split, or -1 - a leaf
  const treeOf: number[] = []; // of every leaf
  let [splits, leaves] = [0, 0];
  trees.forEach((tree, i) => {
    const key = `${tree} ${ids[i]}`;
    if (place.has(key)) site.refuse(`expected one node ${ids[i]} of tree ${tree}, got two`);
    place.set(key, i);
    if (modes[i] === 'LEAF') treeOf.push(tree);
    branches.push(modes[i] === 'LEAF' ? -1 - leaves++ : splits++);
  });
  const children = new Set<number>();
  const child = (tree: number, id: number): number => {
    const row = place.get(`${tree} ${id}`) ?? site.refuse(`expected node ${id} of tree ${tree}, got none`);
    children.add(row);
    return branches[row];
  };
  const nodes: TreeNode[] = [];
  trees.forEach((tree, i) => {
    if (branches[i] < 0) return;
    const mode = MODES.find((one) => `BRANCH_${one}` === modes[i]) ?? site.refuse(`expected a mode of a branch or a leaf, got ${modes[i]}`); // prettier-ignore
    nodes.push({ feature: features[i], mode, at: at[i], yes: child(tree, yes[i]), no: child(tree, no[i]) });
  });
  const roots = new Map<number, number>();
  trees.forEach((tree, i) => {
    if (children.has(i)) return;
    if (roots.has(tree)) site.refuse(`expected one root of tree ${tree}, got two`);
    roots.set(tree, branches[i]);
  });
  const unrooted = trees.find((tree) => !roots.has(tree));
  if (unrooted !== undefined) site.refuse(`expected trees, got a circle in tree ${unrooted}`);
  const [weightTrees, weightIds, targets] = ['treeids', 'nodeids', 'ids'].map((name) => numbers(site, `${kind}_${name}`)); // prettier-ignore
  const weights = numbers(site, `${kind}_weights`);
  if (![weightTrees, weightIds, targets].every(({ length }) => length === weights.length))
    site.refuse(`expected ${weights.length} entries in every list of weights`);
  const placed = weights.map((weight, i) => {
    const row = place.get(`${weightTrees[i]} ${weightIds[i]}`);
    const leaf = row === undefined || branches[row] >= 0 ? site.refuse(`expected a leaf ${weightIds[i]} of tree ${weightTrees[i]} for a weight, got none`) : -1 - branches[row]; // prettier-ignore
    return { leaf, target: targets[i], weight };
  });
  return { nodes, roots: [...roots.values()], leaves, placed, treeOf };
}

type Table = ReturnType<typeof tableOf>;

/** The weights of all leaves; those of one leaf and target add up. */
function weightsOf(site: Site, { leaves, placed }: Pick<Table, 'leaves' | 'placed'>, targets: number): Float64Array {
  const all = new Float64Array(leaves * targets);
  for (const { leaf, target, weight } of placed) {
    if (!(target >= 0 && target < targets)) site.refuse(`expected weights of targets below ${targets}, got ${target}`);
    if (!Number.isFinite(weight)) site.refuse(`expected finite weights, got ${weight}`);
    all[leaf * targets + target] += weight;
  }
  return all;
}

function step(site: Site, x: Operand, own: EnsembleOwn, rows: number): Operand {
  const shape = [rows, (own.each ? own.roots.length : 1) * own.targets];
  site.gadgets(rows * own.feature.length);
  return site.step(ensemble, [x], own, shape, 'float32');
}

/** x + a number for each column. */
function shifted(site: Site, x: Operand, by: readonly number[]): Operand {
  if (by.every((b) => b === 0)) return x;
  const constants = Float64Array.from({ length: x.shape[0] * by.length }, (_, i) => by[i % by.length]);
  return site.linear(scaleMap(identityMap(x.id, constants.length), 1, constants), x.shape, 'float32');
}

/** https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleClassifier.html : scores of the classes, and the label of the first greatest. */
const Classifier: Lowering = (site) => {
  const { x, rows, features } = comparedRows(site);
  const classes = classesOf(site, ['classlabels_int64s', 'classlabels_strings']);
  const base = numbers(site, 'base_values');
  const post = site.string('post_transform', 'NONE');
  const table = tableOf(site, 'class');
  const count = classes.length;
  const ensembleFor = (targets: number): Operand => {
    const own = ensembleOf(site, table.nodes, table.roots, weightsOf(site, table, targets), { features, targets, each: false }); // prettier-ignore
    return step(site, x, own, rows);
  };
  if (count === 2) {
    // the first class has the score of the second, as exporters write it: onnxruntime reads any other table of two in ways of its own
    if (table.placed.some(({ target }) => target !== 0) || base.length > 1)
      site.refuse('expected the weights of one class, the first of two, and one base value at most', 'export a classifier of two classes again: their weights are those of one'); // prettier-ignore
    if (post !== 'NONE' && post !== 'LOGISTIC') site.refuse(`expected post_transform NONE or LOGISTIC of two classes, got ${post}`); // prettier-ignore
    const score = shifted(site, ensembleFor(1), base.length === 1 ? base : [0]);
    const arePositive = table.placed.every(({ weight }) => weight >= 0);
    const isShare = arePositive && post === 'NONE';
    const scores = twoColumns(site, score, [-1, 1], [isShare ? 1 : 0, 0]);
    return [secondAbove(site, score, arePositive ? halfOf(table, base) : 0, classes), transformed(site, scores, post)];
  }
  if (count < 2) site.refuse(`expected classes to choose from, got ${count}`);
  if (base.length !== 0 && base.length !== count) site.refuse(`expected ${count} base values, got ${base.length}`);
  // onnxruntime chooses among the classes that some leaf has a weight for
  if (base.length === 0 && !table.placed.every(({ weight }) => weight > 0) && !isCovered(table, count))
    site.refuse('expected a weight of every class in all leaves of some tree', 'give base_values of 0');
  const scores = shifted(site, ensembleFor(count), base.length === 0 ? new Array<number>(count).fill(0) : base);
  const even = evenWithin(table, count);
  const ordered = shifted(
    site,
    scores,
    Array.from({ length: count }, (_, k) => -k * even),
  );
  return [greatestOf(site, ordered, classes), transformed(site, scores, post)];
};

/**
 * How far apart the shares of two classes may be that are even but for the rounding of their leaves, to float32 and to the unit of sums:
 * the first of them is the label. Of several trees; other weights than shares are as they are. Of so many classes or trees that the last
 * class would have to lead by more than TOO_FAR, shares that are even are as they come.
 */
function evenWithin({ placed, roots, treeOf }: Table, classes: number): number {
  const most = new Map<number, number>(); // of each tree
  for (const { leaf, weight } of placed) most.set(treeOf[leaf], Math.max(most.get(treeOf[leaf]) ?? 0, weight));
  const isForest = roots.length > 1 && placed.every(({ weight }) => weight >= 0) && [...most.values()].reduce((a, b) => a + b, 0) < 1.001; // prettier-ignore
  const even = Math.max(2 ** (Math.ceil(Math.log2(roots.length)) - 28), 2 ** -23);
  return isForest && (classes - 1) * even <= TOO_FAR ? even : 0;
}

/** A lead that one sample of a leaf may make: of 1,000 trees with 60 samples a leaf. */
const TOO_FAR = 2 ** -16;

/**
 * Where a sum of positive weights is above a half. Of votes, all of one weight, it is where their sum is that onnxruntime makes, which
 * rounds to float32 at each tree: half of them may be a little more, or less.
 */
function halfOf(table: Table, base: readonly number[]): number {
  const { placed, roots } = table;
  const votes = new Set(placed.map(({ weight }) => weight).filter((weight) => weight > 0));
  const [vote] = votes;
  const isVoting = votes.size === 1 && new Set(placed.map(({ leaf }) => leaf)).size === placed.length;
  if (!isVoting || base.some((b) => b !== 0)) return 0.5 + evenWithin(table, 2);
  let most = 0;
  for (let sum = Math.fround(vote); sum <= 0.5 && most < roots.length; sum = Math.fround(sum + vote)) most++;
  return (most + 0.5) * vote;
}

/** Whether each target has a weight in every leaf of some tree, or of every one. */
function isCovered({ placed, treeOf }: Table, targets: number, inAll = false): boolean {
  const leavesOf = new Map<number, number>();
  for (const tree of treeOf) leavesOf.set(tree, (leavesOf.get(tree) ?? 0) + 1);
  const found = new Map<string, Set<number>>();
  for (const { leaf, target } of placed) {
    const key = `${treeOf[leaf]} ${target}`;
    found.set(key, (found.get(key) ?? new Set()).add(leaf));
  }
  const isFull = (tree: number, target: number): boolean => found.get(`${tree} ${target}`)?.size === leavesOf.get(tree);
  const trees = [...leavesOf.keys()];
  return Array.from({ length: targets }, (_, k) => k).every((k) =>
    inAll ? trees.every((tree) => isFull(tree, k)) : trees.some((tree) => isFull(tree, k)),
  );
}

/** https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html : sums over the trees, or their means, least and greatest. */
const Regressor: Lowering = (site) => {
  const { x, rows, features } = comparedRows(site);
  const targets = site.int('n_targets', 1);
  const base = numbers(site, 'base_values');
  const post = site.string('post_transform', 'NONE');
  const aggregate = site.string('aggregate_function', 'SUM');
  const table = tableOf(site, 'target');
  if (!(targets >= 1 && [0, targets].includes(base.length))) site.refuse(`expected a base value per target, got ${base.length}`); // prettier-ignore
  const weights = weightsOf(site, table, targets);
  const each = aggregate === 'MIN' || aggregate === 'MAX';
  if ((each || (base.some((b) => b !== 0) && targets > 1)) && !isCovered(table, targets, each))
    site.refuse('expected a weight of every target in all leaves', 'onnxruntime leaves out what has none');
  if (targets === 1 && post !== 'NONE' && post !== 'PROBIT')
    site.refuse(`expected post_transform NONE or PROBIT of one target, got ${post}`);
  const own = ensembleOf(site, table.nodes, table.roots, weights, { features, targets, each });
  return transformed(site, aggregated(site, step(site, x, own, rows), own, aggregate, base), post);
};

function aggregated(site: Site, values: Operand, own: EnsembleOwn, name: string, base: readonly number[]): Operand {
  const [rows] = values.shape;
  const { targets, roots } = own;
  const shape = [rows, targets];
  const bases = base.length > 0 ? base : new Array<number>(targets).fill(0);
  if (name === 'SUM') return shifted(site, values, bases);
  if (name === 'AVERAGE')
    return shifted(site, site.linear(scaleMap(identityMap(values.id, rows * targets), 1 / roots.length), shape, 'float32'), bases); // prettier-ignore
  if (name !== 'MIN' && name !== 'MAX')
    return site.refuse(`expected the sum, mean, least or greatest of trees, got ${name}`);
  const sign = name === 'MAX' ? 1 : -1;
  const trees = roots.length;
  const order = Int32Array.from({ length: rows * targets * trees }, (_, i) => {
    const [t, o] = [i % trees, Math.floor(i / trees)];
    return (Math.floor(o / targets) * trees + t) * targets + (o % targets);
  });
  const flipped = site.linear(scaleMap(gatherMap(values.id, order), sign), [rows * targets, trees], 'float32');
  const most = trees === 1 ? site.reshape(flipped, shape) : site.step(realMax, [flipped], groupsAlong([rows * targets, trees], 1), shape, 'float32'); // prettier-ignore
  return shifted(site, sign === 1 ? most : site.linear(scaleMap(identityMap(most.id, rows * targets), -1), shape, 'float32'), bases); // prettier-ignore
}

/** https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html : splits and leaves in lists of their own. */
const TreeEnsemble: Lowering = (site) => {
  const { x, rows, features } = comparedRows(site);
  const targets = site.int('n_targets', 1);
  const aggregate = ['AVERAGE', 'SUM', 'MIN', 'MAX'][site.int('aggregate_function', 1)] ?? '';
  const post = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT'][site.int('post_transform', 0)] ?? '';
  const [roots, feature, yes, no, yesLeaf, noLeaf, leafTargets] = ['tree_roots', 'nodes_featureids', 'nodes_truenodeids', 'nodes_falsenodeids', 'nodes_trueleafs', 'nodes_falseleafs', 'leaf_targetids'].map((name) => numbers(site, name)); // prettier-ignore
  numbers(site, 'nodes_missing_value_tracks_true');
  const tensor = (name: string): readonly number[] => {
    const value = site.attribute(name);
    if (value === undefined) return [];
    const known = typeof value !== 'object' ? undefined : 'data' in value ? value.data : 'numbers' in value ? value.numbers : undefined; // prettier-ignore
    return known === undefined ? site.refuse(`expected '${name}' to be a tensor`) : Array.from(known); // NaN stands between sets
  };
  const [at, modes, weights, members] = ['nodes_splits', 'nodes_modes', 'leaf_weights', 'membership_values'].map(
    tensor,
  );
  tensor('nodes_hitrates');
  if (![yes, no, yesLeaf, noLeaf, at, modes].every(({ length }) => length === feature.length))
    site.refuse(`expected ${feature.length} entries in every list of nodes`);
  if (leafTargets.length !== weights.length) site.refuse(`expected ${weights.length} targets of leaves`);
  if (!(targets >= 1)) site.refuse(`expected targets, got ${targets}`);
  const order: readonly Mode[] = ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ', 'MEMBER'];
  const sets = setsOf(members);
  let nextSet = 0;
  const branch = (index: number, isLeaf: number): number => (isLeaf === 0 ? index : index >= 0 && index < weights.length ? -1 - index : site.refuse(`expected leaves below ${weights.length}, got ${index}`)); // prettier-ignore
  const nodes = feature.map((f, i): TreeNode => {
    const mode = order[modes[i]] ?? site.refuse(`expected a mode below ${order.length}, got ${modes[i]}`);
    const set = mode === 'MEMBER' ? (sets[nextSet++] ?? site.refuse('expected a set of members for each such node')) : undefined; // prettier-ignore
    return { feature: f, mode, at: mode === 'MEMBER' ? 0 : at[i], ...(set && { members: set }), yes: branch(yes[i], yesLeaf[i]), no: branch(no[i], noLeaf[i]) }; // prettier-ignore
  });
  // a tree of one leaf is a node that leads to it either way
  const alone = (node: TreeNode): boolean => node.yes < 0 && node.yes === node.no;
  const starts = roots.map((root) => (nodes[root] && alone(nodes[root]) ? nodes[root].yes : root));
  const placed = weights.map((weight, leaf) => ({ leaf, target: leafTargets[leaf], weight }));
  const all = weightsOf(site, { leaves: weights.length, placed }, targets);
  const own = ensembleOf(site, nodes, starts, all, { features, targets, each: aggregate === 'MIN' || aggregate === 'MAX' }); // prettier-ignore
  return transformed(site, aggregated(site, step(site, x, own, rows), own, aggregate, []), post);
};

/** The sets of all members, one behind the other, NaN behind each. */
function setsOf(members: readonly number[]): readonly (readonly number[])[] {
  const sets: number[][] = [[]];
  for (const member of members) {
    if (Number.isNaN(member)) sets.push([]);
    else sets.at(-1)!.push(member);
  }
  return sets;
}

export const TREES: readonly Operator[] = [
  { op: 'TreeEnsemble', domain: DOMAIN, since: 5, inputs: [1, 1], outputs: 1, lower: TreeEnsemble },
  { op: 'TreeEnsembleClassifier', domain: DOMAIN, since: 1, inputs: [1, 1], outputs: 2, lower: Classifier },
  { op: 'TreeEnsembleRegressor', domain: DOMAIN, since: 1, inputs: [1, 1], outputs: 1, lower: Regressor },
];
