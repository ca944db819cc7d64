// node: answers for models, and does what the chain asks of it, until it is stopped; with --worker, proves for a node that is elsewhere.
import { defineCommand, DONE, type Output } from 'inferproof/cli';
import { marketOf } from '../chain/deployment.js';
import { openChain } from '../chain/open.js';
import { readConfig, readWorkerConfig } from '../node/config.js';
import { openLog, type Log } from '../node/log.js';
import { operate, operateWorker } from '../operate.js';
import { accountOf, KEY, PRIVATE } from './flags.js';
import { stopped } from './stopped.js';

export const nodeCommand = defineCommand({
  name: 'node',
  positionals: { config: 'what it serves, CONFIG: a file like node.json in docs/network-protocol.md' },
  options: {
    password: KEY.password,
    worker: {
      type: 'boolean',
      default: false,
      describe: 'only prove, what a node with the same "queue" puts there: no key, no port, no chain but for names',
    },
    ...PRIVATE,
    'allow-insecure-key': {
      type: 'boolean',
      default: false,
      describe: 'serve models of development keys on any chain: whoever made one can forge proofs',
    },
  },
  run: async (args, output) => {
    const log = openLog(output.quiet ? 'error' : output.verbose ? 'debug' : 'info');
    if (args.worker) return work(args.config, args['allow-private'], log, output);
    const config = await readConfig(args.config);
    const chain = await openChain(typeof config.rpc === 'string' ? [config.rpc] : config.rpc, config.chainId);
    const deployment = await marketOf(chain, config.market);
    const account = await accountOf({ keystore: config.key, password: args.password }, chain.chainId, output);
    const stop = stopped();
    const node = await operate(
      config,
      { chain, deployment },
      {
        ...{ account, allowPrivate: args['allow-private'], allowInsecureKey: args['allow-insecure-key'] },
        log,
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

async function work(path: string, allowPrivate: boolean, log: Log, output: Output): Promise<typeof DONE> {
  const { rpc, chainId, market, ...config } = await readWorkerConfig(path);
  // names stand on the chain; a folder and the CID of a manifest do not
  const named = config.models.some(({ model, folder }) => folder === undefined && model.startsWith('0x'));
  const chain =
    rpc === undefined || !named ? undefined : await openChain(typeof rpc === 'string' ? [rpc] : rpc, chainId);
  const names = chain && { chain, deployment: await marketOf(chain, market) };
  const stop = stopped();
  const { models, workers, close } = await operateWorker(config, names, { allowPrivate, log, onProgress: output.progress }); // prettier-ignore
  output.result({ models, workers }, () => [`${workers} provers for ${models.join(' ')}`]);
  await stop;
  await close();
  return DONE;
}
