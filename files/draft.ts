// A folder that is written whole or not at all: it is filled beside its place and renamed.
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { InferproofError } from '../verifier/errors.js';
import { fileError } from './read.js';
import { forget, removeLeftovers, sibling, temporaryName, writeFlushed } from './write.js';

/** A folder in the making: nothing is at its place before `commit`. */
export interface FolderDraft {
  readonly write: (name: string, content: Uint8Array | string) => Promise<void>;
  /** Puts the folder in place of `path`; what the old one held under other names moves into it, except `drop`. */
  readonly commit: (drop: readonly string[]) => Promise<void>;
  readonly discard: () => Promise<void>;
}

/**
 * Begins the folder that is to be at `path`, so that an unwritable place is known before the work starts.
 * @param marker a file that marks a folder of ours; an existing folder without it must be empty
 */
export async function draftFolder(path: string, marker: string): Promise<FolderDraft> {
  const target = await realpath(path).catch(() => resolve(path));
  await refuseForeign(target, marker, path);
  await removeLeftovers(target);
  const draft = temporaryName(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    await mkdir(draft);
  } catch (cause) {
    forget(draft);
    throw fileError(cause, 'to make this folder', path);
  }
  const discard = async () => {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    forget(draft);
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
        forget(draft);
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
 * The old folder steps aside, the new one takes its place, then the old one's other files follow. Synchronous: no
 * signal handler runs in between, while the place is empty.
 */
function replaceFolder(target: string, draft: string, drop: readonly string[]): void {
  if (!existsSync(target)) return renameSync(draft, target);
  const old = sibling(target, 'old'); // it may hold keys that nobody can make again: no later command removes it
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
