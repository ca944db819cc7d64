// Sums of a few points each, and opposites of points, in the machine's memory.
import { fieldBytes } from '../../compiler/circuit/field.js';
import { Q } from '../../verifier/field.js';
import { AFFINE, type GroupName } from '../files/zkey.js';
import { ranges, type Job, type Machine } from '../kernel/machine.js';
import { GROUPS } from '../kernel/sums.js';

const ADD_JOB = 1 << 13;

/**
 * Sums of a few points each.
 * @param points address of affine points times 2^256 @param named the points that sum i is made of, none at infinity
 * @param out address of `count` points
 */
export async function addUp(
  machine: Machine,
  group: GroupName,
  points: number,
  count: number,
  named: (i: number) => readonly number[],
  out: number,
): Promise<void> {
  const { id, bucket, workspace } = GROUPS[group];
  const mark = machine.mark();
  const room = rooms(machine);
  const scratch = Array.from({ length: machine.threads }, () =>
    [(ADD_JOB + 1) * bucket, workspace].map((bytes) => machine.alloc(bytes)),
  );
  await machine.run(
    ranges(count, Math.ceil(count / ADD_JOB)).map(([from, to]): Job => (slot) => {
      const entries: number[] = [];
      const starts = Uint32Array.from({ length: to - from + 1 }, (_, i) => {
        const at = entries.length;
        if (from + i < to) for (const point of named(from + i)) entries.push(point);
        return at;
      });
      const [startsAt, entriesAt] = room(slot, [starts, Uint32Array.from(entries)]);
      return [[`classSums${id}`, points, startsAt, to - from, entriesAt, ...scratch[slot], out + from * AFFINE[group]]];
    }),
  );
  machine.release(mark);
}

/** Room in memory for the lists of each thread's job, more where they are longer than before. */
export function rooms(machine: Machine): (slot: number, lists: readonly Uint32Array[]) => number[] {
  const have: { at: number; length: number }[][] = Array.from({ length: machine.threads }, () => []);
  return (slot, lists) =>
    lists.map((list, i) => {
      let room = have[slot].at(i);
      if (room === undefined || room.length < list.length) {
        const length = 2 * list.length;
        have[slot][i] = room = { at: machine.alloc(4 * length), length };
      }
      machine.words(room.at, list.length).set(list);
      return room.at;
    });
}

/** The opposites of points behind them: q - y for y. */
export function opposites(machine: Machine, group: GroupName, points: number, count: number): void {
  const words = AFFINE[group] / 4;
  const all = machine.words(points, 2 * count * words);
  all.copyWithin(count * words, 0, count * words);
  const q = new Uint32Array(fieldBytes([Q]).buffer);
  for (let i = count * words; i < all.length; i += words) {
    for (let at = i + words / 2; at < i + words; at += 8) {
      let any = 0;
      for (let k = 0; k < 8; k++) any |= all[at + k];
      if (any === 0) continue; // one of the two halves of y may be 0 in G2
      let borrow = 0;
      for (let k = 0; k < 8; k++) {
        const difference = q[k] - all[at + k] - borrow;
        borrow = difference < 0 ? 1 : 0;
        all[at + k] = difference;
      }
    }
  }
}
