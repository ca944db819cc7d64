// The search for bits: the fewest that meet the goal for all values, by bisection, then as few as possible for as many
// values as possible, where that saves rows.
import type { ValueBits } from '../circuit/circuit.js';
import { ACTIVATION_BITS } from '../limits.js';
import type { ValueId } from '../recipes/values.js';
import { isEnough, strain, type Limits } from './contract.js';
import type { Fidelity } from './fidelity.js';

export interface Precision {
  readonly bits: number;
  readonly bitsOf: readonly ValueBits[];
}

/** A circuit of some precision, of whatever form the caller has it in. */
export interface Candidate<Made> extends Precision {
  readonly made: Made;
  readonly rows: number;
}

export interface Trial<Made> extends Candidate<Made> {
  readonly fidelity: Fidelity;
}

export interface SearchOptions<Made> {
  /** What does not meet the goal, at the same bits for all values. */
  readonly first: Candidate<Made>;
  readonly goal: Limits;
  /** Values whose bits can be chosen, those first whose bits cost most rows. */
  readonly values: readonly ValueId[];
  /** Null where integers cannot be bounded. */
  readonly make: (precision: Precision) => Candidate<Made> | null;
  readonly measure: (candidate: Candidate<Made>) => Fidelity;
  readonly onTrial?: (done: number, most: number) => void;
}

/** Circuits that a search makes at most: each costs about as much as the first. */
const MOST_TRIALS = 12;

/**
 * All that was measured, the first included, those that meet the goal in front and the fewest rows first; without one the
 * nearest to the goal first.
 */
export function searchBits<Made>(options: SearchOptions<Made>): Trial<Made>[] {
  const { first, goal, values, make, measure, onTrial } = options;
  const trials = [{ ...first, fidelity: measure(first) }];
  const meets = (trial: Trial<Made>): boolean => isEnough(trial.fidelity, goal);
  let made = 0;
  /** Null for what cannot be made, or has `rows` or more, which is not measured. */
  const attempt = (precision: Precision, rows = Infinity): Trial<Made> | null => {
    const candidate = make(precision);
    made++;
    onTrial?.(made, MOST_TRIALS);
    if (candidate === null || candidate.rows >= rows) return null;
    const trial = { ...candidate, fidelity: measure(candidate) };
    trials.push(trial);
    return trial;
  };

  let best: Trial<Made> | null = null;
  for (let [lo, hi] = [first.bits + 1, ACTIVATION_BITS.most + 1]; lo < hi;) {
    const bits = (lo + hi) >> 1;
    const trial = attempt({ bits, bitsOf: [] });
    if (trial && !meets(trial)) lo = bits + 1;
    else [hi, best] = [bits, trial ?? best];
  }

  const giveBack = (group: readonly ValueId[]): void => {
    if (best === null || group.length === 0 || made >= MOST_TRIALS || best.rows <= first.rows) return;
    const lowered = new Set([...best.bitsOf.map(({ value }) => value), ...group]);
    const bitsOf = [...lowered].sort((a, b) => a - b).map((value) => ({ value, bits: first.bits }));
    // all of them are the first circuit again
    const trial = lowered.size < values.length ? attempt({ bits: best.bits, bitsOf }, best.rows) : null;
    if (trial && meets(trial)) best = trial;
    else if (group.length > 1) halves(group).forEach(giveBack);
  };
  halves(values).forEach(giveBack);

  const met = trials.filter(meets).sort((a, b) => a.rows - b.rows);
  const rest = trials.filter((trial) => !meets(trial));
  return [...met, ...rest.sort((a, b) => strain(a.fidelity, goal) - strain(b.fidelity, goal) || a.rows - b.rows)];
}

const halves = (values: readonly ValueId[]): (readonly ValueId[])[] => {
  const middle = values.length >> 1;
  return [values.slice(0, middle), values.slice(middle)];
};
