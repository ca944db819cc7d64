// Blocks on disk: blocks/aa/CID, whole or not at all. aa are the last two letters: all CIDs begin alike.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParsedCid } from '../store/blocks.js';

export interface Disk {
  /** Undefined where it is not there; rejects where it cannot be read. */
  readonly read: (cid: string) => Promise<Uint8Array | undefined>;
  /** Bytes; undefined where it is not there. */
  readonly size: (cid: string) => Promise<number | undefined>;
  /**
   * Keeps a block while it comes in. 'large': more than `most` bytes came, and the rest is not read; 'other': it is another block.
   * Neither leaves anything.
   */
  readonly keep: (
    block: ParsedCid,
    parts: AsyncIterable<Uint8Array>,
    most: number,
  ) => Promise<number | 'large' | 'other'>;
  /** A block that is wanted is as new. */
  readonly touch: (cid: string) => Promise<void>;
  readonly remove: (cid: string) => Promise<void>;
  /** Those that nobody touched since, milliseconds of the clock. */
  readonly olderThan: (when: number) => AsyncIterable<string>;
}

/** A block that is not there is none; one that cannot be read is a fault of the disk, and nobody concludes from it that it is gone. */
function ifNone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

export async function openDisk(folder: string): Promise<Disk> {
  const root = join(folder, 'blocks');
  const arriving = join(folder, 'arriving');
  // half-written blocks of an earlier run
  await rm(arriving, { recursive: true, force: true });
  await mkdir(arriving, { recursive: true, mode: 0o700 });
  await mkdir(root, { recursive: true, mode: 0o700 });
  const at = (cid: string): string => join(root, cid.slice(-2), cid);
  const statOf = (cid: string) => stat(at(cid)).catch(ifNone);
  const size = async (cid: string): Promise<number | undefined> => (await statOf(cid))?.size;
  return {
    size,
    read: (cid) => readFile(at(cid)).catch(ifNone),
    keep: async ({ cid, hash }, parts, most) => {
      const temporary = join(arriving, randomBytes(8).toString('hex'));
      const digest = createHash('sha256');
      const file = await open(temporary, 'wx', 0o600);
      let bytes = 0;
      try {
        for await (const part of parts) {
          bytes += part.length;
          if (bytes > most) return 'large';
          digest.update(part);
          await file.writeFile(part);
        }
        if (`0x${digest.digest('hex')}` !== hash) return 'other';
        await file.sync();
        await mkdir(join(root, cid.slice(-2)), { recursive: true, mode: 0o700 });
        await rename(temporary, at(cid));
        return bytes;
      } finally {
        await file.close();
        await rm(temporary, { force: true });
      }
    },
    touch: async (cid) => {
      const now = new Date();
      await utimes(at(cid), now, now).catch(ifNone);
    },
    remove: (cid) => rm(at(cid), { force: true }),
    olderThan: async function* (when) {
      for (const shelf of await readdir(root))
        for (const cid of await readdir(join(root, shelf)))
          if (((await statOf(cid))?.mtimeMs ?? Infinity) < when) yield cid;
    },
  };
}
