// rescale: u = f(floor((acc + half) / 2^shift)), acc a linear form: any function of one value over the integers, with
// requantisation, rounding and saturation. In bits a function of two lines can be proved; any other takes the look-up argument.
import { fieldsOf, integerOf } from '../json.js';
import { MAX_SHIFT, SCALED_BITS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import type { Interval } from '../linear/intervals.js';
import { checkSizes, elementwise } from './elementwise.js';
import { floorsOf, half, isInside } from './floors.js';
import { bitLength, type Gadget } from './gadget.js';
import {
  applyInteger,
  decodeFunction,
  encodeFunction,
  functionKey,
  functionName,
  type IntegerFunction,
} from './integer-functions.js';
import {
  leakyGadget,
  leakyReach,
  lookupFloor,
  lookupRescale,
  lookupTails,
  lookupWide,
  rescaleGadget,
  sideOf,
  type Tails,
} from './rescale-gadgets.js';
import type { IntegerPrimitive, LookupRows, Need, Offer } from './integer.js';
import type { CircuitTensor, IntegerStep } from './steps.js';
import type { Tables } from './tables.js';

export interface RescaleOwn {
  readonly shift: number;
  readonly f: IntegerFunction;
}

type Rescale = IntegerStep<RescaleOwn>;

/** Why bits cannot have a function, and what can. */
export const NEEDS_TABLES = 'expected a function of at most two lines, this one needs look-up tables';
export const USE_LOOKUP = 'use --argument lookup';

const widthOf = ({ lo, hi }: CircuitTensor): number => hi - lo;
const boundsOf = ({ forms: [{ accLo, accHi }], own: { shift } }: Rescale, out: CircuitTensor) =>
  ({ accLo, accHi, shift, width: widthOf(out) }) as const;

/** Whether so many bits, or limbs, allow for exactly [0, width]. */
const isPower = (width: number): boolean => width + 1 === 2 ** bitLength(width);

/**
 * Keys, a power of two of them, outside which the function takes one value on each side: those of a clamp, or what holds a list of
 * values. Null where no floor is beyond it. The floors take as many rows as windows of a list: no fewer keys than there are of those.
 */
function windowOf(f: IntegerFunction, { lo, hi }: Interval, width: number): Tails | null {
  if (f.kind === 'clamp' && isPower(width)) return { first: 0, bits: bitLength(width), lo: 0, hi: width };
  if (f.kind !== 'values') return null;
  const { first, values } = f;
  const bits = Math.max(bitLength(values.length - 1), Math.ceil(bitLength(hi - lo) / 2));
  if (lo >= first && hi < first + 2 ** bits) return null;
  return { first, bits, lo: values[0], hi: values[values.length - 1] };
}

const sidesOf = ({ lo, hi }: Interval, { first, bits }: Tails): readonly [lo: number, hi: number] => [
  Math.floor((lo - first) / 2 ** bits),
  Math.floor((hi - first) / 2 ** bits),
];

/** What the gadgets of a step by look-ups are made of. */
function partsOf({ forms: [form], own: { shift, f } }: Rescale, out: CircuitTensor) {
  const [floors, width] = [floorsOf(form, shift), widthOf(out)];
  const window = windowOf(f, floors, width);
  /** The table that begins with key 0: one function in equal windows. */
  const windowKey = `${window?.bits ?? 0} bits of ${functionKey(f, width)}`;
  return { form, shift, f, floors, width, window, windowKey, inside: isInside(form, shift, width) } as const;
}

/** A clamp of floors that are all inside does nothing and needs no table; what saturates may need only a short one. */
function offers(step: Rescale, [out]: readonly CircuitTensor[], rangeBits: number): Offer[] {
  const { shift, f, floors, width, window, inside } = partsOf(step, out);
  const { lo, hi } = floors;
  const elements = sizeOf(out.shape);
  const limbs = Math.ceil(shift / rangeBits);
  const floorLimbs = Math.ceil(Math.max(bitLength(hi), 1) / rangeBits);
  // a floor that balls alone keep inside has its rows bound it, too
  if (f.kind === 'clamp' && lo >= 0 && hi <= width && (inside || isPower(width)))
    return [{ variant: 'floor', rows: elements * (limbs + floorLimbs), table: null, brings: 0 }];
  const key = functionKey(f, width);
  const table: Offer = { variant: 'table', rows: elements * (2 + limbs), table: { key, lo, hi }, brings: 0 };
  if (window === null) return [table];
  const size = 2 ** window.bits;
  if (f.kind === 'clamp') {
    const brings = Math.ceil((hi - lo) / size) + 2 + (size === 2 ** rangeBits ? 0 : size);
    return [table, { variant: 'wide', rows: elements * (5 + limbs), table: null, brings }];
  }
  const [first, last] = sidesOf(floors, window);
  return [table, { variant: 'tails', rows: elements * (6 + limbs), table: null, brings: last - first + 1 + size }];
}

const lookup: LookupRows<RescaleOwn> = {
  offers,
  wants(step, [out], wants) {
    const { shift, f, floors, width, window, windowKey, inside } = partsOf(step, out);
    const [name, value] = [functionName(f, width), (t: number) => applyInteger(f, t, width)];
    if (step.variant === 'floor') {
      if (!inside) wants.exactBits(bitLength(width));
      return;
    }
    wants.exactBits(shift);
    if (step.variant === 'table' || window === null) {
      wants.function(functionKey(f, width), name, floors.lo, floors.hi, value);
      return;
    }
    const { first, bits } = window;
    const [below, above] = sidesOf(floors, window);
    wants.common('side', 'side', below, above, sideOf); // the same function of any window
    if (step.variant === 'wide') wants.exact(width + 1);
    else wants.function(windowKey, `${name}, between tails`, 0, 2 ** bits - 1, (t) => value(first + t));
  },
  uses: (step, [out], tables) => elementwise(gadgetOf(step, out, tables), out),
};

function gadgetOf(step: Rescale, out: CircuitTensor, tables: Tables): Gadget {
  const { form, shift, f, floors, width, window, windowKey, inside } = partsOf(step, out);
  if (step.variant === 'floor') {
    const values = inside ? tables.atLeast(Math.max(bitLength(floors.hi), 1)) : tables.exactBits(bitLength(width));
    return lookupFloor(form, shift, tables.exactBits(shift), values);
  }
  const limbs = tables.exactBits(shift);
  if (step.variant === 'table' || window === null)
    return lookupRescale(form, shift, tables.function(functionKey(f, width)), limbs);
  const sides = tables.function('side');
  if (step.variant === 'wide') return lookupWide(form, shift, width, sides, limbs, tables.exact(width + 1));
  return lookupTails(form, shift, window, sides, limbs, tables.function(windowKey));
}

export const rescale: IntegerPrimitive<RescaleOwn> = {
  kind: 'rescale',
  evaluate({ own: { shift, f } }, [acc], [out]) {
    const [width, up, step] = [widthOf(out), half(shift), 2 ** shift];
    const values = new Float64Array(acc.length);
    for (let i = 0; i < values.length; i++) values[i] = applyInteger(f, Math.floor((acc[i] + up) / step), width);
    return [values];
  },
  check(step, outs, refuse) {
    checkSizes(step, outs, [1, 1], refuse);
    const { variant, own: { shift, f } } = step; // prettier-ignore
    if (variant !== null && shift < 1 && f.kind !== 'values') refuse('own.shift', '1 or more in the lookup argument', shift); // prettier-ignore
    if (shift > MAX_SHIFT) refuse('own.shift', `at most ${MAX_SHIFT}`, shift);
    if (f.kind === 'values' && !f.values.every((v) => Number.isInteger(v) && v >= 0 && v <= widthOf(outs[0])))
      refuse('own.f.values', `integers of [0, ${widthOf(outs[0])}]`, 'others');
  },
  bounds(step, [out]) {
    const { f } = step.own;
    const width = widthOf(out);
    const needs: Need[] = [];
    if (f.kind === 'leaky') {
      const reach = leakyReach({ ...boundsOf(step, out), ...f });
      needs.push({ what: `a scaled floor below 2^${SCALED_BITS}`, reach, below: 2 ** SCALED_BITS });
    }
    // in bits it saturates at 2^n - 1: any other width would let a value pass that no interval allows for
    return { outs: [{ lo: 0, hi: step.variant === null ? 2 ** Math.max(bitLength(width), 1) - 1 : width }], needs };
  },
  codec: {
    encode: ({ shift, f }) => ({ shift, f: encodeFunction(f) }),
    decode(place) {
      const { shift, f } = fieldsOf(place, ['shift', 'f']);
      return { shift: integerOf(shift, 0, 64), f: decodeFunction(f) };
    },
  },
  plain: {
    refusal: ({ own: { f } }) => (f.kind === 'values' ? NEEDS_TABLES : null),
    uses(step, [out]) {
      const { f } = step.own;
      const bounds = boundsOf(step, out);
      return elementwise(f.kind === 'leaky' ? leakyGadget({ ...bounds, ...f }) : rescaleGadget(bounds), out);
    },
  },
  lookup,
  shift: ({ own: { shift } }) => shift,
};
