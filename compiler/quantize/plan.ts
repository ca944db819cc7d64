// From the real graph to the integer program: a scale for every tensor, integer weights for every linear map, a shift for
// every rescale, and an interval for everything, so that what `compile` accepts has a witness for every declared input.
//
// A constant weight costs no row whatever its size, so the factor S_in * w / S_out * 2^shift is rounded into the weight
// itself and a rescale is y = floor((acc + half) / 2^shift), without a multiplier.
import { InferproofError } from '../../verifier/errors.js';
import type {
  ActivationRange,
  CircuitInput,
  CircuitOutput,
  CircuitStep,
  CircuitTensor,
  IntegerForm,
  IntegerFunction,
  TensorId,
} from '../circuit/circuit.js';
import { bitLength } from '../circuit/gadget.js';
import type { Graph, Value, ValueId } from '../graph.js';
import {
  composeMaps,
  gatherMap,
  identityMap,
  scaleMap,
  type LinearMap,
  type LinearPart,
} from '../primitives/linear.js';
import { leakyReach } from '../primitives/rescale.js';
import { applyPoint, type PointFunction } from '../primitives/table.js';
import { sizeOf } from '../tensor.js';
import { inputTensor, quantisationOf } from './inputs.js';
import { hull, mapIntervals, type Interval, type Intervals } from './intervals.js';

/** What a rescale would like of its shift. */
export interface ShiftNeed {
  /** The value that it makes, and its elements. */
  readonly out: ValueId;
  readonly elements: number;
  /** Shift at which the rounding of weights moves an accumulator by a quarter step (one sigma), a real number >= 0. */
  readonly needed: number;
  /** Largest shift at which the weights stay below 2^28. */
  readonly room: number;
}

/** Chooses the shift of a rescale, at least 1: what it costs depends on the argument. */
export type ShiftPolicy = (need: ShiftNeed) => number;

/** A bit a row: no more than is needed, 16 where the largest weight keeps LEAST_WEIGHT_BITS with them. */
export const plainShift: ShiftPolicy = ({ needed, room }) =>
  Math.max(
    Math.min(Math.ceil(needed), room, 16),
    Math.min(Math.ceil(needed), room - WEIGHT_BITS + LEAST_WEIGHT_BITS),
    1,
  );

export interface PlanOptions {
  /** Bits of inputs and of rescaled activations, 2 to 16. */
  readonly bits: number;
  /** Real range of each input, by name: one interval, or one a column. */
  readonly ranges: Readonly<Record<string, readonly Interval[]>>;
  /** What data showed of the activations; null: the worst case counts. */
  readonly activations: readonly ActivationRange[] | null;
  /** Default `plainShift`. */
  readonly shift?: ShiftPolicy;
}

export interface Plan {
  readonly tensors: readonly CircuitTensor[];
  readonly steps: readonly CircuitStep[];
  readonly inputs: readonly CircuitInput[];
  readonly outputs: readonly CircuitOutput[];
}

/** Bits that an accumulator may have: exact in float64 with room for the half and the offset of its bits. */
const ACC_BITS = 50;
/** Bits of the floor that a slope multiplies, and of the keys of an argmax: exact in float64 likewise. */
const LEAKY_BITS = 51;
const KEY_BITS = 53;
/** Bits of an output's chunk that are aimed at: seven values a word. */
const OUTPUT_BITS = 31;
/** Bits of the largest weight of an exact output or of a form under a maximum. */
const EXACT_WEIGHT_BITS = 14;
/** Bits that the largest weight under a rescale may have, and those that it keeps however wide its source is. */
const WEIGHT_BITS = 28;
const LEAST_WEIGHT_BITS = 8;
/** Bits of a linear value that has to stand on wires of its own. */
const LINEAR_BITS = 16;

export function plan(graph: Graph, { bits, ranges, activations, shift: policy = plainShift }: PlanOptions): Plan {
  const tensors: CircuitTensor[] = [];
  const steps: CircuitStep[] = [];
  const inputs: CircuitInput[] = [];
  const tensorOf = new Map<ValueId, TensorId>();
  const linear = new Map<ValueId, LinearMap>(); // linear values of the graph that no wire holds, over values
  const seen = new Map((activations ?? []).map((range) => [range.value, range]));

  const define = (value: ValueId, tensor: CircuitTensor): TensorId => {
    tensorOf.set(value, tensors.push(tensor) - 1);
    return tensors.length - 1;
  };
  /** The map of a value over values that have tensors. */
  const formOf = (value: ValueId): LinearMap =>
    linear.get(value) ?? identityMap(value, sizeOf(graph.values[value].shape));

  for (const step of graph.steps) {
    const value = graph.values[step.out];
    switch (step.kind) {
      case 'input': {
        const id = define(step.out, inputTensor(value, ranges[value.name], bits));
        inputs.push({ name: value.name, dtype: value.dtype, tensor: id });
        steps.push({ kind: 'input', out: id });
        break;
      }
      case 'linear': {
        linear.set(step.out, step.map);
        const feedsLinear = graph.steps.some(
          (s) => s.kind === 'linear' && s.map.parts.some((part) => part.from === step.out),
        );
        if (!feedsLinear) break;
        // not composed with what follows: it takes wires, at twice the precision of an activation
        linear.delete(step.out);
        materialise(step.out, step.map, { name: 'identity' }, LINEAR_BITS);
        break;
      }
      case 'table': {
        materialise(step.out, formOf(step.x), step.f, bits);
        break;
      }
      case 'max': {
        const map = composeMaps(gatherMap(0, step.members), new Map([[0, formOf(step.x)]]));
        const { scale, zero, form } = exactForm(map, value);
        const tensor = { ...described(value), lo: form.lo, hi: form.lo + form.accHi, scale, zero, axis: null };
        steps.push({ kind: 'max', out: define(step.out, tensor), form, starts: step.starts });
        break;
      }
      case 'argmax': {
        const map = composeMaps(gatherMap(0, step.members), new Map([[0, formOf(step.x)]]));
        const { form } = exactForm(map, value);
        const widest = Math.max(...Array.from(step.starts.subarray(1), (end, g) => end - step.starts[g]));
        bounded((form.accHi + 1) * 2 ** bitLength(widest - 1) - 1, KEY_BITS, 'a key of value and position', value);
        const tensor = { ...described(value), lo: 0, hi: widest - 1, scale: 1, zero: 0, axis: null };
        if (widest > 1) steps.push({ kind: 'argmax', out: define(step.out, tensor), form, starts: step.starts });
        else
          linear.set(step.out, { size: sizeOf(value.shape), bias: new Float64Array(sizeOf(value.shape)), parts: [] });
        break;
      }
    }
  }

  const outputs = graph.outputs.map(({ name, value: id, softmax }): CircuitOutput => {
    const value = graph.values[id];
    const form = exactForm(formOf(id), value);
    const tensor = {
      ...described(value),
      name,
      lo: form.form.lo,
      hi: form.form.lo + form.form.accHi,
      scale: form.scale,
      zero: form.zero,
      axis: null,
    };
    steps.push({ kind: 'output', out: tensors.push(tensor) - 1, form: form.form });
    return { name, tensor: tensors.length - 1, softmax };
  });
  return { tensors, steps, inputs, outputs };

  /** A rescale step with 2^resultBits values, over what data showed of f(x) or else over all that f(x) can be. */
  function materialise(out: ValueId, map: LinearMap, f: PointFunction, resultBits: number): void {
    const value = graph.values[out];
    const { lo, hi } = resultRange(f, seen.get(out) ?? worstCase(map, f));
    const width = 2 ** resultBits - 1;
    const scale = (hi > lo ? hi - lo : 1) / width;
    const low = Math.round(lo / scale) + 0;
    const shift = policy(shiftNeed(out, map, scale));
    const form = integerForm(map, scale / 2 ** shift, -low * 2 ** shift, value);
    const tensor: CircuitTensor = { ...described(value), lo: low, hi: low + width, scale, zero: 0, axis: null };
    const integers = integerFunction(f, low);
    const { accLo, accHi } = form;
    if (integers.kind === 'leaky')
      bounded(leakyReach({ accLo, accHi, shift, width, f: integers }), LEAKY_BITS, 'a scaled floor', value);
    steps.push({ kind: 'rescale', out: define(out, tensor), form, shift, f: integers });
  }

  /** f is monotone: its reach is that of the ends. */
  function worstCase(map: LinearMap, f: PointFunction): Interval {
    const { lo, hi } = hull(mapIntervals(map, (value) => realIntervals(tensors[tensorOf.get(value)!])));
    return { lo: applyPoint(f, lo), hi: applyPoint(f, hi) };
  }

  function shiftNeed(out: ValueId, map: LinearMap, scale: number): ShiftNeed {
    let worst = 0;
    for (const part of map.parts) {
      const tensor = tensors[tensorOf.get(part.from)!];
      const typical = 0.3 * (tensor.hi - tensor.lo);
      const longest = part.kernels.reduce((n, kernel) => Math.max(n, kernel.length), 0);
      worst += (longest * typical * typical) / 12;
    }
    const largest = maxFactor(map) / scale;
    return {
      out,
      elements: map.size,
      needed: Math.log2(Math.max(4 * Math.sqrt(worst), 1)),
      room: largest > 0 ? Math.floor(WEIGHT_BITS - Math.log2(largest)) : 20,
    };
  }

  /** Largest |w| S_in of a map: what one step of an input can add. */
  function maxFactor(map: LinearMap): number {
    let largest = 0;
    for (const part of map.parts) {
      const { scale } = tensors[tensorOf.get(part.from)!];
      const s = typeof scale === 'number' ? scale : Math.max(...scale);
      for (const kernel of part.kernels) for (const w of kernel) largest = Math.max(largest, Math.abs(w) * s);
    }
    return largest;
  }

  /**
   * acc = real / unit + offset over stored values, its weights rounded, its interval exact.
   * Throws 'unbounded' when the interval exceeds what is exact.
   */
  function integerForm(map: LinearMap, unit: number, offset: number, value: Value): IntegerForm {
    const bias = Float64Array.from(map.bias, (b) => b / unit + offset);
    const parts = map.parts.map((part) => {
      const id = tensorOf.get(part.from)!;
      const tensor = tensors[id];
      const of = quantisationOf(tensor);
      const scaled = tensor.axis === null ? part : scaledByElement(map.size, part, tensor);
      // x = scale (u + lo - zero): the constant goes to the bias before anything is rounded
      for (let o = 0; o < map.size; o++) {
        const kernel = part.kernels[part.kernel[o]];
        const offsets = part.patterns[part.pattern[o]];
        for (let k = 0; k < kernel.length; k++) {
          const q = of(part.base[o] + offsets[k]);
          bias[o] += (kernel[k] * q.scale * (tensor.lo - q.zero)) / unit;
        }
      }
      const scale = tensor.axis === null ? of(0).scale : 1;
      return {
        ...scaled,
        from: id,
        kernels: scaled.kernels.map((kernel) => kernel.map((w) => Math.round((w * scale) / unit) + 0)),
      };
    });
    const integers: LinearMap = { size: map.size, bias: bias.map((b) => Math.round(b) + 0), parts };
    const { lo, hi } = hull(mapIntervals(integers, (id) => ({ lo: 0, hi: tensors[id].hi - tensors[id].lo })));
    bounded(Math.max(Math.abs(lo), Math.abs(hi)), ACC_BITS, 'an accumulator', value);
    return { map: integers, accLo: lo, accHi: hi };
  }

  /**
   * A form without a rescale behind it (outputs, maxima): tensors of one scale are taken as they are; otherwise weights of
   * EXACT_WEIGHT_BITS bits, fewer where the result would not fit. Stored values: acc >= 0, `lo` is the int of 0.
   */
  function exactForm(
    map: LinearMap,
    value: Value,
  ): { scale: number; zero: number; form: IntegerForm & { lo: number } } {
    const same = sameScale(map);
    let unit = same?.scale ?? maxFactor(map) / 2 ** EXACT_WEIGHT_BITS;
    if (!(unit > 0)) unit = map.bias.reduce((m, b) => Math.max(m, Math.abs(b)), 0) / 2 ** EXACT_WEIGHT_BITS || 1;
    if (!same) {
      const reach = worstCase(map, { name: 'identity' });
      const coarsest = maxFactor(map) / 2 ** LEAST_WEIGHT_BITS; // beyond it the model would fade to a constant
      unit = Math.max(unit, Math.min((reach.hi - reach.lo) / 2 ** (OUTPUT_BITS - 1), coarsest));
    }
    const zero = same?.zero ?? 0;
    const free = integerForm(map, unit, zero, value);
    const lo = free.accLo;
    bounded(free.accHi - lo, ACC_BITS, 'a width', value);
    const form = { map: { ...free.map, bias: free.map.bias.map((b) => b - lo) }, accLo: 0, accHi: free.accHi - lo, lo };
    return { scale: unit, zero, form };
  }

  /** Scale and zero of a map that only moves elements of tensors which share them. */
  function sameScale(map: LinearMap): { scale: number; zero: number } | null {
    if (map.bias.some((b) => b !== 0)) return null;
    let shared: { scale: number; zero: number } | null = null;
    const fed = new Uint8Array(map.size);
    for (const part of map.parts) {
      const { scale, zero } = tensors[tensorOf.get(part.from)!];
      if (typeof scale !== 'number' || typeof zero !== 'number') return null;
      if (shared && (shared.scale !== scale || shared.zero !== zero)) return null;
      shared = { scale, zero };
      for (let o = 0; o < map.size; o++) {
        const kernel = part.kernels[part.kernel[o]];
        if (kernel.length > 1 || (kernel.length === 1 && kernel[0] !== 1)) return null;
        fed[o] += kernel.length;
      }
    }
    return fed.every((n) => n === 1) ? shared : null;
  }
}

/** How the place of an 'unbounded' model is written. */
export const placeOf = ({ node, operator }: Pick<Value, 'node' | 'operator'>): string => `${node} (${operator})`;

/** Throws 'unbounded' for a magnitude of 2^bits or more, or none at all: float64 could not hold it, or not exactly. */
function bounded(magnitude: number, bits: number, what: string, value: Value): void {
  if (magnitude < 2 ** bits) return;
  throw new InferproofError('unbounded', `expected ${what} below 2^${bits}, it can reach ${magnitude}`, {
    where: placeOf(value),
    hint: 'give a narrower --input-range, or --calibrate with data so that activations saturate',
  });
}

const described = ({
  name,
  node,
  operator,
  shape,
}: Value): Pick<CircuitTensor, 'name' | 'node' | 'operator' | 'shape'> => ({
  name,
  node,
  operator,
  shape,
});

/** What a tensor's reals can be: one interval, or one an element where scales differ. */
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

/** A part over a tensor whose elements have scales of their own: each is multiplied into its coefficient. */
function scaledByElement(size: number, part: LinearPart, tensor: CircuitTensor): LinearPart {
  const elements = sizeOf(tensor.shape);
  const of = quantisationOf(tensor);
  const scales = scaleMap(
    identityMap(part.from, elements),
    Float64Array.from({ length: elements }, (_, i) => of(i).scale),
  );
  const map = composeMaps({ size, bias: new Float64Array(size), parts: [part] }, new Map([[part.from, scales]]));
  return map.parts[0];
}

/** Range of a result: what was seen, with 0 in it, within what f can give. */
function resultRange(f: PointFunction, { lo, hi }: Interval): Interval {
  const [low, high] = [Math.min(lo, 0), Math.max(hi, 0)];
  if (f.name === 'leakyRelu') return { lo: low, hi: high };
  return { lo: applyPoint(f, low), hi: applyPoint(f, high) }; // the others change nothing within their own range
}

/** Bits of the fraction of a slope: 2^-12 of the largest floor is below a quarter step up to 1,024 steps. */
const SLOPE_BITS = 12;

/** f over the floors of a rescale whose stored value 0 stands for the int `low`. */
function integerFunction(f: PointFunction, low: number): IntegerFunction {
  if (f.name !== 'leakyRelu') return { kind: 'clamp' };
  const slope = Math.round(f.alpha * 2 ** SLOPE_BITS);
  // slope 1 bends nothing, and slope 0 at 0 is what saturation does anyway
  if (slope === 2 ** SLOPE_BITS || (slope === 0 && low === 0)) return { kind: 'clamp' };
  return { kind: 'leaky', at: 0 - low, slope, k: SLOPE_BITS };
}
