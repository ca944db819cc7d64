// sort: the first of n live values in descending order, and their positions; of equal values the first.
import { fieldsOf, integerOf } from '../json.js';
import { EXACT_BITS, MAX_INDEX } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { bitLength } from './gadget.js';
import { lookupSort } from './gadgets/lookup/sort.js';
import type { IntegerPrimitive } from './integer.js';

export interface SortOwn {
  /** Elements of each group, which stand one after the other. */
  readonly of: number;
  /** How many of them are wanted. */
  readonly first: number;
}

/** Why bits cannot have it. */
export const SORT_NEEDS_CHALLENGE = 'sort needs the challenge of look-ups';

/** For every group its first elements in order, then the position of each of them. */
export function sorted({ of, first }: SortOwn, elements: Float64Array): readonly [Float64Array, Float64Array] {
  const groups = elements.length / of;
  const [values, positions] = [new Float64Array(groups * first), new Float64Array(groups * first)];
  for (let g = 0; g < groups; g++) {
    const group = elements.subarray(g * of, (g + 1) * of);
    const order = Int32Array.from(group.keys()).sort((i, j) => group[j] - group[i] || i - j);
    for (let k = 0; k < first; k++) {
      values[g * first + k] = group[order[k]];
      positions[g * first + k] = order[k];
    }
  }
  return [values, positions];
}

/** The largest key of a value up to `most` and a position. */
export const keyReach = (most: number, { of }: SortOwn): number => of * most + of - 1;

/** u_j = acc[p_j], the j-th largest of its group, and p_j; accLo = 0. */
export const sort: IntegerPrimitive<SortOwn> = {
  kind: 'sort',
  evaluate: ({ own }, [acc]) => sorted(own, acc),
  check({ forms, own: { of, first } }, outs, refuse) {
    if (forms.length !== 1 || outs.length !== 2) refuse('forms', 'one form of two tensors', forms.length);
    if (of < 2) refuse('own.of', '2 or more', of);
    if (first > of) refuse('own.first', `at most ${of}, the elements of a group`, first);
    const { accLo, map } = forms[0];
    if (map.size % of !== 0) refuse('forms[0].map', `groups of ${of} elements`, map.size);
    for (const { shape } of outs)
      if (sizeOf(shape) * of !== map.size * first) refuse('outs', `${first} of ${of} elements`, sizeOf(shape));
    if (accLo !== 0) refuse('forms[0].accLo', '0, stored values', accLo);
    if (outs[1].lo !== 0) refuse('outs', 'lo = 0, a position', outs[1].lo);
  },
  bounds({ forms: [{ accHi }], own }) {
    const positions = { lo: 0, hi: own.of - 1 };
    return {
      outs: [{ lo: 0, hi: accHi }, positions],
      needs: [{ what: `keys below 2^${EXACT_BITS}`, reach: keyReach(accHi, own), below: 2 ** EXACT_BITS }],
    };
  },
  codec: {
    encode: (own) => own,
    decode(place) {
      const { of, first } = fieldsOf(place, ['of', 'first']);
      return { of: integerOf(of, 1, MAX_INDEX), first: integerOf(first, 1, MAX_INDEX) };
    },
  },
  plain: { refusal: () => SORT_NEEDS_CHALLENGE, uses: () => [] },
  lookup: {
    wants: ({ own: { of } }, _, wants) => wants.exact(of),
    uses({ forms: [{ map, accHi }], own }, _, tables) {
      const { of, first } = own;
      const gaps = tables.atLeast(bitLength(keyReach(accHi, own)));
      const values = tables.atLeast(Math.max(bitLength(accHi), 1));
      const count = map.size / of;
      const each = (elements: number, k: number): Int32Array =>
        Int32Array.from({ length: count }, (__, g) => g * elements + k);
      const gadget = lookupSort(of, first, accHi, gaps, values, tables.exact(of));
      const ports = gadget.ports.map((__, i) => ({ form: 0, at: each(of, i) }));
      const outputs = [0, 1].flatMap((tensor) =>
        Array.from({ length: first }, (__, k) => ({ tensor, at: each(first, k) })),
      );
      return [{ gadget, count, ports, outputs }];
    },
  },
};
