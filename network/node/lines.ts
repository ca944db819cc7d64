// A file of lines that this process alone writes, and that only grows, until all of it is written anew.
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InferproofError } from 'inferproof/verifier';

/** A file as it was read: by these it is known again. */
export interface Found {
  /** Of whole lines, and of all that stands there. */
  readonly bytes: number;
  readonly size: number;
  /** Undefined where there is no file. */
  readonly inode: bigint | undefined;
}

/** From where another process was seen to write the same file, the two that write reject with InferproofError 'resource', always, and touch nothing. */
export interface Lines {
  /** Bytes. */
  readonly length: () => number;
  /** Writes lines behind the last: they outlive this process. Rejects where they are not written; then none stays, not in part either. */
  readonly append: (text: string) => Promise<void>;
  /** What was appended before outlives a loss of power. Where it rejects, nobody knows what does, and only `rewrite` helps. */
  readonly sync: () => Promise<void>;
  /** These in a new file and on the disk, then under the old one's name. */
  readonly rewrite: (lines: Iterable<string>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Lines that are written at once. */
const MANY = 256;

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
 * Writes behind the lines that `readLines` found, or a new file, which it opens for the first of them. `append`, `rewrite` and `close` are
 * called one after the other; `sync` may run beside them.
 * @param found what it found
 */
export function openLines(path: string, found: Found): Lines {
  let file: FileHandle | undefined;
  let length = found.bytes;
  /** The file as this process left it; whoever else wrote changed one of them. No size where the disk did not say. */
  let [inode, size]: [bigint | undefined, number | undefined] = [found.inode, found.size];
  let foreign: InferproofError | undefined;
  /** Whether anything may stand behind `length`; whether its folder may not have its name on the disk yet. */
  let [torn, unnamed] = [true, true];

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
  async function cut(of: FileHandle): Promise<void> {
    await of.truncate(length);
    [torn, size] = [false, length];
  }

  async function append(text: string): Promise<void> {
    await refuseOthers();
    file ??= await openFile();
    if (torn) await cut(file);
    torn = true;
    try {
      await file.appendFile(text);
    } catch (error) {
      size = (await file.stat().catch(() => undefined))?.size;
      // whoever hears that a line is lost may tell its client so: a stop must not bring it back
      await cut(file).catch(() => undefined);
      throw error;
    }
    length += Buffer.byteLength(text);
    [torn, size] = [false, length];
  }

  async function sync(): Promise<void> {
    if (file === undefined) return;
    const of = file;
    await of.datasync();
    if (!unnamed) return;
    await syncFolder(dirname(path));
    if (of === file) unnamed = false;
  }

  async function rewrite(lines: Iterable<string>): Promise<void> {
    const part = `${path}.part`;
    await rm(part, { force: true });
    const next = await open(part, 'a', 0o600);
    let bytes: number;
    let its: bigint;
    try {
      bytes = await writeAll(next, lines);
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

  return {
    length: () => length,
    append,
    sync,
    rewrite,
    close: async () => {
      if (file === undefined) return;
      const last = file;
      if (torn) await refuseOthers().then(() => cut(last)).then(() => last.datasync()).catch(() => undefined); // prettier-ignore
      file = undefined;
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
