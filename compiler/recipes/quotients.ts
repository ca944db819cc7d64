// What a product with an inverse is made of: a factor on wires, and the exact product in steps of its result.
import { ACC_BITS, TABLE_BITS } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { floorsOf } from '../primitives/floors.js';
import { bitLength } from '../primitives/gadget.js';
import { type RescaleOwn, rescale } from '../primitives/rescale.js';
import type { IntegerForm, TensorId, ValueId } from '../primitives/steps.js';
import { sizeOf } from '../tensor.js';
import type { Planner } from './real.js';

/** Bits of the product of a factor and an inverse: room for a weight of 2^RATIO_BITS. */
export const PRODUCT_BITS = 45;
/** Bits of the weight between the product's unit and a step of the result: at most an eighth of the steps is given away. */
const RATIO_BITS = 4;
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

/** A weight and a shift that make steps of about the wanted size, no smaller, of those of a unit. */
function ratio(
  unit: number,
  wanted: number,
): { readonly shift: number; readonly weight: number; readonly scale: number } {
  const shift = Math.max(RATIO_BITS + Math.floor(Math.log2(wanted / unit)), 1);
  const weight = Math.max(Math.floor((unit / wanted) * 2 ** shift), 1);
  return { shift, weight, scale: (unit * 2 ** shift) / weight };
}

/** Elements of an exact tensor in steps of a unit that is chosen so that its weight is an integer: nothing but the floor is rounded. */
export function clamped(to: Planner, of: ValueId, from: TensorId, at: Int32Array, { lo, hi }: Interval): TensorId {
  const { scale: given, lo: least, hi: most } = to.tensor(from);
  const unit = Number(given);
  const width = 2 ** to.bits(of) - 1;
  const { shift, weight, scale } = ratio(unit, Math.max((hi - lo) / width, unit));
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

/** An exact tensor of balls of a radius around 0, in steps as fine as the range asks for: a floor, since no ball is left. */
export function floored(to: Planner, of: ValueId, from: TensorId, { lo, hi }: Interval, holds: boolean): TensorId {
  const { scale: given, lo: least, hi: most, shape, ball } = to.tensor(from);
  const { size, radius } = ball!;
  const unit = Number(given);
  const { shift, weight, scale } = ratio(unit, Math.max((hi - lo) / (2 ** to.bits(of) - 1), unit));
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
    usual: (hi - lo) / scale,
    scale,
    zero: 0,
    ball: { size, radius: reach },
  };
  return to.emit({ kind: rescale.kind, forms: [form], own }, [plan])[0];
}
