// The node tables of tree ensembles as splits of one kind, x >= t or x > t, each behind its branches. A child that several nodes
// share, as LightGBM has it for a set of categories, stays one; one that is missing, or its own ancestor, is refused.
import type { EnsembleOwn } from '../recipes/ensemble.js';
import type { Site } from './site.js';

/** Splits of one ensemble: each is a row of the circuit, or nearly so. */
const MOST_SPLITS = 2 ** 17;
/** Splits behind one another: those of one depth are one step. */
const MOST_DEPTH = 512;

export const MODES = ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ', 'MEMBER'] as const;
export type Mode = (typeof MODES)[number];

/** A split as files have it; children by their place in the table, leaves as -1 - their number. */
export interface TreeNode {
  readonly feature: number;
  readonly mode: Mode;
  readonly at: number;
  /** Of MEMBER. */
  readonly members?: readonly number[];
  readonly yes: number;
  readonly no: number;
}

/** Before a table is read: it is refused in any case. */
export function refuseMany(site: Site, nodes: number): void {
  if (nodes > 2 * MOST_SPLITS)
    site.refuse(`expected at most ${2 * MOST_SPLITS} nodes, got ${nodes}`, 'train fewer or shallower trees');
}

/** @param leaves the weights of every leaf, one per target */
export function ensembleOf(
  site: Site,
  nodes: readonly TreeNode[],
  roots: readonly number[],
  leaves: Float64Array,
  { features, targets, each }: Pick<EnsembleOwn, 'features' | 'targets' | 'each'>,
): EnsembleOwn {
  refuseMany(site, nodes.length);
  const [feature, at, strict, below, above, depth]: number[][] = [[], [], [], [], [], []];
  const split = (f: number, t: number, isStrict: boolean, low: number, high: number): number => {
    if (feature.length >= MOST_SPLITS) site.refuse(`expected at most ${MOST_SPLITS} splits, got more`);
    at.push(t + 0);
    strict.push(Number(isStrict));
    below.push(low);
    above.push(high);
    depth.push(1 + Math.max(depth[low] ?? 0, depth[high] ?? 0));
    if (depth[feature.length] > MOST_DEPTH)
      site.refuse(`expected at most ${MOST_DEPTH} splits behind one another, got more`);
    return feature.push(f) - 1;
  };
  const written = new Map<number, number>();
  const of = (branch: number): number => (branch < 0 ? branch : written.get(branch)!);
  const write = ({ feature: f, mode, at: t, members = [t], yes, no }: TreeNode): number => {
    if (!(f >= 0 && f < features)) site.refuse(`expected features below ${features}, got ${f}`);
    const [high, low] = [of(yes), of(no)];
    switch (mode) {
      case 'LEQ':
        return split(f, t, true, high, low);
      case 'LT':
        return split(f, t, false, high, low);
      case 'GTE':
        return split(f, t, false, low, high);
      case 'GT':
        return split(f, t, true, low, high);
      default: {
        const [inside, outside] = mode === 'NEQ' ? [low, high] : [high, low];
        if (!members.every(Number.isFinite)) site.refuse('expected finite members of sets, got others');
        const values = [...new Set(members)].sort((a, b) => a - b);
        return values.reduce((rest, v) => split(f, v, true, split(f, v, false, rest, inside), outside), outside);
      }
    }
  };
  const entered = new Set<number>();
  const refuse = (child: number): never =>
    site.refuse(`expected trees, got a table in which node ${child} is missing or its own ancestor`);
  const own = roots.map((root) => {
    const open = [root];
    while (open.length > 0) {
      const next = open.at(-1)!;
      if (next < 0 || written.has(next)) {
        open.pop();
        continue;
      }
      const node = nodes[next] ?? refuse(next);
      if (!Number.isFinite(node.at)) site.refuse(`expected thresholds that are finite, got ${node.at}`);
      if (entered.has(next)) {
        written.set(next, write(node));
        open.pop();
        continue;
      }
      entered.add(next);
      for (const child of [node.yes, node.no]) {
        if (entered.has(child) && !written.has(child)) refuse(child);
        open.push(child);
      }
      if (node.yes >= 0 && node.yes === node.no) refuse(node.yes);
    }
    return of(root);
  });
  // one leaf either way is a tree without a split
  const lost = nodes.findIndex((node, i) => !written.has(i) && !(node.yes < 0 && node.yes === node.no));
  if (lost !== -1) site.refuse(`expected trees, got a node ${lost} that no root leads to`);
  return {
    ...{ features, targets, each, leaves },
    feature: Int32Array.from(feature),
    at: Float64Array.from(at),
    strict: Int32Array.from(strict),
    below: Int32Array.from(below),
    above: Int32Array.from(above),
    roots: Int32Array.from(own),
  };
}
