// remainder: floor(a / D) or a mod D, D a constant: integers that are divided, and integers that wrap around.
import { choiceOf, fieldsOf, integerOf } from '../json.js';
import { ACC_BITS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { bitLength, type Gadget } from './gadget.js';
import { lookupRemainder } from './gadgets/lookup/remainder.js';
import { partOf, remainderGadget, type Part } from './gadgets/remainder.js';
import type { IntegerPrimitive, Offer, Use } from './integer.js';
import type { CircuitTensor, IntegerStep } from './steps.js';

export interface RemainderOwn {
  readonly divisor: number;
  readonly part: Part;
}

const PARTS: readonly Part[] = ['quotient', 'rest'];
const isPower = (divisor: number): boolean => divisor === 2 ** bitLength(divisor - 1);

const quotientBits = ({ forms: [{ accHi }], own: { divisor } }: IntegerStep<RemainderOwn>): number =>
  Math.max(bitLength(Math.floor(accHi / divisor)), 1);

/** The rest is in a table of exactly D rows, or both it and what it is below D - 1 are in a range. A power of two has no choice. */
function offers(step: IntegerStep<RemainderOwn>, [out]: readonly CircuitTensor[], rangeBits: number): Offer[] {
  const { divisor } = step.own;
  if (isPower(divisor)) return [];
  const count = sizeOf(out.shape);
  const [Lq, Lr] = [quotientBits(step), bitLength(divisor - 1)].map((bits) => Math.ceil(bits / rangeBits));
  const ends: Offer = { variant: 'ends', rows: count * (Lq + 2 * Lr), table: null, brings: 0 };
  if (divisor > 2 ** rangeBits) return [ends];
  const table = { key: `range ${divisor}`, lo: 0, hi: divisor - 1 };
  return [{ variant: 'exact', rows: count * (Lq + 1), table, brings: 0 }, ends];
}

export const remainder: IntegerPrimitive<RemainderOwn> = {
  kind: 'remainder',
  evaluate: ({ own: { divisor, part } }, [acc]) => [acc.map((a) => partOf(part, a, divisor))],
  check({ forms, own: { divisor } }, outs, refuse) {
    if (forms.length !== 1 || outs.length !== 1) refuse('forms', 'one form of one tensor', forms.length);
    const size = sizeOf(outs[0].shape);
    if (forms[0].map.size !== size)
      refuse('forms[0].map', `${size} elements, the shape of its tensor`, forms[0].map.size);
    if (forms[0].accLo < 0) refuse('forms[0].accLo', '0 or more', forms[0].accLo);
    if (divisor < 2) refuse('own.divisor', '2 or more', divisor);
  },
  bounds({ forms: [{ accHi }], own: { divisor, part } }) {
    const hi = part === 'quotient' ? Math.floor(accHi / divisor) : Math.min(accHi, divisor - 1);
    return { outs: [{ lo: 0, hi }], needs: [{ what: `a divisor below 2^${ACC_BITS}`, reach: divisor, below: 2 ** ACC_BITS }] }; // prettier-ignore
  },
  codec: {
    encode: ({ divisor, part }) => ({ divisor, part }),
    decode(place) {
      const { divisor, part } = fieldsOf(place, ['divisor', 'part']);
      return { divisor: integerOf(divisor, 2, 2 ** ACC_BITS), part: choiceOf(part, PARTS) };
    },
  },
  plain: {
    uses: ({ forms: [{ accHi }], own: { divisor, part } }, [out]) => each(remainderGadget(divisor, part, accHi), out),
  },
  lookup: {
    offers,
    wants({ own: { divisor }, variant }, _, wants) {
      if (variant === 'exact') wants.exact(divisor);
      if (variant === null) wants.exactBits(bitLength(divisor - 1));
    },
    uses(step, [out], tables) {
      const { forms: [{ accHi }], own: { divisor, part }, variant } = step; // prettier-ignore
      const bits = bitLength(divisor - 1);
      const width = tables.rangeBits;
      const one = variant === 'exact' ? tables.exact(divisor) : null;
      const rests = one ? { count: 1, width, low: one, top: one } : variant === 'ends' ? tables.atLeast(bits) : tables.exactBits(bits); // prettier-ignore
      const quotients = tables.atLeast(quotientBits(step));
      return each(lookupRemainder(divisor, part, accHi, quotients, rests, variant === 'ends'), out);
    },
  },
};

const each = (gadget: Gadget, { shape }: CircuitTensor): Use[] => [
  { gadget, count: sizeOf(shape), ports: [{ form: 0 }], outputs: [{ tensor: 0 }] },
];
