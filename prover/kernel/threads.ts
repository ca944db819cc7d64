// A thread of the kernel, from the side that starts it, whatever it is made of: one list of calls at a time, each answered or rejected.
import { InferproofError } from '../../verifier/errors.js';
import type { Call } from './instance.js';

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

/** How a worker is reached. */
export interface Line {
  /** Sends a list of calls; an answer is expected. */
  readonly send: (calls: readonly Call[]) => void;
  /** Nothing is expected any more. */
  readonly rest: () => void;
  readonly terminate: () => Promise<unknown>;
}

interface Waiting {
  readonly resolve: (results: number[]) => void;
  readonly reject: (error: InferproofError) => void;
}

/** A thread, and what its worker's events tell it. */
export interface Told {
  readonly thread: Thread;
  readonly busy: () => boolean;
  readonly answered: (answer: Answer) => void;
  /** @param got of an error message @param cause what it threw, if it did */
  readonly died: (got: string, cause?: unknown) => void;
}

export function threadBy(line: Line): Told {
  let waiting: Waiting | undefined;
  let over: InferproofError | undefined;
  const settled = (): Waiting | undefined => {
    const who = waiting;
    waiting = undefined;
    line.rest();
    return who;
  };
  const ended = (got: string, cause?: unknown): InferproofError =>
    failure(`one that ended: ${cause instanceof Error ? cause.message : got}`, cause);
  return {
    thread: {
      make: (calls) =>
        new Promise((resolve, reject) => {
          if (over !== undefined) {
            reject(over);
            return;
          }
          waiting = { resolve, reject };
          line.send(calls);
        }),
      ended: () => over !== undefined,
      end: async () => {
        over ??= ended('exit code 0');
        await line.terminate();
        settled()?.reject(over);
      },
    },
    busy: () => waiting !== undefined,
    answered: (answer) => {
      const who = settled();
      if (answer.ok) who?.resolve([...answer.results]);
      else who?.reject(failure(answer.message));
    },
    died: (got, cause) => {
      over = ended(got, cause);
      settled()?.reject(over);
    },
  };
}

const failure = (got: string, cause?: unknown): InferproofError =>
  new InferproofError('resource', `expected the prover's threads to work to the end, got: ${got}`, {
    hint: 'free memory, or use a machine with more of it; the next proof starts fresh threads',
    cause,
  });
