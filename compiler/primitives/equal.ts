// equal: e = [x = 0] of a live value, a boolean.
import { equalGadget } from './gadgets/equal.js';
import { lookupEqual } from './gadgets/lookup/equal.js';
import type { IntegerPrimitive } from './integer.js';
import { nothing, type Nothing } from './nothing.js';
import type { RealPrimitive } from './real.js';
import { checkTest, realTest, testUses } from './predicates.js';

const KIND = 'equal';

export const realEqual: RealPrimitive<Nothing> = realTest(KIND, (x) => x === 0, 'zero');

/** e = [d = 0]. */
export const equal: IntegerPrimitive<Nothing> = {
  kind: KIND,
  evaluate: (_, [d]) => [d.map((x) => Number(x === 0))],
  check: checkTest,
  bounds: () => ({ outs: [{ lo: 0, hi: 1 }], needs: [] }),
  codec: nothing,
  plain: { uses: (_, outs) => testUses(equalGadget(), outs) },
  lookup: { uses: (_, outs) => testUses(lookupEqual(), outs) },
  onnx: (_, form, __, to) => [to.toReal(to.node('Equal', [form(0), to.scalar(0)]))],
};
