// A file that only grows, by lines. Each is written before whoever wrote it goes on, so it outlives this process, whatever ends it; the disk has
// it a second later at the latest, so a loss of power may take that second's. At load many lines share one write, and all of a second one sync.
import { openLines, type Found } from './lines.js';

export interface Entry {
  /** Made when it is written. Without a line end. */
  readonly line: () => string;
  /** It is written; it is not. Either is called before another line is made. */
  readonly kept: () => void;
  readonly lost: () => void;
}

export interface Journal {
  /**
   * Resolves when the line is written. Rejects where it is not; then it does not stay, not in part either. From where another process
   * was seen to write the same file, rejects with InferproofError 'resource', always, and touches nothing.
   */
  readonly add: (entry: Entry) => Promise<void>;
  /** What the disk said last, where it refuses lines; undefined where it takes them. */
  readonly fault: () => unknown;
  /** Resolves when all is on the disk and the file is closed. Rejects where it may not be there. */
  readonly close: () => Promise<void>;
}

export interface Pace {
  /** Bytes below which the file is not written anew; above, it is when it is twice as long as it was then. */
  readonly short: number;
  /** Milliseconds by which the disk may be behind. */
  readonly behind: number;
}
const PACE: Pace = { short: 2 ** 23, behind: 1_000 };

interface Waiting {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Writes behind the lines that were found.
 * @param found what `readLines` found
 * @param whole lines that say the same as all that was kept: written in their place when they have become many, and when a sync failed
 */
export function openJournal(
  path: string,
  found: Found,
  whole: () => Iterable<string>,
  { short, behind }: Pace = PACE,
): Journal {
  const file = openLines(path, found);
  let waiting: Waiting[] = [];
  let [running, ended] = [Promise.resolve(), true];
  let [syncing, timer]: [Promise<void>, NodeJS.Timeout | undefined] = [Promise.resolve(), undefined];
  /** Whether the disk may be behind; whether a sync failed: that drops what it was to keep, and the next one would not say so. */
  let [dirty, unsure] = [false, false];
  /** Not undefined while `unsure`. */
  let fault: unknown;
  /** Bytes at which it is written anew: of what an earlier process left, at once. */
  let renew = short;

  /** Returns why a text is not written. */
  async function write(text: string): Promise<{ readonly reason: unknown } | undefined> {
    try {
      if (unsure) await file.rewrite(whole());
      unsure = false;
      await file.append(text);
      // a sync may have failed meanwhile
      if (!unsure) fault = undefined;
      return undefined;
    } catch (reason) {
      fault = reason;
      return { reason };
    }
  }

  async function writeAll(some: readonly Waiting[]): Promise<void> {
    // of two answers to one client the lines are the same
    const lines = new Set<string>();
    const made = some.filter(({ entry, reject }) => {
      try {
        lines.add(`${entry.line()}\n`);
        return true;
      } catch (error) {
        entry.lost();
        reject(error);
        return false;
      }
    });
    const failed = await write([...lines].join(''));
    for (const { entry } of made) if (failed) entry.lost(); else entry.kept(); // prettier-ignore
    for (const { resolve, reject } of made) if (failed) reject(failed.reason); else resolve(); // prettier-ignore
  }

  async function run(): Promise<void> {
    do {
      const some = waiting;
      waiting = [];
      await writeAll(some);
      dirty = true;
      timer ??= setTimeout(() => void (syncing = sync()), behind).unref();
      if (fault !== undefined || file.length() < renew) continue;
      // without room for a second one the first goes on growing
      await file.rewrite(whole()).catch(() => undefined);
      renew = Math.max(short, 2 * file.length());
    } while (waiting.length > 0);
    // not when its promise resolves: a line that is added before that would wait for nobody
    ended = true;
  }

  function start(): void {
    if (!ended) return;
    ended = false;
    running = run();
  }

  async function sync(): Promise<void> {
    timer = undefined;
    dirty = false;
    await file.sync().catch((reason: unknown) => ([unsure, fault] = [true, reason]));
    // also where no line comes: whoever asks whether it takes lines again is told so
    if (fault !== undefined) start();
  }

  return {
    add: (entry) =>
      new Promise((resolve, reject) => {
        waiting.push({ entry, resolve, reject });
        start();
      }),
    fault: () => fault,
    close: async () => {
      await running;
      clearTimeout(timer);
      await syncing;
      await running;
      clearTimeout(timer);
      try {
        if (unsure) await file.rewrite(whole());
        else if (dirty) await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}
