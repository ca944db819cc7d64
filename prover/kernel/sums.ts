// Drives sums.c: multi-exponentiations in G1, several at a time so that no thread waits for the end of one.
import { bn254 } from '@noble/curves/bn254.js';
import { readField } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { ranges, type Job, type Machine } from './machine.js';

const G1 = bn254.G1.Point;
/** A point of G1 in projective coordinates; @noble/curves adds the few that are left at the end. */
export type Sum = InstanceType<typeof G1>;

/** sum of scalar_i * point_i; both are addresses. */
export interface MultiExp {
  /** Affine times 2^256, 64 bytes each, (0, 0) for infinity. */
  readonly points: number;
  /** Below r, 32 bytes each. */
  readonly scalars: number;
  readonly count: number;
}

export const POINT = 64;
const PREPARED = 160;
const BUCKET = 80;
const HALF_BITS = 127;
const RESULT = 96;
/** The size of `workspace` in sums.c. */
const WORKSPACE = 2 * 8192 * 80 + 3 * 80 + (4096 + 2) * 16 + (2048 + 1) * 80 + 8192 * 4;
/** Entries below which a job is not worth cutting. */
const MIN_SHARE = 4096;

/** Bits of a digit: more make fewer windows, each with twice the buckets. In products of two lanes. */
export function windowBits(count: number): number {
  const [perEntry, perBucket] = [3.6, 16];
  const cost = (c: number): number =>
    (HALF_BITS / c + 0.3) * 2 * count * perEntry + windows(c) * 2 ** (c - 1) * perBucket;
  let best = 3;
  for (let c = 4; c <= 15; c++) if (cost(c) < cost(best)) best = c;
  return best;
}

/** One bit more than a half has, for the carry of signed digits. */
const windows = (c: number): number => Math.ceil((HALF_BITS + 1) / c);

interface Prepared extends MultiExp {
  readonly c: number;
  readonly prepared: number;
  readonly digits: number;
}

/** @throws 'data' for a scalar that is not below r, 'resource' */
export async function multiExps(machine: Machine, tasks: readonly MultiExp[]): Promise<Sum[]> {
  const mark = machine.mark();
  const ready = tasks.map((task): Prepared => {
    const c = windowBits(task.count);
    return {
      ...task,
      c,
      prepared: machine.alloc(task.count * PREPARED),
      digits: machine.alloc(windows(c) * 4 * task.count),
    };
  });
  const used = await prepare(machine, ready);
  const sums = await sumWindows(machine, ready, used);
  machine.release(mark);
  return sums;
}

/** Points and digits of all tasks; returns the number of digits that are not 0, by task and window. */
async function prepare(machine: Machine, tasks: readonly Prepared[]): Promise<number[][]> {
  const total = tasks.reduce((sum, { count }) => sum + count, 0);
  const parts = tasks.flatMap((task) =>
    ranges(task.count, Math.ceil((4 * machine.threads * task.count) / total), 2).map(([from, to]) => {
      return { task, from, to, used: machine.alloc(4 * windows(task.c)) };
    }),
  );
  const results = await machine.run(
    parts.map(({ task: { points, scalars, count, prepared, digits, c }, from, to, used }): Job => {
      return () => [
        ['preparePoints', points, prepared, from, to],
        ['prepareScalars', scalars, points, count, digits, c, windows(c), used, from, to],
      ];
    }),
  );
  const refused = results.reduce((sum, [, count]) => sum + count, 0);
  if (refused > 0) {
    throw new InferproofError('data', `expected scalars below r, got ${refused} that are not`, { where: 'witness' });
  }
  return tasks.map((task) => {
    const counts = Array.from({ length: windows(task.c) }, () => 0);
    for (const part of parts.filter((p) => p.task === task)) {
      machine.words(part.used, counts.length).forEach((n, w) => (counts[w] += n));
    }
    return counts;
  });
}

/** Every window of every task, the largest first and in pieces that keep all threads busy to the end. */
async function sumWindows(machine: Machine, tasks: readonly Prepared[], used: number[][]): Promise<Sum[]> {
  const share = Math.max(MIN_SHARE, used.flat().reduce((a, b) => a + b, 0) / (2 * machine.threads));
  const pieces = tasks
    .flatMap((task, t) =>
      used[t].flatMap((entries, w) => {
        if (entries === 0) return [];
        const parts = ranges(task.count, Math.ceil(entries / share));
        return parts.map(([from, to]) => ({ task, w, from, to, weight: entries / parts.length }));
      }),
    )
    .sort((a, b) => b.weight - a.weight)
    .map((piece) => ({ ...piece, out: machine.alloc(RESULT) }));

  const buckets = Math.max(...tasks.map(({ c }) => 2 ** (c - 1)));
  const longest = pieces.reduce((n, { from, to }) => Math.max(n, to - from), 0);
  const scratch = Array.from({ length: machine.threads }, () => [
    machine.alloc(4 * (buckets + 2)),
    machine.alloc(8 * longest),
    machine.alloc(BUCKET * buckets),
    machine.alloc(WORKSPACE),
  ]);
  await machine.run(
    pieces.map(({ task: { prepared, digits, count, c }, w, from, to, out }): Job => {
      const ofWindow = digits + w * 4 * count;
      return (slot) => [['windowSum', prepared, ofWindow, count, from, to, c, ...scratch[slot], out]];
    }),
  );

  return tasks.map((task) => {
    const sums = Array.from({ length: windows(task.c) }, () => G1.ZERO);
    for (const { w, out } of pieces.filter((piece) => piece.task === task)) sums[w] = sums[w].add(result(machine, out));
    return sums.reduceRight((sum, window) => {
      for (let i = 0; i < task.c; i++) sum = sum.double();
      return sum.add(window);
    }, G1.ZERO);
  });
}

function result(machine: Machine, at: number): Sum {
  const bytes = machine.bytes(at, RESULT);
  const view = new DataView(bytes.buffer, at);
  const [x, y, z] = [0, 32, 64].map((offset) => readField(view, offset));
  return z === 0n ? G1.ZERO : new G1(x, y, z);
}

// ---- equal scalars

/** Points sorted by class, without those at infinity. */
export interface Sorted {
  /** Offsets into `entries`, one more than there are classes. */
  readonly start: Uint32Array;
  /** Indices of points. */
  readonly entries: Uint32Array;
}

/** The sums of points of one class, as the points of a multi-exponentiation; a class cut between two threads has two. */
export interface ClassSums {
  readonly points: number;
  /** The class of each. */
  readonly classes: readonly number[];
}

/** Adds up each class of points that is not empty. @param points address, 64 bytes a point */
export async function classSums(machine: Machine, points: number, { start, entries }: Sorted): Promise<ClassSums> {
  const at = machine.alloc(entries.length * 4);
  machine.words(at, entries.length).set(entries);
  const parts = ranges(entries.length, Math.max(1, Math.min(2 * machine.threads, entries.length / MIN_SHARE)));
  const classes: number[] = [];
  const cut = parts.map(([from, to]) => {
    const offsets: number[] = [];
    for (let c = lowerBound(start, from); start[c] < to; c++) {
      if (start[c + 1] === start[c]) continue;
      classes.push(c);
      offsets.push(Math.max(start[c], from));
    }
    return [...offsets, to];
  });
  const sums = machine.alloc(classes.length * POINT);
  const mark = machine.mark();
  const scratch = Array.from({ length: machine.threads }, () => machine.alloc(WORKSPACE));
  let place = sums;
  const jobs = cut.map((offsets): Job => {
    const [count, out] = [offsets.length - 1, place];
    place += count * POINT;
    const starts = machine.alloc(offsets.length * 4);
    machine.words(starts, offsets.length).set(offsets);
    const buckets = machine.alloc((count + 1) * BUCKET);
    return (slot) => [['classSums', points, starts, count, at, buckets, scratch[slot], out]];
  });
  await machine.run(jobs);
  machine.release(mark);
  return { points: sums, classes };
}

/** The class that entry `at` is in. */
function lowerBound(start: Uint32Array, at: number): number {
  let [low, high] = [0, start.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (start[middle] <= at) low = middle;
    else high = middle;
  }
  return low;
}
