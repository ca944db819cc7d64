// The flags of who asks the network, and the client that they make.
import { repeated, text, type Output } from 'inferproof/cli';
import { connectTo, type Net } from '../client/connect.js';
import { marketOf } from '../chain/deployment.js';
import { folderStore } from '../folder.js';
import { guardedFetch } from '../http.js';
import { SILENCE } from '../index.js';
import { accountOf, addressOf, CHAIN, chainOf, KEY, MARKET, PRIVATE, type ChainFlags } from './flags.js';

export const CLIENT = {
  hub: repeated('URL of a hub, a node or an IPFS gateway that has the key of the model'),
  data: text('folder that keeps receipts, and what was promised to nodes (default client-data)'),
  ...CHAIN,
  ...MARKET,
  ...KEY,
  ...PRIVATE,
  'allow-insecure-key': { type: 'boolean', default: false, describe: 'take a development key outside chain 31337' },
} as const;

interface Flags extends ChainFlags {
  readonly hub?: readonly string[] | undefined;
  readonly data?: string | undefined;
  readonly market?: string | undefined;
  readonly keystore?: string | undefined;
  readonly password?: string | undefined;
  readonly 'allow-private': boolean;
  readonly 'allow-insecure-key': boolean;
}

export const DATA = 'client-data';

export async function clientFor(flags: Flags, output: Output): Promise<Net> {
  const market = addressOf(flags.market, '--market');
  const chain = await chainOf(flags);
  const deployment = await marketOf(chain, market);
  return connectTo(chain, deployment, {
    rpc: chain.rpc,
    hubs: flags.hub ?? [],
    account: await accountOf(flags, chain.chainId, output),
    store: folderStore(flags.data ?? DATA),
    fetch: guardedFetch({ allowPrivate: flags['allow-private'], silence: SILENCE }),
    allowInsecureKey: flags['allow-insecure-key'],
    onWarning: output.warn,
  });
}
