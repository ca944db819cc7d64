// The integers that a model brings for its inputs.
import { realOf } from '../recipes/index.js';
import type { InputGrid } from '../recipes/real.js';
import type { ValueId } from '../recipes/values.js';
import type { Graph } from './graph.js';

/** The grid that everything that reads an input rounds it to; null where there is none. */
export function inputGrid({ steps, outputs }: Pick<Graph, 'steps' | 'outputs'>, input: ValueId): InputGrid | null {
  if (outputs.some(({ value }) => value === input)) return null;
  const grids = steps
    .filter(({ sources }) => sources.includes(input))
    .map((step) => realOf(step).grid?.(step.own) ?? null);
  const [first] = grids;
  if (grids.length === 0 || first === null) return null;
  const isFirst = (grid: InputGrid | null): boolean =>
    grid?.scale === first.scale && grid.zero === first.zero && grid.lo === first.lo && grid.hi === first.hi;
  return grids.every(isFirst) ? first : null;
}
