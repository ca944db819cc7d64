// What a hub keeps: pins/CID holds the names of those who pinned a manifest, uploads/NAME/CID says who sent a block that nobody pinned.
// Blocks of no pin go a day after they were last wanted.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from 'inferproof/files';
import { InferproofError } from 'inferproof/verifier';
import { parseCid } from '../store/blocks.js';
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

type Refused = { readonly done: false; readonly why: 'missing' | 'quota' | 'format'; readonly message: string }; // prettier-ignore
export type Pinned = { readonly done: true } | Refused;

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
  /** Removes what nobody pinned or wanted for a day; how many blocks. None while the blocks of a pin are not known. */
  readonly sweep: (now?: number) => Promise<number>;
}

/**
 * @param limits bytes by owner
 * @param log hears of pins that cannot be read
 */
export async function openPins(
  folder: string,
  disk: Disk,
  limits: ReadonlyMap<string, number>,
  log: (event: Readonly<Record<string, unknown>>) => void,
): Promise<Pins> {
  const [pinned, uploads] = [join(folder, 'pins'), join(folder, 'uploads')];
  for (const path of [pinned, uploads, ...[...limits.keys()].map((owner) => join(uploads, owner))])
    await mkdir(path, { recursive: true, mode: 0o700 });
  const pins = new Map<string, Pin>();
  const sent = new Map<string, Set<string>>([...limits.keys()].map((owner) => [owner, new Set<string>()]));
  const quota = openQuota(limits);

  const readPin = async (cid: string): Promise<Omit<Pin, 'owners'> | Refused> => {
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

  /** Pins of which something is not here now: whose the other blocks are is not known, so none may go. */
  const broken = new Map<string, Set<string>>();
  const load = async (cid: string, owners: Set<string>): Promise<Refused | undefined> => {
    const found = await readPin(cid).catch((error: unknown): Refused => ({ done: false, why: 'missing', message: String(error) })); // prettier-ignore
    if ('done' in found) {
      broken.set(cid, owners);
      log({ event: 'broken pin', cid, why: found.message, hint: 'send the block again, or delete the pin' });
      return found;
    }
    broken.delete(cid);
    pins.set(cid, { owners, ...found });
    for (const owner of owners) quota.add(owner, found.blocks, true);
    return undefined;
  };
  for (const name of await readdir(pinned)) {
    // half-written by a hub that was killed
    if (parseCid(name) === undefined) await rm(join(pinned, name), { force: true });
    else await load(name, new Set(JSON.parse(await readFile(join(pinned, name), 'utf8')) as string[]));
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
        const before = broken.get(cid);
        const refused = before && (await load(cid, before));
        if (refused !== undefined) return refused;
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
        const owners = known?.owners ?? broken.get(cid);
        if (owners === undefined) return 'none';
        if (!owners.delete(owner)) return 'other';
        if (owners.size > 0) await write(cid, owners);
        else {
          await rm(join(pinned, cid), { force: true });
          pins.delete(cid);
          broken.delete(cid);
        }
        if (known !== undefined) quota.remove(owner, known.blocks.keys());
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
        for (const [cid, owners] of broken) await load(cid, owners);
        if (broken.size > 0) return 0;
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
