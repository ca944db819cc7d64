// What is read of the chain: a head that is followed, and facts that are read once a block. Where two RPCs are given, what money depends
// on must be what both say; what is due to others is due where either says so.
import { createPublicClient, fallback, http, type Address, type Hex, type PublicClient } from 'viem';
import { MARKET, REGISTRY } from './abi.js';
import { LOCAL_CHAIN, openChain, openMarket, type Chain } from './open.js';
import type { Place } from './typed-data.js';

/** Blocks after which a stake or a channel counts. */
const CONFIRMATIONS = 2n;
/** Milliseconds that an RPC may be silent. */
const SILENCE = 10_000;

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
export interface Market extends Place, Pick<Chain, 'clients' | 'agreed'> {
  /** Of whichever RPC answers. */
  readonly client: PublicClient;
  readonly registry: Address;
  readonly window: bigint;
  readonly proofTime: bigint;
}

/**
 * Connects to the market of a chain.
 * @param rpc one URL, or several: the first two must agree, and all stand in for each other
 * @param chainId the chain that is meant; by default that of the first RPC
 * @param silence milliseconds that an RPC may take
 *
 * Throws InferproofError 'resource' where an RPC does not answer, 'mismatch' for another chain and where there is no market at the
 * address, 'data' where two RPCs say different things.
 */
export async function connectMarket(
  rpc: string | readonly string[],
  market: Address,
  { chainId: meant, silence = SILENCE }: { readonly chainId?: number | undefined; readonly silence?: number | undefined } = {}, // prettier-ignore
): Promise<Market> {
  const urls = typeof rpc === 'string' ? [rpc] : rpc;
  const how = { batch: true, retryCount: 1, timeout: silence };
  const { chainId, clients, agreed } = await openChain(urls, meant, how);
  const { registry } = await openMarket({ chainId, rpc: urls, client: clients[0], clients, agreed }, market);
  const read = { address: market, abi: MARKET } as const;
  const [window, proofTime] = await agreed('the terms of a market', (one) =>
    Promise.all([
      one.readContract({ ...read, functionName: 'window' }),
      one.readContract({ ...read, functionName: 'proofTime' }),
    ]),
  );
  const transport = fallback(urls.map((url) => http(url, how)), { retryCount: 0 }); // prettier-ignore
  const client = urls.length > 1 ? createPublicClient({ transport, cacheTime: 0 }) : clients[0];
  return { chainId, market, client, clients, agreed, registry, window, proofTime };
}

/** What the RPCs say that answer; rejects where none does. */
export async function saidBy<T>(
  clients: readonly PublicClient[],
  ask: (client: PublicClient) => Promise<T>,
): Promise<T[]> {
  const all = await Promise.allSettled(clients.map(ask));
  const said = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (said.length === 0) throw (all[0] as PromiseRejectedResult).reason;
  return said;
}

export interface Facts {
  /** The last block that all RPCs know: what is signed depends on it. */
  readonly head: () => Head;
  /** The last block that any RPC knows: what is due depends on it. */
  readonly newest: () => Head;
  /** Seconds of chain time that the next block would have, as far as is known. */
  readonly chainTime: () => bigint;
  /** Wall-clock milliseconds at which all RPCs last agreed on a block. */
  readonly heardAt: () => number;
  /** Why they did not at the last look; null where they did. */
  readonly apart: () => string | null;
  /** Looks for a new head, after the call. Rejects where no RPC answers. */
  readonly refresh: () => Promise<void>;
  /** As of `head`; rejects where an RPC does not answer or another one says something else. */
  readonly stake: () => Promise<Stake>;
  readonly channel: (client: Address) => Promise<Channel>;
  /** Words of all proofs of a model; 0: not registered. */
  readonly wordsOf: (modelId: Hex) => Promise<bigint>;
}

/** Follows the head for a node; what is read of a block is read once. */
export async function openFacts(market: Market, node: Address): Promise<Facts> {
  const { client, clients, agreed, registry, chainId } = market;
  const local = chainId === LOCAL_CHAIN;
  let head = await latest(client);
  let newest = head;
  let time = head.timestamp;
  let heard = Date.now();
  let apart: string | null = null;
  const known = new Map<string, Promise<unknown>>();
  /** One look at a time, or an older head may follow a newer one; whoever asks during one shares the next. */
  let looking: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;

  async function latest(of: PublicClient): Promise<Head> {
    const { number, hash, timestamp, baseFeePerGas } = await of.getBlock({ blockTag: 'latest' });
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

  /** The last block that all know and agree on; else why there is none. */
  async function common(
    looks: readonly { readonly of: PublicClient; readonly head: Head }[],
  ): Promise<readonly [Head, null] | readonly [null, string]> {
    if (looks.length < clients.length) return [null, 'an RPC does not answer'];
    const oldest = looks.map((one) => one.head).reduce((a, b) => (b.number < a.number ? b : a));
    const { number: blockNumber } = oldest;
    const hashes = looks.map(async ({ of, head: own }) =>
      own.number === blockNumber ? own.hash : (await of.getBlock({ blockNumber })).hash,
    );
    const same = (await Promise.all(hashes)).every((hash) => hash === oldest.hash);
    return same ? [oldest, null] : [null, `two RPCs have different blocks ${blockNumber}`];
  }

  async function look(): Promise<void> {
    const looks = await saidBy(clients, async (of) => ({ of, head: await latest(of) }));
    newest = looks.map((one) => one.head).reduce((a, b) => (b.number > a.number ? b : a));
    const [agreed, why] = await common(looks);
    apart = why;
    if (agreed === null) return;
    // a local chain mines on demand: what time it is there its pending block says
    time = local ? (await client.getBlock({ blockTag: 'pending' })).timestamp : agreed.timestamp;
    heard = Date.now();
    if (agreed.hash === head.hash) return;
    head = agreed;
    known.clear();
  }

  const read = { address: market.market, abi: MARKET } as const;
  const blockNumber = (): bigint => (local || head.number < CONFIRMATIONS ? head.number : head.number - CONFIRMATIONS);
  return {
    head: () => head,
    newest: () => newest,
    chainTime: () => time,
    heardAt: () => heard,
    apart: () => apart,
    refresh: () =>
      (next ??= looking.then(() => {
        next = undefined;
        const made = look();
        looking = made.catch(() => undefined);
        return made;
      })),
    stake: () =>
      once('stake', async () => {
        const at = blockNumber();
        const [amount, leavesAt] = await agreed('the stake', (one) =>
          one.readContract({ ...read, functionName: 'stakes', args: [node], blockNumber: at }),
        );
        return { amount, leavesAt };
      }),
    channel: (of) =>
      once(`channel ${of}`, async () => {
        const at = blockNumber();
        const [funds, paid, closesAt] = await agreed('a channel', (one) =>
          one.readContract({ ...read, functionName: 'channels', args: [of, node], blockNumber: at }),
        );
        return { funds, paid, closesAt };
      }),
    wordsOf: (modelId) =>
      agreed('a model', (one) => one.readContract({ address: registry, abi: REGISTRY, functionName: 'wordsOf', args: [modelId] })), // prettier-ignore
  };
}
