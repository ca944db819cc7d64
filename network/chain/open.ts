// Reading a chain: one or several RPCs that must be of the chain that is meant, and the market and registry on it.
import { InferproofError } from 'inferproof/verifier';
import { createPublicClient, http, type Address, type HttpTransportConfig, type PublicClient } from 'viem';
import { MARKET } from './abi.js';
import { chainError } from './errors.js';

/** Where nobody's money is at stake: the chain id of anvil and hardhat. */
export const LOCAL_CHAIN = 31337;

export interface Chain {
  readonly chainId: number;
  readonly rpc: readonly string[];
  /** Of the first RPC. */
  readonly client: PublicClient;
  /** Of the first two, where there are two. */
  readonly clients: readonly PublicClient[];
  /**
   * What the first two RPCs say, where there are two.
   * @throws InferproofError 'data' where they say different things
   */
  readonly agreed: <T>(what: string, read: (client: PublicClient) => Promise<T>) => Promise<T>;
}

/** One text for one value, in whatever order its fields came. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) => {
    if (typeof v === 'bigint') return `${v}n`;
    if (typeof v !== 'object' || v === null || Array.isArray(v)) return v;
    return Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

/** A market, its registry, and the first block that can hold their events. */
export interface Deployment {
  readonly market: Address;
  readonly registry: Address;
  readonly since: bigint;
}

/** Errors name no path, which often holds a key, and no password. */
export const originOf = (url: string): string => {
  if (!URL.canParse(url)) return url;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
};

/**
 * @param rpc at least one URL
 * @param chainId the chain that is meant
 * @param how milliseconds that an answer may take, and how often it is asked for again
 * @throws InferproofError 'resource' where an RPC does not answer, 'mismatch' where one is of another chain
 */
export async function openChain(
  rpc: readonly string[],
  chainId?: number,
  how: HttpTransportConfig = { timeout: 10_000, retryCount: 2 },
): Promise<Chain> {
  const clients = rpc.map((url) => {
    if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))
      return createPublicClient({ transport: http(url, how), cacheTime: 0 });
    throw new InferproofError('usage', `expected the URL of an RPC, got '${url}'`, { hint: 'https://… or http://…' });
  });
  const ids = await Promise.all(
    clients.map((client, i) =>
      client.getChainId().catch((cause: unknown) => {
        throw chainError(cause, 'a chain that answers', originOf(rpc[i]));
      }),
    ),
  );
  const meant = chainId ?? ids[0];
  const other = ids.findIndex((id) => id !== meant);
  if (other >= 0)
    throw new InferproofError('mismatch', `expected chain ${meant}, got chain ${ids[other]}`, {
      where: originOf(rpc[other]),
    });
  return {
    chainId: meant,
    rpc,
    client: clients[0],
    clients: clients.slice(0, 2),
    agreed: async (what, read) => {
      const asked = clients.slice(0, 2).map((client, i) =>
        read(client).catch((cause: unknown) => {
          throw chainError(cause, what, originOf(rpc[i]));
        }),
      );
      const [first, ...others] = await Promise.all(asked);
      if (others.every((one) => text(one) === text(first))) return first;
      throw new InferproofError('data', `expected ${what} as two RPCs say it, got different answers`, {
        where: rpc.slice(0, 2).map(originOf).join(' and '),
        hint: 'one of them lies or is behind: try again, or name others',
      });
    },
  };
}

/** @throws InferproofError 'mismatch' where no market of ours is at the address */
export async function openMarket(chain: Chain, market: Address, since = 0n): Promise<Deployment> {
  const code = await chain.agreed('a contract', (client) => client.getCode({ address: market }));
  if (code === undefined)
    throw new InferproofError('mismatch', 'expected a market, got an address without a contract', {
      where: market,
      hint: 'inferproof deploy puts one on a chain',
    });
  const registry = await chain.agreed('a market', (client) =>
    client.readContract({ address: market, abi: MARKET, functionName: 'registry' }),
  );
  return { market, registry, since };
}
