// Writing files so that nothing half-written is ever taken for whole: a file is written under a temporary name, flushed and
// renamed.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InferproofError } from '../verifier/errors.js';
import { fileError } from './read.js';

/** What must not outlive this process: see `removeTemporaries`. */
const temporaries = new Set<string>();

/** Removes what an interrupted command has half-written; synchronous, for signal handlers. */
export function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { recursive: true, force: true });
  temporaries.clear();
}

/** A name beside `path` that nobody else uses. */
export const sibling = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);

/** A `sibling` that `removeTemporaries` removes until it is forgotten. */
export function temporaryName(path: string): string {
  const name = sibling(path);
  temporaries.add(name);
  return name;
}

export const forget = (temporary: string): boolean => temporaries.delete(temporary);

export async function writeFlushed(path: string, content: Uint8Array | string): Promise<void> {
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

/** Fails where `writeFileAtomic` would: for callers with long work before writing. */
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

/** Writes a file whole or not at all. A device or a pipe is written in place. */
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
    forget(temporary);
  }
}
