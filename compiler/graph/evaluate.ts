// The lowered graph over float64: each primitive has its real meaning in code, so the float side of every comparison
// needs nothing but this file.
import { InferproofError } from '../../verifier/errors.js';
import { own } from '../own.js';
import type { ValueId } from '../recipes/values.js';
import { realOf } from '../recipes/index.js';
import { canWrap, sizeOf, wrapped } from '../tensor.js';
import type { Graph } from './graph.js';

/**
 * Every value of the graph on one sample, by ValueId.
 * @param inputs the model's own real values by input name, row-major
 * @param instead what stands for each value, the inputs' among them, where whoever asks wants another one
 * @throws 'data' for a missing input or one of another length
 */
export function evaluateGraph(
  graph: Graph,
  inputs: Readonly<Record<string, Float64Array>>,
  instead: (id: ValueId, values: Float64Array) => Float64Array = (_, values) => values,
): Float64Array[] {
  const values = new Array<Float64Array>(graph.values.length);
  for (const { name, value } of graph.inputs) {
    const expected = sizeOf(graph.values[value].shape);
    const data = own(inputs, name);
    if (data?.length !== expected) {
      throw new InferproofError(
        'data',
        `expected ${expected} numbers for input '${name}', got ${data?.length ?? 'none'}`,
        { where: name },
      );
    }
    values[value] = instead(value, data);
  }
  for (const step of graph.steps) {
    const results = realOf(step).evaluate(step.own, step.sources.map((id) => values[id])); // prettier-ignore
    results.forEach((result, k) => {
      const out = step.outs[k];
      const { dtype } = graph.values[out];
      values[out] = instead(out, canWrap(dtype) ? result.map((v) => wrapped(dtype, v)) : result);
    });
  }
  return values;
}
