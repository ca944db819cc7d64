// select: a where a boolean is 1, b where it is 0, element by element. Both are forms in one unit, so that the choice is exact.
import { sizeOf } from '../tensor.js';
import { selectGadget } from './gadgets/select.js';
import type { IntegerPrimitive, Use } from './integer.js';
import { type Nothing, nothing } from './nothing.js';
import type { CircuitTensor } from './steps.js';

const KIND = 'select';

/** y = a where c = 1, else b: forms c and, one above the other, a and b. */
export const select: IntegerPrimitive<Nothing> = {
  kind: KIND,
  evaluate: (_, [c, ab]) => [c.map((v, o) => (v === 1 ? ab[o] : ab[c.length + o]))],
  check({ forms }, outs, refuse) {
    if (forms.length !== 2 || outs.length !== 1) refuse('forms', 'two forms of one tensor', forms.length);
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

function choices({ shape }: CircuitTensor): Use[] {
  const count = sizeOf(shape);
  const second = Int32Array.from({ length: count }, (_, o) => count + o);
  const first = Int32Array.from({ length: count }, (_, o) => o);
  return [
    {
      gadget: selectGadget(),
      count,
      ports: [{ form: 0 }, { form: 1, at: first }, { form: 1, at: second }],
      outputs: [{ tensor: 0 }],
    },
  ];
}
