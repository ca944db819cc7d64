// The gadget of circuits/lookup/onehot.circom.
import type { Gadget } from '../../gadget.js';
import { onehotGadget } from '../onehot.js';

/** Which of 1 .. n - 1 an index of [0, n) is: n rows, its outputs committed. */
export const lookupOnehot = (n: number): Gadget => ({
  ...onehotGadget(n),
  file: 'lookup/onehot',
  template: 'LookupOnehot',
  committed: n - 1,
});
