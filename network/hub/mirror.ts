// A second hub: it copies what another one holds of the models that the chain knows. The other is trusted with nothing.
import { InferproofError } from 'inferproof/verifier';
import type { Published } from '../store/published.js';
import { BLOCK_BYTES, parseCid } from '../store/blocks.js';
import { decodeManifest, sizesOf } from '../store/manifest.js';
import { openSources, type Fetch } from '../store/sources.js';
import { currentOf, MIRROR, type Hub } from './hub.js';

/**
 * Copies what is not here yet, once.
 * @returns the manifests that were pinned, and why others were not
 */
export async function mirror(
  { disk, pins }: Hub,
  published: readonly Published[],
  urls: readonly string[],
  fetch: Fetch,
): Promise<{ readonly pinned: readonly string[]; readonly failed: Readonly<Record<string, string>> }> {
  const pinned: string[] = [];
  const failed: Record<string, string> = {};
  for (const { manifest } of currentOf(published)) {
    if (pins.get(manifest)?.owners.has(MIRROR) === true) continue;
    // anew for each: whoever lies about one model is asked again for the next, and hashed again
    const sources = openSources(urls, fetch);
    const bring = async (cid: string, most: number): Promise<Uint8Array | undefined> => {
      const there = await disk.read(cid);
      if (there !== undefined) return there;
      if (most > pins.left(MIRROR))
        throw new InferproofError('resource', 'expected room for the mirror, got none left');
      const block = await sources.block(cid, most);
      await disk.keep(parseCid(cid)!, one(block), most);
      if (await pins.uploaded(MIRROR, cid, block.length)) return block;
      throw new InferproofError('resource', 'expected room for the mirror, got none left');
    };
    try {
      const block = (await bring(manifest, BLOCK_BYTES))!;
      for (const [cid, bytes] of sizesOf(decodeManifest(block, manifest))) await bring(cid, bytes);
      const answer = await pins.pin(MIRROR, manifest);
      if (answer.done) pinned.push(manifest);
      else failed[manifest] = answer.message;
    } catch (error) {
      failed[manifest] = error instanceof Error ? error.message : String(error);
    }
  }
  return { pinned, failed };
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* one(block: Uint8Array): AsyncGenerator<Uint8Array> {
  yield block;
}
