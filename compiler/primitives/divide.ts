// divide: floor(a / d) and what is left of a, d a live form above 0.
import type { Interval } from '../linear/intervals.js';
import { checkSizes, elementwise } from './elementwise.js';
import { type Bounds, checkReach } from './floors.js';
import { bitLength, byLookups, type Gadget, signalArray } from './gadget.js';
import type { IntegerPrimitive } from './integer.js';
import { type IntegerForm, nothing, type Nothing } from './steps.js';
import { limbLookups, type Limbs, rangeOf } from './tables.js';

/** All floors of a / d; d is above 0. */
export function quotientsOf(a: IntegerForm, d: IntegerForm): Interval {
  const floor = (x: number, by: number): number => Math.floor(x / by) + 0;
  return {
    lo: Math.min(floor(a.accLo, d.accLo), floor(a.accLo, d.accHi)),
    hi: Math.max(floor(a.accHi, d.accLo), floor(a.accHi, d.accHi)),
  };
}

/** Of the forms a and d the tensors floor(a / d), stored above its least value, and the rest. */
export const divide: IntegerPrimitive<Nothing> = {
  kind: 'divide',
  evaluate(_, [a, d], [{ lo }]) {
    return [a.map((x, o) => divided(x, d[o]).q - lo), a.map((x, o) => divided(x, d[o]).rest)];
  },
  check(step, outs, refuse) {
    checkSizes(step, outs, [2, 2], refuse);
    const { forms } = step;
    if (forms[1].accLo < 1) refuse('forms[1].accLo', '1 or more', forms[1].accLo);
    const { lo } = quotientsOf(forms[0], forms[1]);
    if (outs[0].lo !== lo) refuse('outs', `lo = ${lo}, the least quotient`, outs[0].lo);
    if (outs[1].lo !== 0) refuse('outs', 'lo = 0, a rest', outs[1].lo);
  },
  bounds({ forms: [a, d] }) {
    const { lo, hi } = quotientsOf(a, d);
    return {
      outs: [
        { lo: 0, hi: hi - lo },
        { lo: 0, hi: d.accHi - 1 },
      ],
      needs: [],
    };
  },
  codec: nothing,
  plain: { uses: ({ forms: [a, d] }, [out]) => elementwise(divideGadget(quotientsOf(a, d), d.accHi), out) },
  lookup: {
    uses({ forms: [a, d] }, [out], tables) {
      const { lo, hi } = quotientsOf(a, d);
      const [quotients, rests] = [hi - lo, d.accHi - 1].map((most) => tables.atLeast(Math.max(bitLength(most), 1)));
      return elementwise(lookupDivide(a, d, lo, quotients, rests), out);
    },
  },
};

/** Of a divisor above 0; no other has a witness. */
export function divided(a: number, d: number): { readonly q: number; readonly rest: number } {
  const q = d > 0 ? Math.floor(a / d) : 0;
  return { q, rest: a - d * q };
}

/** The floor is stored above the least of `quotients`; the other form is of [1, divisor]. */
export function divideGadget({ lo, hi }: Interval, divisor: number): Gadget {
  const n = Math.max(bitLength(hi - lo), 1);
  const m = Math.max(bitLength(divisor - 1), 1);
  return {
    file: 'divide',
    template: 'Divide',
    args: [lo, n, m],
    ports: ['a', 'd'],
    signals: ['y', 'r', ...signalArray('q', n), ...signalArray('bit', m), ...signalArray('gap', m)],
    outputs: 2,
    rows: n + 2 * m + 4,
  };
}

/**
 * The floor is stored above `lo`.
 * @param rests limbs of the rest and of what it is below the divisor, as wide as those of the quotient
 * Throws 'unbounded' where the product of quotient and divisor could wrap round the field.
 */
export function lookupDivide(a: Bounds, d: Bounds, lo: number, quotients: Limbs, rests: Limbs): Gadget {
  const [Ly, L] = [quotients.count, rests.count];
  const most = ({ accLo, accHi }: Bounds): bigint => BigInt(Math.max(-accLo, accHi));
  const reach = most(a) + (BigInt(Math.abs(lo)) + rangeOf(quotients)) * most(d) + 2n * rangeOf(rests);
  checkReach(reach, 'a divided value', 'divide');
  return byLookups({
    file: 'divide',
    template: 'LookupDivide',
    args: [lo, Ly, L, quotients.width],
    ports: ['a', 'd'],
    outputs: 2,
    committed: ['y', 'r', ...signalArray('l', Ly - 1), ...signalArray('m', L - 1), ...signalArray('p', L - 1)],
    others: [...signalArray('h', Ly), ...signalArray('g', L), ...signalArray('e', L)],
    lookups: [...limbLookups(quotients, 'h'), ...limbLookups(rests, 'g'), ...limbLookups(rests, 'e')],
    rows: 1 + Ly + 2 * L,
  });
}
