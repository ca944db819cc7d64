// A maximum of values that never fall with what they are made of is what the maximum of that makes: a pool of int8 values takes the
// greatest accumulators and requantises what is left. It is done where windows do not overlap: then there is less of either.
import { realOf } from '../recipes/index.js';
import type { RealStep, Value, ValueId } from '../recipes/values.js';
import { sizeOf } from '../tensor.js';
import type { Graph } from './graph.js';

export function maximaFirst(graph: Graph): Graph {
  const values: Value[] = [...graph.values];
  const steps: RealStep[] = [];
  const makers = new Map<ValueId, number>();
  const readers = new Map<ValueId, number>();
  const count = (id: ValueId): void => void readers.set(id, (readers.get(id) ?? 0) + 1);
  for (const { sources } of graph.steps) sources.forEach(count);
  for (const { value } of graph.outputs) count(value);
  for (const step of graph.steps) {
    const [before] = step.sources;
    const groups = realOf(step).maxima?.(step.own);
    const made = makers.get(before);
    const earlier = made === undefined ? null : steps[made];
    const own = groups && earlier && realOf(earlier).overMaxima?.(earlier.own, groups);
    if (
      made !== undefined &&
      earlier &&
      own &&
      readers.get(before) === 1 &&
      groups.members.length <= sizeOf(values[before].shape)
    ) {
      const [of] = earlier.sources;
      const { name, node, operator, shape } = values[step.outs[0]];
      values[before] = {
        name: `${name} before ${values[before].operator}`,
        node,
        operator,
        shape,
        dtype: values[of].dtype,
      };
      steps[made] = { ...step, sources: [of], outs: [before] };
      steps.push({ ...earlier, sources: [before], outs: step.outs, own });
    } else steps.push(step);
    for (const out of steps[steps.length - 1].outs) makers.set(out, steps.length - 1);
  }
  return { ...graph, values, steps };
}
