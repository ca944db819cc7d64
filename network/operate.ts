// A node as an operator runs it: its models come from hubs, and are served on to others.
import { join } from 'node:path';
import type { Chain, Deployment } from './chain/open.js';
import { guardedFetch } from './http.js';
import { serveBlocks } from './hub/gateway.js';
import type { NodeConfig } from './node/config.js';
import { startNode, type NodeParts, type RunningNode } from './node/node.js';
import { bringModel } from './store/bring.js';
import { heldBlocks } from './store/held.js';

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
