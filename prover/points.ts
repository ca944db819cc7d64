// Sums of many BN254 points, in worker threads:
//   fixedBase   scalar_i * generator          what a development key is made of
//   groupSum    the sum of each class of points   what makes equal scalars cheap in a proof
import { availableParallelism } from 'node:os';
import { AFFINE, type FixedBase, type GroupName, type GroupSum, type Join } from './point-jobs.js';
import { workerPool, type WorkerPool } from './pool.js';

export { AFFINE, type GroupName } from './point-jobs.js';

let shared: WorkerPool | undefined;
const pool = (): WorkerPool => (shared ??= workerPool(new URL('./points-worker.js', import.meta.url)));

const SLICE = 1 << 13; // scalars a job: small enough for even loads and progress, large against the job's overhead

/** The window width for that many scalars in all: a wider table takes longer to make and saves an addition a scalar. */
export function windowFor(count: number): number {
  const perWorker = count / Math.min(availableParallelism(), 8);
  let best = 4;
  const cost = (w: number): number => Math.ceil(254 / w) * (2 ** w + perWorker);
  for (let w = 5; w <= 15; w++) if (cost(w) < cost(best)) best = w;
  return best;
}

/**
 * scalar_i * generator, affine, 64 (G1) or 128 (G2) bytes each.
 * @param scalars 32 bytes little-endian each, below r
 * @param window from `windowFor`; the same for a run of calls, so that the workers keep their tables
 * @param onDone told how many scalars were finished, several times
 */
export async function fixedBase(
  group: GroupName,
  scalars: Uint8Array,
  window: number,
  onDone: (count: number) => void = () => undefined,
): Promise<Uint8Array> {
  const n = scalars.length / 32;
  const out = new Uint8Array(n * AFFINE[group]);
  const jobs: Promise<void>[] = [];
  for (let from = 0; from < n; from += SLICE) {
    const slice = scalars.slice(from * 32, Math.min(n, from + SLICE) * 32);
    const args: FixedBase = { group, scalars: slice, window };
    jobs.push(
      pool()
        .run('fixedBase', args, [slice.buffer])
        .then((points) => {
          out.set(points, from * AFFINE[group]);
          onDone(points.length / AFFINE[group]);
        }),
    );
  }
  await Promise.all(jobs);
  return out;
}

/**
 * For each class c in [0, n) the sum of points[i] over all i with classes[i] = c, affine.
 * @param points affine, 64 or 128 bytes each
 */
export async function groupSum(
  group: GroupName,
  points: Uint8Array,
  classes: Uint32Array,
  n: number,
): Promise<Uint8Array> {
  const count = classes.length;
  if (n === 0) return new Uint8Array(0);
  const workers = pool();
  const share = Math.max(1, Math.ceil(count / workers.size));
  const jobs: Promise<Uint8Array>[] = [];
  for (let from = 0; from < count || from === 0; from += share) {
    const to = Math.min(count, from + share);
    const args: GroupSum = {
      group,
      points: points.slice(from * AFFINE[group], to * AFFINE[group]),
      classes: classes.slice(from, to),
      n,
    };
    jobs.push(workers.run('groupSum', args, [args.points.buffer as ArrayBuffer, args.classes.buffer as ArrayBuffer]));
  }
  const parts = await Promise.all(jobs);
  const args: Join = { group, parts, n };
  return workers.run(
    'join',
    args,
    parts.map((part) => part.buffer as ArrayBuffer),
  );
}
