// argmax: the position of the first maximum among n live values.
import { EXACT_BITS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { type Gadget, bitLength } from './gadget.js';
import { argmaxGadget } from './gadgets/argmax.js';
import { lookupArgmax } from './gadgets/lookup/argmax.js';
import { type StartsOwn, checkGroups, firstMaximum, groupsCodec, longestGroup, overGroups } from './groups.js';
import type { IntegerPrimitive, Use } from './integer.js';

const KIND = 'argmax';

/** The largest key of a value up to `most` and a position. */
export const keyReach = (most: number, longest: number): number => (most + 1) * 2 ** bitLength(longest - 1) - 1;

/** u_g = position of the first maximal acc in group g; accLo >= 0. */
export const argmax: IntegerPrimitive<StartsOwn> = {
  kind: KIND,
  evaluate: ({ own: { starts } }, [acc]) => [overGroups(acc, starts, firstMaximum)],
  check({ forms, own: { starts } }, outs, refuse) {
    if (forms.length !== 1 || outs.length !== 1) refuse('forms', 'one form of one tensor', forms.length);
    checkGroups(starts, sizeOf(outs[0].shape), forms[0].map.size, 'own.starts', refuse);
    if (forms[0].accLo < 0) refuse('forms[0].accLo', '0 or more under a maximum', forms[0].accLo);
    if (longestGroup(starts) < 2) refuse('own.starts', 'a group of 2 or more', longestGroup(starts));
    if (outs[0].lo !== 0) refuse('outs', 'lo = 0, a position', outs[0].lo);
  },
  bounds({ forms: [{ accHi }], own: { starts } }) {
    const longest = longestGroup(starts);
    return {
      outs: [{ lo: 0, hi: longest - 1 }],
      needs: [{ what: `keys below 2^${EXACT_BITS}`, reach: keyReach(accHi, longest), below: 2 ** EXACT_BITS }],
    };
  },
  codec: groupsCodec,
  plain: {
    uses: ({ forms: [{ accHi }], own: { starts } }) => [positions(argmaxGadget(longestGroup(starts), accHi), starts)],
  },
  lookup: {
    wants: ({ own: { starts } }, _, wants) => wants.exact(longestGroup(starts)),
    uses({ forms: [{ accHi }], own: { starts } }, _, tables) {
      const n = longestGroup(starts);
      const gaps = tables.atLeast(bitLength(n * accHi + n - 1));
      const values = tables.atLeast(Math.max(bitLength(accHi), 1));
      return [positions(lookupArgmax(n, accHi, gaps, values, tables.exact(n)), starts)];
    },
  },
};

/** One gadget per group; a group shorter than the longest repeats its last member, which never comes first. */
function positions(gadget: Gadget, starts: Int32Array): Use {
  const count = starts.length - 1;
  const ports = gadget.ports.map((_, k) => ({
    form: 0,
    at: Int32Array.from({ length: count }, (_, g) => Math.min(starts[g] + k, starts[g + 1] - 1)),
  }));
  return { gadget, count, ports, outputs: [{ tensor: 0 }] };
}
