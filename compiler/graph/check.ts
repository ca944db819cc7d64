// The invariants of a Graph. They are run after each pass and on each graph that is read from a file.
import type { ValueId } from '../recipes/values.js';
import { InferproofError } from '../../verifier/errors.js';
import { fitsRank } from '../../verifier/functions.js';
import { realOf } from '../recipes/index.js';
import type { Fail } from '../recipes/real.js';
import { sizeOf } from '../tensor.js';
import type { Graph } from './graph.js';

/**
 * Values are defined once and before use, sizes agree, every index lies in its source, every number is finite.
 * @param fail throws for what was expected; without it 'internal', since a pass of ours broke it
 */
export function checkGraph(graph: Graph, fail: Fail = broken): void {
  const demand = (condition: boolean, expected: string): void => {
    if (!condition) fail(expected);
  };
  const { values, steps, inputs, outputs } = graph;
  const sizes = values.map(({ shape, name }) => {
    demand(
      shape.every((d) => Number.isSafeInteger(d) && d > 0) && Number.isSafeInteger(sizeOf(shape)),
      `a shape of positive dimensions of value '${name}'`,
    );
    return sizeOf(shape);
  });
  const defined = new Uint8Array(values.length);
  const uses = (id: ValueId): void => demand(defined[id] === 1, `value ${id} before its use`);
  for (const step of steps) {
    step.sources.forEach(uses);
    for (const out of step.outs)
      demand(
        Number.isInteger(out) && out >= 0 && out < values.length && defined[out] === 0,
        `one definition of a value, not a second of ${out}`,
      );
    const sizesOf = (ids: readonly ValueId[]): number[] => ids.map((id) => sizes[id]);
    realOf(step).check(step, { sources: sizesOf(step.sources), outs: sizesOf(step.outs) }, fail);
    for (const out of step.outs) defined[out] = 1;
  }
  demand(
    defined.every((d) => d === 1),
    'a step for every value',
  );
  const free = new Set(steps.filter((step) => realOf(step).isInput).flatMap(({ outs }) => outs));
  demand(
    inputs.length === free.size && inputs.every(({ value }) => free.delete(value)),
    'one input step for each input',
  );
  demand(new Set(inputs.map(({ name }) => name)).size === inputs.length, 'inputs of distinct names');
  demand(outputs.length > 0, 'an output');
  demand(new Set(outputs.map(({ name }) => name)).size === outputs.length, 'outputs of distinct names');
  for (const { value, read } of outputs) {
    uses(value);
    demand(read === null || fitsRank(read, values[value].shape.length), 'a function that fits its value');
  }
}

function broken(expected: string): never {
  throw new InferproofError('internal', `expected ${expected} in the graph, got none`);
}
