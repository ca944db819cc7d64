// The lowered graph over float64: each primitive has its real meaning in code, so the float side of every comparison
// needs nothing but this file.
import { InferproofError } from '../verifier/errors.js';
import type { Graph } from './graph.js';
import { own } from './own.js';
import { applyMap } from './primitives/linear.js';
import { applyPoint, type PointFunction } from './primitives/table.js';
import { sizeOf } from './tensor.js';

/**
 * Every value of the graph on one sample, by ValueId.
 * @param inputs the model's own real values by input name, row-major
 * @throws 'data' for a missing input or one of another length
 */
export function evaluateGraph(graph: Graph, inputs: Readonly<Record<string, Float64Array>>): Float64Array[] {
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
    values[value] = data;
  }
  for (const step of graph.steps) {
    switch (step.kind) {
      case 'input':
        break;
      case 'linear':
        values[step.out] = applyMap(step.map, (id) => values[id]);
        break;
      case 'table':
        values[step.out] = applyTable(step.f, values[step.x]);
        break;
      case 'max':
        values[step.out] = applyMax(values[step.x], step.starts, step.members);
        break;
      case 'argmax':
        values[step.out] = applyArgmax(values[step.x], step.starts, step.members);
        break;
    }
  }
  return values;
}

/** y_i = f(x_i) */
export const applyTable = (f: PointFunction, x: Float64Array): Float64Array => x.map((v) => applyPoint(f, v));

/** y_g = max of the x of group g */
export function applyMax(x: Float64Array, starts: Int32Array, members: Int32Array): Float64Array {
  const y = new Float64Array(starts.length - 1);
  for (let g = 0; g < y.length; g++) {
    let best = -Infinity;
    for (let k = starts[g]; k < starts[g + 1]; k++) if (x[members[k]] > best) best = x[members[k]];
    y[g] = best;
  }
  return y;
}

/** y_g = position in group g of its maximum, the first on ties */
export function applyArgmax(x: Float64Array, starts: Int32Array, members: Int32Array): Float64Array {
  const y = new Float64Array(starts.length - 1);
  for (let g = 0; g < y.length; g++) {
    let best = starts[g];
    for (let k = best + 1; k < starts[g + 1]; k++) if (x[members[k]] > x[members[best]]) best = k;
    y[g] = best - starts[g];
  }
  return y;
}
