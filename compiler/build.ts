// From a graph to its circuit, under the options that the circuit records.
import { wordCount } from '../verifier/words.js';
import { arrange, type Arrangement } from './circuit/arrange.js';
import { batched } from './circuit/batch.js';
import type { Circuit, CircuitOptions } from './circuit/circuit.js';
import { publicsOf } from './circuit/publics.js';
import type { Graph } from './graph/graph.js';
import type { Precision } from './measure/search.js';
import { settle, type Settled } from './measure/settle.js';
import type { Data } from './measure/some-samples.js';
import type { CompileOptions } from './options.js';
import { planLookup } from './quantize/cost.js';
import { planPlain, type Plan } from './quantize/plan.js';

/** The circuit that is taken of a graph: where there is data, the one that it settles on. */
export function arranged(
  graph: Graph,
  modelSha256: string,
  recorded: CircuitOptions,
  data: Data | null,
  options: CompileOptions,
): { readonly arrangement: Arrangement; readonly settled: Settled | null } {
  const build = (precision: Precision): Circuit => circuitOfOne(graph, modelSha256, { ...recorded, ...precision });
  const settled = data && settle(graph, build, options.bits, data, options, options.onProgress ?? (() => {}));
  if (recorded.batch === undefined) return { arrangement: settled?.arrangement ?? arrange(build(recorded)), settled };
  return { arrangement: arrange(batched(settled?.arrangement.circuit ?? build(recorded))), settled };
}

/** The circuit that a graph compiles to under recorded options: a function of both alone. */
export const buildCircuit = (graph: Graph, modelSha256: string, options: CircuitOptions): Circuit =>
  batched(circuitOfOne(graph, modelSha256, options));

/** That of one sample, as cheap as it can be where as many as the options say share a proof. */
function circuitOfOne(graph: Graph, modelSha256: string, options: CircuitOptions): Circuit {
  const { bits, bitsOf, decision, ranges, activations, batch } = options;
  const planning = { bits, bitsOf, decision, ranges, activations };
  const described = (planned: Plan): Circuit => {
    const circuit = { options, modelSha256, ...planned };
    return { ...circuit, publics: publicsOf(circuit) };
  };
  if (options.argument === 'plain') return described(planPlain(graph, planning));
  const words = (planned: Plan): number =>
    described(planned).publics.reduce(
      (n, { shape, bits }) => n + wordCount({ shape: [batch ?? 1, ...shape], bits }),
      0,
    );
  return described(planLookup(graph, planning, words, batch));
}
