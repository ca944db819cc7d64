// sort: the first elements of each group in descending order, and their positions.
import type { SortOwn } from '#compiler/primitives/sort.js';
import { firstLargest, groupsOf, type Meaning } from './primitive.js';

export const sort: Meaning<SortOwn> = {
  kind: 'sort',
  naive({ of, first }, [acc]) {
    const starts = Int32Array.from({ length: acc.length / of + 1 }, (_, g) => g * of);
    const chosen = groupsOf(acc, starts).flatMap((group) => {
      const left = [...group];
      return Array.from({ length: first }, () => {
        const at = firstLargest(left);
        left[at] = -1n; // below every stored value
        return [group[at], BigInt(at)];
      });
    });
    return [chosen.map(([value]) => value), chosen.map(([, at]) => at)];
  },
  // it has no gadget in bits; test/lookup tries the others
  ladder: {},
  random: [],
};
