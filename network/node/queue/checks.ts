// Proofs that others made are verified on a thread of their own: a pairing takes tens of milliseconds, and answers do not wait for it.
import { Worker } from 'node:worker_threads';
import type { Hex } from 'viem';
import { serializeVerificationKey, type LookupKey } from 'inferproof/verifier';

const PROGRAM = new URL('./checks-thread.js', import.meta.url);

/** To the thread, and its verdict. */
export interface Check {
  readonly id: number;
  readonly model: Hex;
  /** The JSON of its key. */
  readonly vkey: unknown;
  readonly words: readonly bigint[];
  readonly proof: Hex;
  readonly context: Hex;
}
export interface Verdict {
  readonly id: number;
  readonly holds: boolean;
}

export interface Checks {
  /** Rejects where the thread died. */
  readonly holds: (
    model: { readonly modelId: Hex; readonly vkey: LookupKey },
    proved: { readonly words: readonly bigint[]; readonly proof: Hex },
    context: Hex,
  ) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export function openChecks(): Checks {
  const asked = new Map<number, { readonly resolve: (holds: boolean) => void; readonly reject: (e: unknown) => void }>(); // prettier-ignore
  let count = 0;
  let thread: Worker | undefined;
  function start(): Worker {
    const worker = new Worker(PROGRAM);
    worker.unref();
    worker.on('message', ({ id, holds }: Verdict) => {
      asked.get(id)?.resolve(holds);
      asked.delete(id);
    });
    const end = (error: unknown): void => {
      if (thread !== worker) return; // an error, and later the exit
      thread = undefined;
      for (const one of asked.values()) one.reject(error);
      asked.clear();
    };
    worker.on('error', end);
    worker.on('exit', () => end(new Error('the thread that verifies ended')));
    return worker;
  }
  return {
    holds: ({ modelId: model, vkey }, { words, proof }, context) =>
      new Promise((resolve, reject) => {
        const id = count++;
        asked.set(id, { resolve, reject });
        thread ??= start();
        thread.postMessage({ id, model, vkey: serializeVerificationKey(vkey), words, proof, context } satisfies Check);
      }),
    close: async () => {
      await thread?.terminate();
    },
  };
}
