// Digits as classes of the kernel's sums, place by place: each adds up the points of one wire's digits in one place.
import type { DigitList } from './digits.js';

/** Digits as classes: those of the highest place first, and in a place those of the wires that have had any, wire after wire. */
export interface Sorted {
  /** Each place's classes: the first, and how many. */
  readonly places: readonly { readonly first: number; readonly count: number }[];
  /** Where the points of each class start, and where the last one ends. */
  readonly starts: Uint32Array;
  readonly entries: Uint32Array;
  /** The wire of each class of the last place; one that has no digit has none. */
  readonly wires: Uint32Array;
}

/** @param sum the point where the first sum stands after each place @param masks where the random points stand */
export function sorted({ count, wire, place, entry }: DigitList, nWires: number, sum: number, masks: number): Sorted {
  const top = new Int16Array(nWires).fill(-1);
  for (let i = 0; i < count; i++) if (place[i] > top[wire[i]]) top[wire[i]] = place[i];
  const highest = top.reduce((a, b) => Math.max(a, b), -1);
  const active = new Uint32Array(highest + 2); // wires whose highest digit stands at a place or above
  for (const t of top) if (t >= 0) active[t]++;
  for (let p = highest; p >= 0; p--) active[p] += active[p + 1];
  const next = active.slice(1);
  const classOf = new Uint32Array(nWires); // its class in each place: wires with a higher digit come first
  const wires = new Uint32Array(active[0]);
  top.forEach((t, w) => {
    if (t >= 0) wires[(classOf[w] = next[t]++)] = w;
  });
  const first = new Uint32Array(highest + 1);
  for (let p = highest - 1; p >= 0; p--) first[p] = first[p + 1] + active[p + 1];

  const classes = highest < 0 ? 0 : first[0] + active[0];
  const starts = new Uint32Array(classes + 1);
  for (let i = 0; i < count; i++) starts[first[place[i]] + classOf[wire[i]] + 1]++;
  for (let c = 0; c < wires.length; c++) {
    const t = top[wires[c]];
    if (t === 0) continue;
    for (let p = t - 1; p >= 0; p--) starts[first[p] + c + 1] += 2; // twice the sum so far
    starts[first[t] + c + 1]++; // the random point
    starts[first[0] + c + 1]++; // and what has become of it
  }
  for (let c = 0; c < classes; c++) starts[c + 1] += starts[c];
  const entries = new Uint32Array(starts[classes]);
  const at = starts.slice();
  for (let c = 0; c < wires.length; c++) {
    const t = top[wires[c]];
    if (t === 0) continue;
    for (let p = t - 1; p >= 0; p--) {
      const k = first[p] + c;
      entries[at[k]++] = sum + c;
      entries[at[k]++] = sum + c;
    }
    entries[at[first[t] + c]++] = masks;
    entries[at[first[0] + c]++] = masks + 1 + t;
  }
  for (let i = 0; i < count; i++) entries[at[first[place[i]] + classOf[wire[i]]]++] = entry[i];
  const places = Array.from({ length: highest + 1 }, (_, i) => ({
    first: first[highest - i],
    count: active[highest - i],
  }));
  return { places, starts, entries, wires };
}
