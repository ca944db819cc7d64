// sort: the first of n live values in descending order, and their positions; of equal values the first.
import { fieldsOf, integerOf } from '../json.js';
import { EXACT_BITS, MAX_INDEX } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { checkCounts, every } from './elementwise.js';
import { checkReach } from './floors.js';
import { bitLength, byLookups, type Gadget, type NamedLookup, signalArray, signalGrid, type Table } from './gadget.js';
import type { IntegerPrimitive } from './integer.js';
import { limbLookups, type Limbs, rangeOf } from './tables.js';

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
  check(step, outs, refuse) {
    checkCounts(step, outs, [1, 2], refuse);
    const { forms, own: { of, first } } = step; // prettier-ignore
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
      const gadget = lookupSort(of, first, accHi, gaps, values, tables.exact(of));
      const ports = gadget.ports.map((__, i) => ({ form: 0, at: every(of, i, count) }));
      const outputs = gadget.signals.slice(0, gadget.outputs).map((__, k) => {
        return { tensor: Math.floor(k / first), at: every(first, k % first, count) };
      });
      return [{ gadget, count, ports, outputs }];
    },
  },
};

/**
 * @param gaps limbs of the differences of keys, up to n max + n - 1
 * @param values limbs of a value
 * @param positions the table of exactly n rows
 * Throws 'unbounded' where a key could wrap round the field.
 */
export function lookupSort(n: number, k: number, max: number, gaps: Limbs, values: Limbs, positions: Table): Gadget {
  const [L, Lv] = [gaps.count, values.count];
  checkReach(rangeOf(gaps) + BigInt(n) * (rangeOf(values) + BigInt(max) + 1n), 'keys', 'sort');
  return byLookups({
    file: 'sort',
    template: 'LookupSort',
    args: [n, k, L, Lv, gaps.width],
    ports: signalArray('a', n),
    outputs: 2 * k,
    committed: [
      ...[...signalArray('value', k), ...signalArray('index', k), ...signalArray('rest', n - k)],
      ...[...signalGrid('gap', n - 1, L - 1), ...signalGrid('low', k, Lv - 1)],
    ],
    others: [
      ...[...signalArray('before', n - 1), ...signalArray('after', n - 2)],
      ...[...signalArray('hi', k), ...signalGrid('hv', k, Lv), ...signalGrid('h', n - 1, L)],
    ],
    lookups: [
      ...signalArray('hi', k).map((hi): NamedLookup => [positions, hi]),
      ...signalArray('hv', k).flatMap((hv) => limbLookups(values, hv)),
      ...signalArray('h', n - 1).flatMap((h) => limbLookups(gaps, h)),
    ],
    rows: (n - 1) * (L + 2) + k * (Lv + 1),
  });
}
