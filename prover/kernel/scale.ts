// Drives scale.c: many points of G1 times one scalar, and the check that stands between a file and any arithmetic on its points.
import { FIELD_BYTES, fieldBytes } from '../../compiler/circuit/field.js';
import { AFFINE } from '../files/zkey.js';
import { put, ranges, type Job, type Machine } from './machine.js';

const SIZE = AFFINE.G1;
/** Points of a call: the kernel's BATCH. */
const BATCH = 2048;
/** sizeof(scaling) in scale.c. */
export const SCALING = 2_220_464;
/** Points in the machine's memory at a time. */
const CHUNK = 1 << 16;

/**
 * scalar * point_i, affine times 2^256, 64 bytes each, zeros for infinity.
 * @param points the same, on the curve: see `strangersAmong`
 * @param scalar in [0, r)
 * @param onDone told several times how many points are finished
 */
export async function scaled(
  machine: Machine,
  points: Uint8Array,
  scalar: bigint,
  onDone: (count: number) => void = () => undefined,
): Promise<Uint8Array> {
  const mark = machine.mark();
  const factor = put(machine, fieldBytes([scalar]));
  const scratch = Array.from({ length: machine.threads }, () => machine.alloc(SCALING));
  const out = new Uint8Array(points.length);
  await inChunks(machine, points, async (from, count, start) => {
    const to = machine.alloc(count * SIZE);
    const jobs = ranges(count, Math.ceil(count / BATCH), BATCH).map(([i, j]): Job => {
      return (slot) => [['scale1', from + i * SIZE, j - i, factor, scratch[slot], to + i * SIZE]];
    });
    await machine.run(jobs);
    out.set(machine.bytes(to, count * SIZE), start * SIZE);
    onDone(count);
  });
  machine.bytes(factor, FIELD_BYTES).fill(0);
  machine.release(mark);
  return out;
}

/** How many of the points are none of G1: a coordinate that is not below q, or off the curve. Zeros are infinity, and count as points. */
export async function strangersAmong(machine: Machine, points: Uint8Array): Promise<number> {
  const mark = machine.mark();
  let strangers = 0;
  await inChunks(machine, points, async (from, count) => {
    const jobs = ranges(count, machine.threads, 2).map(([i, j]): Job => {
      return () => [['strangers1', from + i * SIZE, j - i]];
    });
    for (const [found] of await machine.run(jobs)) strangers += found;
  });
  machine.release(mark);
  return strangers;
}

async function inChunks(
  machine: Machine,
  points: Uint8Array,
  work: (from: number, count: number, start: number) => Promise<void>,
): Promise<void> {
  const total = points.length / SIZE;
  for (let start = 0; start < total; start += CHUNK) {
    const mark = machine.mark();
    const count = Math.min(CHUNK, total - start);
    await work(put(machine, points.subarray(start * SIZE, (start + count) * SIZE)), count, start);
    machine.release(mark);
  }
}
