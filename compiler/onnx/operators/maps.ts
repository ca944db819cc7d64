// Maps of ai.onnx.ml, which a classifier of scikit-learn ends in: a tensor whose places along an axis have names.
import { classesOf } from '../classes.js';
import { keyed, namesOf } from '../pending.js';
import type { Lowering, Operator } from '../site.js';

/** https://onnx.ai/onnx/operators/onnx_aionnxml_ZipMap.html : a map from classes to scores for each row; what is proved is the tensor of scores. */
const ZipMap: Lowering = (site) => {
  const x = site.result(0);
  const classes = classesOf(site, ['classlabels_int64s', 'classlabels_strings']);
  const axis = x.shape.length - 1;
  if (namesOf(x) !== null) site.refuse('expected scores, got strings');
  if (x.shape.length < 1 || x.shape.length > 2) site.refuse(`expected rows of scores, got rank ${x.shape.length}`);
  if (x.shape[axis] !== classes.length) site.refuse(`expected ${classes.length} scores in a row, got ${x.shape[axis]}`);
  return keyed(x, { names: classes.map(String), axis }, () =>
    site.refuse('expected ZipMap last in the model, got a node that reads it', 'cut the model in front: --outputs'),
  );
};

export const MAPS: readonly Operator[] = [
  { op: 'ZipMap', domain: 'ai.onnx.ml', since: 1, inputs: [1, 1], outputs: 1, lower: ZipMap },
];
