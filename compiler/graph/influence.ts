// How strongly a model reads each element of a value: what a rounding error of the element is multiplied with.
import { realOf } from '../recipes/index.js';
import type { ValueId } from '../recipes/values.js';
import type { LinearPart } from '../linear/map.js';
import { sizeOf } from '../tensor.js';
import type { Graph } from './graph.js';

/**
 * For each step that reads the value, the sum of the squares of each element's coefficients; 1 in a step that is no
 * linear map. Errors of independent elements add up as the root of the squares that they are weighted with.
 */
export function influences({ steps, values }: Pick<Graph, 'steps' | 'values'>, id: ValueId): Float64Array[] {
  const size = sizeOf(values[id].shape);
  return steps.flatMap((step) => {
    const at = step.sources.indexOf(id);
    if (at < 0) return [];
    const map = realOf(step).map?.(step.own);
    if (map === undefined) return [new Float64Array(size).fill(1)];
    return map.parts.flatMap((part) => (part.from === at ? [squares(part, size)] : []));
  });
}

function squares({ base, pattern, kernel, patterns, kernels }: LinearPart, size: number): Float64Array {
  const sums = new Float64Array(size);
  const squared = kernels.map((weights) => weights.map((w) => w * w));
  for (let o = 0; o < base.length; o++) {
    const weights = squared[kernel[o]];
    const offsets = patterns[pattern[o]];
    for (let k = 0; k < weights.length; k++) sums[base[o] + offsets[k]] += weights[k];
  }
  return sums;
}
