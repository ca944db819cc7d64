// A client's store on the disk: its owner's alone, each text whole or not at all.
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InferproofError } from 'inferproof/verifier';
import type { Store } from './client/store.js';

/** A lock that is so old is of a process that ended: what is done under one takes two questions to the chain. */
const STALE_MS = 120_000;
const LOCK_POLL_MS = 20;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Texts as files of mode 0600 in a folder. Rejects with InferproofError 'file'.
 * @example
 * ```ts
 * const store = folderStore('client-data');
 * await store.write('receipts/1.json', '{}');
 * ```
 */
export function folderStore(root: string): Store {
  const refused = (what: string, path: string, cause: unknown) =>
    new InferproofError('file', `expected to ${what}, got: ${cause instanceof Error ? cause.message : String(cause)}`, { where: path, cause }); // prettier-ignore
  let made = 0;
  return {
    read: async (name) => {
      const path = join(root, name);
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw refused('read what was kept', path, error);
      }
    },
    write: async (name, text) => {
      const path = join(root, name);
      const part = `${path}.${process.pid}.${made++}.part`;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        const file = await open(part, 'w', 0o600);
        try {
          await file.writeFile(text);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(part, path);
      } catch (error) {
        await rm(part, { force: true }).catch(() => undefined);
        throw refused('write what is to be kept', path, error);
      }
    },
    alone: async (name, act) => {
      const path = join(root, `${name}.lock`);
      for (;;) {
        try {
          await mkdir(dirname(path), { recursive: true, mode: 0o700 });
          await (await open(path, 'wx', 0o600)).close();
          break;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw refused('lock what is kept', path, error);
        }
        const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() })); // gone by now
        if (mtimeMs < Date.now() - STALE_MS) await rm(path, { force: true });
        else await new Promise((later) => setTimeout(later, LOCK_POLL_MS));
      }
      try {
        return await act();
      } finally {
        await rm(path, { force: true });
      }
    },
    remove: (name) => rm(join(root, name), { force: true }),
    list: async (folder) => {
      try {
        const names = await readdir(join(root, folder));
        return names.filter((name) => name.endsWith('.json')).map((name) => `${folder}/${name}`);
      } catch (error) {
        if (isMissing(error)) return [];
        throw refused('list what was kept', join(root, folder), error);
      }
    },
  };
}
