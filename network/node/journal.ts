// A file that only grows, by lines. Each is on the disk before whoever wrote it goes on, and those that come while the disk is busy go to it
// together: at load many answers share one write and one sync.
import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Entry {
  /** Made when it is written. Without a line end. */
  readonly line: () => string;
  /** It is on the disk; it is not. Either is called before another line is made. */
  readonly kept: () => void;
  readonly lost: () => void;
}

export interface Journal {
  /** Resolves when the line is on the disk. Rejects where it is not; then it does not stay, not in part either. */
  readonly add: (entry: Entry) => Promise<void>;
  /** Resolves when all is written and the file is closed. */
  readonly close: () => Promise<void>;
}

/** Bytes below which a file is not written anew; above, it is when it is twice as long as it was then. */
const SHORT = 2 ** 23;
/** Lines that are written at once. */
const MANY = 256;

interface Waiting {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** The lines of a file; none where there is none. What stands behind the last line end was never whole, and nobody went on behind it. */
export async function readLines(path: string): Promise<{ readonly lines: string[]; readonly bytes: number }> {
  const all = await readFile(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const lines: string[] = [];
  let at = 0;
  for (let end; (end = all.indexOf(10, at)) >= 0; at = end + 1) lines.push(all.toString('utf8', at, end));
  return { lines, bytes: at };
}

/**
 * Writes behind the lines that `readLines` found, or a new file, which it opens for the first of them.
 * @param bytes of these lines
 * @param whole lines that say the same as all that was kept, to be written in their place when they have become many
 */
export function openJournal(path: string, bytes: number, whole: () => Iterable<string>, short = SHORT): Journal {
  let file: FileHandle | undefined;
  let length = bytes;
  /** Bytes at which it is written anew: of what an earlier process left, at once. */
  let renew = short;
  /** Whether anything may stand behind `length`; whether its folder may not have its name on the disk yet. */
  let [torn, unnamed] = [true, true];
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function append(text: string): Promise<void> {
    file ??= await open(path, 'a', 0o600);
    if (unnamed) await syncFolder(dirname(path));
    unnamed = false;
    if (torn) await file.truncate(length);
    torn = true;
    await file.appendFile(text);
    await file.datasync();
    torn = false;
    length += Buffer.byteLength(text);
  }

  /** All in a new file, under the old one's name when it is whole. */
  async function rewrite(): Promise<void> {
    const part = `${path}.part`;
    await rm(part, { force: true });
    const next = await open(part, 'a', 0o600);
    let size: number;
    try {
      size = await writeAll(next, whole());
      await next.datasync();
      await rename(part, path);
    } catch (error) {
      await next.close();
      throw error;
    }
    const old = file;
    [file, length, torn, unnamed] = [next, size, false, true];
    await old?.close();
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const some = waiting;
      waiting = [];
      // of two answers to one client the lines are the same
      const lines = new Set(some.map(({ entry }) => `${entry.line()}\n`));
      const failed = await append([...lines].join('')).then(
        () => undefined,
        (reason: unknown) => ({ reason }),
      );
      for (const { entry } of some) if (failed) entry.lost(); else entry.kept(); // prettier-ignore
      for (const { resolve, reject } of some) if (failed) reject(failed.reason); else resolve(); // prettier-ignore
      if (length < renew) continue;
      // without room for a second one the first goes on growing
      await rewrite().catch(() => undefined);
      renew = Math.max(short, 2 * length);
    }
    running = undefined;
  }

  return {
    add: (entry) =>
      new Promise((resolve, reject) => {
        waiting.push({ entry, resolve, reject });
        running ??= run();
      }),
    close: async () => {
      await running;
      await file?.close();
    },
  };
}

/** Returns bytes. */
async function writeAll(file: FileHandle, lines: Iterable<string>): Promise<number> {
  let [text, count, bytes] = ['', 0, 0];
  const flush = async (): Promise<void> => {
    await file.appendFile(text);
    bytes += Buffer.byteLength(text);
    [text, count] = ['', 0];
  };
  for (const line of lines) {
    text += `${line}\n`;
    if (++count === MANY) await flush();
  }
  await flush();
  return bytes;
}

/** The name is on the disk as well. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
