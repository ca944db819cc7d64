// A pool of worker threads for long pure computations. Idle workers do not keep the process alive; a worker that dies
// rejects its job with one error instead of leaving it open for ever, and the next job starts a fresh one.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { InferproofError } from '../verifier/errors.js';

/** What a worker script answers to `{ job, args }`. */
export type Answer = { readonly ok: true; readonly out: Uint8Array } | { readonly ok: false; readonly message: string };

interface Job {
  readonly job: string;
  readonly args: unknown;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (out: Uint8Array) => void;
  readonly reject: (error: InferproofError) => void;
}

export interface WorkerPool {
  readonly size: number;
  /**
   * Runs one job on the next free worker. `transfer` lists buffers that the caller gives away.
   * Rejects with 'resource' when the job throws (memory, mostly) or its worker ends.
   */
  run(job: string, args: unknown, transfer?: readonly ArrayBuffer[]): Promise<Uint8Array>;
  /** Ends the idle workers, and with them what they hold; the next job starts new ones. */
  close(): Promise<void>;
}

/** A pool over the worker script at `script`; workers start with the first jobs. */
export function workerPool(script: URL, size = Math.min(availableParallelism(), 8)): WorkerPool {
  const queue: Job[] = [];
  const idle: Worker[] = [];
  let started = 0;

  function start(): Worker {
    // none of the process's flags: a thread refuses those of V8, and --input-type is not for files
    const worker = new Worker(script, { execArgv: [] });
    started++;
    worker.on('error', () => undefined); // always followed by 'exit', where the job is rejected
    worker.on('exit', () => {
      started--;
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
    });
    return worker;
  }

  function assign(worker: Worker, job: Job): void {
    let cause: unknown;
    const settle = (): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    };
    const onMessage = (answer: Answer): void => {
      settle();
      const next = queue.shift();
      if (next === undefined) {
        worker.unref();
        idle.push(worker);
      } else assign(worker, next);
      if (answer.ok) job.resolve(answer.out);
      else
        job.reject(
          new InferproofError('resource', `expected the job ${job.job} to finish, got: ${answer.message}`, HINT),
        );
    };
    const onError = (error: unknown): void => {
      cause = error;
    };
    const onExit = (code: number): void => {
      settle();
      const why = cause instanceof Error ? cause.message : `exit code ${code}`;
      job.reject(
        new InferproofError('resource', `expected the job ${job.job} to finish, got a worker that ended: ${why}`, {
          ...HINT,
          cause,
        }),
      );
      const next = queue.shift();
      if (next !== undefined) assign(start(), next);
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.ref();
    worker.postMessage({ job: job.job, args: job.args }, job.transfer);
  }

  return {
    size,
    run: (job, args, transfer = []) =>
      new Promise((resolve, reject) => {
        const entry: Job = { job, args, transfer, resolve, reject };
        const worker = idle.pop() ?? (started < size ? start() : undefined);
        if (worker === undefined) queue.push(entry);
        else assign(worker, entry);
      }),
    close: async () => {
      await Promise.all(idle.splice(0).map((worker) => worker.terminate()));
    },
  };
}

const HINT = { hint: 'free memory, or use a machine with more of it' };
