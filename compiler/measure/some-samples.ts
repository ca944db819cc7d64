// Some samples of the data: those that a search measures on, and those that it has not seen.
import type { Graph } from '../graph/graph.js';
import type { Samples } from '../quantize/inputs.js';
import type { Calibration } from './calibrate.js';
import type { OutputPair } from './fidelity.js';
import type { Floats } from './run.js';

/** Samples, and the float model's outputs on them. */
export interface Data {
  readonly samples: Samples;
  readonly floats: Floats;
  /** Where the floats come from. */
  readonly source: string;
  /** What the graph gives on the first samples, where it was computed. */
  readonly first?: Calibration['first'];
}

/** Places of `of` samples, at equal distances. */
export const spread = (count: number, of: number): number[] =>
  Array.from({ length: of }, (_, i) => Math.floor((i * count) / of));

/** The places of the others. */
export const without = (some: readonly number[], count: number): number[] => {
  const taken = new Set(some);
  return Array.from({ length: count }, (_, i) => i).filter((i) => !taken.has(i));
};

/** Values of some samples. */
function taken<T extends Float32Array | Float64Array>(values: T, some: readonly number[], count: number): T {
  const size = values.length / count;
  const all = values.slice(0, some.length * size) as T;
  some.forEach((from, i) => all.set(values.subarray(from * size, (from + 1) * size), i * size));
  return all;
}

export function dataOf(
  graph: Graph,
  { samples: { count, inputs }, floats, source }: Data,
  some: readonly number[],
): Data {
  const few = graph.inputs.map(({ name }) => [name, taken(inputs[name], some, count)] as const);
  return {
    samples: { count: some.length, inputs: Object.fromEntries(few) },
    floats: Object.fromEntries(Object.entries(floats).map(([name, values]) => [name, taken(values, some, count)])),
    source,
  };
}

/** What was measured on all samples, on some of them. */
export const pairsOf = (pairs: readonly OutputPair[], count: number, some: readonly number[]): OutputPair[] =>
  pairs.map((pair) => ({ ...pair, float: taken(pair.float, some, count), quantised: taken(pair.quantised, some, count) })); // prettier-ignore
