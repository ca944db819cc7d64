// rescale: u = f(floor((acc + half) / 2^shift)), acc a linear form: any function of one value over the integers, with
// requantisation, rounding and saturation. In bits a function of two lines can be proved; any other takes the look-up argument.
import { fieldsOf, integerOf } from '../json.js';
import { MAX_SHIFT, SCALED_BITS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { floorsOf, isInside } from './floors.js';
import { bitLength, type Gadget } from './gadget.js';
import { leakyGadget, leakyReach } from './gadgets/leaky.js';
import { lookupFloor } from './gadgets/lookup/floor.js';
import { lookupRescale } from './gadgets/lookup/rescale.js';
import { lookupTails, type Tails } from './gadgets/lookup/tails.js';
import { lookupWide, sideOf } from './gadgets/lookup/wide.js';
import { half, rescaleGadget } from './gadgets/rescale.js';
import {
  applyInteger,
  decodeFunction,
  encodeFunction,
  functionKey,
  functionName,
  type IntegerFunction,
} from './integer-functions.js';
import type { IntegerPrimitive, LookupRows, Need, Offer, Use } from './integer.js';
import type { CircuitTensor, IntegerStep } from './steps.js';

export interface RescaleOwn {
  readonly shift: number;
  readonly f: IntegerFunction;
}

type Rescale = IntegerStep<RescaleOwn>;

/** Why bits cannot have a function, and what can. */
export const NEEDS_TABLES = 'expected a function of at most two lines, this one needs look-up tables';
export const USE_LOOKUP = 'use --argument lookup';

const KIND = 'rescale';

const widthOf = ({ lo, hi }: CircuitTensor): number => hi - lo;
const boundsOf = ({ forms: [{ accLo, accHi }], own: { shift } }: Rescale, out: CircuitTensor) =>
  ({ accLo, accHi, shift, width: widthOf(out) }) as const;

/** One gadget per element of the form. */
const elementwise = (gadget: Gadget, { shape }: CircuitTensor): Use[] => [
  { gadget, count: sizeOf(shape), ports: [{ form: 0 }], outputs: [{ tensor: 0 }] },
];

/**
 * A window of keys, a power of two, that holds a list of values; null where no floor is beyond it. The floors take as many rows as
 * windows: no fewer keys than there are of those.
 */
function tailsOf({ own: { shift, f }, forms: [form] }: Rescale): Tails | null {
  if (f.kind !== 'values') return null;
  const { first, values } = f;
  const { lo, hi } = floorsOf(form, shift);
  const bits = Math.max(bitLength(values.length - 1), Math.ceil(bitLength(hi - lo) / 2));
  if (lo >= first && hi < first + 2 ** bits) return null;
  return { first, bits, lo: values[0], hi: values[values.length - 1] };
}

const sidesOf = (step: Rescale, { first, bits }: Tails): readonly [lo: number, hi: number] => {
  const { lo, hi } = floorsOf(step.forms[0], step.own.shift);
  return [Math.floor((lo - first) / 2 ** bits), Math.floor((hi - first) / 2 ** bits)];
};

/** Whether limbs allow for exactly [0, width]: a floor that balls alone keep inside has its rows bound it, too. */
const isPower = (width: number): boolean => width + 1 === 2 ** bitLength(width);

/** A clamp of floors that are all inside does nothing and needs no table; what saturates may need only a short one. */
function offers(step: Rescale, [out]: readonly CircuitTensor[], rangeBits: number): Offer[] {
  const { shift, f } = step.own;
  const { lo, hi } = floorsOf(step.forms[0], shift);
  const width = widthOf(out);
  const elements = sizeOf(out.shape);
  const limbs = Math.ceil(shift / rangeBits);
  const floorLimbs = Math.ceil(Math.max(bitLength(hi), 1) / rangeBits);
  if (f.kind === 'clamp' && lo >= 0 && hi <= width && (isInside(step.forms[0], shift, width) || isPower(width)))
    return [{ variant: 'floor', rows: elements * (limbs + floorLimbs), table: null, brings: 0 }];
  const table: Offer = {
    variant: 'table',
    rows: elements * (2 + limbs),
    table: { key: functionKey(f, width), lo, hi },
    brings: 0,
  };
  if (f.kind === 'values') {
    const tails = tailsOf(step);
    if (tails === null) return [table];
    const [first, last] = sidesOf(step, tails);
    return [
      table,
      { variant: 'tails', rows: elements * (6 + limbs), table: null, brings: last - first + 1 + 2 ** tails.bits },
    ];
  }
  if (f.kind !== 'clamp') return [table];
  const size = width + 1;
  const brings = Math.ceil((hi - lo) / size) + 2 + (size === 2 ** rangeBits ? 0 : size);
  return [table, { variant: 'wide', rows: elements * (5 + limbs), table: null, brings }];
}

/** The table that begins with key 0: one function in equal windows. */
const tailsKey = (f: IntegerFunction, width: number, { bits }: Tails): string =>
  `${bits} bits of ${functionKey(f, width)}`;

const lookup: LookupRows<RescaleOwn> = {
  offers,
  wants(step, [out], wants) {
    const {
      forms: [form],
      own: { shift, f },
      variant,
    } = step;
    const { lo, hi } = floorsOf(form, shift);
    const width = widthOf(out);
    if (variant === 'floor') {
      if (!isInside(form, shift, width)) wants.exactBits(bitLength(width));
      return;
    }
    wants.exactBits(shift);
    if (variant === 'table')
      wants.function(functionKey(f, width), functionName(f, width), lo, hi, (t) => applyInteger(f, t, width));
    else if (variant === 'tails') {
      const tails = tailsOf(step)!;
      const [first, last] = sidesOf(step, tails);
      wants.common('side', 'side', first, last, sideOf);
      wants.function(tailsKey(f, width, tails), `${functionName(f, width)}, between tails`, 0, 2 ** tails.bits - 1, (t) => applyInteger(f, tails.first + t, width)); // prettier-ignore
    } else {
      // the side of [0, 2^b) is the same function of q / 2^b for every b
      wants.common('side', 'side', Math.floor(lo / (width + 1)), Math.floor(hi / (width + 1)), sideOf);
      wants.exact(width + 1);
    }
  },
  uses(step, [out], tables) {
    const {
      forms: [form],
      own: { shift, f },
      variant,
    } = step;
    const width = widthOf(out);
    if (variant === 'floor') {
      const values = isInside(form, shift, width)
        ? tables.atLeast(Math.max(bitLength(floorsOf(form, shift).hi), 1))
        : tables.exactBits(bitLength(width));
      return elementwise(lookupFloor(form, shift, tables.exactBits(shift), values), out);
    }
    const limbs = tables.exactBits(shift);
    if (variant === 'wide')
      return elementwise(lookupWide(form, shift, width, tables.function('side'), limbs, tables.exact(width + 1)), out);
    if (variant === 'tails') {
      const tails = tailsOf(step)!;
      const values = tables.function(tailsKey(f, width, tails));
      return elementwise(lookupTails(form, shift, tails, tables.function('side'), limbs, values), out);
    }
    const table = tables.function(functionKey(f, width));
    return elementwise(
      lookupRescale(form, shift, (q) => applyInteger(f, q, width), table, limbs),
      out,
    );
  },
};

export const rescale: IntegerPrimitive<RescaleOwn> = {
  kind: KIND,
  evaluate({ own: { shift, f } }, [acc], [out]) {
    const [width, up, step] = [widthOf(out), half(shift), 2 ** shift];
    const values = new Float64Array(acc.length);
    for (let i = 0; i < values.length; i++) values[i] = applyInteger(f, Math.floor((acc[i] + up) / step), width);
    return [values];
  },
  check({ forms, variant, own: { shift, f } }, outs, refuse) {
    if (forms.length !== 1 || outs.length !== 1) refuse('forms', 'one form of one tensor', forms.length);
    const size = sizeOf(outs[0].shape);
    if (forms[0].map.size !== size)
      refuse('forms[0].map', `${size} elements, the shape of its tensor`, forms[0].map.size);
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
  isMonotone: ({ own: { f } }) => f.kind !== 'values' || f.values.every((v, i) => i === 0 || v >= f.values[i - 1]),
  shift: ({ own: { shift } }) => shift,
};
