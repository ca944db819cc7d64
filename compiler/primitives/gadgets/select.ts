// The gadget of circuits/select.circom.
import type { Gadget } from '../gadget.js';

/** y = b + c (a - b), exact; the same row in both arguments. */
export const selectGadget = (): Gadget => ({
  file: 'select',
  template: 'Select',
  args: [],
  ports: ['c', 'a', 'b'],
  signals: ['y'],
  outputs: 1,
  rows: 1,
  fill: ([c, a, b], set) => set(0, b + c * (a - b)),
});
