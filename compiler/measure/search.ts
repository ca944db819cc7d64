// The search for bits: the fewest rows that meet the goal. All parts alike first, by bisection; then the parts by what the outputs
// depend on them, each family of such bits by one number that is bisected; then each part of the best by itself.
import type { ValueBits } from '../circuit/circuit.js';
import { greatest } from '../extremes.js';
import { ACTIVATION_BITS } from '../limits.js';
import type { Fidelity } from './fidelity.js';
import type { WeighedPart } from './parts.js';

export interface Precision {
  readonly bits: number;
  readonly bitsOf: readonly ValueBits[];
}

/** A circuit of some precision, of whatever form the caller has it in. */
export interface Candidate<Made> extends Precision {
  readonly made: Made;
  readonly rows: number;
  readonly domain: number;
}

export interface Trial<Made> extends Candidate<Made> {
  readonly fidelity: Fidelity;
}

export interface SearchOptions<Made> {
  /** The usual bits for all values. */
  readonly first: Trial<Made>;
  readonly isEnough: (fidelity: Fidelity) => boolean;
  /** How far from the goal it is. */
  readonly strain: (fidelity: Fidelity) => number;
  readonly parts: readonly WeighedPart[];
  /** Fewest bits that a part may get. */
  readonly least: number;
  /** Circuits that are made at most, beside the first. */
  readonly most: number;
  /** Null where integers cannot be bounded. */
  readonly make: (precision: Precision) => Candidate<Made> | null;
  readonly measure: (candidate: Candidate<Made>) => Fidelity;
  readonly onTrial?: (done: number, most: number) => void;
}

export interface Searched<Made> {
  /** All that was measured: what meets the goal in front, the fewest rows first; then the nearest to it first. */
  readonly trials: readonly Trial<Made>[];
  /** Circuits that were made. */
  readonly made: number;
  /** Whether there was more to try. */
  readonly isCut: boolean;
}

/**
 * How bits follow a part's weight and its elements: equal errors of all parts; half of that, where tables and limbs are shared by parts
 * of equal bits; and fewer bits for more elements, least rows where each bit of an element is one (plain).
 */
const FAMILIES = [
  { byWeight: 0.5, byElements: 0 },
  { byWeight: 1, byElements: 0 },
  { byWeight: 1, byElements: 0.5 },
] as const;
/** Where the bits of a family begin, around those that are enough for all parts alike, and their steps. */
const AROUND = { below: 3, above: 2, steps: 4 } as const;
/** Rows, as a share, that are not worth any accuracy where the domain is the same. */
const EVEN = 1 / 32;

export function searchBits<Made>(options: SearchOptions<Made>): Searched<Made> {
  const { first, isEnough, strain, parts, least, most, make, measure, onTrial } = options;
  const trials = [first];
  const meets = (trial: Trial<Made>): boolean => isEnough(trial.fidelity);
  const outcomes = new Map<string, 'met' | 'missed' | 'dear' | 'none'>();
  let [made, isCut] = [0, false];
  let best: Trial<Made> | null = meets(first) ? first : null;

  /** 'dear': it has no fewer rows than the best, and was not measured; 'none': it cannot be made, or not any more. */
  const attempt = (precision: Precision): 'met' | 'missed' | 'dear' | 'none' => {
    const key = JSON.stringify(precision);
    const known = outcomes.get(key);
    if (known !== undefined) return known;
    if (made >= most) {
      isCut = true;
      return 'none';
    }
    const candidate = make(precision);
    made++;
    onTrial?.(made, most);
    const outcome = judged(candidate);
    outcomes.set(key, outcome);
    return outcome;
  };
  const judged = (candidate: Candidate<Made> | null): 'met' | 'missed' | 'dear' | 'none' => {
    if (candidate === null) return 'none';
    if (best !== null && candidate.rows >= best.rows) return 'dear';
    const trial = { ...candidate, fidelity: measure(candidate) };
    trials.push(trial);
    if (!meets(trial)) return 'missed';
    best = trial;
    return 'met';
  };

  const alike = uniformly(first.bits, best !== null, least, (bits) => attempt({ bits, bitsOf: [] }));
  const bitsAt = (list: readonly number[]): Precision => precisionOf(parts, list);
  if (alike !== null && parts.length > 1) {
    for (const family of FAMILIES) {
      const offsets = offsetsOf(parts, family);
      const places = (AROUND.below + AROUND.above) * AROUND.steps;
      const bits = (place: number): number[] =>
        offsets.map((offset) => within(Math.round(alike - AROUND.below + place / AROUND.steps + offset), least));
      for (let [lo, hi] = [0, places]; lo < hi && !isCut;) {
        const place = (lo + hi) >> 1;
        if (attempt(bitsAt(bits(place))) === 'missed') lo = place + 1;
        else hi = place;
      }
    }
    for (let last: Trial<Made> | null = null; last !== best && !isCut;) {
      last = best;
      parts.forEach((_, k) => {
        const bits = bitsOfParts(parts, best!);
        if (bits[k] > least) attempt(bitsAt(bits.with(k, bits[k] - 1)));
      });
    }
  }
  return { trials: ordered(trials, meets, ({ fidelity }) => strain(fidelity)), made, isCut };
}

/** The fewest bits that are enough for all parts; null where none are. */
function uniformly(
  usual: number,
  isMet: boolean,
  least: number,
  attempt: (bits: number) => 'met' | 'missed' | 'dear' | 'none',
): number | null {
  let found = isMet ? usual : null;
  let [lo, hi] = isMet ? [Math.min(least, usual), usual] : [usual + 1, ACTIVATION_BITS.most + 1];
  while (lo < hi) {
    const bits = (lo + hi) >> 1;
    const outcome = attempt(bits);
    if (outcome === 'missed' || (outcome === 'none' && isMet)) lo = bits + 1;
    else {
      hi = bits;
      if (outcome === 'met') found = bits;
    }
  }
  return found;
}

const within = (bits: number, least: number): number => Math.min(Math.max(bits, least), ACTIVATION_BITS.most);

/** By how many bits each part differs from their mean. */
function offsetsOf(parts: readonly WeighedPart[], { byWeight, byElements }: (typeof FAMILIES)[number]): number[] {
  const wanted = parts.map(({ weight, elements }) => byWeight * weight - byElements * Math.log2(Math.max(elements, 1)));
  const mean = wanted.reduce((sum, x) => sum + x, 0) / wanted.length;
  return wanted.map((x) => x - mean);
}

/** The most bits of a part for all values, and those of the others as exceptions. */
function precisionOf(parts: readonly WeighedPart[], list: readonly number[]): Precision {
  const bits = greatest(list);
  const bitsOf = parts.flatMap(({ values }, k) => (list[k] === bits ? [] : values.map((value) => ({ value, bits: list[k] })))); // prettier-ignore
  return { bits, bitsOf: bitsOf.sort((a, b) => a.value - b.value) };
}

const bitsOfParts = (parts: readonly WeighedPart[], { bits, bitsOf }: Precision): number[] =>
  parts.map(({ values }) => bitsOf.find(({ value }) => value === values[0])?.bits ?? bits);

/** Of those that meet the goal the fewest rows first, but among as good as equal ones the nearest to the floats. */
function ordered<Made>(
  trials: readonly Trial<Made>[],
  meets: (trial: Trial<Made>) => boolean,
  far: (trial: Trial<Made>) => number,
): Trial<Made>[] {
  const met = trials.filter(meets).sort((a, b) => a.rows - b.rows);
  const isEven = ({ rows, domain }: Trial<Made>): boolean =>
    domain === met[0].domain && rows <= met[0].rows * (1 + EVEN);
  const even = met.filter(isEven).sort((a, b) => far(a) - far(b) || a.rows - b.rows);
  const rest = trials.filter((trial) => !meets(trial));
  return [
    ...even,
    ...met.filter((trial) => !isEven(trial)),
    ...rest.sort((a, b) => far(a) - far(b) || a.rows - b.rows),
  ];
}
