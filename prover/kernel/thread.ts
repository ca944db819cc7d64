// A worker thread of the kernel, from the side that starts it: one list of calls at a time. An idle one does not keep the process alive.
import { Worker } from 'node:worker_threads';
import { InferproofError } from '../../verifier/errors.js';
import type { Call } from './machine.js';

/** What a thread is made with. */
export interface ThreadSetup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Where its stack begins; it grows down. */
  readonly stack: number;
}

/** What a worker script answers to a list of calls. */
export type Answer =
  { readonly ok: true; readonly results: readonly number[] } | { readonly ok: false; readonly message: string };

export interface Thread {
  /** The calls' return values. Rejects with 'resource' where one traps or the thread ends. */
  readonly make: (calls: readonly Call[]) => Promise<number[]>;
  /** Whether it has ended, by itself or by `end`: it makes no more calls. */
  readonly ended: () => boolean;
  readonly end: () => Promise<void>;
}

interface Waiting {
  readonly resolve: (results: number[]) => void;
  readonly reject: (error: InferproofError) => void;
}

export function startThread(script: URL, setup: ThreadSetup): Thread {
  // none of the process's flags: a thread refuses those of V8, and --input-type is not for files
  const worker = new Worker(script, { execArgv: [], workerData: setup });
  let waiting: Waiting | undefined;
  let cause: unknown;
  let over = false;
  const settled = (): Waiting | undefined => {
    const who = waiting;
    waiting = undefined;
    worker.unref();
    return who;
  };
  worker.on('online', () => {
    if (waiting === undefined) worker.unref();
  });
  worker.on('message', (answer: Answer) => {
    const who = settled();
    if (answer.ok) who?.resolve([...answer.results]);
    else who?.reject(failure(answer.message));
  });
  worker.on('error', (error: unknown) => (cause = error)); // 'exit' follows
  worker.on('exit', (code) => {
    over = true;
    settled()?.reject(ended(code, cause));
  });
  return {
    make: (calls) =>
      new Promise((resolve, reject) => {
        if (over) {
          reject(ended(0, cause));
          return;
        }
        waiting = { resolve, reject };
        worker.ref();
        worker.postMessage(calls);
      }),
    ended: () => over,
    end: async () => {
      over = true;
      await worker.terminate();
    },
  };
}

const failure = (got: string, cause?: unknown): InferproofError =>
  new InferproofError('resource', `expected the prover's threads to work to the end, got: ${got}`, {
    hint: 'free memory, or use a machine with more of it; the next proof starts fresh threads',
    cause,
  });

const ended = (code: number, cause: unknown): InferproofError =>
  failure(`one that ended: ${cause instanceof Error ? cause.message : `exit code ${code}`}`, cause);
