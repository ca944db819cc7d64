// max: the largest of n live values, as a chain of pairs. min is -max(-x).
import { greatest } from '../extremes.js';
import { shownLeast } from '../linear/least.js';
import { sizeOf } from '../tensor.js';
import { checkCounts } from './elementwise.js';
import { bitLength, byLookups, type Gadget, signalArray } from './gadget.js';
import { checkGroups, groupsCodec, overGroups, type StartsOwn } from './groups.js';
import type { IntegerPrimitive, Port, Spread, Use } from './integer.js';
import type { IntegerStep } from './steps.js';
import { limbLookups, type Limbs } from './tables.js';

/** u_g = max of the acc of group g, which is never below 0: no acc is, or the first two of each group show it, of all maxima after them, too. */
export const max: IntegerPrimitive<StartsOwn> = {
  kind: 'max',
  evaluate: ({ own: { starts } }, [acc]) => [overGroups(acc, starts, greatest)],
  check(step, outs, refuse) {
    const { forms, own: { starts } } = step; // prettier-ignore
    checkCounts(step, outs, [1, 1], refuse);
    checkGroups(starts, sizeOf(outs[0].shape), forms[0].map.size, 'own.starts', refuse);
    if (forms[0].accLo < 0 && shownLeast(forms[0].map, starts) < 0)
      refuse('forms[0].accLo', '0 or more, or groups whose first two show that of their largest', forms[0].accLo);
  },
  bounds: ({ forms: [{ accHi }] }) => ({ outs: [{ lo: 0, hi: accHi }], needs: [] }),
  codec: groupsCodec,
  plain: { uses: (step) => [chain(maxGadget(spreadOf(step)), step)] },
  lookup: {
    uses: (step, _, tables) => [chain(lookupMax(tables.atLeast(Math.max(bitLength(spreadOf(step)), 1))), step)],
  },
};

const spreadOf = ({ forms: [{ accLo, accHi }] }: IntegerStep): number => accHi - accLo;

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

/** Of forms with |a - b| <= spread. */
export function maxGadget(spread: number): Gadget {
  const w = Math.max(bitLength(spread), 1);
  return {
    file: 'max',
    template: 'Max',
    args: [w],
    ports: ['a', 'b'],
    signals: ['m', ...signalArray('bit', w)],
    outputs: 1,
    rows: w + 2,
  };
}

/** Of forms that differ by less than the range of `limbs`. */
export const lookupMax = (limbs: Limbs): Gadget =>
  byLookups({
    file: 'max',
    template: 'LookupMax',
    args: [limbs.count, limbs.width],
    ports: ['a', 'b'],
    outputs: 1,
    committed: ['m', ...signalArray('l', limbs.count - 1)],
    others: signalArray('h', limbs.count),
    lookups: limbLookups(limbs, 'h'),
    rows: 1 + limbs.count,
  });
