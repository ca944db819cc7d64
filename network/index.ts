// inferproof-network in Node: the client with a market that is known by its chain, receipts on the disk, and a fetch that goes to no private
// address that a stranger named.
import type { LocalAccount } from 'viem';
import { connectTo, type ConnectOptions as Options, type Net } from './client/connect.js';
import { marketOf } from './chain/deployment.js';
import { openChain } from './chain/open.js';
import { folderStore } from './folder.js';
import { guardedFetch } from './http.js';
import { openAccount, RAW_KEY, type KeySource } from './wallet.js';

export type { Audited } from './client/audit.js';
export type { Answer, InferOptions, ProofAnswer, ReceiptAnswer } from './client/infer.js';
export type { Model } from './client/model.js';
export type { Refunded, RequestOptions, Settled } from './client/request.js';
export { memoryStore, type Store } from './client/store.js';
export type { Watcher, WatchEvent, WatchOptions } from './client/watch.js';
export type { Net } from './client/connect.js';
export { folderStore } from './folder.js';

export interface ConnectOptions extends Omit<Options, 'account'> {
  /** A viem account, or a keystore and its password; by default, on chain 31337, the raw key of INFERPROOF_PRIVATE_KEY. */
  readonly account?: LocalAccount | Pick<KeySource, 'keystore' | 'password'> | undefined;
  /** Folder in which receipts are kept; without it they are lost with the process. */
  readonly folder?: string | undefined;
  /** Ask nodes and hubs over http, and on addresses of this machine and of private networks. */
  readonly allowPrivate?: boolean | undefined;
}

/** Questions have limits of their own: a proof may take a minute in which nothing is sent. */
export const SILENCE = 120_000;

/**
 * @throws InferproofError 'resource' where the chain does not answer, 'mismatch' for another chain or no market, 'usage' where no market of
 * the chain is known, or no key
 * @example
 * ```ts
 * const net = await connect({ rpc: 'http://127.0.0.1:8545', hubs: ['http://127.0.0.1:8402'], allowPrivate: true });
 * const answer = await net.infer(await net.model('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266/mine'), { input: [0.3, -0.5] }, { bond: 10n ** 15n });
 * ```
 */
export async function connect(options: ConnectOptions): Promise<Net> {
  const { rpc, chainId, market, folder, allowPrivate = false } = options;
  const chain = await openChain(typeof rpc === 'string' ? [rpc] : rpc, chainId);
  const deployment = await marketOf(chain, market);
  const { account = { password: () => Promise.reject(new Error('no keystore')), raw: process.env[RAW_KEY] } } = options;
  const signer = 'signTypedData' in account ? account : await openAccount(account, chain.chainId);
  const store = options.store ?? (folder === undefined ? undefined : folderStore(folder));
  const fetch = options.fetch ?? guardedFetch({ allowPrivate, silence: SILENCE });
  return connectTo(chain, deployment, { ...options, account: signer, store, fetch });
}
