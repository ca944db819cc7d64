// What a primitive may ask while it chooses integers: scales, intervals and the precision of weights. Every rule that no
// primitive may break is kept here once, whatever the argument and the policy: no form leaves float64's exact integers,
// and no weight that matters rounds away.
//
// A constant weight costs no row whatever its size, so the factor S_in * w / S_out * 2^shift is rounded into the weight
// itself and a rescale is y = floor((acc + half) / 2^shift), without a multiplier.
import { InferproofError } from '../../verifier/errors.js';
import type {
  ActivationRange,
  CircuitTensor,
  InputRange,
  IntegerForm,
  IntegerStep,
  TensorId,
  ValueBits,
} from '../circuit/circuit.js';
import { quantisationOf } from '../circuit/quantisation.js';
import { accumulatorIntervals, withinBalls } from '../circuit/reach.js';
import { withVariants } from '../circuit/uses.js';
import type { DecisionRule } from '../graph/decision.js';
import { append, greatest, least } from '../extremes.js';
import type { Graph } from '../graph/graph.js';
import { inputGrid } from '../graph/grids.js';
import { orderedInputs } from '../graph/ordered.js';
import { enoughFor, mixed, readElements, uncomposed } from '../graph/uncomposed.js';
import { ACC_BITS } from '../limits.js';
import { composedTerms, composeMaps } from '../linear/compose.js';
import { hull, mapIntervals, type Interval, type Intervals, type Reach } from '../linear/intervals.js';
import { termsOf, type LinearMap } from '../linear/map.js';
import { identityMap } from '../linear/maps.js';
import { integerOf } from '../primitives/index.js';
import { realOf } from '../recipes/index.js';
import { narrow } from '../recipes/narrow.js';
import type { ExactForm, Planner, TensorPlan, Totals } from '../recipes/real.js';
import { placeOf, type Value, type ValueId } from '../recipes/values.js';
import { isFloat, sizeOf } from '../tensor.js';
import { decidedForm } from './decided.js';
import { exactUnit, factorUnit, gridOf, type ExactUnit } from './exact.js';
import { groupsOf, hulls } from './groups.js';
import { inputTensor, orderedTensor } from './inputs.js';
import { shiftsFor } from './shift.js';
import { usualBySeen, usualBySources, usualOf, type UsedTensor } from './usual.js';
import { integerWeights, wholeWeights } from './weights.js';

/** What a rescale asks of its shift. */
export interface ShiftNeed {
  /** The value that it makes, and the number of its elements. */
  readonly out: ValueId;
  readonly elements: number;
  /** Shift at which the rounding of weights moves an accumulator by a quarter step (one sigma), a real number >= 0. */
  readonly needed: number;
  /** Largest shift at which weights and accumulators are in their bounds. */
  readonly room: number;
  /** Smallest shift at which that rounding moves every element by a step at most: no policy goes below. */
  readonly least: number;
}

/** Chooses the shift of a rescale, from `least` to `room`: what it costs depends on the argument. */
export type ShiftPolicy = (need: ShiftNeed) => number;

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

/** Bits of an exact value: readers can still multiply it by a precise weight. */
const EXACT_VALUE_BITS = 40;
/** Bits of one that nothing multiplies any more, or that cannot be narrowed. */
const OUTPUT_BITS = ACC_BITS - 1;

/** Terms of all that reads a bend in two parts, before they are merged: each plan that is tried composes them. */
const MOST_READ = 2 ** 20;

/** A planner, and what it has been told so far. */
export interface Planning extends Planner {
  readonly tensors: readonly CircuitTensor[];
  readonly steps: readonly IntegerStep[];
}

const magnitudeOf = ({ accLo, accHi }: IntegerForm): number => Math.max(Math.abs(accLo), Math.abs(accHi));

export function plannerOf(graph: Graph, options: PlanOptions): Planning {
  const tensors: CircuitTensor[] = [];
  const used: UsedTensor[] = []; // the same, and what is usual in them
  const steps: IntegerStep[] = [];
  const totals = new Map<TensorId, Totals>();
  const makers: IntegerStep[] = []; // of every tensor
  const maps = new Map<ValueId, LinearMap>(); // every value so far, over tensors
  const groups = groupsOf(graph);
  const seen = hulls(groups, options.activations ?? []);
  const narrowed = new Map<TensorId, TensorId>();
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
  const reached = new WeakMap<LinearMap, Intervals>(); // tensors never change
  const intervalsOf = (map: LinearMap): Intervals => {
    const before = reached.get(map);
    if (before !== undefined) return before;
    const intervals = mapIntervals(map, (id) => {
      const oneOf = integerOf(makers[id]).oneOf?.(makers[id]);
      const reals = realIntervals(tensors[id]);
      return oneOf && typeof reals.lo === 'number' ? { ...(reals as Reach), oneOf } : reals;
    });
    reached.set(map, intervals);
    return intervals;
  };
  const reach = (map: LinearMap): Interval => hull(intervalsOf(map));
  const usualIntervals = (map: LinearMap): Intervals => mapIntervals(map, (id) => usualReals(used[id]));

  const form = (map: LinearMap, unit: number, offset: number, at: ValueId): IntegerForm => {
    return provedForm(integerWeights(map, used, unit, offset), at);
  };

  const provedForm = (integers: LinearMap, at: ValueId): IntegerForm => {
    const form = integerForm(integers);
    bounded(magnitudeOf(form), ACC_BITS, 'an accumulator', valueAt(at));
    return form;
  };

  const integerForm = (integers: LinearMap): IntegerForm => {
    const { lo, hi } = hull(accumulatorIntervals(integers, tensors, (id) => makers[id]));
    return { map: integers, accLo: lo, accHi: hi };
  };

  /** The map over narrower tensors where it reads wide ones; null where it reads none. */
  const overNarrowed: Planner['narrowed'] = (map, at) => {
    const inners = map.parts.flatMap(({ from }) => {
      const to = narrowed.get(from) ?? narrow(planner, from, at);
      if (to === null) return [];
      narrowed.set(from, to);
      return [[from, identityMap(to, sizeOf(tensors[to].shape))] as const];
    });
    return inners.length === 0 ? null : composeMaps(map, new Map(inners));
  };

  const exact: Planner['exact'] = (map, at, isOutput = false): ExactForm => {
    const reach = intervalsOf(map);
    const usual = usualIntervals(map);
    const within = (bits: number): ExactUnit => exactUnit(map, used, reach, usual, !isFloat(valueAt(at).dtype), bits);
    let found = within(isOutput ? OUTPUT_BITS : EXACT_VALUE_BITS);
    if (!found.isPrecise) {
      const over = overNarrowed(map, at);
      if (over !== null) return exact(over, at, isOutput);
      found = within(OUTPUT_BITS);
      if (!found.isBearable) refuseFaded(null, valueAt(at));
    }
    const { unit, offset: zero } = found;
    const free = form(map, unit, zero, at);
    const lo = free.accLo;
    bounded(free.accHi - lo, ACC_BITS, 'a width', valueAt(at));
    const stored: IntegerForm = {
      map: { ...free.map, bias: free.map.bias.map((b) => b - lo) },
      accLo: 0,
      accHi: free.accHi - lo,
    };
    return { scale: unit, zero, lo, form: stored };
  };

  const decided: Planner['decided'] = (map, about, at): IntegerForm => {
    const found = decidedForm(map, tensors, about, intervalsOf(map), EXACT_VALUE_BITS);
    if (!found.isPrecise) {
      if (about === 'zero') refuseUnequal(valueAt(at));
      const over = overNarrowed(map, at);
      return over !== null ? decided(over, about, at) : refuseFaded(null, valueAt(at));
    }
    return provedForm(found.map, at);
  };

  const rescaled: Planner['rescaled'] = (map, scale, low, at, given = {}) => {
    const { asKeys = false, finer = 0 } = given;
    if (asKeys && isWhole(map, tensors, scale)) return { shift: 0, form: form(map, scale, -low, at) };
    const { needed, room, least, error } = shiftsFor(map, used, scale, low, reach(map), finer);
    if (least === null) {
      const over = overNarrowed(map, at);
      return over !== null ? rescaled(over, scale, low, at, given) : refuseFaded(error, valueAt(at));
    }
    const shift = Math.max(options.shift({ out: at, elements: map.size, needed, room, least }), least);
    const free = form(map, scale / 2 ** shift, -low * 2 ** shift, at);
    const within = withinBalls(free.map, { lo: free.accLo, hi: free.accHi }, tensors);
    return { shift, form: within ? { ...free, within } : free };
  };

  const add = (plan: TensorPlan): TensorId => {
    const { of, holds = true, name, lo, hi, scale, zero, axis = null, ball, encoding } = plan;
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
    return (
      tensors.push({ ...ids, lo, hi, scale, zero, axis, ...(encoding && { encoding }), ...(ball && { ball }) }) - 1
    );
  };

  const planner: Planning = {
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
    reach,
    reaches: intervalsOf,
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
    exact,
    grid: (map) => gridOf(map, tensors),
    whole: (map, at) => provedForm(wholeWeights(map, tensors), at),
    decided,
    factor(map, bits) {
      const unit = factorUnit(map, used, usualIntervals(map));
      const form = integerForm(integerWeights(map, used, unit, 0));
      return magnitudeOf(form) < 2 ** bits ? { scale: unit, form } : null;
    },
    rescaled,
    narrowed: overNarrowed,
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

/** Whether all weights are whole in steps of `scale`. */
const isWhole = ({ parts }: LinearMap, tensors: readonly CircuitTensor[], scale: number): boolean =>
  parts.every(({ from, kernels }) => {
    const unit = Number(tensors[from].scale) / scale; // NaN of one scale for each column
    return kernels.every((list) => list.every((w) => Math.abs(w * unit - Math.round(w * unit)) < 2 ** -40));
  });

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

/** Throws 'unbounded' for a magnitude of 2^bits or more, or none at all: float64 could not hold it, or not exactly. */
function bounded(magnitude: number, bits: number, what: string, value: Value): void {
  if (magnitude < 2 ** bits) return;
  throw new InferproofError('unbounded', `expected ${what} below 2^${bits}, it can reach ${magnitude}`, {
    where: placeOf(value),
    hint: 'give a narrower --input-range, or --calibrate with data so that activations saturate',
  });
}

/** Throws 'unbounded' where no integers are precise. @param error one sigma, in steps of the result; null under a maximum */
function refuseFaded(error: number | null, value: Value): never {
  const got =
    error === null ? 'it needs more bits than are exact' : `it can move it by ${Number(error.toPrecision(3))}`;
  throw new InferproofError('unbounded', `expected weights whose rounding moves the result by a step at most, ${got}`, {
    where: placeOf(value),
    hint: 'its sources are too wide for its result: scale the columns of the model alike, or give --calibrate with data',
  });
}

function refuseUnequal(value: Value): never {
  throw new InferproofError(
    'unsupported',
    'expected values of one grid, so that they are equal or not, got computed floats',
    {
      where: placeOf(value),
      hint: 'compare with a tolerance: Less of the Abs of the difference',
    },
  );
}

/** What the reals of a tensor usually are. */
function usualReals(tensor: UsedTensor): Reach | Intervals {
  if (tensor.usual === undefined) return realIntervals(tensor);
  const { scale, zero } = quantisationOf(tensor)(0);
  const real = (u: number): number => scale * (u + tensor.lo - zero);
  return { lo: real(tensor.usual.lo), hi: real(tensor.usual.hi) };
}

/** What a tensor's reals can be: one interval, or one per element where scales differ. */
function realIntervals(tensor: CircuitTensor): Reach | Intervals {
  const of = quantisationOf(tensor);
  const real = (i: number): Interval => ({
    lo: of(i).scale * (tensor.lo - of(i).zero),
    hi: of(i).scale * (tensor.hi - of(i).zero),
  });
  const { ball } = tensor;
  if (ball) return { ...real(0), ball: { ...ball, centre: 0, radius: of(0).scale * ball.radius } };
  if (tensor.axis === null) return real(0);
  const size = sizeOf(tensor.shape);
  return {
    lo: Float64Array.from({ length: size }, (_, i) => real(i).lo),
    hi: Float64Array.from({ length: size }, (_, i) => real(i).hi),
  };
}
