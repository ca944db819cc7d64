// max: the largest of n live values, as a chain of pairs. min is -max(-x).
import { sizeOf } from '../tensor.js';
import { bitLength } from './gadget.js';
import { lookupMax } from './gadgets/lookup/max.js';
import { maxGadget } from './gadgets/max.js';
import { type StartsOwn, checkGroups, groupsCodec, largest, overGroups } from './groups.js';
import type { IntegerPrimitive, Port, Spread, Use } from './integer.js';
import type { IntegerStep } from './steps.js';

const KIND = 'max';

/** u_g = max of the acc of group g; accLo = 0. */
export const max: IntegerPrimitive<StartsOwn> = {
  kind: KIND,
  evaluate: ({ own: { starts } }, [acc]) => [overGroups(acc, starts, largest)],
  check({ forms, own: { starts } }, outs, refuse) {
    if (forms.length !== 1 || outs.length !== 1) refuse('forms', 'one form of one tensor', forms.length);
    checkGroups(starts, sizeOf(outs[0].shape), forms[0].map.size, 'own.starts', refuse);
    if (forms[0].accLo !== 0) refuse('forms[0].accLo', '0, stored values', forms[0].accLo);
  },
  bounds: ({ forms: [{ accHi }] }) => ({ outs: [{ lo: 0, hi: accHi }], needs: [] }),
  codec: groupsCodec,
  plain: { uses: (step) => [chain(maxGadget(step.forms[0].accHi), step)] },
  lookup: {
    uses: (step, _, tables) => [chain(lookupMax(tables.atLeast(Math.max(bitLength(step.forms[0].accHi), 1))), step)],
  },
};

/** max(max(x0, x1), x2) ... for every group, one gadget per pair; a group of one is max(x0, x0). */
function chain(gadget: Use['gadget'], { own: { starts } }: IntegerStep<StartsOwn>): Use {
  const groups = starts.length - 1;
  let count = 0;
  for (let g = 0; g < groups; g++) count += Math.max(starts[g + 1] - starts[g] - 1, 1);
  const [first, second, last] = [new Int32Array(count), new Int32Array(count), new Int32Array(count).fill(-1)];
  let pair = 0;
  for (let g = 0; g < groups; g++) {
    const [from, to] = [starts[g], starts[g + 1]];
    for (let k = Math.min(from + 1, to - 1), start = true; k < to; k++, start = false) {
      first[pair] = start ? from : -pair; // instance pair - 1 as a negative index: -1 - (pair - 1)
      second[pair] = k;
      if (k === to - 1) last[pair] = g;
      pair++;
    }
  }
  const ports: Port[] = [
    { form: 0, at: first, signal: 0 },
    { form: 0, at: second },
  ];
  const outputs: Spread[] = [{ tensor: 0, at: last }];
  return { gadget, count, ports, outputs };
}
