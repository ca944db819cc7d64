// What is read of the chain: a head that is followed, and facts that are read once a block.
import { createPublicClient, fallback, http, type Address, type Hex, type PublicClient } from 'viem';
import { InferproofError } from 'inferproof/verifier';
import { MARKET, REGISTRY } from './abi.js';
import { LOCAL_CHAIN, originOf } from './open.js';
import type { Place } from './typed-data.js';

/** Blocks after which a stake or a channel counts. */
const CONFIRMATIONS = 2n;

export interface Head {
  readonly number: bigint;
  readonly hash: Hex;
  /** Seconds of block time. */
  readonly timestamp: bigint;
  readonly baseFee: bigint;
}

export interface Stake {
  readonly amount: bigint;
  /** 0: stays. */
  readonly leavesAt: bigint;
}
export interface Channel {
  readonly funds: bigint;
  readonly paid: bigint;
  /** 0: stays open. */
  readonly closesAt: bigint;
}

/** A market as it was deployed. */
export interface Market extends Place {
  readonly client: PublicClient;
  readonly registry: Address;
  readonly window: bigint;
  readonly proofTime: bigint;
}

/**
 * Connects to the market of a chain.
 * @param rpc one URL, or several that stand in for each other
 *
 * Throws InferproofError 'file' where the chain does not answer, 'mismatch' where there is no market at the address.
 */
export async function connectMarket(rpc: string | readonly string[], market: Address): Promise<Market> {
  const urls = typeof rpc === 'string' ? [rpc] : rpc;
  const client = createPublicClient({
    transport: fallback(urls.map((url) => http(url, { batch: true, retryCount: 1, timeout: 10_000 }))),
    pollingInterval: 200,
    cacheTime: 0,
  });
  const chainId = await client.getChainId().catch((cause: unknown) => {
    throw new InferproofError('file', 'expected a chain, got no answer', { where: urls.map(originOf).join(), cause });
  });
  const read = { address: market, abi: MARKET } as const;
  const terms = Promise.all([
    client.readContract({ ...read, functionName: 'registry' }),
    client.readContract({ ...read, functionName: 'window' }),
    client.readContract({ ...read, functionName: 'proofTime' }),
  ]);
  const [registry, window, proofTime] = await terms.catch((cause: unknown) => {
    throw new InferproofError('mismatch', `expected a market on chain ${chainId}, got none`, { where: market, cause });
  });
  return { chainId, market, client, registry, window, proofTime };
}

export interface Facts {
  readonly head: () => Head;
  /** Seconds of chain time that the next block would have, as far as is known. */
  readonly chainTime: () => bigint;
  /** Wall-clock milliseconds of the last answer of the chain. */
  readonly heardAt: () => number;
  /** Looks for a new head; true where there is one. Rejects where the chain does not answer. */
  readonly refresh: () => Promise<boolean>;
  readonly stake: () => Promise<Stake>;
  readonly channel: (client: Address) => Promise<Channel>;
  /** Words of all proofs of a model; 0: not registered. */
  readonly wordsOf: (modelId: Hex) => Promise<bigint>;
}

/** Follows the head for a node; what is read of a block is read once. */
export async function openFacts({ client, market, registry, chainId }: Market, node: Address): Promise<Facts> {
  const local = chainId === LOCAL_CHAIN;
  let head = await latest();
  let time = head.timestamp;
  let heard = Date.now();
  const known = new Map<string, Promise<unknown>>();

  async function latest(): Promise<Head> {
    const { number, hash, timestamp, baseFeePerGas } = await client.getBlock({ blockTag: 'latest' });
    return { number, hash, timestamp, baseFee: baseFeePerGas ?? 0n };
  }
  const once = <T>(name: string, make: () => Promise<T>): Promise<T> => {
    const kept = known.get(name) as Promise<T> | undefined;
    if (kept) return kept;
    const made = make();
    known.set(name, made);
    made.catch(() => known.get(name) === made && known.delete(name));
    return made;
  };
  const settled = () =>
    local ? {} : { blockNumber: head.number > CONFIRMATIONS ? head.number - CONFIRMATIONS : head.number };
  return {
    head: () => head,
    chainTime: () => time,
    heardAt: () => heard,
    refresh: async () => {
      const next = await latest();
      // a local chain mines on demand: what time it is there its pending block says
      time = local ? (await client.getBlock({ blockTag: 'pending' })).timestamp : next.timestamp;
      heard = Date.now();
      if (next.hash === head.hash) return false;
      head = next;
      known.clear();
      return true;
    },
    stake: () =>
      once('stake', async () => {
        const call = { address: market, abi: MARKET, functionName: 'stakes', args: [node], ...settled() } as const;
        const [amount, leavesAt] = await client.readContract(call);
        return { amount, leavesAt };
      }),
    channel: (of) =>
      once(`channel ${of}`, async () => {
        const call = { address: market, abi: MARKET, functionName: 'channels', args: [of, node] } as const;
        const [funds, paid, closesAt] = await client.readContract({ ...call, ...settled() });
        return { funds, paid, closesAt };
      }),
    wordsOf: (modelId) => client.readContract({ address: registry, abi: REGISTRY, functionName: 'wordsOf', args: [modelId] }), // prettier-ignore
  };
}
