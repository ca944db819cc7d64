// The door of the client: a chain, a market and an account become the five things that an app does with the network.
import { InferproofError, type InputValues } from 'inferproof/verifier';
import { getAddress, type Address, type Hex, type LocalAccount } from 'viem';
import { openChain, openMarket, type Chain, type Deployment } from '../chain/open.js';
import { digest } from '../chain/typed-data.js';
import type { Sent } from '../chain/write.js';
import type { Fetch } from '../store/sources.js';
import { audit, type Audited } from './audit.js';
import { openPurse } from './channel.js';
import { openNodes } from './choose.js';
import { sender, view, type Context } from './context.js';
import { infer, type Answer, type InferOptions, type ProofAnswer, type ReceiptAnswer } from './infer.js';
import { findModel, type Model } from './model.js';
import { request, type Refunded, type RequestOptions, type Settled } from './request.js';
import { memoryStore, type Store } from './store.js';
import { openWatcher, type Watcher, type WatchOptions } from './watch.js';

export interface ConnectOptions {
  /** URL of an RPC; what two say must agree, where two are given. */
  readonly rpc: string | readonly string[];
  /** Roots of URLs that models' keys are fetched from: hubs, nodes, IPFS gateways. */
  readonly hubs?: readonly string[] | undefined;
  /** Signs vouchers and transactions. */
  readonly account: LocalAccount;
  readonly market?: Address | undefined;
  /** The chain that is meant. */
  readonly chainId?: number | undefined;
  /** Where receipts are kept, and what was promised to nodes; by default in memory, and lost with it. */
  readonly store?: Store | undefined;
  readonly fetch?: Fetch | undefined;
  /** Take a development key outside the local chain. */
  readonly allowInsecureKey?: boolean | undefined;
  readonly onWarning?: ((line: string) => void) | undefined;
}

export interface Net {
  readonly chainId: number;
  readonly market: Address;
  readonly account: Address;
  /** A model by 0xPUBLISHER/NAME, modelId or CID of a manifest: its key, which hashes to its modelId and is the registry's. */
  readonly model: (name: string) => Promise<Model>;
  /** An answer off the chain, checked. */
  readonly infer: {
    (model: Model, values: InputValues, options: InferOptions & { readonly want: 'proof' }): Promise<ProofAnswer>;
    (model: Model, values: InputValues, options?: InferOptions & { readonly want?: 'receipt' }): Promise<ReceiptAnswer>;
    (model: Model, values: InputValues, options?: InferOptions): Promise<Answer>;
  };
  /** Asks for the proof of an answer. true: it is there and holds; else the answer is challenged on the chain. */
  readonly audit: (answer: Answer, options?: { readonly patience?: number }) => Promise<Audited>;
  /** An answer on the chain, paid by its proof. */
  readonly request: (model: Model, values: InputValues, options: RequestOptions) => Promise<Settled | Refunded>;
  /** Puts wei into the channel from which a node is paid. */
  readonly fund: (node: Address, amount: bigint) => Promise<Sent>;
  /** Audits, challenges, slashes and takes back what is due, of everything that is kept. */
  readonly watcher: (options?: WatchOptions) => Watcher;
}

const listOf = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

/** @throws InferproofError as `openChain` and `openMarket` do, 'usage' without a market */
export async function connect(options: ConnectOptions): Promise<Net> {
  const chain = await openChain(listOf(options.rpc), options.chainId);
  if (options.market === undefined)
    throw new InferproofError('usage', `expected the market of chain ${chain.chainId}, got none`, { hint: 'connect({ market: 0x… })' }); // prettier-ignore
  return connectTo(chain, await openMarket(chain, options.market), options);
}

/** As `connect`, where chain and market are known. */
export async function connectTo(chain: Chain, deployment: Deployment, options: ConnectOptions): Promise<Net> {
  const { account, hubs = [], store = memoryStore(), allowInsecureKey = false } = options;
  const market = getAddress(deployment.market);
  const context: Context = {
    ...{ chain, deployment, account, hubs, store, allowInsecureKey },
    place: { chainId: chain.chainId, market },
    window: await view({ chain, deployment }, 'window', []),
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    warn: options.onWarning ?? (() => undefined),
    send: sender(chain, deployment, account),
  };
  const parts = { context, nodes: openNodes(context), purse: openPurse(context) };
  return {
    ...{ chainId: chain.chainId, market, account: account.address },
    model: (name) => findModel(context, name),
    infer: ((model, values, wanted) => infer(parts, model, values, wanted)) as Net['infer'],
    audit: async (answer, { patience } = {}) => {
      if (answer.want === 'proof') return true; // nobody returns one that does not hold
      const { model, receipt, signature, words, url } = answer;
      const id: Hex = digest(context.place, 'Receipt', receipt);
      return audit(parts, model, { id, receipt, signature, words, url, state: 'drawn' }, patience);
    },
    request: (model, values, wanted) => request(parts, model, values, wanted),
    fund: (node, amount) => context.send('fund', [node], amount),
    watcher: (watching) => openWatcher(parts, watching),
  };
}
