// A file that only grows, by lines. Each is on the disk before whoever wrote it goes on, and those that come while the disk is busy go to it
// together: at load many answers share one write and one sync.
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InferproofError } from 'inferproof/verifier';

export interface Entry {
  /** Made when it is written. Without a line end. */
  readonly line: () => string;
  /** It is on the disk; it is not. Either is called before another line is made. */
  readonly kept: () => void;
  readonly lost: () => void;
}

export interface Journal {
  /**
   * Resolves when the line is on the disk. Rejects where it is not; then it does not stay, not in part either. From where another process
   * was seen to write the same file, rejects with InferproofError 'resource', always, and touches nothing.
   */
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

/** A file as it was read: by these it is known again. */
export interface Found {
  /** Of whole lines, and of all that stands there. */
  readonly bytes: number;
  readonly size: number;
  /** Undefined where there is no file. */
  readonly inode: bigint | undefined;
}

/** The lines of a file; none where there is none. What stands behind the last line end was never whole, and nobody went on behind it. */
export async function readLines(path: string): Promise<Found & { readonly lines: string[] }> {
  const file = await open(path, 'r').catch(absent);
  if (file === undefined) return { lines: [], bytes: 0, size: 0, inode: undefined };
  try {
    const { ino } = await file.stat({ bigint: true });
    const all = await file.readFile();
    const lines: string[] = [];
    let at = 0;
    for (let end; (end = all.indexOf(10, at)) >= 0; at = end + 1) lines.push(all.toString('utf8', at, end));
    return { lines, bytes: at, size: all.length, inode: ino };
  } finally {
    await file.close();
  }
}

/**
 * Writes behind the lines that `readLines` found, or a new file, which it opens for the first of them.
 * @param found what it found
 * @param whole lines that say the same as all that was kept, to be written in their place when they have become many
 */
export function openJournal(path: string, found: Found, whole: () => Iterable<string>, short = SHORT): Journal {
  let file: FileHandle | undefined;
  let length = found.bytes;
  /** The file as this process left it; whoever else wrote changed one of them. No size where the disk did not say. */
  let [inode, size]: [bigint | undefined, number | undefined] = [found.inode, found.size];
  let foreign: InferproofError | undefined;
  /** Bytes at which it is written anew: of what an earlier process left, at once. */
  let renew = short;
  /** Whether anything may stand behind `length`; whether its folder may not have its name on the disk yet. */
  let [torn, unnamed] = [true, true];
  let waiting: Waiting[] = [];
  let [running, ended] = [Promise.resolve(), true];

  function refuseForeign(): InferproofError {
    return (foreign = new InferproofError(
      'resource',
      'expected no other process here, and another process writes here',
      {
        where: path,
        hint: 'two on one folder lose what the other wrote: stop all but one, and start that one again',
      },
    ));
  }

  /** Throws where the file is not as this process left it. */
  async function refuseOthers(): Promise<void> {
    if (foreign) throw foreign;
    // where it made no file yet, opening one says whether another process did
    if (inode === undefined) return;
    const now = await stat(path, { bigint: true }).catch(absent);
    if (now?.ino !== inode || (size !== undefined && Number(now.size) !== size)) throw refuseForeign();
  }

  async function openFile(): Promise<FileHandle> {
    const made = await open(path, inode === undefined ? 'ax' : 'a', 0o600).catch((error: unknown) => {
      throw codeOf(error) === 'EEXIST' ? refuseForeign() : error;
    });
    inode ??= (await made.stat({ bigint: true })).ino;
    return made;
  }

  /** Nothing stands behind `length` any more. */
  async function mend(of: FileHandle): Promise<void> {
    await of.truncate(length);
    size = length;
    await of.datasync();
    torn = false;
  }

  async function append(text: string): Promise<void> {
    await refuseOthers();
    file ??= await openFile();
    if (unnamed) await syncFolder(dirname(path));
    unnamed = false;
    if (torn) await file.truncate(length);
    [torn, size] = [true, length];
    try {
      await file.appendFile(text);
      await file.datasync();
    } catch (error) {
      size = (await file.stat().catch(() => undefined))?.size;
      // whoever hears that a line is lost may tell its client so: a stop must not bring it back
      await mend(file).catch(() => undefined);
      throw error;
    }
    length += Buffer.byteLength(text);
    [torn, size] = [false, length];
  }

  /** All in a new file, under the old one's name when it is whole. */
  async function rewrite(): Promise<void> {
    const part = `${path}.part`;
    await rm(part, { force: true });
    const next = await open(part, 'a', 0o600);
    let bytes: number;
    let its: bigint;
    try {
      bytes = await writeAll(next, whole());
      await next.datasync();
      its = (await next.stat({ bigint: true })).ino;
      await refuseOthers();
      await rename(part, path);
    } catch (error) {
      await next.close();
      throw error;
    }
    const old = file;
    [file, inode, length, size, torn, unnamed] = [next, its, bytes, bytes, false, true];
    await old?.close();
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const some = waiting;
      waiting = [];
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
      if (made.length === 0) continue;
      const failed = await append([...lines].join('')).then(
        () => undefined,
        (reason: unknown) => ({ reason }),
      );
      for (const { entry } of made) if (failed) entry.lost(); else entry.kept(); // prettier-ignore
      for (const { resolve, reject } of made) if (failed) reject(failed.reason); else resolve(); // prettier-ignore
      if (foreign || length < renew) continue;
      // without room for a second one the first goes on growing
      await rewrite().catch(() => undefined);
      renew = Math.max(short, 2 * length);
    }
    // not when its promise resolves: a line that is added before that would wait for nobody
    ended = true;
  }

  return {
    add: (entry) =>
      new Promise((resolve, reject) => {
        waiting.push({ entry, resolve, reject });
        if (!ended) return;
        ended = false;
        running = run();
      }),
    close: async () => {
      await running;
      if (file === undefined) return;
      const last = file;
      if (torn) await refuseOthers().then(() => mend(last)).catch(() => undefined); // prettier-ignore
      await last.close();
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

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** For what may not be there. */
function absent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

/** What file systems say that cannot sync a folder. */
const CANNOT = ['EINVAL', 'ENOTSUP', 'EPERM'];

/** The name is on the disk as well. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT.includes(codeOf(error)!)) throw error;
  } finally {
    await handle.close();
  }
}
