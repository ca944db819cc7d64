// Tables of trees as opsets 1 and 3 of ai.onnx.ml have them: a node for every row, its weights in another table; and what onnxruntime's
// sums make of these weights.
import { numbers, words } from './rows.js';
import type { Site } from './site.js';
import { refuseMany, MODES, type TreeNode } from './trees.js';

/** @param kind what the names of the weights begin with */
export function tableOf(site: Site, kind: 'class' | 'target') {
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
    return { leaf, target: targets[i], weight, name: `leaf ${weightIds[i]} of tree ${weightTrees[i]}` };
  });
  return { nodes, roots: [...roots.values()], leaves, placed, treeOf };
}

type Table = ReturnType<typeof tableOf>;

/** What several weights of one leaf and target are: the first of them, their sum, the least or the greatest. */
export type Repeated = 'first' | 'sum' | 'least' | 'greatest';

const TOGETHER: Readonly<Record<Exclude<Repeated, 'first'>, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  least: Math.min,
  greatest: Math.max,
};

/** The weights of all leaves. Refuses others that repeat, where onnxruntime leaves out all but the first. */
export function weightsOf(
  site: Site,
  { leaves, placed }: Pick<Table, 'leaves' | 'placed'>,
  targets: number,
  repeated: Repeated = 'sum',
): Float64Array {
  const all = new Float64Array(leaves * targets);
  const isGiven = new Uint8Array(leaves * targets);
  for (const { leaf, target, weight, name } of placed) {
    if (!(target >= 0 && target < targets)) site.refuse(`expected weights of targets below ${targets}, got ${target}`);
    if (!Number.isFinite(weight)) site.refuse(`expected finite weights, got ${weight}`);
    const i = leaf * targets + target;
    if (isGiven[i] === 0) all[i] = weight;
    else if (repeated !== 'first') all[i] = TOGETHER[repeated](all[i], weight);
    else if (weight !== all[i])
      site.refuse(`expected one weight of ${name} for the only target, got ${all[i]} and ${weight}`, 'onnxruntime takes the first of them, the definition adds them up: write the one that is meant'); // prettier-ignore
    isGiven[i] = 1;
  }
  return all;
}

/**
 * How far apart the shares of two classes may be that are even but for the rounding of their leaves, to float32 and to the unit of sums:
 * the first of them is the label. Of several trees; other weights than shares are as they are. Of so many classes or trees that the last
 * class would have to lead by more than TOO_FAR, shares that are even are as they come.
 */
export function evenWithin({ placed, roots, treeOf }: Table, classes: number): number {
  const most = new Map<number, number>(); // of each tree
  const shares = new Map<number, number>(); // those that repeat add up
  for (const { leaf, target, weight } of placed) {
    const key = leaf * classes + target;
    shares.set(key, (shares.get(key) ?? 0) + weight);
    most.set(treeOf[leaf], Math.max(most.get(treeOf[leaf]) ?? 0, shares.get(key)!));
  }
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
export function halfOf(table: Table, base: readonly number[]): number {
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
export function isCovered({ placed, treeOf }: Table, targets: number, inAll = false): boolean {
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
