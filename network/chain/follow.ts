// Events of the market that concern a node, over a range of blocks.
import { getAbiItem, type Address, type Hex } from 'viem';
import { MARKET } from './abi.js';
import type { Market } from './reader.js';
import type { Receipt, Request } from './typed-data.js';

/** Blocks that are asked for at once: what public RPCs allow. */
const STRETCH = 2_000n;

export interface Asked {
  readonly id: Hex;
  readonly request: Request;
  readonly input: readonly bigint[];
}
export interface Challenged {
  readonly id: Hex;
  readonly receipt: Receipt;
  readonly input: readonly bigint[];
  readonly deadline: bigint;
}
export interface Heard {
  readonly requests: readonly Asked[];
  readonly challenges: readonly Challenged[];
  /** Clients that are closing their channel to the node, or did. */
  readonly closing: readonly Address[];
}

const REQUESTED = getAbiItem({ abi: MARKET, name: 'Requested' });
const CHALLENGED = getAbiItem({ abi: MARKET, name: 'Challenged' });
const CLOSING = getAbiItem({ abi: MARKET, name: 'Closing' });

/** Everything for `node` in blocks `from` to `to`, both included: requests for `models`, challenges, channels that close. */
export async function heardBetween(
  { client, market: address }: Market,
  node: Address,
  models: readonly Hex[],
  [from, to]: readonly [bigint, bigint],
): Promise<Heard> {
  const all = { requests: [] as Asked[], challenges: [] as Challenged[], closing: [] as Address[] };
  for (let fromBlock = from; fromBlock <= to; fromBlock += STRETCH) {
    const end = fromBlock + STRETCH - 1n;
    const range = { address, strict: true, fromBlock, toBlock: end < to ? end : to } as const;
    const [requested, challenged, closing] = await Promise.all([
      models.length === 0 ? [] : client.getLogs({ ...range, event: REQUESTED, args: { modelId: [...models] } }),
      client.getLogs({ ...range, event: CHALLENGED, args: { node } }),
      client.getLogs({ ...range, event: CLOSING, args: { node } }),
    ]);
    for (const { args } of requested) all.requests.push({ id: args.id, request: args.request, input: args.input });
    for (const { args } of challenged)
      all.challenges.push({ id: args.id, receipt: args.receipt, input: args.input, deadline: args.deadline });
    for (const { args } of closing) all.closing.push(args.client);
  }
  return all;
}
