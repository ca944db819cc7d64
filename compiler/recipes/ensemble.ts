// ensemble: the values of decision trees, added up or each by itself. A split asks whether a feature is at least a number, or above
// it; all the questions about a feature, of all trees, are one range check of it, and a split is then a choice between the values of its
// branches: one row, and none where both depend on this feature alone.
import { encodeNumbers, fieldsOf, int32sOf, integerOf, numbersOf } from '../json.js';
import { MAX_INDEX } from '../limits.js';
import type { RealPrimitive } from './real.js';
import { planEnsemble } from './ensemble-plan.js';

/** A branch: the number of a split below it in the list, or -1 - the number of a leaf. */
export interface EnsembleOwn {
  readonly features: number;
  readonly targets: number;
  /** Whether every tree's values are given, tree by tree; else their sums. */
  readonly each: boolean;
  /** Of every split: the feature, what it is compared with, whether that itself lies below, and the branches. */
  readonly feature: Int32Array;
  readonly at: Float64Array;
  readonly strict: Int32Array;
  readonly below: Int32Array;
  readonly above: Int32Array;
  readonly roots: Int32Array;
  /** The weights of every leaf, one per target. */
  readonly leaves: Float64Array;
}

export const ensemble: RealPrimitive<EnsembleOwn> = {
  kind: 'ensemble',
  ordersSource: true,
  check({ own }, { sources, outs }, fail) {
    const { features, targets, each, feature, at, strict, below, above, roots, leaves } = own;
    if (sources.length !== 1 || outs.length !== 1) fail('one source and one value');
    if (sources[0] % features !== 0) fail(`rows of ${features} features`);
    if (outs[0] !== (sources[0] / features) * (each ? roots.length : 1) * targets) fail('a value for each target');
    if (![at, strict, below, above].every(({ length }) => length === feature.length)) fail('splits of one length');
    if (roots.length === 0 || leaves.length % targets !== 0) fail('trees, and leaves of one weight per target');
    const isBranch = (before: number) => (b: number) => b < before && b >= -leaves.length / targets;
    feature.forEach((f, s) => {
      if (f < 0 || f >= features || !Number.isFinite(at[s])) fail('splits of features at numbers');
      if (![below[s], above[s]].every(isBranch(s))) fail('branches that stand before their split');
    });
    if (!roots.every(isBranch(feature.length))) fail('roots among the splits');
    if (!leaves.every(Number.isFinite)) fail('finite weights');
  },
  evaluate(own, [x]) {
    const { features, targets, each, roots, leaves } = own;
    const rows = x.length / features;
    const y = new Float64Array(rows * (each ? roots.length : 1) * targets);
    for (let r = 0; r < rows; r++)
      roots.forEach((root, t) => {
        const leaf = leafOf(own, x, r * features, root);
        const first = (each ? r * roots.length + t : r) * targets;
        // as onnxruntime adds them, tree by tree: what that rounds decides where two classes are even
        for (let k = 0; k < targets; k++) y[first + k] = Math.fround(y[first + k] + leaves[leaf * targets + k]);
      });
    return [y];
  },
  codec: {
    encode({ features, targets, each, ...lists }) {
      const text = Object.entries(lists).map(([name, list]) => [name, encodeNumbers(list)]);
      return { features, targets, each: Number(each), ...(Object.fromEntries(text) as object) };
    },
    decode(place) {
      const names = ['features', 'targets', 'each', 'feature', 'at', 'strict', 'below', 'above', 'roots', 'leaves'] as const; // prettier-ignore
      const f = fieldsOf(place, names);
      return {
        features: integerOf(f.features, 1, MAX_INDEX),
        targets: integerOf(f.targets, 1, MAX_INDEX),
        each: integerOf(f.each, 0, 1) === 1,
        feature: int32sOf(f.feature),
        at: numbersOf(f.at),
        strict: int32sOf(f.strict, 0, 1),
        below: int32sOf(f.below),
        above: int32sOf(f.above),
        roots: int32sOf(f.roots),
        leaves: numbersOf(f.leaves),
      };
    },
  },
  plan({ sources: [x], outs: [out], own }, to) {
    to.define(out, planEnsemble(to, own, x, out));
  },
};

function leafOf({ feature, at, strict, below, above }: EnsembleOwn, x: Float64Array, row: number, root: number): number {
  let branch = root;
  while (branch >= 0) {
    const v = Math.fround(x[row + feature[branch]]); // what a model of float32 is fed
    branch = (strict[branch] === 1 ? v > at[branch] : v >= at[branch]) ? above[branch] : below[branch];
  }
  return -1 - branch;
} // prettier-ignore
