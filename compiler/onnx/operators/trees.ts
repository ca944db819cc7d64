// Tree ensembles of ai.onnx.ml: the splits of all trees as one step, labels from its scores, and what comes after them left to the
// reader as a last softmax is.
import { gatherMap, identityMap, scaleMap } from '../../linear/maps.js';
import { ensemble, type EnsembleOwn } from '../../recipes/ensemble.js';
import { realMax } from '../../recipes/max.js';
import { groupsAlong } from '../indexing.js';
import { classesOf, greatestOf, secondAbove, transformed, twoColumns } from '../classes.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { DOMAIN, FOR_FLOAT32, numbers, rowsOf, type Rows } from '../rows.js';
import { evenWithin, halfOf, isCovered, tableOf, weightsOf, type Repeated } from '../tree-tables.js';
import { ensembleOf, type Mode, type TreeNode } from '../trees.js';

/** The rows that trees read: as float32. */
function comparedRows(site: Site): Rows {
  const rows = rowsOf(site);
  if (rows.x.constant === null && rows.x.dtype === 'float64')
    site.refuse('expected features of float32, got float64', FOR_FLOAT32); // prettier-ignore
  return rows;
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

/** https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html : sums over the trees, or their means, least and greatest. */
const Regressor: Lowering = (site) => {
  const { x, rows, features } = comparedRows(site);
  const targets = site.int('n_targets', 1);
  const base = numbers(site, 'base_values');
  const post = site.string('post_transform', 'NONE');
  const aggregate = site.string('aggregate_function', 'SUM');
  const table = tableOf(site, 'target');
  if (!(targets >= 1 && [0, targets].includes(base.length))) site.refuse(`expected a base value per target, got ${base.length}`); // prettier-ignore
  const each = aggregate === 'MIN' || aggregate === 'MAX';
  const weights = weightsOf(site, table, targets, repeatedOf(targets, aggregate));
  if ((each || (base.some((b) => b !== 0) && targets > 1)) && !isCovered(table, targets, each))
    site.refuse('expected a weight of every target in all leaves', 'onnxruntime leaves out what has none');
  if (targets === 1 && post !== 'NONE' && post !== 'PROBIT')
    site.refuse(`expected post_transform NONE or PROBIT of one target, got ${post}`);
  const own = ensembleOf(site, table.nodes, table.roots, weights, { features, targets, each });
  return transformed(site, aggregated(site, step(site, x, own, rows), own, aggregate, base), post);
};

/** How onnxruntime counts weights that repeat: of one target it reads one a leaf, of several each as a value. */
const repeatedOf = (targets: number, aggregate: string): Repeated => {
  if (targets === 1) return 'first';
  return aggregate === 'MIN' ? 'least' : aggregate === 'MAX' ? 'greatest' : 'sum';
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
  const placed = weights.map((weight, leaf) => ({ leaf, target: leafTargets[leaf], weight, name: `leaf ${leaf}` }));
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
