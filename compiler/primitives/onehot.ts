// onehot: which of n places a live index names. What it chooses from constants is then a linear map, and from live values n products.
import { sizeOf } from '../tensor.js';
import type { Gadget } from './gadget.js';
import { lookupOnehot } from './gadgets/lookup/onehot.js';
import { onehotGadget } from './gadgets/onehot.js';
import type { IntegerPrimitive, Use } from './integer.js';
import { type Nothing, nothing } from './nothing.js';
import type { CircuitTensor, IntegerForm } from './steps.js';

const KIND = 'onehot';

/** Places that indices may name: each is a row for every index. */
export const MOST_PLACES = 2 ** 16;

const placesIn = ({ accHi }: IntegerForm): number => accHi + 1;

/** u[i][v - 1] = 1 where acc_i = v, v = 1 .. accHi; otherwise 0. */
export const onehot: IntegerPrimitive<Nothing> = {
  kind: KIND,
  evaluate({ forms: [form] }, [acc]) {
    const n = placesIn(form);
    const u = new Float64Array(acc.length * (n - 1));
    acc.forEach((index, i) => {
      if (index > 0) u[i * (n - 1) + index - 1] = 1;
    });
    return [u];
  },
  check({ forms, outs: tensors }, outs, refuse) {
    if (forms.length !== 1 || tensors.length !== 1) refuse('forms', 'one form of one tensor', forms.length);
    const [{ accLo, accHi, map }] = forms;
    if (accLo !== 0) refuse('forms[0].accLo', '0, stored indices', accLo);
    if (accHi < 1 || accHi >= 2 * MOST_PLACES) refuse('forms[0].accHi', `1 to ${2 * MOST_PLACES - 1}`, accHi);
    if (sizeOf(outs[0].shape) !== map.size * accHi)
      refuse('outs', `${map.size * accHi} elements, one less than places for each index`, sizeOf(outs[0].shape));
    if (outs[0].lo !== 0 || outs[0].hi !== 1) refuse('outs', 'values of [0, 1]', outs[0].hi);
  },
  bounds: () => ({ outs: [{ lo: 0, hi: 1 }], needs: [] }),
  oneOf: ({ forms: [{ accHi }] }) => accHi,
  codec: nothing,
  plain: { uses: ({ forms: [form] }, [out]) => [each(onehotGadget(placesIn(form)), out)] },
  lookup: { uses: ({ forms: [form] }, [out]) => [each(lookupOnehot(placesIn(form)), out)] },
};

/** One gadget per index. */
function each(gadget: Gadget, { shape }: CircuitTensor): Use {
  const cells = gadget.outputs;
  const count = sizeOf(shape) / cells;
  const outputs = Array.from({ length: cells }, (_, c) => ({
    tensor: 0,
    at: Int32Array.from({ length: count }, (__, i) => i * cells + c),
  }));
  return { gadget, count, ports: [{ form: 0 }], outputs };
}
