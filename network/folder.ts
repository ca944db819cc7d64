// A client's store on the disk: its owner's alone, each text whole or not at all.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InferproofError } from 'inferproof/verifier';
import type { Store } from './client/store.js';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Texts as files of mode 0600 in a folder. Rejects with InferproofError 'file'. */
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
