// Support vector machines of ai.onnx.ml: kernels, sums of them, and the label that most pairs of classes vote for. What onnxruntime
// counts is what is proved, ties and odd tables included.
import { mapBuilder } from '../../linear/builder.js';
import { identityMap, scaleMap } from '../../linear/maps.js';
import { realMax } from '../../recipes/max.js';
import { realCompare } from '../../recipes/predicates.js';
import { sizeOf } from '../../tensor.js';
import { classesOf, greatestOf, labelled, transformed, twoColumns } from '../classes.js';
import { dense, lastOf } from '../dense.js';
import { groupsAlong } from '../indexing.js';
import { kernelsOf } from '../kernels.js';
import { either, not } from '../logic.js';
import { DOMAIN, numbers, rowsOf, weights, type Rows } from '../rows.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';

/** Attributes of kernels, of a machine that has no support vectors. */
function withoutKernels(site: Site): void {
  site.string('kernel_type', 'LINEAR');
  numbers(site, 'kernel_params');
  numbers(site, 'support_vectors');
}

/** x > 0 */
const isAbove = (site: Site, x: Operand, least = 0): Operand => {
  const size = sizeOf(x.shape);
  const below = site.linear(scaleMap(identityMap(x.id, size), -1, least), x.shape, x.dtype);
  return not(site, site.step(realCompare, [below], {}, x.shape, 'bool'));
};

/** https://onnx.ai/onnx/operators/onnx_aionnxml_SVMRegressor.html : a sum of kernels; of one class whether it is above 0, as 1 or -1. */
const SVMRegressor: Lowering = (site) => {
  const rows = rowsOf(site);
  const [coefficients, rho] = [weights(site, 'coefficients'), weights(site, 'rho')];
  const count = site.int('n_supports', 0);
  site.string('post_transform', 'NONE'); // onnxruntime does not read it
  if (rho.length === 0) site.refuse("expected 'rho', got none");
  if (count < 0) site.refuse(`expected a number of support vectors, got ${count}`);
  if (count === 0) withoutKernels(site);
  const sum = count === 0 ? dense(site, rows, coefficients, rho.slice(0, 1)) : sumsOf(site, rows, count, coefficients, rho.slice(0, 1)); // prettier-ignore
  if (site.int('one_class', 0) === 0) return sum;
  const inside = isAbove(site, sum);
  return site.linear(scaleMap(identityMap(inside.id, sizeOf(sum.shape)), 2, -1), sum.shape, 'float32');
};

/** Weights of every support vector for each of some sums. */
function sumsOf(site: Site, rows: Rows, count: number, coefficients: readonly number[], constants: readonly number[]): Operand {
  const vectors = weights(site, 'support_vectors');
  site.size([rows.rows, count]);
  if (vectors.length !== count * rows.features)
    site.refuse(`expected ${count} support vectors of ${rows.features} features, got ${vectors.length} numbers`);
  const kernels = kernelsOf(site, rows, vectors, count);
  return dense(site, { x: kernels, rows: rows.rows, features: count }, coefficients, constants);
} // prettier-ignore

/**
 * https://onnx.ai/onnx/operators/onnx_aionnxml_SVMClassifier.html : of each pair of classes a sum of kernels, above 0 a vote for the
 * first; the label is the first with the most votes. Probabilities of prob_a and prob_b are the end of an iteration: they are not
 * proved, the label is.
 */
const SVMClassifier: Lowering = (site) => {
  const rows = rowsOf(site);
  const classes = classesOf(site, ['classlabels_ints', 'classlabels_strings']);
  const [coefficients, rho] = [weights(site, 'coefficients'), weights(site, 'rho')];
  const [a, b] = [weights(site, 'prob_a'), weights(site, 'prob_b')];
  const perClass = numbers(site, 'vectors_per_class');
  const post = site.string('post_transform', 'NONE');
  const count = classes.length;
  if (count < 2) site.refuse(`expected classes to choose from, got ${count}`);
  if (a.length !== b.length) site.refuse(`expected as many 'prob_a' as 'prob_b', got ${a.length} and ${b.length}`);
  const supports = perClass.reduce((sum, n) => sum + n, 0);
  if (!(perClass.every((n) => n >= 0) && supports <= coefficients.length))
    site.refuse('expected support vectors of each class, and their coefficients');
  if (supports === 0) {
    withoutKernels(site);
    const scores = dense(site, rows, coefficients, new Array<number>(count).fill(rho[0] ?? 0));
    if (rho.length === 0) site.refuse("expected 'rho', got none");
    const isPlain = count > 2 || a.length > 0;
    const label = isPlain ? greatestOf(site, scores, classes) : labelled(site, secondOf(site, scores, coefficients), classes); // prettier-ignore
    return [label, lastOf(site, scores, post)];
  }
  const pairs = (count * (count - 1)) / 2;
  if (perClass.length !== count || coefficients.length !== (count - 1) * supports || rho.length !== pairs)
    site.refuse(`expected the support vectors, coefficients and rho of ${count} classes, got others`);
  const sums = sumsOf(site, rows, supports, pairwise(perClass, coefficients), rho);
  const label = greatestOf(site, votesOf(site, sums, count), classes);
  if (a.length > 0) return [label];
  if (count > 2) return [label, transformed(site, sums, post)];
  if (post === 'PROBIT') site.refuse('expected another post_transform of two classes, got PROBIT');
  transformed(site, sums, post); // refuses what is no name
  const isPair = post === 'NONE' || post === 'LOGISTIC';
  const scores = twoColumns(site, sums, [-1, 1], [isPair ? 0 : 1, 0]);
  return [label, isPair ? transformed(site, scores, post) : scores];
};

/** The second of two classes as onnxruntime has it: where the greater score is above 0, or from a half on where no coefficient is negative. */
function secondOf(site: Site, scores: Operand, coefficients: readonly number[]): Operand {
  const [rows] = scores.shape;
  const most = site.step(realMax, [scores], groupsAlong(scores.shape, 1), [rows], scores.dtype);
  const isPositive = coefficients.every((w) => w >= 0);
  const reached = isPositive ? not(site, isAbove(site, negative(site, most), -0.5)) : isAbove(site, most);
  const builder = mapBuilder(rows);
  for (let r = 0; r < rows; r++) builder.part(scores.id).row(r, [2 * r, 2 * r + 1], [-1, 1]);
  const isSecond = isAbove(site, site.linear(builder.build(), [rows], scores.dtype));
  const second = either(site, reached, isSecond);
  return { ...second, dtype: 'int64' };
}

const negative = (site: Site, x: Operand): Operand =>
  site.linear(scaleMap(identityMap(x.id, sizeOf(x.shape)), -1), x.shape, x.dtype);

/** Of each pair i < j the coefficients of all support vectors: those of class i stand in row j - 1, those of class j in row i. */
function pairwise(perClass: readonly number[], coefficients: readonly number[]): readonly number[] {
  const starts = perClass.map((_, k) => perClass.slice(0, k).reduce((sum, n) => sum + n, 0));
  const supports = perClass.reduce((sum, n) => sum + n, 0);
  const all: number[][] = [];
  for (let i = 0; i < perClass.length; i++)
    for (let j = i + 1; j < perClass.length; j++) {
      const row = new Array<number>(supports).fill(0);
      for (let m = 0; m < perClass[i]; m++) row[starts[i] + m] = coefficients[(j - 1) * supports + starts[i] + m];
      for (let m = 0; m < perClass[j]; m++) row[starts[j] + m] = coefficients[i * supports + starts[j] + m];
      all.push(row);
    }
  return all.flat();
}

/** [rows, classes]: how many pairs each class wins. */
function votesOf(site: Site, sums: Operand, count: number): Operand {
  const [rows, pairs] = sums.shape;
  const won = isAbove(site, sums);
  const builder = mapBuilder(site.size([rows, count]));
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < count; c++) {
      const [places, signs]: [number[], number[]] = [[], []];
      let pair = r * pairs;
      for (let i = 0; i < count; i++)
        for (let j = i + 1; j < count; j++, pair++) {
          if (i !== c && j !== c) continue;
          places.push(pair);
          signs.push(i === c ? 1 : -1);
          if (j === c) builder.bias[r * count + c] += 1;
        }
      builder.part(won.id).row(r * count + c, places, signs);
    }
  return site.linear(builder.build(), [rows, count], 'int64');
}

export const SVM: readonly Operator[] = [
  { op: 'SVMClassifier', domain: DOMAIN, since: 1, inputs: [1, 1], outputs: 2, unproved: 'the label is proved, probabilities are the end of an iteration', lower: SVMClassifier }, // prettier-ignore
  { op: 'SVMRegressor', domain: DOMAIN, since: 1, inputs: [1, 1], outputs: 1, lower: SVMRegressor },
];
