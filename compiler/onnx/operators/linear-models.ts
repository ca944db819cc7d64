// Linear models of ai.onnx.ml, and the scaling in front of them: linear maps, and the label that their scores decide.
import { identityMap, scaleMap } from '../../linear/maps.js';
import { asShares, classesOf, greatestOf, secondAbove, transformed, twoColumns } from '../classes.js';
import { dense, lastOf } from '../dense.js';
import { DOMAIN, rowsOf, weights } from '../rows.js';
import type { Lowering, Operator } from '../site.js';

/**
 * https://onnx.ai/onnx/operators/onnx_aionnxml_LinearClassifier.html : a score for each class, the first greatest its label. One score
 * of two classes says the second where it is above 0; the scores are then 1 - it and it, but for a LOGISTIC, as onnxruntime has it.
 */
const LinearClassifier: Lowering = (site) => {
  const rows = rowsOf(site);
  const intercepts = weights(site, 'intercepts');
  const post = site.string('post_transform', 'NONE');
  site.int('multi_class', 0); // onnxruntime does not read it
  const classes = classesOf(site, ['classlabels_ints', 'classlabels_strings']);
  if (intercepts.length === 0) site.refuse('expected an intercept for each class, got none', 'write zeros');
  const coefficients = weights(site, 'coefficients');
  const scores = dense(site, rows, coefficients, intercepts);
  if (intercepts.length > 1) {
    if (classes.length !== intercepts.length)
      site.refuse(`expected ${intercepts.length} labels, got ${classes.length}`);
    const last = lastOf(site, scores, post);
    const isPair = post === 'LOGISTIC' && intercepts.length === 2 && isOpposite(intercepts) && isOpposite(coefficients);
    return [greatestOf(site, scores, classes), isPair ? asShares(last) : last];
  }
  if (classes.length !== 2) site.refuse(`expected two labels of one score, got ${classes.length}`);
  if (post === 'PROBIT') site.refuse('expected another post_transform of one score for two classes, got PROBIT');
  const isLogistic = post === 'LOGISTIC';
  const scored = twoColumns(site, scores, [-1, 1], [isLogistic ? 0 : 1, 0]);
  lastOf(site, scores, post); // refuses what is no name
  return [secondAbove(site, scores, 0, classes), isLogistic ? asShares(transformed(site, scored, post)) : scored];
};

/** Whether the second half is the first one with its signs changed. */
const isOpposite = (list: readonly number[]): boolean =>
  list.length % 2 === 0 && list.every((w, i) => w === -list[(i + list.length / 2) % list.length]);

/** https://onnx.ai/onnx/operators/onnx_aionnxml_LinearRegressor.html : a sum of features for each target. */
const LinearRegressor: Lowering = (site) => {
  const rows = rowsOf(site);
  const targets = site.int('targets', 1);
  if (!(targets >= 1)) site.refuse(`expected targets, got ${targets}`);
  site.size([targets, rows.features]);
  const given = weights(site, 'intercepts');
  const intercepts = given.length === targets ? given : new Array<number>(targets).fill(0); // as onnxruntime has it
  return lastOf(
    site,
    dense(site, rows, weights(site, 'coefficients'), intercepts),
    site.string('post_transform', 'NONE'),
  );
};

/** https://onnx.ai/onnx/operators/onnx_aionnxml_Scaler.html : (X - offset) scale, one of each or one for every feature. */
const Scaler: Lowering = (site) => {
  const { x, features } = rowsOf(site);
  const [scale, offset] = [weights(site, 'scale'), weights(site, 'offset')];
  if (scale.length !== offset.length || ![1, features].includes(scale.length))
    site.refuse(`expected a scale and an offset for each of ${features} features, got ${scale.length} and ${offset.length}`); // prettier-ignore
  const size = site.size(x.shape);
  const each = (of: (c: number) => number): Float64Array =>
    Float64Array.from({ length: size }, (_, i) => of(i % scale.length));
  // two steps, as a runtime rounds them: of doubles the product alone
  const isMoved = offset.some((c) => c !== 0);
  const centred = isMoved ? site.linear(scaleMap(identityMap(x.id, size), 1, each((c) => -offset[c])), x.shape, x.dtype === 'float64' ? 'float64' : 'float32') : x; // prettier-ignore
  return site.linear(
    scaleMap(
      identityMap(centred.id, size),
      each((c) => scale[c]),
    ),
    x.shape,
    'float32',
  );
};

export const LINEAR_MODELS: readonly Operator[] = [
  { op: 'LinearClassifier', domain: DOMAIN, since: 1, inputs: [1, 1], outputs: 2, lower: LinearClassifier },
  { op: 'LinearRegressor', domain: DOMAIN, since: 1, inputs: [1, 1], outputs: 1, lower: LinearRegressor },
  { op: 'Scaler', domain: DOMAIN, since: 1, inputs: [1, 1], outputs: 1, lower: Scaler },
];
