// The cost model of the lookup argument: which shift, which tables and which gadget variants make the smallest domain, and inside
// it the most exact integers.
//
// A proof costs what its domain costs, a power of two, so rows below it are free: they are spent on precision. One range table
// serves the remainders of all layers; its width w is the common shift. A layer whose weights want a larger one takes a
// remainder of two limbs (one row an element more); one whose floors reach far beyond its activation takes the wide
// gadget (three more) instead of thousands of table rows.
import { InferproofError } from '../../verifier/errors.js';
import type { CircuitStep } from '../circuit/circuit.js';
import type { Graph, ValueId } from '../graph.js';
import { plan, type Plan, type PlanOptions, type ShiftNeed } from '../quantize/plan.js';
import { sizeOf } from '../tensor.js';
import { poolFirst } from './pool-first.js';
import { floorsOf } from './rescale.js';
import { functionKey, lookupRows, lookupStructure, variant, type LookupChoice } from './structure.js';

/** Widths of the range table that are tried. */
const RANGE_BITS = [7, 8, 9, 10, 11, 12] as const;
/** The constant, X and F have a row of the domain each. */
const BOUND_ROWS = 3;

export interface LookupPlan extends Plan {
  readonly lookup: LookupChoice;
}

interface Candidate {
  readonly plan: LookupPlan;
  readonly needs: readonly ShiftNeed[];
  readonly rows: number;
  readonly domain: number;
  /** Sum over the layers of the variance that rounded weights add, 1 for a quarter step. */
  readonly noise: number;
}

/**
 * @param words rows of the public words that a plan implies
 * Throws as `plan` does, and 'unbounded' where a table of the worst case would be too large.
 */
export function planLookup(
  graph: Graph,
  options: Omit<PlanOptions, 'shift'>,
  words: (plan: Plan) => number,
): LookupPlan {
  // a linear value on wires of its own takes all it can be: then it needs no saturation and no table
  const linear = new Set(graph.steps.flatMap((step) => (step.kind === 'linear' ? [step.out] : [])));
  const activations = options.activations?.filter(({ value }) => !linear.has(value)) ?? null;
  const attempt = (bits: number, long: ReadonlySet<ValueId>): Candidate =>
    candidate(graph, { ...options, activations }, words, bits, long);

  const tried = bounded(RANGE_BITS.map((bits) => () => attempt(bits, new Set())));
  const domain = Math.min(...tried.map((one) => one.domain));
  const fitting = tried.filter((one) => one.domain === domain);
  // more precise first; of equals the one with fewer rows
  fitting.sort((a, b) => a.noise - b.noise || a.rows - b.rows);
  const refined = fitting.slice(0, 2).map((one) => refine(one, attempt));
  return refined.reduce((a, b) => (b.noise < a.noise ? b : a)).plan;
}

/** The plans that are bounded: a larger shift makes larger accumulators. Throws the first 'unbounded' where none is. */
function bounded(plans: readonly (() => Candidate)[]): Candidate[] {
  const failures: unknown[] = [];
  const made = plans.flatMap((make) => {
    try {
      return [make()];
    } catch (error) {
      if (!(error instanceof InferproofError && error.code === 'unbounded')) throw error;
      failures.push(error);
      return [];
    }
  });
  if (made.length === 0) throw failures[0];
  return made;
}

/** The plan at one width of the range table, with two limbs for the values of `long`. */
function candidate(
  graph: Graph,
  options: Omit<PlanOptions, 'shift'>,
  words: (plan: Plan) => number,
  rangeBits: number,
  long: ReadonlySet<ValueId>,
): Candidate {
  const needs: ShiftNeed[] = [];
  let noise = 0;
  const planned = plan(graph, {
    ...options,
    shift: (need) => {
      needs.push(need);
      const shift = Math.max(Math.min(long.has(need.out) ? 2 * rangeBits : rangeBits, need.room), 1);
      noise += 4 ** (need.needed - shift);
      return shift;
    },
  });
  const priced = [planned, poolFirst(planned, rangeBits)].flatMap((one) =>
    [[], wideSteps(one, rangeBits)].map((wide) => {
      const lookup: LookupChoice = { rangeBits, wide };
      return { plan: { ...one, lookup }, rows: lookupRows(lookupStructure(one, lookup)) + words(one) };
    }),
  );
  const best = priced.reduce((a, b) => (b.rows < a.rows ? b : a));
  const domain = 2 ** Math.ceil(Math.log2(best.rows + BOUND_ROWS));
  return { plan: best.plan, needs, rows: best.rows, domain, noise };
}

/** Spends the rows that the domain leaves on two-limb remainders, where they buy the most. */
function refine(start: Candidate, attempt: (bits: number, long: ReadonlySet<ValueId>) => Candidate): Candidate {
  const { rangeBits } = start.plan.lookup;
  const gain = ({ needed, elements }: ShiftNeed): number => 4 ** (needed - rangeBits) / elements;
  const wanted = start.needs
    .filter(({ needed, room }) => needed > rangeBits && room > rangeBits)
    .sort((a, b) => gain(b) - gain(a));
  let left = start.domain - BOUND_ROWS - start.rows;
  const long = wanted.filter(({ elements }) => elements <= left && ((left -= elements), true)).map(({ out }) => out);
  // intervals move with the weights, so the rows are known when the plan is made again
  for (; long.length > 0; long.pop()) {
    const [better] = bounded([() => start, () => attempt(rangeBits, new Set(long))]).slice(1);
    if (better && better.domain <= start.domain) return better;
  }
  return start;
}

type Rescale = CircuitStep & { readonly kind: 'rescale' };

/**
 * The steps that are cheaper wide. Steps of one function share a table over the hull of their floors; for each pair of ends that
 * the hull can have, the steps inside take the table and the others are wide.
 */
function wideSteps({ tensors, steps }: Plan, rangeBits: number): number[] {
  const groups = new Map<string, { index: number; lo: number; hi: number; elements: number; width: number }[]>();
  steps.forEach((step, index) => {
    const { lo, hi, shape } = tensors[step.out];
    const width = hi - lo;
    if (variant(step, width, true) !== 'wide') return;
    const { f, form, shift } = step as Rescale; // only a rescale has a variant
    const key = functionKey(f, width);
    const floors = floorsOf(form, shift);
    groups.set(key, [...(groups.get(key) ?? []), { index, ...floors, elements: sizeOf(shape), width }]);
  });
  return [...groups.values()]
    .flatMap((group) => {
      const size = group[0].width + 1;
      const widest = Math.max(...group.map(({ lo, hi }) => hi - lo));
      const fixed = Math.ceil(widest / size) + 2 + (size === 2 ** rangeBits ? 0 : size);
      let best = { rows: Infinity, wide: group };
      const ends = [
        { lo: 0, hi: -1 },
        ...group.flatMap(({ lo }) => group.filter(({ hi }) => hi >= lo).map(({ hi }) => ({ lo, hi }))),
      ];
      for (const { lo, hi } of ends) {
        const wide = group.filter((step) => step.lo < lo || step.hi > hi);
        const rows =
          hi - lo + 1 + (wide.length > 0 ? fixed : 0) + 3 * wide.reduce((sum, { elements }) => sum + elements, 0);
        if (rows < best.rows) best = { rows, wide };
      }
      return best.wide.map(({ index }) => index);
    })
    .sort((a, b) => a - b);
}
