// The cost model of the lookup argument: which shift, which tables and which gadget variants give the smallest domain
// and, inside it, the most exact integers.
//
// A proof costs what its domain costs, 2^k or 3·2^k, so rows below it are nearly free: they are spent on precision. One range table
// serves the remainders of all layers; its width w is the common shift. A layer whose weights want a larger one takes a
// remainder of two limbs (one more row per element); one whose floors reach far beyond its activation takes the wide
// gadget (three more rows) instead of thousands of table rows.
import { InferproofError } from '../../verifier/errors.js';
import type { IntegerStep } from '../circuit/circuit.js';
import { smallestDomain } from '../circuit/domain.js';
import { gadgetsOf, withVariants } from '../circuit/uses.js';
import { greatest } from '../extremes.js';
import type { Graph } from '../graph/graph.js';
import { integerOf } from '../primitives/index.js';
import type { Offer } from '../primitives/integer.js';
import { isBend } from '../recipes/known.js';
import type { ValueId } from '../recipes/values.js';
import { isMonotone, poolFirst } from '../recipes/pool-first.js';
import { plan, type Plan } from './plan.js';
import type { PlanOptions } from './planner.js';
import type { ShiftNeed } from './shift.js';

/** Widths of the range table that are tried. */
const RANGE_BITS = [7, 8, 9, 10, 11, 12] as const;
/** Those that pay beside millions of limbs. */
const WIDER = [13, 14] as const;
const LARGE = 2 ** 19;
/** Of a layer: where rounded weights add less than an eighth of a step, one sigma, the rounding of its result is all that is seen. */
const UNSEEN = 4 ** -1;
/** The constant, X and F have one row of the domain each. */
const BOUND_ROWS = 3;

type Wanted = Omit<PlanOptions, 'shift' | 'rangeBits'>;

/** A rescale of a plan, known by its value and its number among those that the value takes. */
interface Need extends ShiftNeed {
  readonly key: string;
}

interface Candidate {
  readonly plan: Plan;
  readonly rangeBits: number;
  readonly needs: readonly Need[];
  readonly rows: number;
  readonly domain: number;
  /** Sum over the layers of the variance that rounded weights add, 1 for a quarter step. */
  readonly noise: number;
}

/**
 * A bend takes a line and a Relu in place of a table where that gives a smaller domain.
 * @param words rows of the public words that a plan implies
 * @param copies samples that share the domain and its tables
 * Throws as `plan` does, and 'unbounded' where a table of the worst case would be too large.
 */
export function planLookup(graph: Graph, options: Wanted, words: (plan: Plan) => number, copies = 1): Plan {
  const whole = ifBounded(() => planned(graph, options, { words, copies }));
  if (!graph.steps.some(isBend)) return boundedOf(whole).plan;
  const than = whole instanceof InferproofError ? null : whole;
  const split = ifBounded(() => planned(graph, { ...options, splits: true }, { words, copies }, than));
  const isBetter = !(split instanceof InferproofError) && (than === null || isSmaller(split, than));
  return boundedOf(isBetter ? split : whole).plan;
}

/** A smaller domain, and weights that are rounded no more. */
const isSmaller = (a: Candidate, b: Candidate): boolean => a.domain < b.domain && a.noise <= b.noise;

function boundedOf(one: Candidate | InferproofError): Candidate {
  if (one instanceof InferproofError) throw one;
  return one;
}

/** What a plan is priced by. */
interface Pricing {
  readonly words: (plan: Plan) => number;
  readonly copies: number;
}

/** @param than another plan: rows of its domain are spent where weights would be rounded more than in it */
function planned(graph: Graph, options: Wanted, pricing: Pricing, than: Candidate | null = null): Candidate {
  const attempt = (bits: number, long: ReadonlySet<string>): Candidate =>
    candidate(graph, options, pricing, bits, long);

  const at = (bits: number) => () => attempt(bits, new Set());
  const usual = best(RANGE_BITS.map(at));
  const found = usual[0].domain >= LARGE ? best([...usual.map((one) => () => one), ...WIDER.map(at)]) : usual;
  const finest = (domain?: number): Candidate =>
    found.map((one) => refine(one, attempt, pricing.copies, domain)).reduce((a, b) => (b.noise < a.noise ? b : a));
  const first = finest();
  return than !== null && first.domain < than.domain && first.noise > than.noise ? finest(than.domain) : first;
}

/** The weights of a model as integers, once for each plan that is held: no others are. */
const HELD = 2;

/**
 * The best plans of those that are bounded, since a larger shift makes larger accumulators: on the smallest domain the more precise
 * ones, between equals those of fewer rows. Throws the first 'unbounded' where none is.
 */
function best(plans: readonly (() => Candidate)[]): Candidate[] {
  const failures: InferproofError[] = [];
  let held: Candidate[] = [];
  for (const make of plans) {
    const one = ifBounded(make);
    if (one instanceof InferproofError) failures.push(one);
    else held.push(one);
    held.sort((a, b) => a.domain - b.domain || a.noise - b.noise || a.rows - b.rows);
    held = held.filter(({ domain }) => domain === held[0].domain).slice(0, HELD);
  }
  if (held.length === 0) throw failures[0];
  return held;
}

function ifBounded(make: () => Candidate): Candidate | InferproofError {
  try {
    return make();
  } catch (error) {
    if (error instanceof InferproofError && error.code === 'unbounded') return error;
    throw error;
  }
}

/** The plan at one width of the range table, with two limbs for the rescales of `long`. */
function candidate(
  graph: Graph,
  options: Wanted,
  { words, copies }: Pricing,
  rangeBits: number,
  long: ReadonlySet<string>,
): Candidate {
  const needs: Need[] = [];
  const counts = new Map<ValueId, number>();
  let noise = 0;
  const planned = plan(graph, {
    ...options,
    rangeBits,
    shift: (need) => {
      const count = counts.get(need.out) ?? 0;
      counts.set(need.out, count + 1);
      const key = `${need.out} ${count}`;
      needs.push({ ...need, key });
      const shift = Math.max(Math.min(long.has(key) ? 2 * rangeBits : rangeBits, need.room), 1);
      noise += Math.max(4 ** (need.needed - Math.max(shift, need.least)), UNSEEN);
      return shift;
    },
  });
  const priced = (one: Plan, steps: readonly IntegerStep[]): Pick<Candidate, 'plan' | 'rows' | 'domain'> => {
    const rows = gadgetsOf({ ...one, steps }, copies).rows + words(one);
    return { plan: { ...one, steps }, rows, domain: smallestDomain(rows + BOUND_ROWS, 'lookup') };
  };
  const cheapest = (one: Plan): Pick<Candidate, 'plan' | 'rows' | 'domain'> => {
    const chosen = priced(one, withVariants(one, rangeBits, alternatives(one, rangeBits, copies)));
    if (longestTable(one, rangeBits) >= chosen.rows) return chosen; // tables are not made only to be measured
    const first = priced(one, one.steps);
    return chosen.rows < first.rows ? chosen : first;
  };
  // maxima of whole accumulators have all their terms on the sides that the prover reads: only for a smaller domain
  const [as, moved] = [cheapest(planned), cheapest(swapped(planned, rangeBits))];
  return { ...(moved.domain < as.domain ? moved : as), rangeBits, needs, noise };
}

/** Rows of the longest table of the gadgets that come first. */
function longestTable({ tensors, steps }: Plan, rangeBits: number): number {
  let most = 0;
  for (const step of steps) {
    const [first] = integerOf(step).lookup.offers?.(step, step.outs.map((id) => tensors[id]), rangeBits) ?? []; // prettier-ignore
    if (first?.table) most = Math.max(most, first.table.hi - first.table.lo + 1);
  }
  return most;
}

/**
 * Spends the rows that the domain leaves on two-limb remainders, where they buy the most.
 * @param domain a larger one whose rows may be spent, on all that is seen of rounded weights
 */
function refine(
  start: Candidate,
  attempt: (bits: number, long: ReadonlySet<string>) => Candidate,
  copies: number,
  domain?: number,
): Candidate {
  const { rangeBits } = start;
  const most = domain ?? start.domain;
  const bearable = domain === undefined ? 0 : Math.log2(UNSEEN) / 2;
  const gain = ({ needed, elements }: ShiftNeed): number => 4 ** (needed - rangeBits) / elements;
  // nothing where the planner's floor already took a second limb
  const cost = ({ least, elements }: ShiftNeed): number => (least > rangeBits ? 0 : copies * elements);
  const wanted = start.needs
    .filter(({ needed, room }) => needed - rangeBits > bearable && room > rangeBits)
    .sort((a, b) => gain(b) - gain(a));
  let left = most - BOUND_ROWS - start.rows;
  const long = wanted.filter((need) => cost(need) <= left && ((left -= cost(need)), true)).map(({ key }) => key);
  // intervals move with the weights, so the rows are known when the plan is made again
  for (; long.length > 0; long.pop()) {
    const better = ifBounded(() => attempt(rangeBits, new Set(long)));
    if (!(better instanceof InferproofError) && better.domain <= most) return better;
  }
  return start;
}

/** The plan with steps moved in front of the monotone step that they alone read, where that saves rows. */
export function swapped({ tensors, steps, ...plan }: Plan, rangeBits: number): Plan {
  const changed = [...tensors];
  const moved = new Map<IntegerStep, readonly IntegerStep[]>();
  for (const step of steps) {
    const source = onlySource(steps, step);
    const swap = source && poolFirst(step, source, changed, rangeBits);
    if (!swap) continue;
    changed[source.outs[0]] = swap.tensor;
    moved.set(source, []);
    moved.set(step, swap.steps);
  }
  return { ...plan, tensors: changed, steps: steps.flatMap((step) => moved.get(step) ?? [step]) };
}

/** The monotone step that makes all that a step reads, when nothing else reads it. */
function onlySource(steps: readonly IntegerStep[], { forms }: IntegerStep): IntegerStep | null {
  if (forms.length !== 1 || forms[0].map.parts.length !== 1) return null;
  const [{ from }] = forms[0].map.parts;
  const source = steps.find(({ outs }) => outs.includes(from));
  const reads = (step: IntegerStep): boolean =>
    step.forms.some(({ map }) => map.parts.some((part) => part.from === from));
  const isAlone = steps.filter(reads).length === 1;
  return source && isAlone && isMonotone(source) ? source : null;
}

/**
 * Which gadget each step takes: the second that it offers where that is cheaper. Steps of one function share a table
 * over the hull of their keys; for each pair of ends that the hull can have, the steps inside take the table and the
 * others do without.
 */
function alternatives(
  { tensors, steps }: Plan,
  rangeBits: number,
  copies: number,
): (index: number) => string | undefined {
  interface Choice {
    readonly index: number;
    readonly table: NonNullable<Offer['table']>;
    readonly extra: number;
    readonly other: Offer;
  }
  const groups = new Map<string, Choice[]>();
  steps.forEach((step, index) => {
    const [first, other] = integerOf(step).lookup.offers?.(step, step.outs.map((id) => tensors[id]), rangeBits) ?? []; // prettier-ignore
    if (!other || !first.table) return;
    const choice = { index, table: first.table, extra: copies * (other.rows - first.rows), other };
    groups.set(first.table.key, [...(groups.get(first.table.key) ?? []), choice]);
  });
  const chosen = new Map<number, string>();
  for (const group of groups.values()) {
    const brings = greatest(group.map(({ other }) => other.brings));
    let best = { rows: Infinity, without: group };
    const ends = [
      { lo: 0, hi: -1 },
      ...group.flatMap(({ table: { lo } }) =>
        group.filter(({ table: { hi } }) => hi >= lo).map(({ table: { hi } }) => ({ lo, hi })),
      ),
    ];
    for (const { lo, hi } of ends) {
      const without = group.filter(({ table }) => table.lo < lo || table.hi > hi);
      const rows = hi - lo + 1 + (without.length > 0 ? brings : 0) + without.reduce((sum, { extra }) => sum + extra, 0);
      if (rows < best.rows) best = { rows, without };
    }
    for (const { index, other } of best.without) chosen.set(index, other.variant);
  }
  return (index) => chosen.get(index);
}
