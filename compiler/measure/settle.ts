// Which circuit of a model is taken: at the usual bits, or at those that a search on the data finds; measured on all samples.
import { InferproofError } from '../../verifier/errors.js';
import { arrange, type Arrangement } from '../circuit/arrange.js';
import type { Circuit } from '../circuit/circuit.js';
import { greatest } from '../extremes.js';
import type { Graph } from '../graph/graph.js';
import { ACTIVATION_BITS } from '../limits.js';
import { realOf } from '../recipes/index.js';
import type { ValueId } from '../recipes/values.js';
import type { Samples } from '../quantize/inputs.js';
import { isFloat, sizeOf } from '../tensor.js';
import type { Calibration } from './calibrate.js';
import { goalOf, isEnough, refuseNotFinite, strain, type ContractOptions } from './contract.js';
import { decidedOf, type Decided } from './decided.js';
import { fidelity, type Fidelity, type OutputPair } from './fidelity.js';
import { layerErrors, type LayerError } from './layers.js';
import { outputPairs, quantisedOutputs, type Floats } from './run.js';
import { searchBits, type Candidate, type Precision } from './search.js';

/** Samples, and the float model's outputs on them. */
export interface Data {
  readonly samples: Samples;
  readonly floats: Floats;
  /** Where the floats come from. */
  readonly source: string;
  /** What the graph gives on the first samples, where it was computed. */
  readonly first?: Calibration['first'];
}

export interface Measured {
  readonly pairs: readonly OutputPair[];
  readonly fidelity: Fidelity;
  readonly decided: Decided | null;
  /** By tensor. */
  readonly layers: readonly (LayerError | null)[];
}

/** One circuit that the search measured. */
export interface Tried extends Precision {
  readonly rows: number;
  readonly agreement: number | null;
  readonly rangeError: number | null;
}

export interface Settled {
  readonly arrangement: Arrangement;
  readonly measured: Measured;
  /** In order of the rows; none where the usual bits, or those that were given, were taken. */
  readonly tried: readonly Tried[];
}

type Progress = (step: string, done: number, total: number) => void;

export const USUAL_BITS = 8;
/** Samples that a search measures on. */
const SEARCH_SAMPLES = 200;

/**
 * @param bits what the user wants; undefined: the usual ones, or what a search finds if these lose accuracy
 * Throws what `build` throws at the first bits, and 'accuracy' for values that are not finite.
 */
export function settle(
  graph: Graph,
  build: (precision: Precision) => Circuit,
  bits: number | undefined,
  data: Data,
  contract: ContractOptions,
  progress: Progress,
): Settled {
  const goal = goalOf(contract);
  const meets = ({ fidelity }: Pick<Measured, 'fidelity'>): boolean => isEnough(fidelity, goal);
  const measure = (arrangement: Arrangement): Measured => measureAll(arrangement.circuit, graph, data, progress);
  const make = (precision: Precision): Candidate<Arrangement> | null => {
    try {
      const made = arrange(build(precision));
      return { ...precision, made, rows: made.rows };
    } catch (error) {
      if (error instanceof InferproofError && (error.code === 'unbounded' || error.code === 'unsupported')) return null;
      throw error;
    }
  };

  const usual = { bits: bits ?? USUAL_BITS, bitsOf: [] };
  const arrangement = arrange(build(usual));
  const measured = measure(arrangement);
  refuseNotFinite(measured.pairs, data.samples.count, data.source);
  if (bits !== undefined || meets(measured)) return { arrangement, measured, tried: [] };

  const some = spread(graph, data);
  const trials = searchBits({
    first: { ...usual, made: arrangement, rows: arrangement.rows },
    goal,
    values: byElements(graph),
    make,
    measure: ({ made: { circuit } }) =>
      fidelity(
        outputPairs(
          circuit,
          graph,
          quantisedOutputs(circuit, some.samples, () => {}),
          some.floats,
        ),
      ),
    onTrial: (done, most) => progress('search', done, most),
  });
  const tried = trials.map(({ bits, bitsOf, rows, fidelity: { agreement, rangeError } }): Tried => {
    return { bits, bitsOf, rows, agreement, rangeError };
  });

  // on all samples: the cheapest one that meets the goal there too, else the nearest to it
  let best = { arrangement, measured };
  const confirms = (candidate: Candidate<Arrangement> | null): boolean => {
    if (candidate === null || candidate.made === arrangement) return false;
    const next = { arrangement: candidate.made, measured: measure(candidate.made) };
    const met = meets(next.measured);
    if (met || strain(next.measured.fidelity, goal) < strain(best.measured.fidelity, goal)) best = next;
    return met;
  };
  const met = trials.filter(meets);
  if (met.length === 0) confirms(trials[0]);
  else if (!met.some(confirms))
    for (let more = greatest(met.map((trial) => trial.bits)) + 1; more <= ACTIVATION_BITS.most; more++)
      if (confirms(make({ bits: more, bitsOf: [] }))) break;
  return { ...best, tried };
}

function measureAll(circuit: Circuit, graph: Graph, { samples, floats, first }: Data, progress: Progress): Measured {
  const layers = layerErrors(circuit, graph, samples, first);
  const quantised = quantisedOutputs(circuit, samples, (index, stored, clamped) => {
    layers.onSample(index, stored, clamped);
    progress('measure', index + 1, samples.count);
  });
  const pairs = outputPairs(circuit, graph, quantised, floats);
  return { pairs, fidelity: fidelity(pairs), decided: decidedOf(pairs, samples.count), layers: layers.errors() };
}

/** At most SEARCH_SAMPLES of the samples, at equal distances. */
function spread(graph: Graph, { samples, floats, source }: Data): Data {
  const count = Math.min(samples.count, SEARCH_SAMPLES);
  const some = <T extends Float32Array | Float64Array>(values: T): T => {
    const size = values.length / samples.count;
    const taken = values.slice(0, count * size) as T;
    for (let i = 0; i < count; i++) {
      const from = Math.floor((i * samples.count) / count);
      taken.set(values.subarray(from * size, (from + 1) * size), i * size);
    }
    return taken;
  };
  const inputs = graph.inputs.map(({ name }) => [name, some(samples.inputs[name])] as const);
  return {
    samples: { count, inputs: Object.fromEntries(inputs) },
    floats: Object.fromEntries(Object.entries(floats).map(([name, values]) => [name, some(values)])),
    source,
  };
}

/** The values whose bits can be chosen, those of the most elements first. */
function byElements({ values, steps }: Graph): ValueId[] {
  return steps
    .filter((step) => realOf(step).rounds || realOf(step).isInput)
    .flatMap(({ outs }) => outs.filter((out) => isFloat(values[out].dtype)))
    .sort((a, b) => sizeOf(values[b].shape) - sizeOf(values[a].shape));
}
