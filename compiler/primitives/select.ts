// select: a where a boolean is 1, b where it is 0, element by element. Both are forms in one unit, so that the choice is exact.
import { sizeOf } from '../tensor.js';
import { checkCounts, elementwise, every } from './elementwise.js';
import type { Gadget } from './gadget.js';
import type { IntegerPrimitive, Use } from './integer.js';
import { type CircuitTensor, type Nothing, nothing } from './steps.js';

/** y = a where c = 1, else b: forms c and, one above the other, a and b. */
export const select: IntegerPrimitive<Nothing> = {
  kind: 'select',
  evaluate: (_, [c, ab]) => [c.map((v, o) => (v === 1 ? ab[o] : ab[c.length + o]))],
  check(step, outs, refuse) {
    checkCounts(step, outs, [2, 1], refuse);
    const { forms } = step;
    const size = sizeOf(outs[0].shape);
    forms.forEach(({ map }, k) => {
      if (map.size !== (k + 1) * size) refuse(`forms[${k}].map`, `${(k + 1) * size} elements`, map.size);
    });
    // the interval of y holds for no other condition
    if (forms[0].accLo !== 0 || forms[0].accHi !== 1) refuse('forms[0].accHi', '[0, 1], a boolean', forms[0].accHi);
    if (forms[1].accLo !== 0) refuse('forms[1].accLo', '0, stored values', forms[1].accLo);
  },
  bounds: ({ forms: [, { accHi }] }) => ({ outs: [{ lo: 0, hi: accHi }], needs: [] }),
  codec: nothing,
  plain: { uses: (_, [out]) => choices(out) },
  lookup: { uses: (_, [out]) => choices(out) },
};

function choices(out: CircuitTensor): Use[] {
  const [use] = elementwise(selectGadget, out);
  return [{ ...use, ports: [{ form: 0 }, { form: 1 }, { form: 1, at: every(1, use.count, use.count) }] }];
}

export const selectGadget: Gadget = {
  file: 'select',
  template: 'Select',
  args: [],
  ports: ['c', 'a', 'b'],
  signals: ['y'],
  outputs: 1,
  rows: 1,
};
