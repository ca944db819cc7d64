// Events of the market that concern a node, over a range of blocks: of two RPCs, what either hands out.
import { getAbiItem, type Address, type Hex } from 'viem';
import { MARKET } from './abi.js';
import { saidBy, type Market } from './reader.js';
import type { Receipt, Request } from './typed-data.js';

/** Blocks that are asked for at once: what public RPCs allow. */
export const STRETCH = 2_000n;

/** Both included. */
export type Blocks = readonly [from: bigint, to: bigint];

export interface Asked {
  readonly id: Hex;
  /** Its block. */
  readonly at: bigint;
  readonly request: Request;
  readonly input: readonly bigint[];
}
export interface Challenged {
  readonly id: Hex;
  readonly at: bigint;
  readonly receipt: Receipt;
  readonly input: readonly bigint[];
  readonly deadline: bigint;
}

const REQUESTED = getAbiItem({ abi: MARKET, name: 'Requested' });
const CHALLENGED = getAbiItem({ abi: MARKET, name: 'Challenged' });
const CLOSING = getAbiItem({ abi: MARKET, name: 'Closing' });
const ANNOUNCED = getAbiItem({ abi: MARKET, name: 'Announced' });

const range = (address: Address, [fromBlock, toBlock]: Blocks) => ({ address, strict: true, fromBlock, toBlock }) as const; // prettier-ignore

type Where = Pick<Market, 'clients' | 'market'>;

export async function requestsIn({ clients, market }: Where, models: readonly Hex[], blocks: Blocks): Promise<Asked[]> {
  if (models.length === 0) return [];
  const wanted = { ...range(market, blocks), event: REQUESTED, args: { modelId: [...models] } } as const;
  const logs = (await saidBy(clients, (client) => client.getLogs(wanted))).flat();
  return logs.map(({ args: { id, request, input }, blockNumber: at }) => ({ id, at, request, input }));
}

export async function challengesIn({ clients, market }: Where, node: Address, blocks: Blocks): Promise<Challenged[]> {
  const wanted = { ...range(market, blocks), event: CHALLENGED, args: { node } } as const;
  const logs = (await saidBy(clients, (client) => client.getLogs(wanted))).flat();
  return logs.map(({ args: { id, receipt, input, deadline }, blockNumber: at }) => ({ id, at, receipt, input, deadline })); // prettier-ignore
}

/** Clients that are closing their channel to the node, or did. */
export async function closingIn({ clients, market }: Where, node: Address, blocks: Blocks): Promise<Address[]> {
  const wanted = { ...range(market, blocks), event: CLOSING, args: { node } } as const;
  const logs = (await saidBy(clients, (client) => client.getLogs(wanted))).flat();
  return logs.map(({ args }) => args.client);
}

/** What the node said of its URL, and in which block; the last of these blocks. */
export async function announcedIn(
  { client, market }: Pick<Market, 'client' | 'market'>,
  node: Address,
  blocks: Blocks,
): Promise<{ readonly url: string; readonly at: bigint } | undefined> {
  const last = (await client.getLogs({ ...range(market, blocks), event: ANNOUNCED, args: { node } })).at(-1);
  return last && { url: last.args.url, at: last.blockNumber };
}

/**
 * Reads blocks stretch by stretch; one that the RPC does not answer is halved, down to a block.
 * @param take gets the events of a stretch, and its last block
 *
 * Rejects with what is said of one block; the stretches before it were taken.
 */
export async function inStretches<T>(
  [from, to]: Blocks,
  read: (blocks: Blocks) => Promise<readonly T[]>,
  take: (events: readonly T[], end: bigint) => void,
): Promise<void> {
  let size = STRETCH;
  for (let at = from; at <= to;) {
    const end = at + size - 1n < to ? at + size - 1n : to;
    try {
      take(await read([at, end]), end);
    } catch (error) {
      if (at === end) throw error;
      size = (end - at + 1n) / 2n;
      continue;
    }
    at = end + 1n;
    size = size * 2n < STRETCH ? size * 2n : STRETCH;
  }
}
