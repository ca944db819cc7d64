// What the largest of a group of elements is never below, read off the coefficients: intervals of single elements do not show it.
import type { LinearMap } from './map.js';

/**
 * The least, over all groups, of what the larger of a group's first two elements is never below: a constant among them, or of two that
 * are a + v and b - v whatever v is, half of a + b. -Infinity where a group shows nothing.
 * @param map over integers
 * @param starts elements starts[g] .. starts[g + 1] - 1 are group g, none is empty
 */
export function shownLeast(map: LinearMap, starts: Int32Array): number {
  let least = Infinity;
  for (let g = 0; g + 1 < starts.length && least > -Infinity; g++) {
    const first = starts[g];
    const second = Math.min(first + 1, starts[g + 1] - 1);
    const [a, b] = [first, second].map((o) => (isConstant(map, o) ? map.bias[o] : -Infinity));
    const middle = areOpposite(map, first, second) ? Math.ceil((map.bias[first] + map.bias[second]) / 2) : -Infinity;
    least = Math.min(least, Math.max(a, b, middle));
  }
  return least;
}

const isConstant = ({ parts }: LinearMap, o: number): boolean =>
  parts.every(({ kernel, kernels }) => kernels[kernel[o]].length === 0);

/** Whether the coefficients of two elements add up to 0, written in the same order. */
const areOpposite = ({ parts }: LinearMap, i: number, j: number): boolean =>
  parts.every(({ base, pattern, kernel, patterns, kernels }) => {
    const [a, b] = [kernels[kernel[i]], kernels[kernel[j]]];
    const [p, q] = [patterns[pattern[i]], patterns[pattern[j]]];
    return a.length === b.length && a.every((w, k) => w === -b[k] && base[i] + p[k] === base[j] + q[k]);
  });
