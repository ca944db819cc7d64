// Drives sums.c: multi-exponentiations in G1 and G2, several at a time so that no thread waits for the end of one.
import { bn254 } from '@noble/curves/bn254.js';
import { readField } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { AFFINE, type GroupName } from '../files/zkey.js';
import { ranges, type Job, type Machine } from './machine.js';

export const G1 = bn254.G1.Point;
export const G2 = bn254.G2.Point;
/** Points in projective coordinates. */
export type Sum1 = InstanceType<typeof G1>;
export type Sum2 = InstanceType<typeof G2>;

/** Puts the points from one to before another at an address. */
export type PointSource = (into: number, from: number, to: number) => void;

/** sum of scalar_i * point_i. */
export interface MultiExp {
  /** Affine times 2^256, 64 or 128 bytes each, zeros for infinity: their address, or where they come from, a few at a time. */
  readonly points: number | PointSource;
  /** Their address; below r, 32 bytes each. */
  readonly scalars: number;
  readonly count: number;
}

/** Sizes in group.h, in bytes; digits per scalar in each window, and the bits of what they make up. */
export const GROUPS = {
  G1: { id: 1, bucket: 80, prepared: 160, result: 96, workspace: 1_593_776, halves: 2, bits: 127 },
  G2: { id: 2, bucket: 160, prepared: 240, result: 192, workspace: 1_565_504, halves: 1, bits: 254 },
} as const;

/** Entries below which a job is not worth splitting. */
export const MIN_SHARE = 4096;
/** Pieces of all windows a thread, at least: the last ones to end leave the others little to wait for. */
const PIECES = 2;

/**
 * Bits of a digit: more make fewer windows, each with twice the buckets. A bucket costs half as much again as an entry (measured): all
 * are added up by rows and by columns. A last window of few bits has few of both; each piece of a window has all its buckets.
 */
export function windowBits(group: GroupName, count: number, threads = 1): number {
  const { bits, halves } = GROUPS[group];
  const cost = (c: number): number => {
    const [full, rest] = [Math.floor(bits / c), 2 ** (bits % c)];
    const entries = (full + 1 - 1 / rest) * halves * count;
    const pieces = Math.ceil((halves * count) / Math.max(MIN_SHARE, entries / (PIECES * threads)));
    return entries + (full * 2 ** (c - 1) + rest) * pieces * 1.5;
  };
  let best = 3;
  for (let c = 4; c <= 16; c++) if (cost(c) < cost(best)) best = c;
  return best;
}

/** One bit more than the digits make up, for the carry of signed ones. */
export const windows = (group: GroupName, c: number): number => Math.ceil((GROUPS[group].bits + 1) / c);

interface Task extends MultiExp {
  readonly group: GroupName;
  readonly c: number;
  readonly windows: number;
  readonly prepared: number;
  readonly digits: number;
}

/** A window's sum over some of the points. */
interface Piece {
  readonly task: Task;
  readonly window: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  readonly out: number;
}

/**
 * @param onShare called as the windows are taken up, with the share of them, by weight, that went before
 * @throws 'data' for a scalar that is not below r, 'resource'
 */
export async function multiExps(
  machine: Machine,
  g1: readonly MultiExp[],
  g2: readonly MultiExp[] = [],
  onShare: (share: number) => void = () => {},
): Promise<{ readonly g1: Sum1[]; readonly g2: Sum2[] }> {
  const mark = machine.mark();
  const ready =
    (group: GroupName) =>
    (it: MultiExp): Task => {
      const c = windowBits(group, it.count, machine.threads);
      const count = windows(group, c);
      const { prepared, halves } = GROUPS[group];
      const digits = machine.alloc(count * halves * 2 * it.count);
      return { ...it, group, c, windows: count, prepared: machine.alloc(it.count * prepared), digits };
    };
  const [tasks1, tasks2] = [g1.map(ready('G1')), g2.map(ready('G2'))];
  const tasks = [...tasks1, ...tasks2];
  const pieces = await sumWindows(machine, tasks, await prepare(machine, tasks), onShare);
  const sums = await joined(machine, tasks, pieces);
  const result = {
    g1: sums.slice(0, g1.length).map((at) => point1(machine, at)),
    g2: sums.slice(g1.length).map((at) => point2(machine, at)),
  };
  machine.release(mark);
  return result;
}

/** Points that are read at a time. */
const CHUNK = 1 << 15;

/** Some of a task's points, with the address of the first. */
interface Stretch {
  readonly task: Task;
  readonly points: number;
  readonly from: number;
  readonly to: number;
  readonly used: number;
}

/** Points and digits of all tasks; returns the number of digits that are not 0, by task and window. */
async function prepare(machine: Machine, tasks: readonly Task[]): Promise<number[][]> {
  const total = tasks.reduce((sum, { count }) => sum + count, 0);
  const stretches: Stretch[] = [];
  let refused = 0;
  const prepared = async (list: readonly Stretch[]): Promise<void> => {
    for (const [, found] of await machine.run(list.map(preparing))) refused += found;
    for (const one of list) stretches.push(one);
  };
  const parts = (task: Task, points: number, from: number, to: number, pieces: number): Stretch[] =>
    ranges(to - from, pieces, 2).map(([i, j]) => {
      return { task, points: points + i * AFFINE[task.group], from: from + i, to: from + j, used: machine.alloc(4 * task.windows) }; // prettier-ignore
    });
  await prepared(
    tasks.flatMap((task) => {
      const { points, count } = task;
      if (typeof points !== 'number') return [];
      return parts(task, points, 0, count, Math.ceil((4 * machine.threads * count) / total));
    }),
  );
  for (const task of tasks) {
    if (typeof task.points === 'number') continue;
    const room = machine.alloc(Math.min(CHUNK, task.count) * AFFINE[task.group]);
    for (let from = 0; from < task.count; from += CHUNK) {
      const to = Math.min(task.count, from + CHUNK);
      task.points(room, from, to);
      await prepared(parts(task, room, from, to, machine.threads));
    }
  }
  if (refused > 0) {
    throw new InferproofError('data', `expected scalars below r, got ${refused} that are not`, { where: 'witness' });
  }
  return tasks.map((task) => {
    const counts = Array.from({ length: task.windows }, () => 0);
    for (const one of stretches.filter((stretch) => stretch.task === task)) {
      machine.words(one.used, counts.length).forEach((n, w) => (counts[w] += n));
    }
    return counts;
  });
}

/** The two calls see a stretch as if it were all, but for the stride of the digits. */
function preparing({ task, points, from, to, used }: Stretch): Job {
  const { group, scalars, count, prepared, digits, c, windows } = task;
  const { id, prepared: size } = GROUPS[group];
  return () => [
    [`preparePoints${id}`, points, prepared + from * size, 0, to - from],
    [`prepareScalars${id}`, scalars + 32 * from, points, count, digits + 2 * from, c, windows, used, 0, to - from],
  ];
}

/** Every window of every task, the largest first and in pieces that keep all threads busy to the end. */
async function sumWindows(
  machine: Machine,
  tasks: readonly Task[],
  used: number[][],
  onShare: (share: number) => void,
): Promise<Piece[]> {
  const total = used.flat().reduce((a, b) => a + b, 0);
  const share = Math.max(MIN_SHARE, total / (PIECES * machine.threads));
  const pieces = tasks
    .flatMap((task, t) =>
      used[t].flatMap((entries, window) => {
        if (entries === 0) return [];
        const parts = ranges(task.count, Math.ceil(entries / share));
        return parts.map(([from, to]) => ({
          task,
          window,
          from,
          to,
          weight: (entries / parts.length) * GROUPS[task.group].id,
        }));
      }),
    )
    .sort((a, b) => b.weight - a.weight)
    .map((piece): Piece => ({ ...piece, out: machine.alloc(GROUPS[piece.task.group].result) }));

  const most = (size: (piece: Piece) => number): number => pieces.reduce((max, piece) => Math.max(max, size(piece)), 0);
  const buckets = most(({ task }) => 2 ** (task.c - 1));
  const entries = most(({ task, from, to }) => (to - from) * GROUPS[task.group].halves);
  const bucketBytes = most(({ task }) => 2 ** (task.c - 1) * GROUPS[task.group].bucket);
  const workspace = most(({ task }) => GROUPS[task.group].workspace);
  const scratch = Array.from({ length: machine.threads }, () =>
    [4 * (buckets + 2), 4 * entries, bucketBytes, workspace].map((bytes) => machine.alloc(bytes)),
  );
  const whole = pieces.reduce((sum, { weight }) => sum + weight, 0);
  let begun = 0;
  await machine.run(
    pieces.map(({ task: { group, prepared, digits, count, c }, window, from, to, weight, out }): Job => {
      const { id, halves } = GROUPS[group];
      const ofWindow = digits + window * halves * 2 * count;
      return (slot) => {
        onShare(begun / whole);
        begun += weight;
        return [[`windowSum${id}`, prepared, ofWindow, count, from, to, c, ...scratch[slot], out]];
      };
    }),
  );
  return pieces;
}

/** Of each task, the sum over windows of 2^(c w) times the sum of the window's pieces: its address. */
async function joined(machine: Machine, tasks: readonly Task[], pieces: readonly Piece[]): Promise<number[]> {
  const outs = tasks.map(({ group }) => machine.alloc(GROUPS[group].result));
  const jobs = tasks.map((task, t): Job => {
    const own = pieces.filter((piece) => piece.task === task).sort((a, b) => b.window - a.window);
    const list = machine.alloc(8 * own.length);
    machine.words(list, 2 * own.length).set(own.flatMap(({ window, out }) => [window, out]));
    const { id } = GROUPS[task.group];
    return () => [[`joinWindows${id}`, list, own.length, task.windows, task.c, outs[t]]];
  });
  await machine.run(jobs);
  return outs;
}

function elements(machine: Machine, at: number, count: number): bigint[] {
  const view = new DataView(machine.bytes(at, 32 * count).buffer, at);
  return Array.from({ length: count }, (_, i) => readField(view, 32 * i));
}

export function point1(machine: Machine, at: number): Sum1 {
  const [x, y, z] = elements(machine, at, 3);
  return z === 0n ? G1.ZERO : new G1(x, y, z);
}

export function point2(machine: Machine, at: number): Sum2 {
  const [x0, x1, y0, y1, z0, z1] = elements(machine, at, 6);
  const { Fp } = G2;
  return z0 === 0n && z1 === 0n
    ? G2.ZERO
    : new G2(Fp.create({ c0: x0, c1: x1 }), Fp.create({ c0: y0, c1: y1 }), Fp.create({ c0: z0, c1: z1 }));
}
