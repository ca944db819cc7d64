// Functions of positive values too wide for a table, by exponent and mantissa. Relative errors are 2^-bits of a mantissa.
import { log } from '../maths.js';
import { ACC_BITS } from '../limits.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, identityMap, scaleMap } from '../linear/maps.js';
import { bitLength } from './gadget.js';
import { mantissas, type Exponent } from './gadgets/lookup/normalise.js';
import { normalise, NORMALISE_NEEDS_TABLES, type NormaliseOwn } from './normalise.js';
import { productStep } from './product.js';
import type { Planner } from './real.js';
import { USE_LOOKUP } from './rescale.js';
import type { IntegerForm, TensorId, ValueId } from './steps.js';

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
function positive(to: Planner, map: LinearMap, at: ValueId): Positive {
  const { scale, zero, lo, form } = to.exact(map, at);
  const least = Math.max(Math.round(lo - zero), 1);
  return {
    unit: scale,
    form: {
      map: { ...form.map, bias: form.map.bias.map((b) => b + least) },
      accLo: least,
      accHi: form.accHi + least,
    },
  };
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

/** ln of every element. */
export function logarithm(to: Planner, map: LinearMap, at: ValueId): LinearMap {
  const v = positive(to, map, at);
  const unit = 2 ** -(to.bits(at) + MANTISSA_BITS + FINER);
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
}

/** 1 / v, or 1 / sqrt(v). */
export function reciprocal(to: Planner, map: LinearMap, at: ValueId, exponent: 'power' | 'root'): ShortFactor {
  const v = positive(to, map, at);
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
  return { tensor: productStep(to, whole(value), whole(second), plan), scale };
}
