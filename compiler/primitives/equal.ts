// equal: e = [x = 0] of a live value, a boolean.
import { equalGadget } from './gadgets/equal.js';
import { lookupEqual } from './gadgets/lookup/equal.js';
import type { IntegerPrimitive } from './integer.js';
import { type Nothing, nothing } from './nothing.js';
import { checkTest, testUses } from './predicates.js';

const KIND = 'equal';

/** e = [d = 0]. */
export const equal: IntegerPrimitive<Nothing> = {
  kind: KIND,
  evaluate: (_, [d]) => [d.map((x) => Number(x === 0))],
  check: checkTest,
  bounds: () => ({ outs: [{ lo: 0, hi: 1 }], needs: [] }),
  codec: nothing,
  plain: { uses: (_, outs) => testUses(equalGadget(), outs) },
  lookup: { uses: (_, outs) => testUses(lookupEqual(), outs) },
};
