// Functions of positive values too wide for a table, by exponent and mantissa. Relative errors are 2^-bits of a mantissa.
import { greatest } from '../extremes.js';
import { ACC_BITS } from '../limits.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, identityMap, scaleMap } from '../linear/maps.js';
import { log } from '../maths.js';
import { bitLength } from '../primitives/gadget.js';
import {
  type Exponent,
  mantissas,
  NORMALISE_NEEDS_TABLES,
  type NormaliseOwn,
  normalise,
} from '../primitives/normalise.js';
import { USE_LOOKUP } from '../primitives/rescale.js';
import type { IntegerForm, TensorId } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import { productStep } from './product.js';
import type { Planner } from './real.js';

/** Bits of a mantissa beyond those of the result. */
const MANTISSA_BITS = 2;
/** Bits of f of a mantissa beyond those. */
const FINER = 2;
/** Of the inverse root or the reciprocal of a mantissa. */
export const INVERSE_BITS = MANTISSA_BITS + 1;

/** A positive value as an integer form from 1 on, off by less than a unit: real = unit v. */
interface Positive {
  readonly form: IntegerForm;
  readonly unit: number;
}

/** The maps are over tensors whose reals are never negative together; a value below a unit counts as one. */
function positive(to: Planner, map: LinearMap, at: ValueId, floor: number): Positive {
  const { scale, zero, lo, form } = to.exact(map, at);
  if (floor > 0 && !isWhole(to, map, form, scale)) {
    // in units of which the least value has enough, whatever exact unit the map has
    const step = floor * 2 ** -(to.bits(at) + MANTISSA_BITS + 1);
    const { shift, form: finer } = to.rescaled(map, step, 0, at);
    return { unit: step / 2 ** shift, form: finer };
  }
  // a power of two of them is exact, too, and the constant more precise, unless it is small beside all other values
  const wanted = LEAST_UNITS * floor > scale ? Math.ceil(Math.log2((LEAST_UNITS * scale) / floor)) : 0;
  const k = Math.max(Math.min(wanted, ACC_BITS - 2 - bitLength(form.accHi)), 0);
  const least = Math.max(Math.round((lo - zero) * 2 ** k), 1);
  const finer = scaleMap(form.map, 2 ** k);
  return {
    unit: scale / 2 ** k,
    form: {
      map: { ...finer, bias: form.map.bias.map((b) => b * 2 ** k + least) },
      accLo: least,
      accHi: form.accHi * 2 ** k + least,
    },
  };
}

/** Units of the least value where no weight is rounded: its constant is off by half of one. */
export const LEAST_UNITS = 16;

/** Whether a form has the weights of the map in a unit, none of them rounded. */
function isWhole(to: Planner, map: LinearMap, form: IntegerForm, unit: number): boolean {
  return map.parts.every(({ from, kernels }) => {
    const { scale } = to.tensor(from);
    if (typeof scale !== 'number' || !form.map.parts.some((part) => part.from === from)) return false;
    return kernels.every((weights) =>
      weights.every((w) => Math.abs((w * scale) / unit - Math.round((w * scale) / unit)) < 2 ** -40),
    );
  });
}

/** The tensors of f(m) and of the exponent. */
function normalForm(
  to: Planner,
  { form }: Positive,
  exponent: Exponent,
  f: (mantissa: number, M: number) => number,
  second: (k: number) => number,
  scales: readonly [number, number],
  at: ValueId,
): { readonly M: number; readonly value: TensorId; readonly second: TensorId } {
  if (to.argument === 'plain') to.refuse(`expected no roots, reciprocals or logarithms of sums: ${NORMALISE_NEEDS_TABLES}`, USE_LOOKUP, at); // prettier-ignore
  const p = to.bits(at) + MANTISSA_BITS;
  const M = Math.max(bitLength(form.accHi), p + 1);
  to.bounded(2 ** M, ACC_BITS - 1, 'a value to normalise', at);
  const { lo, hi } = mantissas({ exponent, M, p });
  const values = Float64Array.from({ length: hi - lo + 1 }, (_, i) => f((lo + i + 0.5) / 2 ** p, M));
  const logs = exponent === 'log' ? Float64Array.from({ length: M }, (_, k) => second(k)) : new Float64Array();
  const own: NormaliseOwn = { exponent, M, p, values, logs };
  const step = { kind: normalise.kind, outs: [], forms: [form], variant: null, own };
  const [ofValues, ofSecond] = normalise.bounds(step, []).outs;
  const { name } = to.value(at);
  const plan = { of: at, holds: false as const, shape: [form.map.size], zero: 0, lo: 0 };
  const [value, exponents] = to.emit(step, [
    { ...plan, name: `${name} mantissas`, hi: ofValues?.hi ?? 0, scale: scales[0] },
    { ...plan, name: `${name} exponents`, hi: ofSecond?.hi ?? 0, scale: scales[1] },
  ]);
  return { M, value, second: exponents };
}

/** ln of every element, in steps of `unit`. */
export function logarithm(
  to: Planner,
  map: LinearMap,
  at: ValueId,
  unit = 2 ** -(to.bits(at) + MANTISSA_BITS + FINER),
): LinearMap {
  const v = positive(to, map, at, 0);
  // ln v = ln m' + M ln 2 - ln b, m' in [1/2, 1)
  const { M, value, second } = normalForm(
    to,
    v,
    'log',
    (m) => Math.max(Math.round((log(m) + Math.LN2) / unit), 0),
    (k) => Math.round((k * Math.LN2) / unit),
    [unit, unit],
    at,
  );
  const { size } = map;
  const parts = addMaps([identityMap(value, size), scaleMap(identityMap(second, size), -1)]);
  return scaleMap(parts, 1, (M - 1) * Math.LN2 + log(v.unit));
}

/** A positive factor on wires: real = scale * int, ints from 0 on. */
export interface ShortFactor {
  readonly tensor: TensorId;
  readonly scale: number;
  /** The integers v whose inverse it is, and what the inverse times v, or times its root, is never above. */
  readonly of: IntegerForm;
  readonly most: number;
}

/**
 * 1 / v, or 1 / sqrt(v).
 * @param floor what v is never below; 0: it has a unit of its own, and is no less than one of it
 */
export function reciprocal(
  to: Planner,
  map: LinearMap,
  at: ValueId,
  exponent: 'power' | 'root',
  floor = 0,
): ShortFactor {
  const v = positive(to, map, at, floor);
  const bits = to.bits(at) + INVERSE_BITS;
  const power = exponent === 'root' ? 0.5 : 1;
  const of = (m: number): number => Math.round(2 ** bits / (exponent === 'root' ? Math.sqrt(m) : m));
  const { M, value, second } = normalForm(to, v, exponent, of, (k) => k, [1, 1], at);
  const whole = (tensor: TensorId): IntegerForm => {
    return { map: identityMap(tensor, map.size), accLo: 0, accHi: to.tensor(tensor).hi };
  };
  const scale = 2 ** -bits / (exponent === 'root' ? Math.sqrt(2 ** M) : 2 ** M) / v.unit ** power;
  const name = `${to.value(at).name} ${exponent === 'root' ? 'inverse roots' : 'reciprocals'}`;
  const plan = { of: at, holds: false as const, name, shape: [map.size], scale, zero: 0 };
  // v b < (m + 1) 2^(M - p), and the inverse is f(m) b; with roots throughout likewise
  const { lo, hi } = mantissas({ exponent, M, p: to.bits(at) + MANTISSA_BITS });
  const ulp = 2 ** -(to.bits(at) + MANTISSA_BITS);
  const most = greatest(Float64Array.from({ length: hi - lo + 1 }, (_, i) => ((lo + i + 1) * ulp) ** power * of((lo + i + 0.5) * ulp))); // prettier-ignore
  return {
    tensor: productStep(to, whole(value), whole(second), plan),
    scale,
    of: v.form,
    most: most * 2 ** (M * power),
  };
}

/** Bits of the root of a power of two beyond those of a mantissa. */
const POWER_BITS = 2;

/** The root of every element, on wires. The map is one of sums of squares: 0 counts as one of its units. */
export function root(to: Planner, map: LinearMap, at: ValueId): TensorId {
  const v = positive(to, map, at, 0);
  const bits = to.bits(at) + MANTISSA_BITS + FINER;
  // sqrt v = sqrt m' 2^(M/2) 2^(-k/2), m' in [1/2, 1)
  const { M, value, second } = normalForm(
    to,
    v,
    'log',
    (m) => Math.round(Math.sqrt(m) * 2 ** bits),
    (k) => Math.round(Math.sqrt(2 ** -k) * 2 ** (bits + POWER_BITS)),
    [1, 1],
    at,
  );
  const whole = (tensor: TensorId): IntegerForm => {
    return { map: identityMap(tensor, map.size), accLo: 0, accHi: to.tensor(tensor).hi };
  };
  const scale = Math.sqrt(v.unit * 2 ** M) * 2 ** -(2 * bits + POWER_BITS);
  const plan = { of: at, holds: false as const, name: `${to.value(at).name} exact`, shape: [map.size], scale, zero: 0 };
  return productStep(to, whole(value), whole(second), plan);
}
