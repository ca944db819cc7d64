// compare: c = [x >= 0] of a live value, a boolean. Every other order is one of these: a > b is not b - a >= 0.
import { compareGadget, magnitudeBits } from './gadgets/compare.js';
import { lookupCompare } from './gadgets/lookup/compare.js';
import type { IntegerPrimitive } from './integer.js';
import { type Nothing, nothing } from './nothing.js';
import { checkTest, testUses } from './predicates.js';
import type { Limbs, Tables } from './tables.js';

const KIND = 'compare';

/** Above it d + N is not exact, N the range of the limbs. */
const MOST_BITS = 51;

/** c = [d >= 0]. */
export const compare: IntegerPrimitive<Nothing> = {
  kind: KIND,
  evaluate: (_, [d]) => [d.map((x) => Number(x >= 0))],
  check: checkTest,
  bounds: () => ({ outs: [{ lo: 0, hi: 1 }], needs: [] }),
  codec: nothing,
  plain: { uses: ({ forms: [{ accLo, accHi }] }, outs) => testUses(compareGadget(accLo, accHi), outs) },
  lookup: {
    uses: ({ forms: [{ accLo, accHi }] }, outs, tables) =>
      testUses(lookupCompare(limbsOf(magnitudeBits(accLo, accHi), tables)), outs),
  },
};

/** The cheapest limbs, unless they are so many that hint programs were no longer exact. */
function limbsOf(bits: number, tables: Tables): Limbs {
  const limbs = tables.atLeast(bits);
  return limbs.count * limbs.width <= MOST_BITS ? limbs : tables.exactBits(bits);
}
