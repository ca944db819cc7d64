// The sums of a recurrent node: matrices times vectors that stand anywhere in other tensors.
import { mapBuilder } from '../linear/builder.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, identityMap } from '../linear/maps.js';
import { sizeOf } from '../tensor.js';
import type { Operand, Site } from './site.js';

/** Where the elements of a vector stand, one after the other. */
export interface Line {
  readonly of: Operand;
  readonly at: number;
}

/** Vectors one after the other; zeros where there is none. */
export function gathered(
  site: Site,
  lines: readonly (Line | null)[],
  hidden: number,
  shape: readonly number[] = [lines.length, hidden],
): Operand {
  site.size(shape);
  const dtype = site.input(0).dtype;
  const builder = mapBuilder(sizeOf(shape));
  lines.forEach((line, n) => {
    if (line === null) return;
    const part = builder.part(line.of.id);
    const [pattern, kernel] = [part.pattern(Int32Array.of(0)), part.kernel(Float64Array.of(1))];
    for (let k = 0; k < hidden; k++) part.set(n * hidden + k, line.at + k, pattern, kernel);
  });
  return site.linear(builder.build(), shape, dtype);
}

/** What a gate adds up: a matrix, one row for each hidden unit, times a vector of each sequence. */
export interface Term {
  readonly lines: readonly Line[];
  readonly matrix: Float64Array;
}

/** The sum of terms and biases, [sequences, hidden]. */
export function affine(
  site: Site,
  hidden: number,
  terms: readonly Term[],
  biases: readonly Float64Array[],
  also: readonly Operand[] = [],
): Operand {
  const [{ lines }] = terms;
  const shape = [lines.length, hidden];
  const size = site.size(shape);
  const bias = new Float64Array(size).map((_, o) => biases.reduce((sum, list) => sum + list[o % hidden], 0));
  // a map for each term: two may read one tensor
  const maps = terms.map((term) => termMap(term, hidden));
  const others = also.map(({ id }) => identityMap(id, size));
  return site.linear(addMaps([{ size, bias, parts: [] }, ...maps, ...others]), shape, site.input(0).dtype);
}

function termMap({ lines, matrix }: Term, hidden: number): LinearMap {
  const width = matrix.length / hidden;
  const builder = mapBuilder(lines.length * hidden);
  const offsets = Int32Array.from({ length: width }, (_, k) => k);
  lines.forEach(({ of, at }, n) => {
    const part = builder.part(of.id);
    for (let k = 0; k < hidden; k++) {
      const { shift, pattern, kernel } = part.form(offsets, matrix.subarray(k * width, (k + 1) * width));
      part.set(n * hidden + k, at + shift, pattern, kernel);
    }
  });
  return builder.build();
}
