// Random support vector machines: every kernel, pairs of classes with and without support vectors, probabilities, and none at all.
import type { CaseOf } from './case.js';
import { DOMAIN, floatsOf, rowsOf } from './linear-models.js';

const KERNELS = ['LINEAR', 'POLY', 'RBF', 'SIGMOID'];

const SVMClassifier: CaseOf = (c) => {
  const { random } = c;
  const { x, features } = rowsOf(c);
  const count = random.int(2, 4);
  const labels = random.pick([(k: number) => k, (k: number) => 7 * k - 3]);
  const classlabels = Array.from({ length: count }, (_, k) => labels(k));
  const kernel = { kernel_type: random.pick(KERNELS), kernel_params: { floats: [0.25, random.pick([0, 0.5]), random.int(1, 4)] } }; // prettier-ignore
  const common = { ...kernel, classlabels_ints: classlabels, post_transform: random.pick(['NONE', 'LOGISTIC', 'SOFTMAX']) }; // prettier-ignore
  const least = random.pick([-1, 0]);
  const coefficients = (size: number) => ({ floats: Array.from({ length: size }, () => random.between(least, 1)) });
  if (random.chance(0.2)) {
    const linear = { coefficients: coefficients(count * features), rho: floatsOf(c, 1) };
    return { domain: DOMAIN, in: [x], outs: 2, attributes: { ...common, ...linear } };
  }
  const perClass = Array.from({ length: count }, () => random.int(0, 3));
  perClass[random.int(0, count - 1)] = random.int(1, 3);
  const supports = perClass.reduce((a, b) => a + b, 0);
  const pairs = (count * (count - 1)) / 2;
  // onnxruntime reads past the end of its own kernels where the last classes have none
  if (perClass[count - 1] === 0) return null;
  const attributes = {
    ...common,
    vectors_per_class: perClass,
    support_vectors: floatsOf(c, supports * features),
    coefficients: coefficients((count - 1) * supports),
    rho: floatsOf(c, pairs),
  };
  return { domain: DOMAIN, in: [x], outs: 2, attributes };
};

const SVMRegressor: CaseOf = (c) => {
  const { random } = c;
  const features = random.int(1, 4);
  const x = c.live(random.chance(0.2) ? [features] : [random.int(1, 3), features]);
  const supports = random.chance(0.2) ? 0 : random.int(1, 5);
  const attributes = {
    kernel_type: random.pick(KERNELS),
    kernel_params: { floats: [0.25, random.pick([0, 0.5]), random.int(1, 4)] },
    n_supports: supports,
    support_vectors: supports > 0 ? floatsOf(c, supports * features) : undefined,
    coefficients: floatsOf(c, supports > 0 ? supports : features),
    rho: floatsOf(c, 1),
    one_class: random.int(0, 1),
  };
  return { domain: DOMAIN, in: [x], attributes };
};

export const SVM: Readonly<Record<string, CaseOf>> = { SVMClassifier, SVMRegressor };
