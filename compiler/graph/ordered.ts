// Inputs that are compared with constants and read in no other way: only their order counts, so they are proved as the floats that
// they are, without a scale.
import { isSelection } from '../linear/map.js';
import type { ValueId } from '../recipes/values.js';
import { realOf } from '../recipes/index.js';
import { isFloat } from '../tensor.js';
import type { Graph } from './graph.js';

/** The inputs of floats of which only the order counts: whatever compares one of float64 made a float32 of it first. */
export function orderedInputs({
  steps,
  values,
  inputs,
  outputs,
}: Pick<Graph, 'steps' | 'values' | 'inputs' | 'outputs'>): ReadonlySet<ValueId> {
  const otherwise = new Set<ValueId>(outputs.map(({ value }) => value));
  const read = new Set<ValueId>();
  for (const step of steps.toReversed()) {
    const primitive = realOf(step);
    const map = primitive.map?.(step.own);
    const isMoved = map !== undefined && isSelection(map) && !step.outs.some((out) => otherwise.has(out));
    for (const id of step.sources) {
      read.add(id);
      if (!primitive.ordersSource && !isMoved) otherwise.add(id);
    }
  }
  const isOrdered = (id: ValueId): boolean => read.has(id) && !otherwise.has(id);
  return new Set(inputs.map(({ value }) => value).filter((id) => isOrdered(id) && isFloat(values[id].dtype)));
}
