// product: z = x y of two live values, element by element. Exact: the scales multiply, and whatever reads it rounds.
import { InferproofError } from '../../verifier/errors.js';
import { greatest, least } from '../extremes.js';
import { ACC_BITS } from '../limits.js';
import { mapBuilder } from '../linear/builder.js';
import { composeMaps } from '../linear/compose.js';
import { type LinearMap, constantMap, equalMaps } from '../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { type Nothing, nothing, type IntegerForm, type TensorId } from '../primitives/steps.js';
import { product, productInterval } from '../primitives/product.js';
import type { ValueId } from './values.js';
import { isFloat } from '../tensor.js';
import { point } from './functions.js';
import type { Planner, RealPrimitive, TensorPlan } from './real.js';
import { requantise } from './table.js';
import { finerSteps, wholeFloor } from './whole.js';

/** Bits of a factor that has to be rounded to a wire of its own. */
export const FACTOR_BITS = 16;

/** Those of one whose worst case is far beyond what data showed: the product of two is exact. */
const WIDE_FACTOR_BITS = 24;
/** Terms of a form that is a factor itself: each is read by the prover, a tensor instead takes about four rows. */
export const MOST_TERMS = 256;

/** Bits of such a form: half of those of a product. */
const FORM_BITS = ACC_BITS / 2 - 1;

/** Share of its range that is kept in reserve at either end. */
const FACTOR_MARGIN = 2 ** -8;

export const realProduct: RealPrimitive<Nothing> = {
  kind: product.kind,
  check(_, { sources, outs }, fail) {
    if (sources.length !== 2 || outs.length !== 1) fail('two sources and one value');
    if (!sources.every((size) => size === outs[0])) fail(`factors of ${outs[0]} elements`);
  },
  evaluate: (_, [x, y]) => [x.map((v, i) => v * y[i])],
  codec: nothing,
  roundsSources: true,
  pointwise: () => ({ op: 'product', of: [0, 1] }),
  plan({ sources, outs: [out] }, to) {
    const maps = sources.map((id) => to.map(id));
    const constant = maps.findIndex(({ parts }) => parts.length === 0);
    if (constant !== -1) {
      to.define(out, scaleMap(maps[1 - constant], maps[constant].bias));
      return;
    }
    const x = factorOf(to, sources[0]);
    const y = equalMaps(maps[0], maps[1]) ? x : factorOf(to, sources[1]); // a square is of one value: it is never negative
    to.define(out, multiplied(to, out, x, y));
  },
};

/** The products of two lists of factors, element by element: a map over a new tensor and those of the factors. */
export function multiplied(to: Planner, of: ValueId, x: Factor, y: Factor, shape = to.value(of).shape): LinearMap {
  // what the weights and the fractions of the zeros add is a linear map: the tensor holds the integers' product alone
  const z = productStep(to, x.form, y.form, { of, holds: false, shape, scale: x.scale * y.scale, zero: 0 });
  return expanded(z, x, y);
}

/** The step of the exact product of two forms; returns its tensor. */
export function productStep(
  to: Planner,
  a: IntegerForm,
  b: IntegerForm,
  plan: Omit<TensorPlan, 'lo' | 'hi'>,
): TensorId {
  const interval = productInterval(a, b);
  to.bounded(Math.max(Math.abs(interval.lo), Math.abs(interval.hi)), ACC_BITS, 'a product', plan.of);
  return to.emit({ kind: product.kind, forms: [a, b], own: {} }, [{ ...plan, ...interval }])[0];
}

/** A factor by element: real[o] = weight[o] * scale * (form + rest), which is the map over tensors. */
export interface Factor {
  readonly map: LinearMap;
  readonly weight: Float64Array;
  readonly scale: number;
  readonly form: IntegerForm;
  readonly rest: Float64Array;
}

/** The value as elements of one tensor, or as a form of few terms; anything else takes a tensor of its own first.
 * @param bits of such a tensor, at most
 * @param step of such a tensor, at least
 * @param asForm a form is read once for each product: not where there are many
 */
export function factorOf(to: Planner, id: ValueId, bits = FACTOR_BITS, asForm = true, step = 0): Factor {
  const whole = to.map(id);
  const rounds = isFloat(to.value(id).dtype);
  const map = (rounds ? to.narrowed(whole, id) : null) ?? whole; // two wide factors have no product that is exact
  const known = elementsOf(to, map);
  if (known !== null && (rounds || known.rest.every((r) => r === 0))) return known;
  if (rounds && asForm) {
    const form = formOf(to, map);
    if (form !== null) return form;
  }
  const tensor = rounds ? rounded(to, id, map, bits, step) : exactly(to, id, map);
  const own = elementsOf(to, identityMap(tensor, map.size));
  if (own === null) throw new InferproofError('internal', 'expected a tensor to be its own elements');
  return own;
}

/** Elements of a factor, in any order and any number of times. */
export function picked(x: Factor, which: Int32Array): Factor {
  const reals = (list: Float64Array): Float64Array => Float64Array.from(which, (i) => list[i]);
  const maps = (map: LinearMap): LinearMap => composeMaps(gatherMap(0, which), new Map([[0, map]]));
  return {
    ...x,
    map: maps(x.map),
    weight: reals(x.weight),
    form: { ...x.form, map: maps(x.form.map) },
    rest: reals(x.rest),
  };
}

/** Null for a form whose terms cost the prover more than a tensor of its own, or that is too wide for a product with another. */
function formOf(to: Planner, map: LinearMap): Factor | null {
  if (longest(map) > MOST_TERMS) return null;
  const found = to.factor(map, FORM_BITS);
  const { size } = map;
  return found && { map, weight: new Float64Array(size).fill(1), ...found, rest: new Float64Array(size) };
}

/** Terms of the longest element, at most. */
export const longest = ({ parts }: LinearMap): number =>
  parts.reduce((sum, { kernels }) => sum + greatest(kernels.map(({ length }) => length)), 0);

function rounded(to: Planner, id: ValueId, map: LinearMap, bits: number, step: number): TensorId {
  const { lo, hi } = to.reach(map);
  // what rounded weights add at the ends stays inside: nothing saturates, and look-ups need no table as long as the tensor
  const margin = (hi - lo) * FACTOR_MARGIN;
  const enough = step > 0 ? Math.ceil(Math.log2((hi - lo + 2 * margin) / step + 1)) : Infinity;
  if (enough <= bits) {
    const middle = Math.round((lo + hi) / 2 / step) * step;
    const half = (step * (2 ** enough - 1)) / 2;
    return requantise(to, id, map, point('identity'), enough, { lo: middle - half, hi: middle + half });
  }
  const finer = to.argument === 'lookup' ? finerSteps(bits, WIDE_FACTOR_BITS, { lo, hi }, to.seen(id)) : null;
  if (finer !== null) return wholeFloor(to, id, map, finer);
  return requantise(to, id, map, point('identity'), bits, { lo: lo - margin, hi: hi + margin });
}

/** A tensor of its own for a value that must not be rounded, an integer: the product of its form and 1. */
export function exactly(to: Planner, of: ValueId, map: LinearMap): TensorId {
  const { scale, zero, lo, form } = to.exact(map, of);
  const one: IntegerForm = { map: constantMap(new Float64Array(map.size).fill(1)), accLo: 1, accHi: 1 };
  const plan = { of, lo: 0, hi: form.accHi, scale, zero: zero - lo };
  return to.emit({ kind: product.kind, forms: [form, one], own: {} }, [plan])[0];
}

/** Null for a map of several terms per element, or of a tensor that has a scale per column. */
function elementsOf(to: Planner, map: LinearMap): Factor | null {
  const { bias, parts } = map;
  if (parts.length !== 1) return null;
  const [{ from, base, pattern, kernel, patterns, kernels }] = parts;
  // an element that is 0, as a masked one, is no element of the tensor
  if (!kernel.every((id, o) => kernels[id].length === 1 || (kernels[id].length === 0 && bias[o] === 0))) return null;
  const { scale, zero, lo, hi } = to.tensor(from);
  if (typeof scale !== 'number' || typeof zero !== 'number') return null;
  const weight = Float64Array.from(kernel, (id) => kernels[id][0] ?? 0);
  // u + lo - zero + offset: its whole part goes into the form, the fraction stays outside
  const constant = bias.map((b, o) => (weight[o] === 0 ? 0 : lo - zero + b / (weight[o] * scale)));
  const whole = constant.map((c) => Math.round(c) + 0);
  const live = whole.filter((_, o) => weight[o] !== 0);
  if (live.length === 0) return null;
  const at = Int32Array.from(base, (b, o) => b + (patterns[pattern[o]][0] ?? -b));
  const masked = live.length < whole.length ? [0] : [];
  const own = masked.length === 0 ? gatherMap(from, at) : maskedMap(from, at, weight);
  const [accLo, accHi] = [least([...masked, ...live]), greatest([...masked, ...live.map((c) => c + hi - lo)])];
  const form = { map: { ...own, bias: whole }, accLo, accHi };
  return { map, weight, scale, form, rest: constant.map((c, o) => c - whole[o]) };
}

/** Elements of a tensor, and 0 where the weight is. */
function maskedMap(from: TensorId, at: Int32Array, weight: Float64Array): LinearMap {
  const builder = mapBuilder(at.length);
  const part = builder.part(from);
  weight.forEach((w, o) => w !== 0 && part.row(o, [at[o]], [1]));
  return builder.build();
}

/** With v, w the weights times the scales: v (a + r) w (b + s) = v w a b + v r [w (b + s)] + w s [v (a + r)] - v r w s. */
function expanded(z: TensorId, x: Factor, y: Factor): LinearMap {
  const times = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, o) => v * b[o]);
  const fraction = ({ weight, scale, rest }: Factor): Float64Array => weight.map((w, o) => w * scale * rest[o]);
  const [ofX, ofY] = [fraction(x), fraction(y)];
  const product = scaleMap(identityMap(z, x.map.size), times(x.weight, y.weight));
  const corner = times(ofX, ofY).map((v) => -v);
  const isWhole = (fractions: Float64Array): boolean => fractions.every((v) => v === 0);
  const others = [
    ...(isWhole(ofX) ? [] : [scaleMap(y.map, ofX)]),
    ...(isWhole(ofY) ? [] : [scaleMap(x.map, ofY, corner)]),
  ];
  return addMaps([product, ...others]);
}
