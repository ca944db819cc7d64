// Random linear models as exporters write them, and odd ones: one score for two classes or none, labels of other numbers.
import type { AttributeInit } from '../onnx-models.js';
import type { Case, CaseOf } from './case.js';

export const DOMAIN = 'ai.onnx.ml';

export const floatsOf = ({ random }: Case, count: number): AttributeInit => ({
  floats: Array.from({ length: count }, () => random.between(-2, 2)),
});

/** Rows of features, at times one row without its axis, at times integers. */
export function rowsOf(c: Case): { readonly x: string; readonly features: number } {
  const { random } = c;
  const features = random.int(1, 4);
  const shape = random.chance(0.2) ? [features] : [random.int(1, 3), features];
  const x = random.chance(0.2) ? c.whole(shape, 'int64') : random.chance(0.1) ? c.constant(shape) : c.live(shape);
  return { x, features };
}

const LinearClassifier: CaseOf = (c) => {
  const { random } = c;
  const { x, features } = rowsOf(c);
  const count = random.int(1, 4);
  const labels = count > 1 ? count : random.pick([2, 2, 3]);
  const stride = random.pick([1, 7]);
  const attributes = {
    coefficients: floatsOf(c, count * features),
    intercepts: floatsOf(c, count),
    classlabels_ints: Array.from({ length: labels }, (_, k) => stride * k - stride + 1),
    multi_class: random.int(0, 1),
    post_transform: random.pick(['NONE', 'LOGISTIC', 'SOFTMAX']),
  };
  return { domain: DOMAIN, in: [x], outs: 2, attributes };
};

const LinearRegressor: CaseOf = (c) => {
  const { random } = c;
  const features = random.int(1, 4);
  const targets = random.int(1, 3);
  const attributes = {
    coefficients: floatsOf(c, targets * features),
    intercepts: random.chance(0.7) ? floatsOf(c, targets) : undefined,
    targets,
    post_transform: random.pick(['NONE', 'LOGISTIC', 'SOFTMAX']),
  };
  return { domain: DOMAIN, in: [c.live(random.chance(0.2) ? [features] : [random.int(1, 3), features])], attributes };
};

const Scaler: CaseOf = (c) => {
  const { x, features } = rowsOf(c);
  const count = c.random.pick([1, features]);
  return { domain: DOMAIN, in: [x], attributes: { scale: floatsOf(c, count), offset: floatsOf(c, count) } };
};

export const LINEAR_MODELS: Readonly<Record<string, CaseOf>> = { LinearClassifier, LinearRegressor, Scaler };
