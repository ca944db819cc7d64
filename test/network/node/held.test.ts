// A model that was fetched is served on, block by block, until its files are others.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from 'viem';
import { afterAll, expect, it } from 'vitest';
import { BLOCK_BYTES, cidOf, CODEC } from '#network/store/blocks.js';
import { heldBlocks } from '#network/store/held.js';
import { encodeManifest } from '#network/store/manifest.js';

const folder = mkdtempSync(join(tmpdir(), 'inferproof-held-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('every block of the manifest, and the manifest; what changed on disk is not there', async () => {
  const contents: Record<string, Uint8Array> = {
    'circuit.json': Buffer.from('{}'),
    'vkey.json': Buffer.from('{"a":1}'),
    'proving.key': new Uint8Array(BLOCK_BYTES + 5).fill(7),
  };
  const files: Record<string, { size: number; blocks: string[] }> = {};
  for (const [name, bytes] of Object.entries(contents)) {
    writeFileSync(join(folder, name), bytes);
    const pieces = Array.from({ length: Math.ceil(bytes.length / BLOCK_BYTES) }, (_, i) => bytes.slice(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES)); // prettier-ignore
    files[name] = { size: bytes.length, blocks: await Promise.all(pieces.map((piece) => cidOf(piece))) };
  }
  const manifest = encodeManifest({ modelId: toHex(1, { size: 32 }), name: 'a', description: '', license: '', files, previous: null }); // prettier-ignore
  writeFileSync(join(folder, 'manifest.json'), manifest);
  const other = mkdtempSync(join(folder, 'other-'));
  writeFileSync(join(other, 'manifest.json'), '{}');
  const block = await heldBlocks([join(folder, 'none'), other, folder]);
  expect(await block(await cidOf(manifest, CODEC.manifest))).toEqual(Uint8Array.from(manifest));
  const [first, last] = files['proving.key'].blocks;
  expect(await block(last)).toEqual(new Uint8Array(5).fill(7));
  expect(Buffer.alloc(BLOCK_BYTES, 7).equals((await block(first))!)).toBe(true);
  expect(await block(files['circuit.json'].blocks[0])).toEqual(Uint8Array.from(Buffer.from('{}')));
  expect(await block(await cidOf(Buffer.from('another')))).toBeUndefined();
  writeFileSync(join(folder, 'vkey.json'), '{"a":2}');
  expect(await block(files['vkey.json'].blocks[0])).toBeUndefined();
});
