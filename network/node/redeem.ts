// Vouchers are turned into balance when there is more due than it costs, once a day, and at once where a channel is closing.
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { MARKET } from '../chain/abi.js';
import type { Channel, Facts, Head, Market } from '../chain/reader.js';
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

/** What a voucher would bring now. */
const dueOf = (total: bigint, { paid, funds }: Channel): bigint => {
  const due = total > paid ? total - paid : 0n;
  return due < funds ? due : funds;
};

export function openRedeemer(
  market: Market,
  facts: Facts,
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

  async function redeem(client: Address, total: bigint, signature: Hex, block: bigint): Promise<void> {
    const args = [{ client, node, total }, signature] as const;
    const data = encodeFunctionData({ abi: MARKET, functionName: 'redeem', args });
    const hash = await sender.send(`redeem ${client}`, { to: market.market, data }, block).catch((error: unknown) => {
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
        const channels = await Promise.all(some.map(({ client }) => facts.channel(client)));
        for (const [i, { client, total, signature }] of some.entries()) {
          const due = dueOf(total, channels[i]);
          seen.set(client, { total, due });
          if (due === 0n) urgent.delete(client);
          else if (channels[i].closesAt !== 0n || due > worth || (daily && !first))
            await redeem(client, total, signature, number);
        }
      }
      if (look) looked = timestamp;
      if (daily) all = timestamp;
    },
  };
}
