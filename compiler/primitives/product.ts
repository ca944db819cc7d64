// product: z = x y of two live values, element by element. Exact: the scales multiply, and whatever reads it rounds.
import { greatest, least } from '../extremes.js';
import { ACC_BITS } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import { equalMaps } from '../linear/map.js';
import { checkSizes, elementwise } from './elementwise.js';
import type { Gadget } from './gadget.js';
import type { IntegerPrimitive } from './integer.js';
import { type IntegerForm, type Nothing, nothing } from './steps.js';

/** The interval of the product of two forms; that of a form with itself is not negative. */
export function productInterval(a: IntegerForm, b: IntegerForm): Interval {
  const corners = [a.accLo * b.accLo, a.accLo * b.accHi, a.accHi * b.accLo, a.accHi * b.accHi];
  const [lo, hi] = [least(corners) + 0, greatest(corners) + 0];
  return { lo: equalMaps(a.map, b.map) ? Math.max(lo, 0) : lo, hi };
}

/** z_o = a_o b_o, stored as an offset from its least value. */
export const product: IntegerPrimitive<Nothing> = {
  kind: 'product',
  evaluate: (_, [a, b], [{ lo }]) => [a.map((v, o) => v * b[o] - lo)],
  check(step, outs, refuse) {
    checkSizes(step, outs, [2, 1], refuse);
    const { forms } = step;
    const { lo } = productInterval(forms[0], forms[1]);
    if (outs[0].lo !== lo) refuse('outs', `lo = ${lo}, the least product`, outs[0].lo);
  },
  bounds({ forms: [a, b] }) {
    const { lo, hi } = productInterval(a, b);
    const reach = Math.max(Math.abs(lo), Math.abs(hi));
    return {
      outs: [{ lo: 0, hi: hi - lo }],
      needs: [{ what: `a product below 2^${ACC_BITS}`, reach, below: 2 ** ACC_BITS }],
    };
  },
  codec: nothing,
  factors: ({ forms: [a, b] }) => [a, b],
  plain: { uses: (_, [out]) => elementwise(productGadget(out.lo), out) },
  lookup: { uses: (_, [out]) => elementwise(productGadget(out.lo), out) },
};

export const productGadget = (lo: number): Gadget => ({
  file: 'product',
  template: 'Product',
  args: [lo],
  ports: ['a', 'b'],
  signals: ['z'],
  outputs: 1,
  rows: 1,
});
