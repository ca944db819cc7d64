// What a search found on some samples, confirmed on all of them and on those that it has not seen: the first circuit that meets the goal
// there too, or one that does with fewer rows, else the nearest to it.
import type { Arrangement } from '../circuit/arrange.js';
import { least } from '../extremes.js';
import { ACTIVATION_BITS } from '../limits.js';
import { isEnough, strain, type Limits } from './contract.js';
import { fidelity, type Fidelity } from './fidelity.js';
import type { Measured } from './measured.js';
import type { Candidate, Precision, Trial } from './search.js';
import { pairsOf } from './some-samples.js';

/** Circuits of a search that are measured on all samples. */
const MOST_CONFIRMED = 5;

/** A circuit and what all samples say of it. */
export interface Taken {
  readonly arrangement: Arrangement;
  readonly measured: Measured;
}

interface ConfirmOptions {
  readonly goal: Limits;
  readonly measure: (arrangement: Arrangement) => Measured;
  /** Samples in all. */
  readonly count: number;
  /** Those that the search has not seen, where they count by themselves. */
  readonly others: readonly number[];
  /** The circuit at the usual bits. */
  readonly usual: Taken;
  /** The same as the search saw it. */
  readonly first: Trial<Arrangement>;
  /** All that the search measured, in its order. */
  readonly trials: readonly Trial<Arrangement>[];
  /** Whether the search took it for enough. */
  readonly suffices: (fidelity: Fidelity) => boolean;
  /** Null where integers cannot be bounded. */
  readonly make: (precision: Precision) => Candidate<Arrangement> | null;
}

/** What is taken, and the same bits for all values that the search is compared with: null where none meet the goal. */
interface Confirmed {
  readonly best: Taken;
  readonly alike: Candidate<Arrangement> | null;
}

export function confirm(options: ConfirmOptions): Confirmed {
  const { goal, usual, first, trials, suffices, make } = options;
  const { confirms, isLikely, hasFailed, best } = confirmation(options);
  const isMet = isEnough(usual.measured.fidelity, goal);
  const met = trials.filter((trial) => suffices(trial.fidelity));
  const isUsual = ({ made }: Trial<Arrangement>): boolean => made === usual.arrangement;
  // where the usual bits meet the goal, only what is put in front of them, with fewer rows
  const ahead = met.some(isUsual) ? met.slice(0, met.findIndex(isUsual)) : met;
  const better = isMet ? ahead.filter(({ rows }) => rows < first.rows) : met;
  let left = MOST_CONFIRMED;
  better.some((trial) => left > 0 && isLikely(trial.fidelity) && (left--, confirms(trial)));

  const alikes = met.filter(({ bitsOf }) => bitsOf.length === 0);
  /** The fewest bits for all values, from those that the search found, that meet the goal there too. */
  const uniform = (): Candidate<Arrangement> | null => {
    for (let bits = least(alikes.map((one) => one.bits)); bits <= ACTIVATION_BITS.most; bits++) {
      const one = alikes.find((alike) => alike.bits === bits) ?? make({ bits, bitsOf: [] });
      // there already, or no better
      if (isMet && (bits >= first.bits || (one !== null && one.rows >= best().arrangement.rows))) return null;
      if (one && confirms(one)) return one;
    }
    return null;
  };
  if (isMet) {
    // bits that the search passed by, since fewer were enough for it
    if (hasFailed()) uniform();
    return { best: best(), alike: first };
  }
  const nearest = trials.find((trial) => !isUsual(trial));
  const alike = met.length > 0 ? uniform() : nearest && confirms(nearest) ? nearest : null;
  return { best: best(), alike };
}

interface Confirmation {
  /** Whether a circuit meets the goal on all samples and on the others; each is measured once. */
  readonly confirms: (one: Candidate<Arrangement> & { readonly fidelity?: Fidelity }) => boolean;
  /** Whether a circuit may, by what the search saw of it and of those that failed. */
  readonly isLikely: (fidelity: Fidelity) => boolean;
  /** Whether one did not. */
  readonly hasFailed: () => boolean;
  /** Of those that were measured, and the usual one. */
  readonly best: () => Taken;
}

function confirmation({ goal, measure, count, others, usual }: ConfirmOptions): Confirmation {
  let best = usual;
  let isFound = false;
  let excess = 1; // by which a circuit that failed there was further from the goal than the search saw
  const known = new Map<Arrangement, boolean>();
  const judge = (one: Candidate<Arrangement> & { readonly fidelity?: Fidelity }): boolean => {
    const next = { arrangement: one.made, measured: measure(one.made) };
    const all = next.measured.fidelity;
    const held = others.length > 0 ? fidelity(pairsOf(next.measured.pairs, count, others)) : all;
    const met = isEnough(all, goal) && isEnough(held, goal);
    const before = best.measured.fidelity;
    const isNearer = !isEnough(before, goal) && strain(all, goal) < strain(before, goal);
    if (isFound ? met && one.rows < best.arrangement.rows : met || isNearer) best = next;
    // nothing is known of others where the search saw no error at all
    const more = one.fidelity ? Math.max(strain(all, goal), strain(held, goal)) / strain(one.fidelity, goal) : 1;
    if (!met && Number.isFinite(more)) excess = Math.max(excess, more);
    isFound ||= met;
    return met;
  };
  return {
    confirms: (one) => {
      const met = known.get(one.made) ?? judge(one);
      known.set(one.made, met);
      return met;
    },
    isLikely: (fidelity) => excess === 1 || strain(fidelity, goal) * excess <= 1,
    hasFailed: () => [...known.values()].includes(false),
    best: () => best,
  };
}
