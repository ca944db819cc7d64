// What stands in front of a model of ai.onnx.ml: features that are replaced, normalised, chosen and put side by side.
import { addMaps, gatherMap, identityMap } from '../../linear/maps.js';
import { quotient } from '../../recipes/quotient.js';
import { realMax } from '../../recipes/max.js';
import { standardise } from '../../recipes/standardise.js';
import { isFloat, sizeOf } from '../../tensor.js';
import { areShares } from '../classes.js';
import { chosenSlices } from '../chosen.js';
import { groupsAlong } from '../indexing.js';
import { overMagnitudes } from '../magnitudes.js';
import { choice, same } from '../logic.js';
import { DOMAIN, numbers, rowsOf, weights } from '../rows.js';
import type { Lowering, Operator } from '../site.js';

/** https://onnx.ai/onnx/operators/onnx_aionnxml_Imputer.html : another value where X is the one to be replaced. An input is never NaN, so one of NaN changes nothing. */
const Imputer: Lowering = (site) => {
  const { x, features } = rowsOf(site);
  const [kind, type] = isFloat(x.dtype) ? (['floats', 'float'] as const) : (['int64s', 'int64'] as const);
  const imputed = weights(site, `imputed_value_${kind}`);
  for (const name of ['imputed_value_floats', 'imputed_value_int64s']) numbers(site, name);
  const replaced = site.float(`replaced_value_${type}`, 0);
  for (const name of ['replaced_value_float', 'replaced_value_int64']) site.float(name, 0);
  if (imputed.length === 0) site.refuse(`expected imputed values of ${x.dtype}, got none`);
  const values = imputed.length === features ? imputed : imputed.slice(0, 1);
  const value = site.tensor(x.dtype, [values.length], values);
  if (!Number.isFinite(replaced)) return x;
  return choice(site, same(site, x, site.tensor(x.dtype, [], [replaced])), value, x);
};

/** https://onnx.ai/onnx/operators/onnx_aionnxml_Normalizer.html : each row over its greatest element, the sum of its magnitudes or its length; zeros stay. */
const Normalizer: Lowering = (site) => {
  const norm = site.string('norm', 'MAX');
  const last = site.result(0);
  if (norm === 'L1' && areShares(last)) return last;
  const { x, rows, features } = rowsOf(site);
  const shape = [rows, features];
  const groups = groupsAlong(shape, 1);
  site.gadgets(3 * site.size(x.shape));
  const floats = isFloat(x.dtype) ? x : site.linear(identityMap(x.id, sizeOf(shape)), x.shape, 'float32');
  if (norm === 'L2')
    return site.step(standardise, [floats], { ...groups, centred: false, averaged: false, epsilon: 0 }, x.shape, 'float32'); // prettier-ignore
  if (norm !== 'MAX' && norm !== 'L1') return site.refuse(`expected a norm MAX, L1 or L2, got ${norm}`);
  if (norm === 'MAX') {
    const at = Int32Array.from({ length: rows * features }, (_, i) => Math.floor(i / features));
    const most = features === 1 ? floats : site.step(realMax, [floats], groups, [rows], 'float32');
    return site.step(quotient, [floats, most], { at, divisor: 'whole' }, x.shape, 'float32');
  }
  return overMagnitudes(site, floats, shape, 1);
};

/** https://onnx.ai/onnx/operators/onnx_aionnxml_ArrayFeatureExtractor.html : elements of the last axis, by constant or live indices. */
const ArrayFeatureExtractor: Lowering = (site) => {
  const given = site.result(0);
  const indices = site.input(1);
  if (given.shape.length === 0) site.refuse('expected a vector or more, got a scalar');
  const stride = given.shape[given.shape.length - 1];
  const outer = sizeOf(given.shape) / stride;
  const count = sizeOf(indices.shape);
  const shape = [...(given.shape.length === 1 ? [1] : given.shape.slice(0, -1)), count];
  site.size(shape);
  if (indices.constant === null) return chosenSlices(site, given, indices, given.shape.length - 1, shape);
  const at = indices.constant;
  const bad = at.find((i) => !(i >= 0 && i < stride));
  if (bad !== undefined || count === 0) site.refuse(`expected indices of [0, ${stride}), got ${bad ?? 'none'}`);
  const from = Int32Array.from({ length: outer * count }, (_, o) => Math.floor(o / count) * stride + at[o % count]);
  return site.move(given, from, shape);
};

/** https://onnx.ai/onnx/operators/onnx_aionnxml_FeatureVectorizer.html : rows side by side, each cut to its number of features or filled with zeros. */
const FeatureVectorizer: Lowering = (site) => {
  const inputs = site.inputs();
  const widths = site.ints('inputdimensions') ?? [];
  if (widths.length !== inputs.length || !widths.every((w) => w >= 0))
    site.refuse(`expected a number of features of each of ${inputs.length} inputs, got ${widths.length}`);
  const rows = inputs[0].shape.length === 1 ? 1 : inputs[0].shape[0];
  const width = widths.reduce((sum, w) => sum + w, 0);
  const size = site.size([rows, width]);
  let start = 0;
  const maps = inputs.map(({ id, shape }, k) => {
    const own = shape.length === 1 ? 1 : shape[0];
    if (shape.length === 0 || own !== rows) site.refuse(`expected ${rows} rows of each input, got [${shape.join(', ')}]`); // prettier-ignore
    const [features, first] = [sizeOf(shape) / rows, start];
    start += widths[k];
    return gatherMap(id, Int32Array.from({ length: size }, (_, o) => {
      const c = (o % width) - first;
      return c >= 0 && c < Math.min(features, widths[k]) ? Math.floor(o / width) * features + c : -1;
    }));
  }); // prettier-ignore
  return site.linear(addMaps(maps), [rows, width], 'float32');
};

const of = (op: string, lower: Lowering, inputs: Operator['inputs'] = [1, 1]): Operator => ({
  op,
  domain: DOMAIN,
  since: 1,
  inputs,
  outputs: 1,
  lower,
});

export const FEATURES: readonly Operator[] = [
  of('ArrayFeatureExtractor', ArrayFeatureExtractor, [2, 2]),
  of('FeatureVectorizer', FeatureVectorizer, [1, Infinity]),
  of('Imputer', Imputer),
  of('Normalizer', Normalizer),
];
