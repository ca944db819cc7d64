// Vouchers are turned into balance when there is more due than it costs, once a day, and at once where a channel is closing.
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { MARKET } from '../chain/abi.js';
import { saidBy, type Channel, type Head, type Market } from '../chain/reader.js';
import type { Sender } from '../chain/sender.js';
import { REORG } from './hearing.js';
import { shortOf, type Log } from './log.js';
import type { Book } from './vouchers.js';

/** Gas of `redeem`, and how many times its price is worth the while. */
const GAS = 45_000n;
const WORTH = 50n;
/** Seconds of block time between looks at all channels, and after which anything is redeemed. */
const EVERY = 60n;
const DAY = 86_400n;
/** Channels that are read at once. */
const CHUNK = 100;

export interface Redeemer {
  /** Clients whose channels are closing. */
  readonly closing: (clients: readonly Address[]) => void;
  readonly step: (head: Head) => Promise<void>;
  /** Signed for and not redeemed, as the last look found it, wei. */
  readonly owed: () => bigint;
}

/** What a voucher would bring now, by one RPC. */
const dueOf = (total: bigint, { paid, funds }: Channel): bigint => {
  const due = total > paid ? total - paid : 0n;
  return due < funds ? due : funds;
};
/** What it would bring by the RPC that says most. */
const mostOf = (total: bigint, said: readonly Channel[]): bigint =>
  said.map((one) => dueOf(total, one)).reduce((a, b) => (a > b ? a : b));

export function openRedeemer(
  market: Pick<Market, 'clients' | 'market'>,
  book: Book,
  node: Address,
  sender: Sender,
  log: Log,
): Redeemer {
  const urgent = new Set<Address>();
  /** What was signed for and what it would have brought, as the last look at a channel found it. */
  const seen = new Map<Address, { readonly total: bigint; readonly due: bigint }>();
  /** The block at which a channel was last redeemed: the chain may take it back. */
  const redeemed = new Map<Address, bigint>();
  let looked = 0n;
  let all = 0n;

  /** As each RPC that answers has it at its own head: one that is silent, behind or lies keeps nothing from being redeemed. */
  const channelOf = (client: Address): Promise<Channel[]> =>
    saidBy(market.clients, async (one) => {
      const call = { address: market.market, abi: MARKET, functionName: 'channels', args: [client, node] } as const;
      const [funds, paid, closesAt] = await one.readContract(call);
      return { funds, paid, closesAt };
    });

  async function redeem(client: Address, total: bigint, signature: Hex, block: bigint): Promise<void> {
    const args = [{ client, node, total }, signature] as const;
    const data = encodeFunctionData({ abi: MARKET, functionName: 'redeem', args });
    const sure = async (): Promise<boolean> => (await channelOf(client)).every((one) => dueOf(total, one) > 0n);
    const sending = sender.send(`redeem ${client}`, { to: market.market, data }, block, sure);
    const hash = await sending.catch((error: unknown) => {
      log.warn({ client, fault: shortOf(error) }, 'not redeemed');
      return null;
    });
    if (hash !== null) log.info({ client, hash }, 'redeemed');
    redeemed.set(client, block);
  }

  return {
    closing: (clients) => clients.forEach((client) => urgent.add(client)),
    owed: () => [...seen.values()].reduce((sum, { due }) => sum + due, 0n),
    step: async ({ number, timestamp, baseFee }) => {
      // the first look is at all: a channel may have begun to close while the node was away
      const first = looked === 0n;
      const look = timestamp - looked >= EVERY;
      const daily = timestamp - all >= DAY;
      const worth = WORTH * GAS * baseFee;
      // a channel without news is not read: its clients may be many
      const news = (client: Address, total: bigint): boolean => {
        const before = seen.get(client);
        if (daily || before === undefined || before.total !== total || before.due > worth) return true;
        return (redeemed.get(client) ?? -REORG) + REORG > number;
      };
      const vouchers = book.vouchers().filter(({ client, total }) => urgent.has(client) || (look && news(client, total))); // prettier-ignore
      for (let at = 0; at < vouchers.length; at += CHUNK) {
        const some = vouchers.slice(at, at + CHUNK);
        const channels = await Promise.all(some.map(({ client }) => channelOf(client)));
        for (const [i, { client, total, signature }] of some.entries()) {
          const due = mostOf(total, channels[i]);
          seen.set(client, { total, due });
          if (due === 0n) urgent.delete(client);
          else if (channels[i].some(({ closesAt }) => closesAt !== 0n) || due > worth || (daily && !first))
            await redeem(client, total, signature, number);
        }
      }
      if (look) looked = timestamp;
      if (daily) all = timestamp;
    },
  };
}
