// compare: c = [x >= 0] of a live value, a boolean. Every other order is one of these: a > b is not b - a >= 0.
import { checkSizes, elementwise } from './elementwise.js';
import { bitLength, byLookups, type Gadget, signalArray } from './gadget.js';
import type { IntegerPrimitive } from './integer.js';
import { type Nothing, nothing } from './steps.js';
import { limbLookups, type Limbs, type Tables } from './tables.js';

/** Above it d + N is not exact, N the range of the limbs. */
const MOST_BITS = 51;

/** c = [d >= 0]. */
export const compare: IntegerPrimitive<Nothing> = {
  kind: 'compare',
  evaluate: (_, [d]) => [d.map((x) => Number(x >= 0))],
  check: (step, outs, refuse) => checkSizes(step, outs, [1, 1], refuse),
  bounds: () => ({ outs: [{ lo: 0, hi: 1 }], needs: [] }),
  codec: nothing,
  plain: { uses: ({ forms: [{ accLo, accHi }] }, [out]) => elementwise(compareGadget(accLo, accHi), out) },
  lookup: {
    uses: ({ forms: [{ accLo, accHi }] }, [out], tables) =>
      elementwise(lookupCompare(limbsOf(magnitudeBits(accLo, accHi), tables)), out),
  },
};

/** The cheapest limbs, unless they are so many that hint programs were no longer exact. */
function limbsOf(bits: number, tables: Tables): Limbs {
  const limbs = tables.atLeast(bits);
  return limbs.count * limbs.width <= MOST_BITS ? limbs : tables.exactBits(bits);
}

/** Smallest b with -2^b <= lo and hi < 2^b, at least 1. */
export const magnitudeBits = (lo: number, hi: number): number => Math.max(bitLength(Math.max(hi, -lo - 1, 0)), 1);

/** [d >= 0] of a d in [lo, hi]. */
export function compareGadget(lo: number, hi: number): Gadget {
  const w = magnitudeBits(lo, hi);
  return {
    file: 'compare',
    template: 'Compare',
    args: [w],
    ports: ['d'],
    signals: ['c', ...signalArray('bit', w)],
    outputs: 1,
    rows: w + 2,
  };
}

/** [d >= 0] of a form in [-N, N), N the range of `limbs`, a power of two. */
export const lookupCompare = (limbs: Limbs): Gadget =>
  byLookups({
    file: 'compare',
    template: 'LookupCompare',
    args: [limbs.count, limbs.width, bitLength(limbs.top.size - 1)],
    ports: ['d'],
    outputs: 1,
    committed: ['c', ...signalArray('l', limbs.count - 1)],
    others: signalArray('h', limbs.count),
    lookups: limbLookups(limbs, 'h'),
    rows: 1 + limbs.count,
  });
