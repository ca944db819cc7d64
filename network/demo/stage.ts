// What the demo leaves behind: nothing. Its servers are in this process, its chain and its provers end with it, its files are in one
// temporary folder, which goes when the process ends, also by ctrl-C (cli/main.ts ends it in order).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Stage {
  readonly folder: string;
  /** Has something closed at the end, the last that was opened first. */
  readonly onEnd: (close: () => Promise<unknown>) => void;
  readonly end: () => Promise<void>;
}

export function openStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'inferproof-network-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
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
