// Turns at something that serves one at a time: first come, first served; a call that is stopped rejects at once,
// waiting or running.

export interface Turns {
  /**
   * Does `work` when everything that was asked for before is done or stopped.
   * @param work ends soon after its signal aborts; the next turn waits for that
   * @param signal rejects with its reason
   */
  readonly take: <T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal) => Promise<T>;
  /** Rejects what waits, what runs and everything that comes later. Resolves when nothing is running. */
  readonly end: (reason: Error) => Promise<void>;
}

export function turns(): Turns {
  const open = new Set<AbortController>();
  let last: Promise<unknown> = Promise.resolve();
  let over: Error | undefined;
  return {
    take: async (work, signal) => {
      if (over !== undefined) throw over;
      signal?.throwIfAborted();
      const mine = new AbortController();
      const stopped = new Promise<never>((_, reject) => {
        mine.signal.addEventListener('abort', () => reject(mine.signal.reason as Error));
      });
      const stop = (): void => mine.abort(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      open.add(mine);
      const turn = last.then(() => {
        mine.signal.throwIfAborted();
        return work(mine.signal);
      });
      last = turn.catch(() => undefined);
      try {
        return await Promise.race([turn, stopped]);
      } finally {
        signal?.removeEventListener('abort', stop);
        open.delete(mine);
      }
    },
    end: async (reason) => {
      over ??= reason;
      for (const one of open) one.abort(over);
      await last;
    },
  };
}
