// Writing files so that nothing half-written is ever taken for whole: a file is written under a temporary name, flushed and
// renamed.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { appendFile, lstat, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InferproofError } from '../verifier/errors.js';
import { fileError } from './read.js';

/** What must not outlive this process: see `removeTemporaries`. */
const temporaries = new Set<string>();

/**
 * Removes what an interrupted command has half-written; synchronous, for signal handlers.
 * @example
 * ```ts
 * process.once('SIGINT', removeTemporaries);
 * ```
 */
export function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { recursive: true, force: true });
  temporaries.clear();
}

/** A name beside `path` that nobody else uses; what ends in .tmp is half-written, and of no use to anybody. */
export const sibling = (path: string, ending: 'tmp' | 'old'): string =>
  join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.${ending}`);

/** Removes what commands that were killed have half-written beside `path`: the temporaries of processes that are no more. */
export async function removeLeftovers(path: string): Promise<void> {
  const [before, behind] = [`.${basename(path)}.`, '.tmp'];
  for (const name of await readdir(dirname(path)).catch((): string[] => [])) {
    if (!name.startsWith(before) || !name.endsWith(behind)) continue;
    const [, pid] = /^(\d+)-[0-9a-f]{8}$/.exec(name.slice(before.length, -behind.length)) ?? [];
    if (pid === undefined || !isGone(Number(pid))) continue;
    await rm(join(dirname(path), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** A `sibling` that `removeTemporaries` removes until it is forgotten. */
export function temporaryName(path: string): string {
  const name = sibling(path, 'tmp');
  temporaries.add(name);
  return name;
}

export const forget = (temporary: string): boolean => temporaries.delete(temporary);

/** Of a file, whole or in pieces. */
export type Content = Uint8Array | string | Iterable<Uint8Array>;

const piecesOf = (content: Content): Iterable<Uint8Array | string> =>
  typeof content === 'string' || content instanceof Uint8Array ? [content] : content;

export async function writeFlushed(path: string, content: Content): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const piece of piecesOf(content)) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

export interface LinkOptions {
  /**
   * Writes what a link points to, and into a device or a pipe: for a path that the user named. Without it whatever stands there is
   * replaced, so that a folder from somebody else cannot lead a default name to another file.
   */
  readonly followLinks?: boolean;
}

interface Target {
  readonly target: string;
  /** A device or a pipe. */
  readonly special: boolean;
}

async function targetOf(path: string, { followLinks = false }: LinkOptions): Promise<Target> {
  const target = followLinks ? await realpath(path).catch(() => resolve(path)) : resolve(path);
  const stands = await lstat(target).catch(() => undefined);
  if (stands?.isDirectory() === true)
    throw new InferproofError('file', 'expected to write a file, got a folder of that name', { where: path });
  return { target, special: followLinks && stands?.isFile() === false };
}

/**
 * Fails where `writeFileAtomic` would: for callers with long work before writing.
 * @example
 * ```ts
 * await refuseUnwritable('Verifier.sol');
 * ```
 */
export async function refuseUnwritable(path: string, place: LinkOptions = {}): Promise<void> {
  const { target, special } = await targetOf(path, place);
  if (special) return;
  await removeLeftovers(target);
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

/**
 * Writes a file whole or not at all.
 * @example
 * ```ts
 * await writeFileAtomic('proof.json', toJson(proof));
 * ```
 */
export async function writeFileAtomic(path: string, content: Content, place: LinkOptions = {}): Promise<void> {
  const { target, special } = await targetOf(path, place);
  if (special) {
    try {
      for (const piece of piecesOf(content)) await appendFile(target, piece);
      return;
    } catch (cause) {
      throw fileError(cause, 'to write this file', path);
    }
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
