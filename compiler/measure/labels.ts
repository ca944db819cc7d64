// Whether the float model knows the classes that labels say. Where it does not, the circuit agrees with a model that is fed otherwise than
// it was trained: every other figure looks well.
import { scoreOutput } from '../graph/decision.js';
import { decidedClasses, type OutputPair } from './fidelity.js';

/** Fewer labels show nothing. */
const FEW = 10;

/**
 * Of the way from a model that always says the same class, whose mean recall of k classes is 1 / k whatever their shares, to one that
 * is always right: below it the labels are hardly this model's. One that finds more than a tenth of a rare class stays above.
 */
const LEAST = 0.1;

/**
 * What to say of a float model that the labels contradict: none where it does well enough, or nothing can be said.
 * @param labels the class of each sample
 */
export function labelWarnings(pairs: readonly OutputPair[], labels: readonly number[]): string[] {
  const score: OutputPair | undefined = pairs[scoreOutput(pairs)];
  const said = score && decidedClasses(score, score.float, labels.length);
  if (!said || labels.length < FEW) return [];
  const n = labels.length;
  const hits = labels.filter((label, i) => said[i] === label).length;
  const order = renumbered(said, labels);
  // half of the errors gone, in as many samples as are no accident
  if (2 * (n - order.hits) <= n - hits && order.hits - hits >= FEW)
    return [
      `THE LABELS ARE NUMBERED IN ANOTHER ORDER than the model's classes: the float model is right in ${share(hits, n)} of them, and in ${share(order.hits, n)} with class ${order.pairs}; give --labels in the model's own order`,
    ];
  const classes = new Set(labels);
  const chance = classes.size > 1 ? 1 / classes.size : 0;
  if (meanRecall(said, labels) > chance + LEAST * (1 - chance)) return [];
  return [
    `THE FLOAT MODEL IS WRONG ABOUT THE LABELS: right in ${share(hits, n)}, hardly better than one class for all; look at the order of classes, at the scale of the inputs (for pictures --pixels, --mean, --std, --channels), and at the order of columns`,
  ];
}

const share = (hits: number, of: number): string => `${Number(((100 * hits) / of).toFixed(1))} %`;

/** Mean over the classes of the share of their samples that is said to be theirs. */
function meanRecall(said: Float64Array, labels: readonly number[]): number {
  const found = new Map<number, { all: number; hits: number }>();
  labels.forEach((label, i) => {
    const { all, hits } = found.get(label) ?? { all: 0, hits: 0 };
    found.set(label, { all: all + 1, hits: hits + Number(said[i] === label) });
  });
  return [...found.values()].reduce((sum, { all, hits }) => sum + hits / all, 0) / found.size;
}

/** Classes that a warning pairs. */
const MOST_PAIRS = 6;

/** Each class that is said for one label, the commonest pairs first; how often that is right, and the pairs that differ. */
function renumbered(said: Float64Array, labels: readonly number[]): { readonly hits: number; readonly pairs: string } {
  const counts = new Map<string, { readonly from: number; readonly to: number; count: number }>();
  labels.forEach((to, i) => {
    const key = `${said[i]} ${to}`;
    const { count } = counts.get(key) ?? { count: 0 };
    counts.set(key, { from: said[i], to, count: count + 1 });
  });
  const [taken, given] = [new Set<number>(), new Set<number>()];
  const best = [...counts.values()]
    .sort((a, b) => b.count - a.count || Math.abs(a.from - a.to) - Math.abs(b.from - b.to))
    .filter(({ from, to }) => {
      if (Number.isNaN(from) || taken.has(from) || given.has(to)) return false;
      taken.add(from);
      given.add(to);
      return true;
    });
  const moved = best.filter(({ from, to }) => from !== to).sort((a, b) => a.from - b.from);
  const shown = moved.slice(0, MOST_PAIRS).map(({ from, to }) => `${from} for label ${to}`);
  return {
    hits: best.reduce((sum, { count }) => sum + count, 0),
    pairs: `${shown.join(', ')}${moved.length > MOST_PAIRS ? ', …' : ''}`,
  };
}
