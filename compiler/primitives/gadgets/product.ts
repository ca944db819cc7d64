// The gadget of circuits/product.circom.
import type { Gadget } from '../gadget.js';

/** z = a b - lo, exact; the same row in both arguments. */
export const productGadget = (lo: number): Gadget => ({
  file: 'product',
  template: 'Product',
  args: [lo],
  ports: ['a', 'b'],
  signals: ['z'],
  outputs: 1,
  rows: 1,
  fill: ([a, b], set) => set(0, a * b - lo),
});
