// What a hub keeps: pins/CID holds the names of those who pinned a manifest, uploads/NAME/CID says who sent a block that nobody pinned.
// Blocks of no pin go a day after they were last wanted.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from 'inferproof/files';
import { InferproofError } from 'inferproof/verifier';
import { decodeManifest, sizesOf, type Manifest } from '../store/manifest.js';
import type { Disk } from './disk.js';
import { openQuota } from './quota.js';

const DAY_MS = 86_400_000;

interface Pin {
  readonly owners: Set<string>;
  readonly manifest: Manifest;
  /** The manifest's own block among them. */
  readonly blocks: ReadonlyMap<string, number>;
}

export type Pinned = { readonly done: true } | { readonly done: false; readonly why: 'missing' | 'quota' | 'format'; readonly message: string }; // prettier-ignore

export interface Pins {
  readonly get: (cid: string) => Pin | undefined;
  readonly pin: (owner: string, cid: string) => Promise<Pinned>;
  /** 'none': it is not pinned; 'other': not by that owner. */
  readonly unpin: (owner: string, cid: string) => Promise<'done' | 'none' | 'other'>;
  /** Counts a block that an owner sent; false, and it is removed, where it does not fit. */
  readonly uploaded: (owner: string, cid: string, bytes: number) => Promise<boolean>;
  /** Bytes that the owner may still send. */
  readonly left: (owner: string) => number;
  readonly held: (owner: string) => number;
  /** Removes what nobody pinned or wanted for a day; how many blocks. */
  readonly sweep: (now?: number) => Promise<number>;
}

/** @param limits bytes by owner */
export async function openPins(folder: string, disk: Disk, limits: ReadonlyMap<string, number>): Promise<Pins> {
  const [pinned, uploads] = [join(folder, 'pins'), join(folder, 'uploads')];
  for (const path of [pinned, uploads, ...[...limits.keys()].map((owner) => join(uploads, owner))])
    await mkdir(path, { recursive: true, mode: 0o700 });
  const pins = new Map<string, Pin>();
  const sent = new Map<string, Set<string>>([...limits.keys()].map((owner) => [owner, new Set<string>()]));
  const quota = openQuota(limits);

  const readPin = async (cid: string): Promise<Omit<Pin, 'owners'> | Pinned> => {
    const block = await disk.read(cid);
    if (block === undefined) return { done: false, why: 'missing', message: `expected block ${cid}, got none` };
    try {
      const manifest = decodeManifest(block, cid);
      const blocks = new Map([...sizesOf(manifest), [cid, block.length]]);
      for (const [one, bytes] of blocks) {
        const size = await disk.size(one);
        if (size === undefined) return { done: false, why: 'missing', message: `expected block ${one}, got none` };
        if (size !== bytes) return { done: false, why: 'format', message: `expected block ${one} of ${bytes} bytes, got ${size}` }; // prettier-ignore
      }
      return { manifest, blocks };
    } catch (error) {
      if (!(error instanceof InferproofError)) throw error;
      return { done: false, why: 'format', message: error.message };
    }
  };

  for (const cid of await readdir(pinned)) {
    const owners = new Set(JSON.parse(await readFile(join(pinned, cid), 'utf8')) as string[]);
    const found = await readPin(cid);
    if ('done' in found) continue;
    pins.set(cid, { owners, ...found });
    for (const owner of owners) quota.add(owner, found.blocks, true);
  }
  for (const [owner, cids] of sent)
    for (const cid of await readdir(join(uploads, owner))) {
      cids.add(cid);
      quota.add(owner, [[cid, (await disk.size(cid)) ?? 0]], true);
    }

  const isWanted = (cid: string): boolean =>
    [...pins.values()].some(({ blocks }) => blocks.has(cid)) || [...sent.values()].some((cids) => cids.has(cid));
  /** A block that somebody sent is theirs by their pin from now on, or gone. */
  const forget = async (owner: string, cid: string): Promise<void> => {
    if (sent.get(owner)?.delete(cid) !== true) return;
    quota.remove(owner, [cid]);
    await rm(join(uploads, owner, cid), { force: true });
  };
  /** One change at a time: no sweep sees half a pin. */
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
  const write = (cid: string, owners: ReadonlySet<string>): Promise<void> =>
    writeFileAtomic(join(pinned, cid), JSON.stringify([...owners]));

  return {
    get: (cid) => pins.get(cid),
    held: quota.held,
    left: quota.left,
    pin: (owner, cid) =>
      alone(async () => {
        const known = pins.get(cid);
        if (known?.owners.has(owner) === true) return { done: true };
        const found = known ?? (await readPin(cid));
        if ('done' in found) return found;
        if (!quota.add(owner, found.blocks))
          return { done: false, why: 'quota', message: `expected at most ${limits.get(owner) ?? 0} bytes in all, got more` }; // prettier-ignore
        const owners = new Set([...(known?.owners ?? []), owner]);
        await write(cid, owners);
        pins.set(cid, { manifest: found.manifest, blocks: found.blocks, owners });
        for (const one of found.blocks.keys()) await forget(owner, one);
        return { done: true };
      }),
    unpin: (owner, cid) =>
      alone(async () => {
        const known = pins.get(cid);
        if (known === undefined) return 'none';
        if (!known.owners.delete(owner)) return 'other';
        if (known.owners.size > 0) await write(cid, known.owners);
        else {
          await rm(join(pinned, cid), { force: true });
          pins.delete(cid);
        }
        quota.remove(owner, known.blocks.keys());
        return 'done';
      }),
    uploaded: async (owner, cid, bytes) => {
      if (sent.get(owner)?.has(cid) === true) return true;
      if (!quota.add(owner, [[cid, bytes]])) {
        await alone(async () => (isWanted(cid) ? undefined : disk.remove(cid)));
        return false;
      }
      sent.get(owner)?.add(cid);
      await writeFile(join(uploads, owner, cid), '');
      return true;
    },
    sweep: (now = Date.now()) =>
      alone(async () => {
        const kept = new Set([...pins.values()].flatMap(({ blocks }) => [...blocks.keys()]));
        let gone = 0;
        for await (const cid of disk.olderThan(now - DAY_MS)) {
          if (kept.has(cid)) continue;
          await disk.remove(cid);
          for (const owner of sent.keys()) await forget(owner, cid);
          gone++;
        }
        return gone;
      }),
  };
}
