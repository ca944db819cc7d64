// The gadget of circuits/lookup/equal.circom.
import type { Gadget } from '../../gadget.js';
import { fillEqual } from '../equal.js';

/** [d = 0] of any form: 2 rows, both signals committed. */
export const lookupEqual = (): Gadget => ({
  file: 'lookup/equal',
  template: 'LookupEqual',
  args: [],
  ports: ['d'],
  signals: ['e', 'inv'],
  outputs: 1,
  committed: 2,
  rows: 2,
  fill: fillEqual,
});
