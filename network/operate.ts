// A node as an operator runs it: its models come from hubs, and are served on to others.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { toHex, type Hex } from 'viem';
import { FILES, readFolder } from 'inferproof/files';
import { inputWordCount, InferproofError, vkDigest } from 'inferproof/verifier';
import type { Chain, Deployment } from './chain/open.js';
import { guardedFetch } from './http.js';
import { serveBlocks } from './hub/gateway.js';
import type { NodeConfig, WorkerConfig } from './node/config.js';
import type { Log } from './node/log.js';
import { startNode, type NodeParts, type RunningNode } from './node/node.js';
import { startWorker } from './node/worker.js';
import { bringModel } from './store/bring.js';
import { heldBlocks } from './store/held.js';
import type { Names } from './store/resolve.js';

export interface Operation extends Omit<NodeParts, 'load' | 'more' | 'since'> {
  /** Hubs may be on this machine. */
  readonly allowPrivate: boolean;
  readonly onProgress?: (step: string, done: number, total: number) => void;
}

/** Throws as startNode and bringModel do. */
export const operate = (
  config: NodeConfig,
  names: { readonly chain: Chain; readonly deployment: Deployment },
  { allowPrivate, onProgress, ...parts }: Operation,
): Promise<RunningNode> =>
  startNode(
    { ...config, market: names.deployment.market },
    {
      ...parts,
      since: names.deployment.since,
      load: (model) =>
        bringModel(model, (manifest) => join(config.data, 'models', manifest), {
          ...{ names, sources: config.hubs, allowInsecureKey: parts.allowInsecureKey ?? false },
          ...(onProgress && { onProgress }),
          fetch: guardedFetch({ allowPrivate }),
        }),
      more: async (folders) => {
        const read = await heldBlocks(folders);
        return (app) => serveBlocks(app, read);
      },
    },
  );

/**
 * A worker of a node as an operator runs it, on another machine: the models of the same node.json, proofs of what the node puts into Redis.
 * Throws as startWorker and bringModel do, 'usage' without a queue, 'file' for a folder without keys.
 */
export async function operateWorker(
  { queue, models, data, hubs, workers = availableParallelism() }: WorkerConfig,
  names: Names | undefined,
  { allowPrivate, onProgress, log }: Pick<Operation, 'allowPrivate' | 'onProgress'> & { readonly log: Log },
) {
  if (queue === undefined)
    throw new InferproofError('usage', 'expected "queue" in node.json, got none', {
      hint: '"queue": { "redis": "redis://…" }: where the node puts what is to be proved',
    });
  const held = new Map<Hex, { readonly folder: string; readonly inputWords: number }>();
  for (const { model, folder: own } of models) {
    const bring = () =>
      bringModel(model, (manifest) => join(data, 'models', manifest), {
        // whoever made a key can forge proofs with or without us: the node decides
        ...{ names, sources: hubs, allowInsecureKey: true, fetch: guardedFetch({ allowPrivate }) },
        ...(onProgress && { onProgress }),
      });
    const folder = own ?? (await bring()).folder;
    const { vkey } = await readFolder(folder);
    if (vkey?.argument !== 'lookup') throw new InferproofError('file', 'expected lookup keys of a model', { where: join(folder, FILES.vkey) }); // prettier-ignore
    held.set(toHex(vkDigest(vkey)), { folder, inputWords: inputWordCount(vkey) });
  }
  const threads = Math.max(1, Math.floor(availableParallelism() / workers));
  const { close } = await startWorker({ url: queue.redis, models: held, workers, threads, log });
  return { models: [...held.keys()], workers, close };
}
