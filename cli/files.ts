// Reading and writing files so that a failure is one clear error and nothing half-written is ever taken for whole:
// a file is written under a temporary name, flushed and renamed; a folder is filled beside its place and renamed.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InferproofError } from '../verifier/errors.js';

/** Most bytes that Node reads into one buffer. */
const MAX_FILE = 2 ** 31 - 1;
/** Most bytes of a text: V8's longest string is 2^29 - 24 characters. */
const MAX_TEXT = 2 ** 29 - 24;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a path through something that is not a folder',
  EISDIR: 'a folder',
  EEXIST: 'something else of this name',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'a read-only file system',
  ENOSPC: 'a full disk',
  EDQUOT: 'a disk quota used up',
  EMFILE: 'too many open files',
  EBUSY: 'a file in use',
};

/** A file system's error as ours: "expected to write this file, got permission denied". */
function fileError(cause: unknown, expected: string, where: string, hint?: string): InferproofError {
  if (cause instanceof InferproofError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return new InferproofError('file', `expected ${expected}, got ${REASONS[code] ?? (code || String(cause))}`, {
    where,
    hint,
    cause,
  });
}

/**
 * The bytes of a file.
 * @param what what it should be, with its article: 'an ONNX model'
 */
export async function readBytes(path: string, what: string, hint?: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE)
      throw new InferproofError('file', `expected ${what} below 2 GiB, got ${size} bytes`, { where: path });
    return await readFile(path);
  } catch (cause) {
    throw fileError(cause, what, path, hint);
  }
}

/** Bytes as UTF-8 text. */
export function readText(bytes: Uint8Array, where: string): string {
  if (bytes.length > MAX_TEXT) {
    throw new InferproofError('format', `expected a text below 512 MiB, got ${bytes.length} bytes`, {
      where,
      hint: 'use .npy or .npz for large data',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InferproofError('format', 'expected UTF-8 text, got other bytes', { where, cause });
  }
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (s) => s.isDirectory(),
    () => false,
  );
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (s) => s.isFile(),
    () => false,
  );
}

/** Opens a file and closes it again: for files that somebody else reads, and that may have gigabytes. */
export async function refuseUnreadable(path: string, what: string, hint?: string): Promise<void> {
  try {
    const file = await open(path, 'r');
    await file.close();
    if (await isFolder(path)) throw new InferproofError('file', `expected ${what}, got a folder`, { where: path });
  } catch (cause) {
    throw fileError(cause, what, path, hint);
  }
}

/** What must not outlive this process: see `removeTemporaries`. */
const temporaries = new Set<string>();

/** Removes what an interrupted command has half-written; synchronous, for signal handlers. */
export function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { recursive: true, force: true });
  temporaries.clear();
}

/** A name beside `path` that nobody else uses. */
const sibling = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);

function temporaryName(path: string): string {
  const name = sibling(path);
  temporaries.add(name);
  return name;
}

async function writeFlushed(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

interface Target {
  readonly target: string;
  /** A device or a pipe. */
  readonly special: boolean;
}

/** What a link points to, not the link. */
async function targetOf(path: string): Promise<Target> {
  const target = await realpath(path).catch(() => resolve(path));
  const stands = await stat(target).catch(() => undefined);
  if (stands?.isDirectory() === true)
    throw new InferproofError('file', 'expected to write a file, got a folder of that name', { where: path });
  return { target, special: stands?.isFile() === false };
}

/** Fails where `writeFileAtomic` would: for a command that works long before it writes. */
export async function refuseUnwritable(path: string): Promise<void> {
  const { target, special } = await targetOf(path);
  if (special) return;
  const probe = temporaryName(target);
  try {
    await writeFlushed(probe, '');
  } catch (cause) {
    throw fileError(cause, 'to write this file', path);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
    temporaries.delete(probe);
  }
}

/** Writes a file whole or not at all. A device or a pipe is written as it stands. */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const { target, special } = await targetOf(path);
  if (special) {
    return writeFile(target, content).catch((cause: unknown) => {
      throw fileError(cause, 'to write this file', path);
    });
  }
  const temporary = temporaryName(target);
  try {
    await writeFlushed(temporary, content);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(cause, 'to write this file', path);
  } finally {
    temporaries.delete(temporary);
  }
}

/** A folder in the making: nothing stands at its place before `commit`. */
export interface FolderDraft {
  readonly write: (name: string, content: Uint8Array | string) => Promise<void>;
  /** Puts the folder in place of `path`; what the old one held under other names moves into it, except `drop`. */
  readonly commit: (drop: readonly string[]) => Promise<void>;
  readonly discard: () => Promise<void>;
}

/**
 * Begins the folder that shall stand at `path`, so that an unwritable place is known before the work starts.
 * @param marker a file that tells a folder of ours; an existing folder without it must be empty
 */
export async function draftFolder(path: string, marker: string): Promise<FolderDraft> {
  const target = await realpath(path).catch(() => resolve(path));
  await refuseForeign(target, marker, path);
  const draft = temporaryName(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    await mkdir(draft);
  } catch (cause) {
    temporaries.delete(draft);
    throw fileError(cause, 'to make this folder', path);
  }
  const discard = async () => {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    temporaries.delete(draft);
  };
  const guarded = async (step: () => Promise<void> | void) => {
    try {
      await step();
    } catch (cause) {
      await discard();
      throw fileError(cause, 'to write this folder', path);
    }
  };
  return {
    write: (name, content) => guarded(() => writeFlushed(join(draft, name), content)),
    commit: (drop) =>
      guarded(() => {
        replaceFolder(target, draft, drop);
        temporaries.delete(draft);
      }),
    discard,
  };
}

async function refuseForeign(target: string, marker: string, path: string): Promise<void> {
  const entries = await readdir(target).catch((cause: unknown): string[] => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw fileError(cause, 'a folder', path);
  });
  const inside = relative(target, process.cwd());
  if (inside === '' || !(inside.startsWith('..') || isAbsolute(inside))) {
    throw new InferproofError('file', 'expected a folder of its own, got the current one or one above it', {
      where: path,
    });
  }
  if (entries.length > 0 && !entries.includes(marker)) {
    throw new InferproofError('file', `expected a new folder or one that compile made, got one without ${marker}`, {
      where: path,
      hint: 'name a folder that does not exist yet',
    });
  }
}

/**
 * The old folder steps aside, the new one takes its place, then the old one's other files follow. Synchronous: no signal
 * handler runs in between, when the place is empty.
 */
function replaceFolder(target: string, draft: string, drop: readonly string[]): void {
  if (!existsSync(target)) return renameSync(draft, target);
  const old = sibling(target);
  renameSync(target, old);
  try {
    renameSync(draft, target);
  } catch (cause) {
    renameSync(old, target);
    throw cause;
  }
  const written = new Set([...readdirSync(target), ...drop]);
  for (const name of readdirSync(old)) if (!written.has(name)) renameSync(join(old, name), join(target, name));
  rmSync(old, { recursive: true, force: true });
}

/**
 * Reads a model's external data: files inside the model's own folder, links followed.
 * @throws InferproofError 'file' for a location outside it, or one that cannot be read
 */
export function externalDataReader(modelPath: string): (location: string) => Uint8Array {
  return (location) => {
    try {
      const folder = realpathSync(dirname(modelPath));
      const file = realpathSync(join(folder, location));
      if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
        throw new InferproofError('file', "expected external data inside the model's folder, got a path outside it", {
          where: location,
        });
      }
      return readFileSync(file);
    } catch (cause) {
      throw fileError(cause, `the external data of ${modelPath}`, location);
    }
  };
}
