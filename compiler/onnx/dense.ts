// Rows times constant weights: what linear models and kernels of ai.onnx.ml are made of.
import { mapBuilder } from '../linear/builder.js';
import type { Rows } from './rows.js';
import type { Operand, Result, Site } from './site.js';
import { transformed } from './classes.js';

/** [rows, columns]: a sum of features for each column, times `by`, plus its constant. */
export function dense(
  site: Site,
  { x, rows, features }: Rows,
  weights: readonly number[],
  constants: readonly number[],
  by = 1,
): Operand {
  const columns = constants.length;
  if (weights.length !== columns * features)
    site.refuse(`expected ${columns} x ${features} coefficients, got ${weights.length}`);
  const builder = mapBuilder(site.size([rows, columns]));
  site.terms(2 * rows * columns * features);
  site.macs(rows * columns * features);
  const part = builder.part(x.id);
  const offsets = Int32Array.from({ length: features }, (_, f) => f);
  constants.forEach((constant, c) => {
    const own = weights.slice(c * features, (c + 1) * features).map((w) => by * w);
    const { shift, pattern, kernel } = part.form(offsets, own);
    for (let r = 0; r < rows; r++) {
      part.set(r * columns + c, r * features + shift, pattern, kernel);
      builder.bias[r * columns + c] = constant;
    }
  });
  return site.linear(builder.build(), [rows, columns], 'float32');
}

/** What onnxruntime does to scores last; to those of one column nothing but PROBIT. */
export function lastOf(site: Site, scores: Operand, post: string): Result {
  if (scores.shape[1] > 1 || post === 'PROBIT' || post === 'NONE') return transformed(site, scores, post);
  transformed(site, scores, post); // refuses what is no name
  return scores;
}
