// remainder: floor(a / D) or a mod D, D a constant: integers that are divided, and integers that wrap around.
import { choiceOf, fieldsOf, integerOf } from '../json.js';
import { ACC_BITS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { divided } from './divide.js';
import { checkSizes, elementwise } from './elementwise.js';
import { checkReach } from './floors.js';
import { bitLength, byLookups, type Gadget, signalArray } from './gadget.js';
import type { IntegerPrimitive, Offer } from './integer.js';
import type { CircuitTensor, IntegerStep } from './steps.js';
import { limbLookups, type Limbs, rangeOf } from './tables.js';

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
  evaluate: ({ own: { divisor, part } }, [acc]) => [
    acc.map((a) => (part === 'quotient' ? divided(a, divisor).q : divided(a, divisor).rest)),
  ],
  check(step, outs, refuse) {
    checkSizes(step, outs, [1, 1], refuse);
    const { forms, own: { divisor } } = step; // prettier-ignore
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
    uses: ({ forms: [{ accHi }], own: { divisor, part } }, [out]) =>
      elementwise(remainderGadget(divisor, part, accHi), out),
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
      return elementwise(lookupRemainder(divisor, part, accHi, quotients, rests, variant === 'ends'), out);
    },
  },
};

/** What of a = D q + r is the result. */
export type Part = 'quotient' | 'rest';

export function remainderGadget(D: number, part: Part, most: number): Gadget {
  const n = Math.max(bitLength(Math.floor(most / D)), 1);
  const m = bitLength(D - 1);
  const ends = D === 2 ** m ? 0 : m;
  return {
    file: 'remainder',
    template: 'Remainder',
    args: [D, n, m, Number(part === 'quotient')],
    ports: ['a'],
    signals: ['z', ...signalArray('q', n), ...signalArray('r', m), ...signalArray('gap', ends)],
    outputs: 1,
    rows: n + m + 2 + (ends > 0 ? m + 1 : 0),
  };
}

/**
 * @param quotients limbs of the floor
 * @param rests limbs of the rest, as wide; with `ends` those of D - 1 - rest, too
 * Throws 'unbounded' where D q could wrap round the field.
 */
export function lookupRemainder(
  D: number,
  part: Part,
  most: number,
  quotients: Limbs,
  rests: Limbs,
  ends: boolean,
): Gadget {
  const [Lq, Lr, Le] = [quotients.count, rests.count, ends ? rests.count : 0];
  const reach = BigInt(most) + BigInt(D) * (rangeOf(quotients) + 1n) + 2n * rangeOf(rests);
  checkReach(reach, 'a divided value', 'remainder');
  return byLookups({
    file: 'remainder',
    template: 'LookupRemainder',
    args: [D, Number(part === 'quotient'), Lq, Lr, quotients.width, Number(ends)],
    ports: ['a'],
    outputs: 1,
    committed: ['z', ...signalArray('l', Lq - 1), ...signalArray('m', Lr - 1), ...signalArray('p', Le - 1)],
    others: [...signalArray('h', Lq), ...signalArray('g', Lr), ...signalArray('e', Le)],
    lookups: [...limbLookups(quotients, 'h'), ...limbLookups(rests, 'g'), ...(ends ? limbLookups(rests, 'e') : [])],
    rows: Lq + Lr + Le,
  });
}
