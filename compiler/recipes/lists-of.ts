// Equal lists of elements are one: the rows and the columns that sums of products are made of.

/** Lists of elements that several sums have: which one each sum has, and all of them. */
export interface Lists {
  readonly of: Int32Array;
  readonly lists: readonly Int32Array[];
}

const known = new WeakMap<Int32Array, Lists>();

/** The lists of `depth` elements in a row of them, each once; of one array they are found once, however many plans are compared. */
export function listsOf(which: Int32Array, depth: number): Lists {
  const before = known.get(which);
  if (before) return before;
  const of = new Int32Array(which.length / depth);
  const lists: Int32Array[] = [];
  const byHash = new Map<number, number[]>();
  for (let o = 0; o < of.length; o++) {
    const list = which.subarray(o * depth, (o + 1) * depth);
    let hash = 0;
    for (const i of list) hash = (Math.imul(hash, 0x01000193) ^ i) | 0;
    const same = byHash.get(hash) ?? [];
    let id = same.find((one) => lists[one].every((i, k) => i === list[k]));
    if (id === undefined) {
      id = lists.push(list) - 1;
      byHash.set(hash, [...same, id]);
    }
    of[o] = id;
  }
  const found = { of, lists };
  known.set(which, found);
  return found;
}
