// Which circuit of a model is taken: at the usual bits, or at those that a search on the data finds; measured on all samples.
import { InferproofError } from '../../verifier/errors.js';
import { arrange, domainOfRows, type Arrangement } from '../circuit/arrange.js';
import type { Circuit } from '../circuit/circuit.js';
import type { Graph } from '../graph/graph.js';
import { ACTIVATION_BITS } from '../limits.js';
import { confirm, type Taken } from './confirm.js';
import { goalOf, isEnough, refuseNotFinite, strain, type ContractOptions, type Limits } from './contract.js';
import { fidelity, type Fidelity } from './fidelity.js';
import { measureAll, type Measured } from './measured.js';
import { partsOf, weighed, type Part } from './parts.js';
import { outputPairs, quantisedOutputs } from './run.js';
import { dataOf, spread, without, type Data } from './some-samples.js';
import { searchBits, type Candidate, type Precision, type Searched, type Trial } from './search.js';

/** One circuit that the search measured. */
export interface Tried extends Precision {
  readonly rows: number;
  readonly agreement: number | null;
  readonly rangeError: number | null;
}

/** What a search gained, in rows of one sample. */
export interface Gain {
  /** The same bits for all values that meet the goal on all samples: the usual ones, or the fewest that were found; null: none did. */
  readonly before: { readonly bits: number; readonly rows: number; readonly domain: number } | null;
  readonly after: { readonly rows: number; readonly domain: number };
  /** Circuits that were made, and whether the search ended because no more were allowed. */
  readonly circuits: number;
  readonly isCut: boolean;
  /** Samples that it measured on; what was taken is measured on all. */
  readonly samples: number;
  /** The others, where bits below the usual ones were tried: what the search found meets the goal on these alone, too. */
  readonly heldOut: number;
}

export interface Settled extends Taken {
  /** In order of the rows; none where the usual bits, or those that were given, were taken unseen. */
  readonly tried: readonly Tried[];
  /** Null where nothing was searched. */
  readonly gain: Gain | null;
}

type Progress = (step: string, done: number, total: number) => void;

export const USUAL_BITS = 8;
/** Samples that a search measures on. */
const SEARCH_SAMPLES = 200;
/** Samples below which no bits are taken away: half of them are held out, and the mean of the rest is known to a quarter of its spread. */
const LEAST_SAMPLES = 32;
/** Circuits that a search makes: each costs about as much as the first, and a third of compiling a large model. */
const TRIALS = { most: 24, large: 8 } as const;
/** Rows of a large one: what takes three in the look-up argument takes more than twenty in plain. */
const LARGE = { lookup: 2 ** 16, plain: 2 ** 19 } as const;
/** How much harder all samples are taken to be than those of a search. */
const MOST_HARDER = 2;

/**
 * @param bits what the user wants; undefined: the usual ones, or what a search finds if these lose accuracy, or if the user said how
 *   much may be lost and the data can show it
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
  const { count } = data.samples;
  const measure = ({ circuit }: Arrangement): Measured =>
    measureAll(circuit, graph, data, (done) => progress('measure', done, count));
  const make = (precision: Precision): Candidate<Arrangement> | null => {
    try {
      return candidate(precision, arrange(build(precision)));
    } catch (error) {
      if (error instanceof InferproofError && (error.code === 'unbounded' || error.code === 'unsupported')) return null;
      throw error;
    }
  };

  const precision = { bits: bits ?? USUAL_BITS, bitsOf: [] };
  const arrangement = arrange(build(precision));
  const usual = { arrangement, measured: measure(arrangement) };
  refuseNotFinite(usual.measured.pairs, count, data.source);
  const parts = bits === undefined ? partsOf(graph) : [];
  const isLowered = parts.length > 0 && mayLower(usual.measured.fidelity, goal, count);
  const isMet = isEnough(usual.measured.fidelity, goal);
  if (bits !== undefined || (isMet && !isLowered)) return { ...usual, tried: [], gain: null };

  const found = searchOnSome({ graph, data, goal, usual, precision, isLowered, parts, make, progress });
  const { best, alike } = confirm({ goal, measure, count, usual, make, ...found });
  return {
    ...best,
    tried: found.trials.map(({ bits, bitsOf, rows, fidelity: { agreement, rangeError } }): Tried => {
      return { bits, bitsOf, rows, agreement, rangeError };
    }),
    gain: {
      before: alike ? { bits: alike.bits, rows: alike.rows, domain: alike.domain } : null,
      after: { rows: best.arrangement.rows, domain: domainOfRows(best.arrangement) },
      circuits: found.made,
      isCut: found.isCut,
      samples: found.some.length,
      heldOut: found.others.length,
    },
  };
}

const candidate = (precision: Precision, made: Arrangement): Candidate<Arrangement> => {
  return { ...precision, made, rows: made.rows, domain: domainOfRows(made) };
};

interface SomeOptions {
  readonly graph: Graph;
  readonly data: Data;
  readonly goal: Limits;
  readonly usual: Taken;
  /** Of the usual circuit. */
  readonly precision: Precision;
  /** Whether bits may be taken away: half of the samples are held out then. */
  readonly isLowered: boolean;
  readonly parts: readonly Part[];
  readonly make: (precision: Precision) => Candidate<Arrangement> | null;
  readonly progress: Progress;
}

interface Found extends Searched<Arrangement> {
  /** The usual circuit as the search saw it. */
  readonly first: Trial<Arrangement>;
  /** Places of the samples that the search measured on, and of those that are held out. */
  readonly some: readonly number[];
  readonly others: readonly number[];
  /** Whether what some samples say of a circuit lets it meet the goal on all. */
  readonly suffices: (fidelity: Fidelity) => boolean;
}

function searchOnSome({ graph, data, goal, usual, precision, isLowered, parts, make, progress }: SomeOptions): Found {
  const { arrangement, measured } = usual;
  const { count } = data.samples;
  const some = spread(count, Math.min(isLowered ? Math.floor(count / 2) : count, SEARCH_SAMPLES));
  const others = isLowered ? without(some, count) : [];
  const shown = dataOf(graph, data, some);
  const measure = ({ made: { circuit } }: Candidate<Arrangement>): Fidelity =>
    fidelity(outputPairs(circuit, graph, quantisedOutputs(circuit, shown.samples, () => {}), shown.floats)); // prettier-ignore
  const unseen = candidate(precision, arrangement);
  const seen = measure(unseen);
  // where the usual bits miss the goal, what some samples say of them is no reason to end the search there
  const first = { ...unseen, fidelity: isEnough(measured.fidelity, goal) ? seen : measured.fidelity };
  // some samples may be easier than all: what the usual bits show of that is expected of others, too
  const harder = strain(measured.fidelity, goal) / strain(seen, goal);
  const suffices = (fidelity: Fidelity): boolean =>
    isEnough(fidelity, goal) && (!(harder > 1) || strain(fidelity, goal) * Math.min(harder, MOST_HARDER) <= 1);
  const searched = searchBits({
    first,
    isEnough: suffices,
    strain: (fidelity) => strain(fidelity, goal),
    parts: weighed(graph, parts, shown.samples),
    least: isLowered ? ACTIVATION_BITS.least : USUAL_BITS,
    most: first.rows < LARGE[arrangement.circuit.options.argument] ? TRIALS.most : TRIALS.large,
    make,
    measure,
    onTrial: (done, most) => progress('search', done, most),
  });
  return { ...searched, first, some, others, suffices };
}

/**
 * Whether bits may be taken away: the user said what may be lost, and the data can show it. An agreement shows in whole samples: it has
 * to allow for one of them, so a goal of 1 takes nothing away.
 */
const mayLower = ({ agreement }: Fidelity, goal: Limits, count: number): boolean =>
  (goal.asked.agreement || goal.asked.rangeError) &&
  count >= LEAST_SAMPLES &&
  (agreement === null || Math.round(count * (1 - goal.agreement) * 1e6) >= 1e6);
