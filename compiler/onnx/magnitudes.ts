// Elements over the sum of the magnitudes of their line; where that is 0 so are they.
import { mapBuilder } from '../linear/builder.js';
import { point } from '../recipes/functions.js';
import { quotient } from '../recipes/quotient.js';
import { sizeOf } from '../tensor.js';
import { groupsAlong } from './indexing.js';
import type { Operand, Site } from './site.js';

/** Bits of what is added up to a divisor beyond those of the result. */
const FINER = 4;

export function overMagnitudes(site: Site, x: Operand, shape: readonly number[], axis: number): Operand {
  const { starts, members } = groupsAlong(shape, axis);
  const lines = starts.length - 1;
  const at = new Int32Array(sizeOf(x.shape));
  const sums = mapBuilder(lines);
  const magnitudes = site.inGroup({ name: 'magnitudes', within: null, finer: FINER }).table(x, point('abs'));
  for (let line = 0; line < lines; line++) {
    const own = members.subarray(starts[line], starts[line + 1]);
    for (const i of own) at[i] = line;
    sums.part(magnitudes.id).row(line, own, new Float64Array(own.length).fill(1));
  }
  const total = site.linear(sums.build(), [lines], 'float32');
  return site.step(quotient, [x, total], { at, divisor: 'magnitudes' }, x.shape, 'float32');
}
