// node: answers for models, and does what the chain asks of it, until it is stopped.
import { join } from 'node:path';
import { defineCommand, DONE } from 'inferproof/cli';
import { marketOf } from '../chain/deployment.js';
import { openChain } from '../chain/open.js';
import { guardedFetch } from '../http.js';
import { serveBlocks } from '../hub/gateway.js';
import { readConfig } from '../node/config.js';
import { openLog } from '../node/log.js';
import type { Load } from '../node/models.js';
import { startNode, type NodeParts } from '../node/node.js';
import { bringModel } from '../store/bring.js';
import { heldBlocks } from '../store/held.js';
import { accountOf, KEY, PRIVATE } from './flags.js';

export const nodeCommand = defineCommand({
  name: 'node',
  positionals: { config: 'what it serves, CONFIG: a file like node.json in docs/network-protocol.md' },
  options: {
    password: KEY.password,
    ...PRIVATE,
    'allow-insecure-key': {
      type: 'boolean',
      default: false,
      describe: 'serve models of development keys on any chain: whoever made one can forge proofs',
    },
  },
  run: async (args, output) => {
    const config = await readConfig(args.config);
    const chain = await openChain(typeof config.rpc === 'string' ? [config.rpc] : config.rpc, config.chainId);
    const deployment = await marketOf(chain, config.market);
    const account = await accountOf({ keystore: config.key, password: args.password }, chain.chainId, output);
    const log = openLog(output.quiet ? 'error' : output.verbose ? 'debug' : 'info');
    const stop = stopped();
    const allowInsecureKey = args['allow-insecure-key'];
    const load: Load = (model) =>
      bringModel(model, (manifest) => join(config.data, 'models', manifest), {
        ...{ names: { chain, deployment }, sources: config.hubs, allowInsecureKey, onProgress: output.progress },
        fetch: guardedFetch({ allowPrivate: args['allow-private'] }),
      });
    const node = await startNode(
      { ...config, market: deployment.market },
      { account, load, log, more, allowInsecureKey, since: deployment.since },
    );
    const { url, adminUrl } = node;
    output.result({ node: account.address, url, adminUrl }, () => [
      `${account.address} at ${url}, for you at ${adminUrl}`,
    ]);
    await stop;
    await node.close();
    return DONE;
  },
});

/** Models that were fetched are served on to others. */
const more: NonNullable<NodeParts['more']> = async (folders) => {
  const read = await heldBlocks(folders);
  return (app) => serveBlocks(app, read);
};

/** Resolves at the first signal to stop; the second ends the process at once. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => {
        if (asked) process.exit(1);
        asked = true;
        resolve();
      });
    }
  });
}
