// What a primitive may ask while it chooses integers, and where it writes its steps: scales of values, what data showed of them, the
// tensors and steps so far. Forms and their precision are in forms.ts.
import { InferproofError } from '../../verifier/errors.js';
import type {
  ActivationRange,
  CircuitTensor,
  InputRange,
  IntegerStep,
  TensorId,
  ValueBits,
} from '../circuit/circuit.js';
import { withVariants } from '../circuit/uses.js';
import type { DecisionRule } from '../graph/decision.js';
import { append, greatest, least } from '../extremes.js';
import type { Graph } from '../graph/graph.js';
import { inputGrid } from '../graph/grids.js';
import { orderedInputs } from '../graph/ordered.js';
import { enoughFor, mixed, readElements, uncomposed } from '../graph/uncomposed.js';
import { composedTerms, composeMaps } from '../linear/compose.js';
import { mapIntervals, type Interval } from '../linear/intervals.js';
import { termsOf, type LinearMap } from '../linear/map.js';
import { identityMap } from '../linear/maps.js';
import { integerOf } from '../primitives/index.js';
import { realOf } from '../recipes/index.js';
import { narrow } from '../recipes/narrow.js';
import type { Planner, TensorPlan, Totals } from '../recipes/real.js';
import { placeOf, type Value, type ValueId } from '../recipes/values.js';
import { sizeOf } from '../tensor.js';
import { formsOf } from './forms.js';
import { groupsOf, hulls } from './groups.js';
import { inputTensor, orderedTensor } from './inputs.js';
import { bounded } from './refusals.js';
import type { ShiftPolicy } from './shift.js';
import { usualBySeen, usualBySources, usualOf, type UsedTensor } from './usual.js';

export interface PlanOptions {
  /** Bits of inputs and of rescaled activations, 2 to 16. */
  readonly bits: number;
  /** Those that have other bits. */
  readonly bitsOf?: readonly ValueBits[];
  /** What the score output decides, if it was said. */
  readonly decision?: DecisionRule | null;
  /** Real range of each input, by name. */
  readonly ranges: Readonly<Record<string, InputRange>>;
  /** What data showed of the activations; null: the worst case counts. */
  readonly activations: readonly ActivationRange[] | null;
  /** Bits of a limb in the lookup argument; null in `plain`. */
  readonly rangeBits: number | null;
  readonly shift: ShiftPolicy;
  /** Bends of few elements are a line and a Relu: `splits` of a planner. */
  readonly splits?: boolean;
}

/** Terms of all that reads a bend in two parts, before they are merged: each plan that is tried composes them. */
const MOST_READ = 2 ** 20;

/** A planner, and what it has been told so far. */
export interface Planning extends Planner {
  readonly tensors: readonly CircuitTensor[];
  readonly steps: readonly IntegerStep[];
}

export function plannerOf(graph: Graph, options: PlanOptions): Planning {
  const tensors: CircuitTensor[] = [];
  const used: UsedTensor[] = []; // the same, and what is usual in them
  const steps: IntegerStep[] = [];
  const totals = new Map<TensorId, Totals>();
  const makers: IntegerStep[] = []; // of every tensor
  const maps = new Map<ValueId, LinearMap>(); // every value so far, over tensors
  const groups = groupsOf(graph);
  const seen = hulls(groups, options.activations ?? []);
  const narrower = new Map<TensorId, TensorId>();
  const read = uncomposed(graph);
  const sums = mixed(graph);
  const ordered = orderedInputs(graph);
  const exceptions = new Map((options.bitsOf ?? []).map(({ value, bits }) => [value, bits]));
  const bitsOf = (id: ValueId): number => {
    const { group } = graph.values[id];
    if (group === undefined) return exceptions.get(id) ?? options.bits;
    return greatest((groups.get(group.name) ?? []).map((one) => exceptions.get(one) ?? options.bits)) + group.finer;
  };

  const valueAt = (id: ValueId): Value => graph.values[id];
  /** The map over narrower tensors where it reads wide ones; null where it reads none. */
  const narrowed: Planner['narrowed'] = (map, at) => {
    const inners = map.parts.flatMap(({ from }) => {
      const to = narrower.get(from) ?? narrow(planner, from, at);
      if (to === null) return [];
      narrower.set(from, to);
      return [[from, identityMap(to, sizeOf(tensors[to].shape))] as const];
    });
    return inners.length === 0 ? null : composeMaps(map, new Map(inners));
  };
  const forms = formsOf({ tensors, used, makers, value: valueAt, shift: options.shift, narrowed });

  const add = (plan: TensorPlan): TensorId => {
    const { of, holds = true, name, lo, hi, scale, zero, axis = null, ball, encoding, columns } = plan;
    const value = valueAt(of);
    const { node, operator } = value;
    const ids = {
      value: holds ? of : null,
      name: name ?? value.name,
      node,
      operator,
      shape: plan.shape ?? value.shape,
    };
    if (plan.totals) totals.set(tensors.length, plan.totals);
    const more = { ...(encoding && { encoding }), ...(columns && { columns }), ...(ball && { ball }) };
    return tensors.push({ ...ids, lo, hi, scale, zero, axis, ...more }) - 1;
  };

  const planner: Planning = {
    ...forms,
    tensors,
    steps,
    argument: options.rangeBits === null ? 'plain' : 'lookup',
    rangeBits: options.rangeBits,
    bits: bitsOf,
    value: valueAt,
    seen: (id, among) => {
      const shown = seen.get(id) ?? null;
      return shown && among ? seenAmong(graph, seen, id, among, shown) : shown;
    },
    isRead: (id) => read.has(id),
    isMixed: (id) => sums.has(id),
    read: (id) => readElements(graph, id),
    enough: (id) => enoughFor(graph, id, bitsOf),
    splits: (id, map) => options.splits === true && termsOfReaders(graph, id, map) <= MOST_READ,
    map(id) {
      const map = maps.get(id);
      if (map === undefined) throw new InferproofError('internal', `expected value ${id} to be planned before its use`);
      return map;
    },
    tensor: (id) => tensors[id],
    usualWidth(id) {
      const { lo, hi } = usualOf(used[id]);
      return Math.ceil(hi - lo);
    },
    totals: (id) => totals.get(id) ?? null,
    input(of) {
      const value = valueAt(of);
      if (ordered.has(of)) return { of, ...orderedTensor };
      const grid = inputGrid(graph, of);
      return { of, ...(grid ?? inputTensor(value, options.ranges[value.name], bitsOf(of))) };
    },
    narrowed,
    bounded: (magnitude, bits, what, at) => bounded(magnitude, bits, what, valueAt(at)),
    refuse(reason, hint, at) {
      throw new InferproofError('unsupported', reason, { where: placeOf(valueAt(at)), hint });
    },
    emit({ kind, forms, own }, plans) {
      const outs = plans.map(add);
      const step: IntegerStep = { kind, outs, forms, variant: null, own };
      const made = outs.map((id) => tensors[id]);
      made.forEach((tensor, k) => {
        const known = plans[k].usual ?? (tensor.value === null ? undefined : seen.get(tensor.value));
        const usual = known ? usualBySeen(tensor, known) : usualBySources(step, made, used);
        used.push(usual ? { ...tensor, usual } : tensor);
      });
      integerOf(step).check(step, made, (place, expected, got) => {
        throw new InferproofError('internal', `expected ${expected} in ${place} of a ${kind}, got ${got}`);
      });
      const { rangeBits } = options;
      append(steps, rangeBits === null ? [step] : withVariants({ tensors, steps: [step] }, rangeBits));
      for (const out of outs) makers[out] = step;
      return outs;
    },
    define: (id, as) => void maps.set(id, typeof as === 'number' ? identityMap(as, sizeOf(tensors[as].shape)) : as),
  };
  return planner;
}

/** What data showed of some elements of a linear value, as far as what it showed of their sources tells: a mask shows in others alone. */
function seenAmong(
  { steps }: Graph,
  seen: ReadonlyMap<ValueId, Interval>,
  id: ValueId,
  among: Int32Array,
  shown: Interval,
): Interval {
  const step = steps.find(({ outs }) => outs.includes(id));
  const map = step && realOf(step).map?.(step.own);
  if (!step || !map || !step.sources.every((source) => seen.has(source))) return shown;
  const { lo, hi } = mapIntervals(map, (source) => seen.get(step.sources[source])!);
  const all = {
    lo: least(Float64Array.from(among, (o) => lo[o])),
    hi: greatest(Float64Array.from(among, (o) => hi[o])),
  };
  return { lo: Math.max(all.lo, shown.lo), hi: Math.min(all.hi, shown.hi) };
}

/** Terms that the linear steps which read a value have where it is a map. */
const termsOfReaders = ({ steps }: Graph, id: ValueId, map: LinearMap): number =>
  steps.reduce((terms, step) => {
    const own = step.sources.includes(id) ? realOf(step).map?.(step.own) : undefined;
    return own ? terms + composedTerms(own, step.sources.indexOf(id), map) : terms;
  }, termsOf(map));
