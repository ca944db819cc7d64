// onehot: which of n places a live index names. What it chooses from constants is then a linear map, and from live values n products.
import { MOST_PLACES } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { checkCounts, inRuns } from './elementwise.js';
import { type Gadget, signalArray } from './gadget.js';
import type { IntegerPrimitive } from './integer.js';
import { type IntegerForm, type Nothing, nothing } from './steps.js';

const placesIn = ({ accHi }: IntegerForm): number => accHi + 1;

/** u[i][v - 1] = 1 where acc_i = v, v = 1 .. accHi; otherwise 0. */
export const onehot: IntegerPrimitive<Nothing> = {
  kind: 'onehot',
  evaluate({ forms: [form] }, [acc]) {
    const n = placesIn(form);
    const u = new Float64Array(acc.length * (n - 1));
    acc.forEach((index, i) => {
      if (index > 0) u[i * (n - 1) + index - 1] = 1;
    });
    return [u];
  },
  check(step, outs, refuse) {
    checkCounts(step, outs, [1, 1], refuse);
    const [{ accLo, accHi, map }] = step.forms;
    if (accLo !== 0) refuse('forms[0].accLo', '0, stored indices', accLo);
    if (accHi < 1 || accHi >= 2 * MOST_PLACES) refuse('forms[0].accHi', `1 to ${2 * MOST_PLACES - 1}`, accHi);
    if (sizeOf(outs[0].shape) !== map.size * accHi)
      refuse('outs', `${map.size * accHi} elements, one less than places for each index`, sizeOf(outs[0].shape));
    if (outs[0].lo !== 0 || outs[0].hi !== 1) refuse('outs', 'values of [0, 1]', outs[0].hi);
  },
  bounds: () => ({ outs: [{ lo: 0, hi: 1 }], needs: [] }),
  oneOf: ({ forms: [{ accHi }] }) => accHi,
  codec: nothing,
  plain: { uses: ({ forms: [form] }, [out]) => inRuns(onehotGadget(placesIn(form)), out) },
  lookup: { uses: ({ forms: [form] }, [out]) => inRuns(lookupOnehot(placesIn(form)), out) },
};

export const onehotGadget = (n: number): Gadget => ({
  file: 'onehot',
  template: 'Onehot',
  args: [n],
  ports: ['index'],
  signals: signalArray('o', n - 1),
  outputs: n - 1,
  rows: n,
});

/** Its outputs are committed. */
export const lookupOnehot = (n: number): Gadget => ({ ...onehotGadget(n), template: 'LookupOnehot', committed: n - 1 });
