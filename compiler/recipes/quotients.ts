// What a product with an inverse is made of: a factor on wires, and the exact product in steps of its result.
import { ACC_BITS, MAX_SHIFT, TABLE_BITS } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { floorsOf, half } from '../primitives/floors.js';
import { bitLength } from '../primitives/gadget.js';
import { type RescaleOwn, rescale } from '../primitives/rescale.js';
import type { IntegerForm, TensorId } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import { sizeOf } from '../tensor.js';
import type { Planner } from './real.js';

/** Bits of the product of a factor and an inverse: room for a weight of 2^RATIO_BITS. */
export const PRODUCT_BITS = 45;
/** Bits of the weight between the product's unit and a step of the result: at most an eighth of the steps is given away. */
const RATIO_BITS = 4;
/** Bits of a shortened inverse beyond those of a result, where the other factor is as large as data showed. */
const SHORT_BITS = 2;
/** Share of its range that a rounded value keeps in reserve at either end. */
const MARGIN = 2 ** -8;

/** A tensor, and the form of its ints: real = scale * int. */
interface OnWires {
  readonly tensor: TensorId;
  readonly form: IntegerForm;
  readonly scale: number;
}

/** A value on wires of its own. */
export function onWires(
  to: Planner,
  of: ValueId,
  what: string,
  map: LinearMap,
  bits: number,
  { lo, hi }: Interval,
): OnWires {
  const width = 2 ** bits - 1;
  const scale = ((1 + 2 * MARGIN) * (hi - lo)) / width;
  const low = Math.round((lo - MARGIN * (hi - lo)) / scale) + 0;
  return inSteps(to, of, what, map, scale, low, width);
}

/**
 * A value on wires in steps of `fine`, as many as its interval takes, so that nothing saturates; coarser ones where that were more
 * than `bits` of them.
 * @param finer bits by which `fine` is finer than a result needs
 * @param keeps whether they are to be that fine exactly, where they can be, though a margin then takes a bit
 */
export function unsaturated(
  to: Planner,
  of: ValueId,
  what: string,
  map: LinearMap,
  fine: number,
  bits: number,
  keeps = false,
  finer = 0,
): OnWires {
  const { lo, hi } = to.reach(map);
  const wide = (1 + 2 * MARGIN) * (hi - lo);
  const enough = Math.ceil(Math.log2(keeps ? wide / fine + 2 : (hi - lo) / fine) - 2 ** -20);
  const width = 2 ** Math.min(bits, Math.max(enough, 1)) - 1;
  const scale = Math.max(wide / width, Math.min(fine, wide));
  return inSteps(
    to,
    of,
    what,
    map,
    scale,
    Math.round((lo - MARGIN * (hi - lo)) / scale) + 0,
    width,
    Math.max(finer - Math.max(Math.ceil(Math.log2(scale / fine)), 0), 0),
  );
}

function inSteps(
  to: Planner,
  of: ValueId,
  what: string,
  map: LinearMap,
  scale: number,
  low: number,
  width: number,
  finer = 0,
): OnWires {
  const { shift, form } = to.rescaled(map, scale, low, of, { finer });
  const own: RescaleOwn = { shift, f: { kind: 'clamp' } };
  const name = `${to.value(of).name} ${what}`;
  const itsShape = sizeOf(to.value(of).shape) === map.size ? {} : { shape: [map.size] };
  const plan = { of, holds: false as const, name, lo: low, hi: low + width, scale, zero: 0, ...itsShape };
  const [tensor] = to.emit({ kind: rescale.kind, forms: [form], own }, [plan]);
  const ints = identityMap(tensor, map.size);
  return { tensor, form: { map: { ...ints, bias: ints.bias.fill(low) }, accLo: low, accHi: low + width }, scale };
}

/** A weight and a shift that make steps of about the wanted size, no smaller, of those of a unit. Throws 'unbounded' for more units than a shift drops. */
function ratio(
  to: Planner,
  of: ValueId,
  unit: number,
  wanted: number,
): { readonly shift: number; readonly weight: number; readonly scale: number } {
  const shift = Math.max(RATIO_BITS + Math.floor(Math.log2(wanted / unit)), 1);
  to.bounded(2 ** shift, MAX_SHIFT + 1, 'units of the exact value in a step of the result', of);
  const weight = Math.max(Math.floor((unit / wanted) * 2 ** shift), 1);
  return { shift, weight, scale: (unit * 2 ** shift) / weight };
}

/** A factor of a product in fewer bits, and the shift that makes steps of the result of the product. */
interface Shortened {
  readonly tensor: TensorId;
  readonly scale: number;
  readonly shift: number;
  /** What a unit of the factor is at most in units of the shortened one. */
  readonly ratio: number;
}

/**
 * Floors of inverses so that the product with another factor takes fewer limbs to round; null where they save no rows.
 * @param inverse their tensor, from 0 on
 * @param reach steps of the other factor over what data showed of it
 * @param steps units of the product in a step of its result
 * @param elements of the product
 */
export function shortened(
  to: Planner,
  of: ValueId,
  inverse: TensorId,
  reach: number,
  steps: number,
  elements: number,
): Shortened | null {
  const limb = to.rangeBits!;
  const { hi: most, scale: given, shape } = to.tensor(inverse);
  const unit = Number(given);
  const limbs = (bits: number): number => Math.ceil(bits / limb);
  const long = limbs(RATIO_BITS + Math.log2(steps));
  const shift = limb * limbs(Math.log2(reach) + SHORT_BITS);
  const wanted = (unit * steps) / 2 ** shift;
  if (!(wanted > 2 * unit)) return null;
  const { shift: drop, weight, scale } = ratio(to, of, unit, wanted);
  const bits = bitLength(Math.floor((weight * most) / 2 ** drop));
  const size = sizeOf(shape);
  if (size * (limbs(drop) + limbs(bits)) >= elements * (long - shift / limb)) return null;
  const down = -half(drop); // no floor is above what it was: what bounds the products bounds them still
  const form = { map: scaleMap(identityMap(inverse, size), weight, down), accLo: down, accHi: weight * most + down };
  to.bounded(form.accHi, ACC_BITS, 'an accumulator', of);
  const own: RescaleOwn = { shift: drop, f: { kind: 'clamp' } };
  const name = `${to.value(of).name} short inverses`;
  const plan = { of, holds: false, name, shape, lo: 0, hi: 2 ** bits - 1, scale, zero: 0 };
  const [tensor] = to.emit({ kind: rescale.kind, forms: [form], own }, [plan]);
  return { tensor, scale, shift, ratio: weight / 2 ** drop };
}

/** Elements of an exact tensor in steps of a unit that is chosen so that its weight is an integer: nothing but the floor is rounded. */
export function clamped(to: Planner, of: ValueId, from: TensorId, at: Int32Array, { lo, hi }: Interval): TensorId {
  const { scale: given, lo: least, hi: most } = to.tensor(from);
  const unit = Number(given);
  const width = 2 ** to.bits(of) - 1;
  const { shift, weight, scale } = ratio(to, of, unit, Math.max((hi - lo) / width, unit));
  const low = Math.round(lo / scale) + 0;
  const picked = scaleMap(gatherMap(from, at), weight, weight * least - low * 2 ** shift);
  const form = {
    map: picked,
    accLo: weight * least - low * 2 ** shift,
    accHi: weight * most - low * 2 ** shift,
  };
  to.bounded(Math.max(-form.accLo, form.accHi), ACC_BITS, 'an accumulator', of);
  const floors = floorsOf(form, shift);
  to.bounded((floors.hi - floors.lo) / (width + 1), TABLE_BITS, 'rows of a table', of);
  const own: RescaleOwn = { shift, f: { kind: 'clamp' } };
  return to.emit({ kind: rescale.kind, forms: [form], own }, [{ of, lo: low, hi: low + width, scale, zero: 0 }])[0];
}

/**
 * An exact tensor of balls of a radius around 0, in steps as fine as the range asks for: a floor, since no ball is left.
 * @param bits steps of 2^bits of its unit; null: a weight makes them
 */
export function floored(
  to: Planner,
  of: ValueId,
  from: TensorId,
  { lo, hi }: Interval,
  holds: boolean,
  bits: number | null,
): TensorId {
  const { scale: given, lo: least, hi: most, shape, ball } = to.tensor(from);
  const { size, radius } = ball!;
  const unit = Number(given);
  const { shift, weight, scale } =
    bits === null
      ? ratio(to, of, unit, Math.max((hi - lo) / (2 ** to.bits(of) - 1), unit))
      : { shift: bits, weight: 1, scale: unit * 2 ** bits };
  const reach = (weight * radius) / 2 ** shift + Math.sqrt(size) / 2;
  const low = -(2 ** bitLength(Math.ceil(reach)));
  const offset = low * 2 ** shift;
  const form = {
    map: scaleMap(identityMap(from, sizeOf(shape)), weight, weight * least - offset),
    accLo: weight * least - offset,
    accHi: weight * most - offset,
    within: {
      lo: Math.max(-weight * radius, weight * least) - offset,
      hi: Math.min(weight * radius, weight * most) - offset,
    },
  };
  to.bounded(Math.max(-form.accLo, form.accHi), ACC_BITS, 'an accumulator', of);
  const own: RescaleOwn = { shift, f: { kind: 'clamp' } };
  const plan = {
    of,
    holds,
    ...(!holds && { shape }),
    lo: low,
    hi: -low - 1,
    usual: { lo, hi },
    scale,
    zero: 0,
    ball: { size, radius: reach },
  };
  return to.emit({ kind: rescale.kind, forms: [form], own }, [plan])[0];
}
