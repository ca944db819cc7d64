// Which circuit of a model is taken: at the usual bits, or at those that a search on the data finds; measured on all samples.
import { InferproofError } from '../../verifier/errors.js';
import { arrange, domainOfRows, type Arrangement } from '../circuit/arrange.js';
import type { Circuit } from '../circuit/circuit.js';
import { least } from '../extremes.js';
import type { Graph } from '../graph/graph.js';
import { ACTIVATION_BITS } from '../limits.js';
import { goalOf, isEnough, refuseNotFinite, strain, type ContractOptions, type Limits } from './contract.js';
import { decidedOf, type Decided } from './decided.js';
import { fidelity, type Fidelity, type OutputPair } from './fidelity.js';
import { layerErrors, type LayerError } from './layers.js';
import { partsOf, weighed } from './parts.js';
import { outputPairs, quantisedOutputs } from './run.js';
import { dataOf, pairsOf, spread, without, type Data } from './some-samples.js';
import { searchBits, type Candidate, type Precision, type Trial } from './search.js';

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

export interface Settled {
  readonly arrangement: Arrangement;
  readonly measured: Measured;
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
/** Circuits of a search that are measured on all samples. */
const MOST_CONFIRMED = 5;
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
  const meets = ({ fidelity }: Pick<Measured, 'fidelity'>): boolean => isEnough(fidelity, goal);
  const measure = (arrangement: Arrangement): Measured => measureAll(arrangement.circuit, graph, data, progress);
  const candidate = (precision: Precision, made: Arrangement): Candidate<Arrangement> => {
    return { ...precision, made, rows: made.rows, domain: domainOfRows(made) };
  };
  const make = (precision: Precision): Candidate<Arrangement> | null => {
    try {
      return candidate(precision, arrange(build(precision)));
    } catch (error) {
      if (error instanceof InferproofError && (error.code === 'unbounded' || error.code === 'unsupported')) return null;
      throw error;
    }
  };

  const usual = { bits: bits ?? USUAL_BITS, bitsOf: [] };
  const arrangement = arrange(build(usual));
  const measured = measure(arrangement);
  refuseNotFinite(measured.pairs, data.samples.count, data.source);
  const parts = bits === undefined ? partsOf(graph) : [];
  const isLowered = parts.length > 0 && mayLower(measured.fidelity, goal, data.samples.count);
  if (bits !== undefined || (meets(measured) && !isLowered)) return { arrangement, measured, tried: [], gain: null };

  const { count } = data.samples;
  const some = spread(count, Math.min(isLowered ? Math.floor(count / 2) : count, SEARCH_SAMPLES));
  const others = isLowered ? without(some, count) : [];
  const shown = dataOf(graph, data, some);
  const measureSome = ({ made: { circuit } }: Candidate<Arrangement>): Fidelity =>
    fidelity(outputPairs(circuit, graph, quantisedOutputs(circuit, shown.samples, () => {}), shown.floats)); // prettier-ignore
  const unseen = candidate(usual, arrangement);
  const seen = measureSome(unseen);
  // where the usual bits miss the goal, what some samples say of them is no reason to end the search there
  const first = { ...unseen, fidelity: meets(measured) ? seen : measured.fidelity };
  // some samples may be easier than all: what the usual bits show of that is expected of others, too
  const harder = strain(measured.fidelity, goal) / strain(seen, goal);
  const suffices = (fidelity: Fidelity): boolean =>
    isEnough(fidelity, goal) && (!(harder > 1) || strain(fidelity, goal) * Math.min(harder, MOST_HARDER) <= 1);
  const { trials, made, isCut } = searchBits({
    first,
    isEnough: suffices,
    strain: (fidelity) => strain(fidelity, goal),
    parts: weighed(graph, parts, shown.samples),
    least: isLowered ? ACTIVATION_BITS.least : USUAL_BITS,
    most: first.rows < LARGE[arrangement.circuit.options.argument] ? TRIALS.most : TRIALS.large,
    make,
    measure: measureSome,
    onTrial: (done, most) => progress('search', done, most),
  });

  // on all samples, and on those that the search has not seen: the first one that meets the goal there too, or one that does with
  // fewer rows, else the nearest to it
  let best = { arrangement, measured };
  let isFound = false;
  let excess = 1; // by which a circuit that failed there was further from the goal than the search saw
  const confirmed = new Map<Arrangement, boolean>();
  const confirms = (one: Candidate<Arrangement> & { readonly fidelity?: Fidelity }): boolean => {
    const known = confirmed.get(one.made);
    if (known !== undefined) return known;
    const next = { arrangement: one.made, measured: measure(one.made) };
    const all = next.measured.fidelity;
    const held = others.length > 0 ? fidelity(pairsOf(next.measured.pairs, count, others)) : all;
    const met = isEnough(all, goal) && isEnough(held, goal);
    const isNearer = !meets(best.measured) && strain(all, goal) < strain(best.measured.fidelity, goal);
    if (isFound ? met && one.rows < best.arrangement.rows : met || isNearer) best = next;
    // nothing is known of others where the search saw no error at all
    const more = one.fidelity ? Math.max(strain(all, goal), strain(held, goal)) / strain(one.fidelity, goal) : 1;
    if (!met && Number.isFinite(more)) excess = Math.max(excess, more);
    isFound ||= met;
    confirmed.set(one.made, met);
    return met;
  };
  const met = trials.filter((trial) => suffices(trial.fidelity));
  const alikes = met.filter(({ bitsOf }) => bitsOf.length === 0);
  const isUsual = ({ made }: Trial<Arrangement>): boolean => made === arrangement;
  // where the usual bits meet the goal, only what is put in front of them, with fewer rows
  const ahead = met.some(isUsual) ? met.slice(0, met.findIndex(isUsual)) : met;
  const better = meets(measured) ? ahead.filter(({ rows }) => rows < arrangement.rows) : met;
  let left = MOST_CONFIRMED;
  const isLikely = ({ fidelity }: Trial<Arrangement>): boolean =>
    left > 0 && (excess === 1 || strain(fidelity, goal) * excess <= 1);
  better.some((trial) => isLikely(trial) && (left--, confirms(trial)));
  /** The fewest bits for all values, from those that the search found, that meet the goal there too. */
  const uniform = (): Candidate<Arrangement> | null => {
    for (let more = least(alikes.map(({ bits }) => bits)); more <= ACTIVATION_BITS.most; more++) {
      const one = alikes.find(({ bits }) => bits === more) ?? make({ bits: more, bitsOf: [] });
      // there already, or no better
      if (meets(measured) && (more >= usual.bits || (one !== null && one.rows >= best.arrangement.rows))) return null;
      if (one && confirms(one)) return one;
    }
    return null;
  };
  const nearest = trials.find((trial) => !isUsual(trial));
  let alike: Candidate<Arrangement> | null = null;
  if (meets(measured)) {
    // bits that the search passed by, since fewer were enough for it
    if ([...confirmed.values()].includes(false)) uniform();
    alike = first;
  } else if (met.length > 0) alike = uniform();
  else if (nearest && confirms(nearest)) alike = nearest;

  const after = { rows: best.arrangement.rows, domain: domainOfRows(best.arrangement) };
  return {
    ...best,
    tried: trials.map(({ bits, bitsOf, rows, fidelity: { agreement, rangeError } }): Tried => {
      return { bits, bitsOf, rows, agreement, rangeError };
    }),
    gain: {
      before: alike ? { bits: alike.bits, rows: alike.rows, domain: alike.domain } : null,
      after,
      circuits: made,
      isCut,
      samples: some.length,
      heldOut: others.length,
    },
  };
}

/**
 * Whether bits may be taken away: the user said what may be lost, and the data can show it. An agreement shows in whole samples: it has
 * to allow for one of them, so a goal of 1 takes nothing away.
 */
const mayLower = ({ agreement }: Fidelity, goal: Limits, count: number): boolean =>
  (goal.asked.agreement || goal.asked.rangeError) &&
  count >= LEAST_SAMPLES &&
  (agreement === null || Math.round(count * (1 - goal.agreement) * 1e6) >= 1e6);

function measureAll(circuit: Circuit, graph: Graph, { samples, floats, first }: Data, progress: Progress): Measured {
  const layers = layerErrors(circuit, graph, samples, first);
  const quantised = quantisedOutputs(circuit, samples, (index, stored, clamped) => {
    layers.onSample(index, stored, clamped);
    progress('measure', index + 1, samples.count);
  });
  const pairs = outputPairs(circuit, graph, quantised, floats);
  return { pairs, fidelity: fidelity(pairs), decided: decidedOf(pairs, samples.count), layers: layers.errors() };
}
