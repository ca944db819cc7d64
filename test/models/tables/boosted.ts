// A boosted ensemble of a table of two classes, as LightGBM fits one: trees of second-order gains (Chen and Guestrin, arXiv 1603.02754)
// over bins of each column, whose ends are numbers of the data, so that rows meet thresholds exactly.
import { modelBytes } from '../../compiler/onnx-models.js';
import type { Table } from './fit.js';

const BINS = 24;
const RATE = 0.1;
const LAMBDA = 1;

interface Node {
  readonly tree: number;
  readonly id: number;
  feature: number;
  at: number;
  yes: number;
  no: number;
  weight: number | null;
}

/** Labels and probabilities in a ZipMap, as exporters write it; and how many splits there are. */
export function boosted({ rows, targets }: Table, trees: number, depth: number): { bytes: Uint8Array; splits: number } {
  const columns = rows[0].map((_, f) => Float32Array.from(rows, (row) => row[f]));
  const ends = columns.map((column) => {
    const sorted = Float32Array.from(new Set(column)).sort();
    return [...new Set(Array.from({ length: BINS }, (_, b) => sorted[Math.floor(((b + 1) * (sorted.length - 1)) / (BINS + 1))]))]; // prettier-ignore
  });
  const bins = columns.map((column, f) => Uint8Array.from(column, (v) => ends[f].filter((t) => v > t).length));
  const scores = new Float64Array(rows.length);
  const nodes: Node[] = [];
  for (let tree = 0; tree < trees; tree++) {
    const p = scores.map((s) => 1 / (1 + Math.exp(-s)));
    const own: Node[] = [];
    const grow = (members: readonly number[], left: number): number => {
      const node: Node = { tree, id: own.length, feature: 0, at: 0, yes: 0, no: 0, weight: null };
      own.push(node);
      const [g, h] = sums(members, p, targets);
      const best = left === 0 ? null : bestSplit(members, bins, ends, p, targets, g, h);
      if (best === null) {
        node.weight = Math.fround((-RATE * g) / (h + LAMBDA));
        for (const i of members) scores[i] += node.weight;
        return node.id;
      }
      const { f, b } = best;
      [node.feature, node.at] = [f, ends[f][b]];
      node.yes = grow(members.filter((i) => bins[f][i] <= b), left - 1); // prettier-ignore
      node.no = grow(members.filter((i) => bins[f][i] > b), left - 1); // prettier-ignore
      return node.id;
    };
    grow([...rows.keys()], depth);
    nodes.push(...own);
  }
  const leaves = nodes.filter(({ weight }) => weight !== null);
  const names = { classlabels_strings: { strings: ['malignant', 'benign'] } };
  const attributes = {
    nodes_treeids: nodes.map(({ tree }) => tree),
    nodes_nodeids: nodes.map(({ id }) => id),
    nodes_featureids: nodes.map(({ feature }) => feature),
    nodes_modes: { strings: nodes.map(({ weight }) => (weight === null ? 'BRANCH_LEQ' : 'LEAF')) },
    nodes_values: { floats: nodes.map(({ at }) => at) },
    nodes_truenodeids: nodes.map(({ yes }) => yes),
    nodes_falsenodeids: nodes.map(({ no }) => no),
    class_treeids: leaves.map(({ tree }) => tree),
    class_nodeids: leaves.map(({ id }) => id),
    class_ids: leaves.map(() => 0),
    class_weights: { floats: leaves.map(({ weight }) => weight!) },
    post_transform: 'LOGISTIC',
    ...names,
  };
  const ml = 'ai.onnx.ml';
  const bytes = modelBytes({
    inputs: { x: [1, columns.length] },
    nodes: [
      { op: 'TreeEnsembleClassifier', domain: ml, in: ['x'], out: ['label', 'scores'], attributes },
      { op: 'ZipMap', domain: ml, in: ['scores'], out: ['probabilities'], attributes: names },
    ],
    domains: { [ml]: 1 },
    graph: { output: ['label', 'probabilities'].map((name) => ({ name })) },
  });
  return { bytes, splits: nodes.length - leaves.length };
}

/** Of first and second derivatives of the loss. */
function sums(members: readonly number[], p: Float64Array, targets: readonly number[]): [g: number, h: number] {
  let [g, h] = [0, 0];
  for (const i of members) [g, h] = [g + p[i] - targets[i], h + p[i] * (1 - p[i])];
  return [g, h];
}

function bestSplit(
  members: readonly number[],
  bins: readonly Uint8Array[],
  ends: readonly (readonly number[])[],
  p: Float64Array,
  targets: readonly number[],
  g: number,
  h: number,
): { readonly f: number; readonly b: number } | null {
  let [most, best]: [number, { f: number; b: number } | null] = [(g * g) / (h + LAMBDA) + 1e-9, null];
  bins.forEach((column, f) => {
    const [gs, hs] = [new Float64Array(BINS + 1), new Float64Array(BINS + 1)];
    for (const i of members) {
      gs[column[i]] += p[i] - targets[i];
      hs[column[i]] += p[i] * (1 - p[i]);
    }
    let [low, weight] = [0, 0];
    ends[f].forEach((_, b) => {
      [low, weight] = [low + gs[b], weight + hs[b]];
      if (weight === 0 || h - weight <= 1e-12) return;
      const gain = (low * low) / (weight + LAMBDA) + (g - low) ** 2 / (h - weight + LAMBDA);
      if (gain > most) [most, best] = [gain, { f, b }];
    });
  });
  return best;
}
