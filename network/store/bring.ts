// A published model into a folder, whole or not at all: its name from the chain, every block hashed, every file checked against the others.
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InferproofError, type LookupKey } from 'inferproof/verifier';
import { LOCAL_CHAIN } from '../chain/open.js';
import { checkModel, refuseInsecure } from './check.js';
import { fetchModel, MANIFEST_FILE, type FetchOptions } from './fetch.js';
import type { Manifest } from './manifest.js';
import { resolveModel, type Names } from './resolve.js';

export interface BringOptions extends Omit<FetchOptions, 'folder' | 'names'> {
  /** Where names are looked up; without them the model is the CID of a manifest. */
  readonly names?: Names | undefined;
  /** Take a development key outside the local chain. */
  readonly allowInsecureKey?: boolean;
}

export interface Brought {
  /** CID. */
  readonly manifest: string;
  readonly found: Manifest;
  readonly vkey: LookupKey;
  readonly folder: string;
}

/**
 * @param model 0xPUBLISHER/NAME, modelId or CID of a manifest
 * @param folderOf where it goes, by the CID of its manifest: a new or an empty folder, or one that it was brought to before
 * @throws InferproofError 'usage' for a folder with other things in it, 'mismatch' for files that are another model or do not belong
 * together, 'insecure', and what resolveModel and fetchModel throw
 */
export async function bringModel(
  model: string,
  folderOf: (manifest: string) => string,
  { names, allowInsecureKey = false, ...options }: BringOptions,
): Promise<Brought> {
  const { modelId, manifest } = await resolveModel(model, names);
  const folder = folderOf(manifest);
  // beside the folder, and of this manifest: what is there has been checked, and a second try goes on
  const parts = join(dirname(folder), `.${basename(folder)}.${manifest.slice(-16)}.part`);
  const there = await stat(join(folder, MANIFEST_FILE)).then((s) => s.isFile(), () => false); // prettier-ignore
  if (!there && (await readdir(folder).catch((): string[] => [])).length > 0)
    throw new InferproofError('usage', 'expected a new folder, got one with other things in it', { where: folder });
  const place = there ? folder : parts;
  await mkdir(dirname(folder), { recursive: true });
  const found = await fetchModel(manifest, { ...options, folder: place });
  try {
    if (modelId !== null && found.modelId !== modelId)
      throw new InferproofError('mismatch', `expected a manifest of ${modelId}, got one of ${found.modelId}`, {
        where: manifest,
        hint: 'whoever published it named another model',
      });
    const { vkey } = await checkModel(place, found.modelId);
    if (names !== undefined) refuseInsecure(vkey, names.chain.chainId, LOCAL_CHAIN, allowInsecureKey);
    if (!there) {
      await rmdir(folder).catch(() => undefined);
      await rename(parts, folder);
    }
    return { manifest, found, vkey, folder };
  } catch (error) {
    if (!there) await rm(parts, { recursive: true, force: true });
    throw error;
  }
}
