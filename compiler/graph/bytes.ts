// Functions of one byte: what stands between a DequantizeLinear and a QuantizeLinear and computes one function of one value, Tanh or
// x sigmoid(x), is the list of its 256 integers, as runtimes that fuse such a group have it. It happens before linear maps are composed.
import { applyPoints, formula } from '../recipes/functions.js';
import { realOf } from '../recipes/index.js';
import { listed, type ListedOwn } from '../recipes/listed.js';
import { onGrid } from '../recipes/rounding.js';
import { integerRange } from '../tensor.js';
import type { Graph } from './graph.js';
import { membersOf, pointTerms, termsOf } from './points.js';

/** Integers of a list, at most. */
const MOST = 256;

/** The graph with such functions listed; what they leave without a reader stays, for `fuse` to drop. */
export function listBytes(graph: Graph): Graph {
  const grids = graph.steps.map((step) => realOf(step).grid?.(step.own) ?? null);
  if (grids.every((grid) => grid === null)) return graph;
  const members = membersOf(graph, pointTerms(graph), new Set());
  const steps = graph.steps.map((step, i) => {
    const grid = grids[i];
    const member = grid === null ? undefined : members.get(step.sources[0]);
    const range = member && integerRange(graph.values[member.root].dtype);
    if (grid === null || !range || range.hi - range.lo >= MOST) return step;
    const { terms } = termsOf(step.sources[0], members);
    if (terms.every(({ op }) => op === 'sum')) return step; // a line is exact as it is
    const floats = applyPoints(formula(terms), Float64Array.from({ length: range.hi - range.lo + 1 }, (_, i) => range.lo + i)); // prettier-ignore
    if (!floats.every(Number.isFinite)) return step; // it is refused for its interval
    const own: ListedOwn = { first: range.lo, values: floats.map((x) => onGrid(grid, x)) };
    return { ...step, kind: listed.kind, sources: [member.root], own };
  });
  return { ...graph, steps };
}
