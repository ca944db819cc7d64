// Publishing a model: its files as blocks on hubs, its key in the registry, its name to both. Whatever is there already is left out, so
// that the same call goes on where an earlier one stopped.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InferproofError, keyItems } from 'inferproof/verifier';
import { zeroHash, type LocalAccount, type Hex } from 'viem';
import { REGISTRY } from '../chain/abi.js';
import { LOCAL_CHAIN } from '../chain/open.js';
import { write, type Sent } from '../chain/write.js';
import { BLOCK_BYTES, cidOf, CODEC, manifestCid } from './blocks.js';
import { checkModel, refuseInsecure } from './check.js';
import {
  decodeManifest,
  encodeManifest,
  KNOWN_FILES,
  MODEL_NAME,
  sizesOf,
  type Manifest,
  type ManifestFile,
} from './manifest.js';
import { releaseOf, type Names } from './resolve.js';
import { openSources, readCapped, type Fetch } from './sources.js';

const AT_ONCE = 8;

export interface Hub {
  readonly url: string;
  readonly token: string;
}

export interface PublishOptions {
  readonly name: string;
  readonly description: string;
  readonly license: string;
  /** The model's ONNX file, if it is not in the folder; without it nobody can audit. */
  readonly model?: string | undefined;
  readonly hubs: readonly Hub[];
  readonly fetch: Fetch;
  readonly allowInsecureKey?: boolean;
  readonly onProgress?: (step: string, done: number, total: number) => void;
}

export interface PublishResult {
  readonly modelId: Hex;
  readonly manifest: string;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Blocks that were sent to hubs. */
  readonly sent: number;
  /** Undefined where the key was registered, or the name was given, before. */
  readonly register: Sent | undefined;
  readonly publish: Sent | undefined;
}

export const checkName = (name: string): string => {
  if (MODEL_NAME.test(name)) return name;
  throw new InferproofError('usage', `expected a name of 1 to 64 of a-z 0-9 . _ -, got '${name}'`, { where: '--name' });
};

/** @throws InferproofError as `checkModel` does, 'insecure' for a development key, 'data' where a hub refuses, as the chain does */
export async function publishModel(
  folder: string,
  names: Names,
  account: LocalAccount,
  options: PublishOptions,
): Promise<PublishResult> {
  const { name, description, license, hubs, onProgress } = options;
  const { chain, deployment } = names;
  checkName(name);
  const { modelId, vkey, circuit } = await checkModel(folder);
  refuseInsecure(vkey, chain.chainId, LOCAL_CHAIN, options.allowInsecureKey ?? false);
  const before = await releaseOf(names, account.address, name);
  const paths = await pathsOf(folder, options.model);
  const model = paths.find(([file]) => file === 'model.onnx')?.[1];
  if (model !== undefined && (await sha256Of(model)) !== circuit.modelSha256)
    throw new InferproofError('mismatch', 'expected the model that the circuit was compiled from, got another file', {
      where: model,
      hint: 'a model with external data cannot be published: its weights are not in the file',
    });
  const files = await Promise.all(paths.map(async ([file, path]) => [file, await blocksOf(path)] as const));
  const draft = { modelId, name, description, license, files: Object.fromEntries(files) };
  const { block, cid } = await manifestOf(draft, before?.manifest, hubs, options.fetch);
  const total = files.reduce((sum, [, { blocks }]) => sum + blocks.length, 0) * hubs.length;
  let [done, sent] = [0, 0];
  const count = (wasSent: boolean) => {
    onProgress?.('publish', ++done, total);
    if (wasSent) sent++;
  };
  for (const hub of hubs) await upload(hub, options.fetch, paths, draft.files, { cid, block }, count);
  const { registry: address } = deployment;
  const known = await chain.agreed('a model', (client) =>
    client.readContract({ address, abi: REGISTRY, functionName: 'wordsOf', args: [modelId] }),
  );
  const call = (functionName: string, args: readonly unknown[]) =>
    write(chain, account, { address, abi: REGISTRY, functionName, args });
  const register = known === 0n ? await call('register', [keyItems(vkey)]) : undefined;
  const same = before?.modelId === modelId && before.manifest === cid;
  const publish = same ? undefined : await call('publish', [name, modelId, manifestCid(cid).hash]);
  return { modelId, manifest: cid, bytes: files.reduce((sum, [, { size }]) => sum + size, 0), sent, register, publish };
}

/** Takes a name back. Throws 'data' where it stands for nothing. */
export async function withdrawName({ chain, deployment }: Names, account: LocalAccount, name: string): Promise<Sent> {
  if ((await releaseOf({ chain, deployment }, account.address, checkName(name))) === undefined)
    throw new InferproofError('data', 'expected a published name, got none', { where: `${account.address}/${name}` });
  return write(chain, account, {
    ...{ address: deployment.registry, abi: REGISTRY, functionName: 'publish' },
    args: [name, zeroHash, zeroHash],
  });
}

/**
 * The manifest: the one that the name stands for, if a hub has it and nothing else changed; else a new one, which names that one as its
 * predecessor.
 */
async function manifestOf(
  draft: Omit<Manifest, 'previous'>,
  current: string | undefined,
  hubs: readonly Hub[],
  fetch: Fetch,
) {
  const named = async (previous: string | null) => {
    const block = encodeManifest({ ...draft, previous });
    return { block, cid: await cidOf(block, CODEC.manifest) };
  };
  if (current === undefined) return named(null);
  const sources = openSources(
    hubs.map(({ url }) => url),
    fetch,
  );
  const standing = await sources.block(current, BLOCK_BYTES).then((block) => decodeManifest(block, current), () => undefined); // prettier-ignore
  const same = standing && (await named(standing.previous));
  return same?.cid === current ? same : named(current);
}

async function pathsOf(folder: string, model: string | undefined): Promise<(readonly [string, string])[]> {
  const there = KNOWN_FILES.map(
    (file) => [file, file === 'model.onnx' && model !== undefined ? model : join(folder, file)] as const,
  );
  const found = await Promise.all(there.map(([, path]) => stat(path).catch(() => undefined)));
  return there.filter((_, i) => found[i]?.isFile() === true);
}

/** Reads a file once, a block at a time. */
async function blocksOf(path: string): Promise<ManifestFile> {
  const blocks: string[] = [];
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: BLOCK_BYTES }) as AsyncIterable<Uint8Array>) {
    blocks.push(await cidOf(piece));
    size += piece.length;
  }
  if (blocks.length === Math.ceil(size / BLOCK_BYTES)) return { size, blocks };
  throw new InferproofError('file', 'expected a file that stays as it is, got one that changed', { where: path });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path) as AsyncIterable<Uint8Array>) hash.update(piece);
  return hash.digest('hex');
}

/** Sends what the hub lacks, then has it keep all. */
async function upload(
  hub: Hub,
  fetch: Fetch,
  paths: readonly (readonly [string, string])[],
  files: Readonly<Record<string, ManifestFile>>,
  { cid, block }: { readonly cid: string; readonly block: Uint8Array },
  count: (sent: boolean) => void,
): Promise<void> {
  const sizes = sizesOf({ files });
  for (const [file, path] of paths) {
    const handle = await open(path, 'r');
    try {
      const pieces = files[file].blocks.entries();
      const work = async (): Promise<void> => {
        for (const [i, piece] of pieces) {
          const has = (await ask(hub, fetch, 'HEAD', `ipfs/${piece}`)).status === 200;
          if (!has) {
            const bytes = new Uint8Array(sizes.get(piece)!);
            await handle.read(bytes, 0, bytes.length, i * BLOCK_BYTES);
            await put(hub, fetch, `ipfs/${piece}`, bytes);
          }
          count(!has);
        }
      };
      const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    } finally {
      await handle.close();
    }
  }
  await put(hub, fetch, `ipfs/${cid}`, block);
  await put(hub, fetch, `pins/${cid}`);
}

const ask = ({ url, token }: Hub, fetch: Fetch, method: string, path: string, body?: Uint8Array): Promise<Response> =>
  fetch(`${url.replace(/\/+$/, '')}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(120_000),
    ...(body === undefined ? {} : { body: body as BodyInit }),
  }).catch((cause: unknown) => {
    if (cause instanceof InferproofError) throw cause;
    throw new InferproofError('resource', `expected an answer of the hub, got: ${String(cause)}`, {
      where: url,
      cause,
    });
  });

/** Throws InferproofError 'data' with what the hub says. */
async function put(hub: Hub, fetch: Fetch, path: string, body?: Uint8Array): Promise<void> {
  for (let wait = 500; ; wait *= 2) {
    const response = await ask(hub, fetch, 'PUT', path, body);
    const text = await readCapped(response, 65_536);
    if (response.ok) return;
    if (response.status >= 500 && wait < 4_000) {
      await new Promise((done) => setTimeout(done, wait));
      continue;
    }
    const said = new TextDecoder().decode(text).slice(0, 300);
    const [, message = said, hint] = /"message":"([^"]*)","hint":(?:"([^"]*)")?/.exec(said) ?? [];
    throw new InferproofError('data', `expected the hub to take ${path}, got ${response.status}: ${message}`, {
      where: hub.url,
      hint,
    });
  }
}
