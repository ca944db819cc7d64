// Drives sums.c: the points of each class of equal scalars added up (classes.ts), one addition a point.
import { AFFINE, type GroupName } from '../files/zkey.js';
import { ranges, type Job, type Machine } from './machine.js';
import { GROUPS, MIN_SHARE } from './sums.js';

/** Points sorted by class, without those at infinity. */
export interface Sorted {
  /** Offsets into `entries`, one more than there are classes. */
  readonly start: Uint32Array;
  /** Indices of points. */
  readonly entries: Uint32Array;
}

/** Sums of points of one class, as the points of a multi-exponentiation; a class split between two threads has two. */
export interface ClassSums {
  readonly points: number;
  /** The class of each. */
  readonly classes: readonly number[];
}

/**
 * Adds up each class of points that is not empty, with an even load on the threads whatever the sizes of the classes.
 * @param points address of affine points
 */
export async function classSums(
  machine: Machine,
  group: GroupName,
  points: number,
  { start, entries }: Sorted,
): Promise<ClassSums> {
  const { id, bucket, workspace } = GROUPS[group];
  const at = machine.alloc(entries.length * 4);
  machine.words(at, entries.length).set(entries);
  const parts = ranges(entries.length, Math.max(1, Math.min(2 * machine.threads, entries.length / MIN_SHARE)));
  const classes: number[] = [];
  const cut = parts.map(([from, to]) => {
    const offsets: number[] = [];
    for (let c = classAt(start, from); start[c] < to; c++) {
      if (start[c + 1] === start[c]) continue;
      classes.push(c);
      offsets.push(Math.max(start[c], from));
    }
    return [...offsets, to];
  });
  const sums = machine.alloc(classes.length * AFFINE[group]);
  const mark = machine.mark();
  const scratch = Array.from({ length: machine.threads }, () => machine.alloc(workspace));
  let place = sums;
  const jobs = cut.map((offsets): Job => {
    const [count, out] = [offsets.length - 1, place];
    place += count * AFFINE[group];
    const starts = machine.alloc(offsets.length * 4);
    machine.words(starts, offsets.length).set(offsets);
    const buckets = machine.alloc((count + 1) * bucket);
    return (slot) => [[`classSums${id}`, points, starts, count, at, buckets, scratch[slot], out]];
  });
  await machine.run(jobs);
  machine.release(mark);
  return { points: sums, classes };
}

/** The class that entry `at` is in. */
function classAt(start: Uint32Array, at: number): number {
  let [low, high] = [0, start.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (start[middle] <= at) low = middle;
    else high = middle;
  }
  return low;
}
