// A process that proves: proofs take every core for their time, and what answers clients must not wait for them. It ends when its
// parent does, however that ends.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Hex } from 'viem';
import { InferproofError, type ErrorCode } from 'inferproof/verifier';
import type { Proved } from './queue/queue.js';

const PROGRAM = fileURLToPath(new URL('./prover-process.js', import.meta.url));

/** To the process; one at a time. */
export interface Question {
  readonly folder: string;
  readonly threads: number;
  readonly words: readonly bigint[];
  readonly context: Hex;
}
/** From it. */
export type Answer =
  | { readonly made: Proved }
  | { readonly error: { readonly code: ErrorCode; readonly message: string; readonly where?: string | undefined; readonly hint?: string | undefined } }; // prettier-ignore

export interface ProverProcess {
  /** One at a time. Rejects with the prover's InferproofError; does not settle where the process dies. */
  readonly prove: (folder: string, words: readonly bigint[], context: Hex) => Promise<Proved>;
  readonly end: () => Promise<void>;
  readonly pid: number | undefined;
}

/** @param onEnd called once, when the process is no more */
export function startProver(threads: number, onEnd: (why: string) => void): ProverProcess {
  const child = fork(PROGRAM, { serialization: 'advanced', execArgv: [] });
  let settle: ((answer: Answer) => void) | undefined;
  child.on('message', (answer) => settle?.(answer as Answer));
  const gone = new Promise<void>((resolve) => {
    let ended = false;
    const end = (why: string): void => {
      if (ended) return;
      ended = true;
      resolve();
      onEnd(why);
    };
    child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    child.once('error', ({ message }) => end(message));
  });
  return {
    pid: child.pid,
    prove: (folder, words, context) =>
      new Promise((resolve, reject) => {
        settle = (answer) => {
          if ('made' in answer) return resolve(answer.made);
          const { code, message, where, hint } = answer.error;
          reject(new InferproofError(code, message, { where, hint }));
        };
        // a process that is gone says so by its end
        child.send({ folder, threads, words, context } satisfies Question, () => undefined);
      }),
    end: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
