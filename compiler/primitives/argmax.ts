// argmax: the position of the first maximum among n live values.
import { EXACT_BITS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { checkCounts } from './elementwise.js';
import { checkReach } from './floors.js';
import { bitLength, byLookups, type Gadget, signalArray, signalGrid, type Table } from './gadget.js';
import { checkGroups, firstMaximum, groupsCodec, longestGroup, overGroups, type StartsOwn } from './groups.js';
import type { IntegerPrimitive, Use } from './integer.js';
import { limbLookups, type Limbs } from './tables.js';

/** The largest key of a value up to `most` and a position. */
export const keyReach = (most: number, longest: number): number => (most + 1) * 2 ** bitLength(longest - 1) - 1;

/** u_g = position of the first maximal acc in group g; accLo >= 0. */
export const argmax: IntegerPrimitive<StartsOwn> = {
  kind: 'argmax',
  evaluate: ({ own: { starts } }, [acc]) => [overGroups(acc, starts, firstMaximum)],
  check(step, outs, refuse) {
    const { forms, own: { starts } } = step; // prettier-ignore
    checkCounts(step, outs, [1, 1], refuse);
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

export function argmaxGadget(n: number, max: number): Gadget {
  const v = bitLength(max);
  const k = Math.max(bitLength(n - 1), 1);
  const bits = v + k;
  return {
    file: 'argmax',
    template: 'Argmax',
    args: [n, v, k],
    ports: signalArray('a', n),
    signals: ['index', ...signalArray('bit', bits), ...signalGrid('gap', n, bits), ...signalArray('product', n - 1)],
    outputs: 1,
    rows: (n + 1) * (bits + 1) + n,
  };
}

/**
 * @param gaps limbs of the differences of keys, up to n max + n - 1
 * @param values limbs of the maximum, in tables as wide as those of `gaps`
 * @param positions the table of exactly n rows
 */
export function lookupArgmax(n: number, max: number, gaps: Limbs, values: Limbs, positions: Table): Gadget {
  const [L, La] = [gaps.count, values.count];
  const span = 2n ** BigInt(gaps.width * (L + 1)) + BigInt(n) * 2n ** BigInt(values.width * (La + 1)) + BigInt(n);
  checkReach(span + BigInt(n) * BigInt(max), 'keys', 'argmax');
  return byLookups({
    file: 'argmax',
    template: 'LookupArgmax',
    args: [n, L, La, gaps.width],
    ports: signalArray('a', n),
    outputs: 1,
    committed: ['index', 'M', ...signalGrid('gap', n, L - 1), ...signalArray('low', La - 1)],
    others: [...signalArray('product', n - 2), 'he', ...signalGrid('h', n, L), ...signalArray('ha', La)],
    lookups: [
      [positions, 'he'],
      ...signalArray('h', n).flatMap((h) => limbLookups(gaps, h)),
      ...limbLookups(values, 'ha'),
    ],
    rows: n * (L + 1) + La,
  });
}
