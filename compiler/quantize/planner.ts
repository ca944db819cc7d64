// What a primitive may ask while it chooses integers: scales, intervals and the precision of weights. Every rule that no
// primitive may break is kept here once, whatever the argument and the policy: no form leaves float64's exact integers,
// and no weight that matters rounds away.
//
// A constant weight costs no row whatever its size, so the factor S_in * w / S_out * 2^shift is rounded into the weight
// itself and a rescale is y = floor((acc + half) / 2^shift), without a multiplier.
import { InferproofError } from '../../verifier/errors.js';
import type { ActivationRange, CircuitTensor, IntegerForm, IntegerStep, TensorId } from '../circuit/circuit.js';
import { quantisationOf } from '../circuit/quantisation.js';
import { withVariants } from '../circuit/uses.js';
import { append } from '../extremes.js';
import type { Graph } from '../graph/graph.js';
import { uncomposed } from '../graph/uncomposed.js';
import { ACC_BITS } from '../limits.js';
import { hull, mapIntervals, type Interval, type Intervals } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { identityMap } from '../linear/maps.js';
import type { ExactForm, Planner, TensorPlan } from '../primitives/real.js';
import { placeOf, type Value, type ValueId } from '../primitives/steps.js';
import { sizeOf } from '../tensor.js';
import { inputTensor } from './inputs.js';
import { integerWeights, largestFactor, sameScale } from './weights.js';

/** What a rescale asks of its shift. */
export interface ShiftNeed {
  /** The value that it makes, and the number of its elements. */
  readonly out: ValueId;
  readonly elements: number;
  /** Shift at which the rounding of weights moves an accumulator by a quarter step (one sigma), a real number >= 0. */
  readonly needed: number;
  /** Largest shift at which the weights stay below 2^28. */
  readonly room: number;
  /** Smallest shift at which they are precise enough, by their own bits or by that quarter step: no policy goes below. */
  readonly least: number;
}

/** Chooses the shift of a rescale, at least `least`: what it costs depends on the argument. */
export type ShiftPolicy = (need: ShiftNeed) => number;

export interface PlanOptions {
  /** Bits of inputs and of rescaled activations, 2 to 16. */
  readonly bits: number;
  /** Real range of each input, by name: one interval, or one per column. */
  readonly ranges: Readonly<Record<string, readonly Interval[]>>;
  /** What data showed of the activations; null: the worst case counts. */
  readonly activations: readonly ActivationRange[] | null;
  /** Bits of a limb in the lookup argument; null in `plain`. */
  readonly rangeBits: number | null;
  readonly shift: ShiftPolicy;
}

/** Target bits of an output's chunk: seven values per word. */
const OUTPUT_BITS = 31;
/** Bits of the largest weight of an exact output or of a form under a maximum. */
const EXACT_WEIGHT_BITS = 14;
/** Bits that the largest weight under a rescale may have, and those that it keeps however wide its source is. */
const WEIGHT_BITS = 28;
const LEAST_WEIGHT_BITS = 8;
/** The same under a source wider than any activation: a few weights read it, and their errors do not average out. */
const LEAST_WIDE_BITS = 10;
const WIDE = 2 ** 16;

/** A planner, and what it has been told so far. */
export interface Planning extends Planner {
  readonly tensors: readonly CircuitTensor[];
  readonly steps: readonly IntegerStep[];
}

export function plannerOf(graph: Graph, options: PlanOptions): Planning {
  const tensors: CircuitTensor[] = [];
  const steps: IntegerStep[] = [];
  const maps = new Map<ValueId, LinearMap>(); // every value so far, over tensors
  const seen = new Map((options.activations ?? []).map((range) => [range.value, range]));
  const read = uncomposed(graph);

  const valueAt = (id: ValueId): Value => graph.values[id];
  const reach = (map: LinearMap): Interval => hull(mapIntervals(map, (id) => realIntervals(tensors[id])));

  const form: Planner['form'] = (map, unit, offset, at) => {
    const integers = integerWeights(map, tensors, unit, offset);
    const { lo, hi } = hull(mapIntervals(integers, (id) => ({ lo: 0, hi: tensors[id].hi - tensors[id].lo })));
    bounded(Math.max(Math.abs(lo), Math.abs(hi)), ACC_BITS, 'an accumulator', valueAt(at));
    refuseFaded(map, integers, valueAt(at));
    return { map: integers, accLo: lo, accHi: hi };
  };

  const exact: Planner['exact'] = (map, at): ExactForm => {
    const same = sameScale(map, tensors);
    const largest = largestFactor(map, tensors);
    let unit = same?.scale ?? largest / 2 ** EXACT_WEIGHT_BITS;
    if (!(unit > 0)) unit = map.bias.reduce((m, b) => Math.max(m, Math.abs(b)), 0) / 2 ** EXACT_WEIGHT_BITS || 1;
    if (!same) {
      const { lo, hi } = reach(map);
      const coarsest = largest / 2 ** LEAST_WEIGHT_BITS; // beyond it the model would become a constant
      unit = Math.max(unit, Math.min((hi - lo) / 2 ** (OUTPUT_BITS - 1), coarsest));
    }
    const zero = same?.zero ?? 0;
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

  const shift: Planner['shift'] = (map, scale, at) => {
    let variance = 0;
    let bits = LEAST_WEIGHT_BITS;
    for (const part of map.parts) {
      const { lo, hi } = tensors[part.from];
      if (hi - lo >= WIDE) bits = LEAST_WIDE_BITS;
      const typical = 0.3 * (hi - lo);
      const longest = part.kernels.reduce((n, kernel) => Math.max(n, kernel.length), 0);
      variance += (longest * typical * typical) / 12;
    }
    const largest = largestFactor(map, tensors) / scale;
    const needed = Math.log2(Math.max(4 * Math.sqrt(variance), 1));
    const room = largest > 0 ? Math.floor(WEIGHT_BITS - Math.log2(largest)) : 20;
    const least = Math.max(Math.min(Math.ceil(needed), room - WEIGHT_BITS + bits), 1);
    return Math.max(options.shift({ out: at, elements: map.size, needed, room, least }), least);
  };

  const add = (plan: TensorPlan): TensorId => {
    const { of, holds = true, name, lo, hi, scale, zero, axis = null } = plan;
    const value = valueAt(of);
    const { node, operator, shape } = value;
    const ids = { value: holds ? of : null, name: name ?? value.name, node, operator, shape };
    return tensors.push({ ...ids, lo, hi, scale, zero, axis }) - 1;
  };

  return {
    tensors,
    steps,
    argument: options.rangeBits === null ? 'plain' : 'lookup',
    bits: options.bits,
    value: valueAt,
    seen: (id) => seen.get(id) ?? null,
    isRead: (id) => read.has(id),
    map(id) {
      const map = maps.get(id);
      if (map === undefined) throw new InferproofError('internal', `expected value ${id} to be planned before its use`);
      return map;
    },
    reach,
    tensor: (id) => tensors[id],
    input(of) {
      const value = valueAt(of);
      return { of, ...inputTensor(value, options.ranges[value.name], options.bits) };
    },
    form,
    exact,
    shift,
    bounded: (magnitude, bits, what, at) => bounded(magnitude, bits, what, valueAt(at)),
    refuse(reason, hint, at) {
      throw new InferproofError('unsupported', reason, { where: placeOf(valueAt(at)), hint });
    },
    emit({ kind, forms, own }, plans) {
      const outs = plans.map(add);
      const step: IntegerStep = { kind, outs, forms, variant: null, own };
      const { rangeBits } = options;
      append(steps, rangeBits === null ? [step] : withVariants({ tensors, steps: [step] }, rangeBits));
      return outs;
    },
    define: (id, as) => void maps.set(id, typeof as === 'number' ? identityMap(as, sizeOf(tensors[as].shape)) : as),
  };
}

/** Throws 'unbounded' for a magnitude of 2^bits or more, or none at all: float64 could not hold it, or not exactly. */
function bounded(magnitude: number, bits: number, what: string, value: Value): void {
  if (magnitude < 2 ** bits) return;
  throw new InferproofError('unbounded', `expected ${what} below 2^${bits}, it can reach ${magnitude}`, {
    where: placeOf(value),
    hint: 'give a narrower --input-range, or --calibrate with data so that activations saturate',
  });
}

/** Throws 'unbounded' where a map has weights and the form has none left: the value would be a constant. */
function refuseFaded(map: LinearMap, integers: LinearMap, value: Value): void {
  const isLive = ({ parts }: LinearMap): boolean =>
    parts.some(({ kernel, kernels }) => kernel.some((id) => kernels[id].some((w) => w !== 0)));
  if (!isLive(map) || isLive(integers)) return;
  throw new InferproofError('unbounded', 'expected weights that integers can hold, every one of them rounds to 0', {
    where: placeOf(value),
    hint: 'the sources of the node are too wide for its result: give --calibrate with data, or scale the model',
  });
}

/** What a tensor's reals can be: one interval, or one per element where scales differ. */
function realIntervals(tensor: CircuitTensor): Interval | Intervals {
  const of = quantisationOf(tensor);
  const real = (i: number): Interval => ({
    lo: of(i).scale * (tensor.lo - of(i).zero),
    hi: of(i).scale * (tensor.hi - of(i).zero),
  });
  if (tensor.axis === null) return real(0);
  const size = sizeOf(tensor.shape);
  return {
    lo: Float64Array.from({ length: size }, (_, i) => real(i).lo),
    hi: Float64Array.from({ length: size }, (_, i) => real(i).hi),
  };
}
