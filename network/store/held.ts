// Blocks of models that were brought to this machine, read off their files: a node serves what it answers for.
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BLOCK_BYTES, cidOf, CODEC } from './blocks.js';
import { MANIFEST_FILE } from './fetch.js';
import { decodeManifest, type Manifest } from './manifest.js';

interface Place {
  readonly path: string;
  readonly at: number;
  readonly bytes: number;
  readonly codec?: typeof CODEC.manifest;
}

/**
 * Reads blocks by their CIDs; undefined for one that is not there, or no more what it was.
 * @param folders as `bringModel` leaves them; of one without a manifest, or with another file of its name, nothing is read
 */
export async function heldBlocks(
  folders: readonly string[],
): Promise<(cid: string) => Promise<Uint8Array<ArrayBuffer> | undefined>> {
  const places = new Map<string, Place>();
  for (const folder of folders) {
    const path = join(folder, MANIFEST_FILE);
    const found = await readManifest(path).catch(() => undefined);
    if (found === undefined) continue;
    const { bytes, files } = found;
    places.set(await cidOf(bytes, CODEC.manifest), { path, at: 0, bytes: bytes.length, codec: CODEC.manifest });
    for (const [name, { size, blocks }] of Object.entries(files))
      blocks.forEach((cid, i) => {
        const at = i * BLOCK_BYTES;
        places.set(cid, { path: join(folder, name), at, bytes: Math.min(BLOCK_BYTES, size - at) });
      });
  }
  return async (cid) => {
    const place = places.get(cid);
    const handle = place && (await open(place.path, 'r').catch(() => undefined));
    if (!handle) return undefined;
    try {
      const block = new Uint8Array(place.bytes);
      const { bytesRead } = await handle.read(block, 0, place.bytes, place.at);
      return bytesRead === place.bytes && (await cidOf(block, place.codec)) === cid ? block : undefined;
    } finally {
      await handle.close();
    }
  };
}

async function readManifest(path: string): Promise<{ readonly bytes: Uint8Array } & Pick<Manifest, 'files'>> {
  const bytes = await readFile(path);
  return { bytes, files: decodeManifest(bytes, path).files };
}
