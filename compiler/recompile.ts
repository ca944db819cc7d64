// What a model compiles to under the options that a circuit records.
import { InferproofError } from '../verifier/errors.js';
import { buildCircuit } from './build.js';
import type { Circuit, CircuitOptions } from './circuit/circuit.js';
import type { Compilation } from './compile.js';
import type { Graph } from './graph/graph.js';
import { lowered, readModel } from './lowered.js';
import type { CompileOptions } from './options.js';
import { own } from './own.js';

/** What `compile` makes without data. */
export type Recompiled = Pick<Compilation, 'circuit' | 'graph'>;

/**
 * What a model compiles to under the options that a circuit records: for `audit`. Null for another model than the circuit
 * records: its inputs and values are not those that the options are about.
 * Throws as `compile` does for a model that cannot be read or proved, 'usage' for ranges of other inputs.
 * @example
 * ```ts
 * const again = recompile(model, circuit); // null: another model
 * if (again === null || circuitDigest(again.circuit) !== circuitDigest(circuit)) show('not what this model compiles to');
 * ```
 */
export function recompile(
  bytes: Uint8Array,
  { options, modelSha256: recorded }: Pick<Circuit, 'options' | 'modelSha256'>,
  externalData?: CompileOptions['externalData'],
): Recompiled | null {
  const { model, modelSha256 } = readModel(bytes, externalData);
  if (modelSha256 !== recorded) return null;
  const graph = lowered(model, options);
  if (!fits(graph, options.ranges))
    throw new InferproofError('usage', 'expected ranges of the inputs of this model', {
      where: 'circuit.json: options.ranges',
    });
  return { circuit: buildCircuit(graph, modelSha256, options), graph };
}

/** Whether the ranges are those of the graph's inputs: one each, or one for each index along an axis. */
function fits({ inputs, values }: Graph, ranges: CircuitOptions['ranges']): boolean {
  if (Object.keys(ranges).length !== inputs.length) return false;
  return inputs.every(({ name, value }) => {
    const { shape } = values[value];
    const range = own(ranges, name);
    return range !== undefined && (range.axis === null || range.ends.length === shape[range.axis]);
  });
}
