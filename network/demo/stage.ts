// What the demo leaves behind: nothing. Its servers are in this process, its chain and its provers end with it, its files are in one
// temporary folder, which goes when the process ends, also by ctrl-C (cli/main.ts ends it in order).
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Stage {
  readonly folder: string;
  /** Has something closed at the end, the last that was opened first. */
  readonly onEnd: (close: () => Promise<unknown>) => void;
  readonly end: () => Promise<void>;
}

/** Milliseconds in which a write that was begun ends; how often they are waited for at most. */
const BEGUN = 100;
const ENOUGH = 50;

/** Synchronous, but other threads end what was begun before: a file of theirs brings the folder back, and it is removed again. */
function removeForGood(folder: string): void {
  for (let i = 0; i < ENOUGH; i++) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // a file came while the folder was being removed
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BEGUN);
    if (!existsSync(folder)) return;
  }
}

export function openStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'inferproof-network-'));
  const remove = () => removeForGood(folder);
  process.on('exit', remove);
  const open: (() => Promise<unknown>)[] = [];
  return {
    folder,
    onEnd: (close) => open.unshift(close),
    end: async () => {
      const ended: PromiseSettledResult<unknown>[] = [];
      for (const close of open.splice(0)) ended.push(...(await Promise.allSettled([close()])));
      remove();
      process.off('exit', remove);
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    },
  };
}
