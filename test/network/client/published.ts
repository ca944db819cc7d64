// The town's model on a hub and in the registry under a name, and clients of the network there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateKeyAccount } from 'viem/accounts';
import { REGISTRY } from '#network/chain/abi.js';
import { connect, type ConnectOptions, type Net } from '#network/index.js';
import { cidOf, CODEC, parseCid } from '#network/store/blocks.js';
import { encodeManifest } from '#network/store/manifest.js';
import { MANNERS, source } from '../evil/source.js';
import type { Town } from '../node/town.js';

const FILES = ['circuit.json', 'vkey.json', 'proving.key'];

/**
 * @param registered what the name stands for, if not for the manifest's model
 * @param change over the bytes of a file
 */
export async function publishTiny(
  t: Town,
  name: string,
  { registered = t.modelId, change = (_: string, bytes: Uint8Array) => bytes } = {},
) {
  const blocks = new Map<string, Uint8Array>();
  const files: Record<string, { size: number; blocks: string[] }> = {};
  for (const file of FILES) {
    const bytes = change(file, readFileSync(join(t.folder, 'model', file)));
    const cid = await cidOf(bytes);
    blocks.set(cid, bytes);
    files[file] = { size: bytes.length, blocks: [cid] };
  }
  const manifest = encodeManifest({ modelId: t.modelId, name, description: '', license: '', files, previous: null });
  const cid = await cidOf(manifest, CODEC.manifest);
  blocks.set(cid, manifest);
  const hash = await t.chain.writeContract({ account: t.other, address: t.registry, abi: REGISTRY, functionName: 'publish', args: [name, registered, parseCid(cid)!.hash] }); // prettier-ignore
  await t.chain.waitForTransactionReceipt({ hash });
  return { name: `${t.other.address}/${name}`, manifest: cid, hub: await source(blocks, () => MANNERS.honest) };
}

export const clientOf = (
  t: Town,
  hub: string,
  account: PrivateKeyAccount = t.client,
  more: Partial<ConnectOptions> = {},
): Promise<Net> => connect({ rpc: t.anvil.url, market: t.market, hubs: [hub], account, allowPrivate: true, ...more });
