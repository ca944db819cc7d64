// equal: e = [x = 0] of a live value, a boolean.
import { checkSizes, elementwise } from './elementwise.js';
import type { Gadget } from './gadget.js';
import type { IntegerPrimitive } from './integer.js';
import { type Nothing, nothing } from './steps.js';

/** e = [d = 0]. */
export const equal: IntegerPrimitive<Nothing> = {
  kind: 'equal',
  evaluate: (_, [d]) => [d.map((x) => Number(x === 0))],
  check: (step, outs, refuse) => checkSizes(step, outs, [1, 1], refuse),
  bounds: () => ({ outs: [{ lo: 0, hi: 1 }], needs: [] }),
  codec: nothing,
  plain: { uses: (_, [out]) => elementwise(equalGadget, out) },
  lookup: { uses: (_, [out]) => elementwise(lookupEqual, out) },
};

export const equalGadget: Gadget = {
  file: 'equal',
  template: 'Equal',
  args: [],
  ports: ['d'],
  signals: ['e', 'inv'],
  outputs: 1,
  rows: 2,
};

/** Both signals are committed. */
export const lookupEqual: Gadget = { ...equalGadget, template: 'LookupEqual', committed: 2 };
