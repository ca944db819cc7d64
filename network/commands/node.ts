// node: answers for models, and does what the chain asks of it, until it is stopped.
import { defineCommand, DONE } from 'inferproof/cli';
import { marketOf } from '../chain/deployment.js';
import { openChain } from '../chain/open.js';
import { readConfig } from '../node/config.js';
import { openLog } from '../node/log.js';
import { operate } from '../operate.js';
import { accountOf, KEY, PRIVATE } from './flags.js';
import { stopped } from './stopped.js';

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
    const chain = await openChain(typeof config.rpc === 'string' ? [config.rpc] : config.rpc, undefined);
    const deployment = await marketOf(chain, config.market);
    const account = await accountOf({ keystore: config.key, password: args.password }, chain.chainId, output);
    const stop = stopped();
    const node = await operate(
      config,
      { chain, deployment },
      {
        ...{ account, allowPrivate: args['allow-private'], allowInsecureKey: args['allow-insecure-key'] },
        log: openLog(output.quiet ? 'error' : output.verbose ? 'debug' : 'info'),
        onProgress: output.progress,
      },
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
