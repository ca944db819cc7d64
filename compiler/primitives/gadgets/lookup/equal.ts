// The gadget of circuits/lookup/equal.circom.
import type { Gadget } from '../../gadget.js';
import { equalGadget } from '../equal.js';

/** [d = 0] of any form: 2 rows, both signals committed. */
export const lookupEqual = (): Gadget => ({
  ...equalGadget(),
  file: 'lookup/equal',
  template: 'LookupEqual',
  committed: 2,
});
