// A model's files from hubs, nodes and gateways: every block hashed on arrival, every file assembled under a temporary name and
// renamed when it is whole. What was there already is hashed again and not asked for.
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from 'inferproof/files';
import { InferproofError } from 'inferproof/verifier';
import { guardedFetch } from '../http.js';
import { BLOCK_BYTES, cidOf, CODEC, manifestCid } from './blocks.js';
import { decodeManifest, KNOWN_FILES, type Manifest, type ManifestFile } from './manifest.js';
import { openSources, type Fetch, type Sources } from './sources.js';

/** The manifest's own block, beside the files. */
export const MANIFEST_FILE = 'manifest.json';
/** Where files are until they are whole. */
const PARTS = '.parts';
const AT_ONCE = 8;

export interface FetchOptions {
  /** Roots of URLs, below which /ipfs/CID is asked. */
  readonly sources: readonly string[];
  /** Where the files are assembled: new, empty, or with what an earlier fetch of the same manifest left. */
  readonly folder: string;
  /** Which files; all of KNOWN_FILES that it lists by default. */
  readonly names?: readonly string[];
  readonly fetch?: Fetch;
  readonly onProgress?: (step: string, done: number, total: number) => void;
}

/**
 * Fetches the files of a manifest into a folder.
 * @throws InferproofError 'data' where no source has the right block and some sent a wrong one: then nothing new is left; 'resource' where
 * sources failed: then the same call goes on from there; 'format' for a manifest that is none, 'file' for a place that cannot be written
 */
export async function fetchModel(manifest: string, options: FetchOptions): Promise<Manifest> {
  const { sources, folder, fetch = guardedFetch(), onProgress } = options;
  const { cid } = manifestCid(manifest);
  const from = openSources(sources, fetch);
  const there = await readFile(join(folder, MANIFEST_FILE)).catch(() => undefined);
  const isNew = there === undefined;
  if (isNew && (await readdir(folder).catch((): string[] => [])).length > 0)
    throw new InferproofError('usage', 'expected a new folder, got one with other things in it', { where: folder });
  if (!isNew && (await cidOf(there, CODEC.manifest)) !== cid)
    throw new InferproofError('usage', 'expected a new folder, got that of another manifest', { where: folder });
  try {
    const block = there ?? (await from.block(cid, BLOCK_BYTES));
    const found = decodeManifest(block, cid);
    const names = options.names ?? KNOWN_FILES.filter((name) => Object.hasOwn(found.files, name));
    const stranger = names.find((name) => !KNOWN_FILES.includes(name));
    if (stranger !== undefined)
      throw new InferproofError('usage', `expected files of ${KNOWN_FILES.join(', ')}, got ${stranger}`);
    const missing = names.find((name) => !Object.hasOwn(found.files, name));
    if (missing !== undefined)
      throw new InferproofError('data', `expected ${missing} in the manifest, got none`, { where: cid });
    await mkdir(join(folder, PARTS), { recursive: true });
    if (isNew) await writeFileAtomic(join(folder, MANIFEST_FILE), block);
    const total = names.reduce((sum, name) => sum + found.files[name].blocks.length, 0);
    let done = 0;
    const count = () => onProgress?.('fetch', ++done, total);
    for (const name of names) await assemble(folder, name, found.files[name], from, count);
    await rmdir(join(folder, PARTS));
    return found;
  } catch (thrown) {
    const error = thrown instanceof InferproofError ? thrown : unwritable(thrown, folder);
    // blocks that were hashed are worth keeping only if the rest can come from somewhere
    const goesOn = error.code === 'resource' || error.code === 'file';
    if (!goesOn) await rm(isNew ? folder : join(folder, PARTS), { recursive: true, force: true });
    throw error;
  }
}

function unwritable(cause: unknown, where: string): InferproofError {
  const got = cause instanceof Error ? cause.message : String(cause);
  return new InferproofError('file', `expected to write the files of a model, got: ${got}`, { where, cause });
}

async function assemble(folder: string, name: string, file: ManifestFile, from: Sources, count: () => void) {
  const [whole, part] = [join(folder, name), join(folder, PARTS, name)];
  if ((await stat(whole).catch(() => undefined))?.isFile() === true) {
    if (await isWhole(whole, file)) {
      file.blocks.forEach(count);
      return;
    }
    await rename(whole, part); // damaged: what is right in it need not come again
  }
  const handle = await open(part, 'a+').then((made) => made.close().then(() => open(part, 'r+')));
  try {
    const pieces = file.blocks.entries();
    const work = async (): Promise<void> => {
      for (const [i, cid] of pieces) {
        const bytes = Math.min(BLOCK_BYTES, file.size - i * BLOCK_BYTES);
        if (!(await holds(handle, i * BLOCK_BYTES, bytes, cid)))
          await writeAt(handle, await from.block(cid, bytes), i * BLOCK_BYTES);
        count();
      }
    };
    // each ends before the file is closed, whatever the others met
    const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    await handle.truncate(file.size);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, whole);
}

async function isWhole(path: string, { size, blocks }: ManifestFile): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    if ((await handle.stat()).size !== size) return false;
    for (const [i, cid] of blocks.entries())
      if (!(await holds(handle, i * BLOCK_BYTES, Math.min(BLOCK_BYTES, size - i * BLOCK_BYTES), cid))) return false;
    return true;
  } finally {
    await handle.close();
  }
}

/** All of it: a full disk takes a part and says nothing. */
async function writeAt(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

/** Whether the block is in the file already. */
async function holds(handle: FileHandle, at: number, bytes: number, cid: string): Promise<boolean> {
  const { size } = await handle.stat();
  if (size < at + bytes) return false;
  const piece = new Uint8Array(bytes);
  const { bytesRead } = await handle.read(piece, 0, bytes, at);
  return bytesRead === bytes && (await cidOf(piece)) === cid;
}
