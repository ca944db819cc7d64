// Vouchers of many clients: which channels are read, and which are redeemed.
import { toHex, type Address } from 'viem';
import { expect, it } from 'vitest';
import type { Channel, Facts, Market } from '#network/chain/reader.js';
import { openRedeemer } from '#network/node/redeem.js';
import type { Book } from '#network/node/vouchers.js';

it('reads the channels with news, redeems what is worth it, and at once where one closes', async () => {
  const clients = Array.from({ length: 300 }, (_, i) => toHex(i + 1, { size: 20 }));
  const totals = new Map<Address, bigint>(clients.map((client) => [client, 5n]));
  const channels = new Map<Address, Channel>();
  const [read, sent]: [Address[], string[]] = [[], []];
  const facts = {
    channel: (client: Address) => {
      read.push(client);
      return Promise.resolve(channels.get(client) ?? { funds: 10n ** 12n, paid: 0n, closesAt: 0n });
    },
  } as unknown as Facts;
  const book = {
    vouchers: () => [...totals].map(([client, total]) => ({ client, total, signature: '0x' })),
  } as unknown as Book;
  const market = { market: clients[0] } as unknown as Market;
  const sender = { send: (name: string) => (sent.push(name), Promise.resolve(null)), forget: () => undefined };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const redeemer = openRedeemer(market, facts, book, clients[0], sender, log);
  let number = 1n;
  const step = async (timestamp: bigint): Promise<[number, number]> => {
    for (const list of [read, sent]) list.length = 0;
    await redeemer.step({ number, hash: '0x', timestamp, baseFee: 1n });
    return [read.length, sent.length];
  };
  expect(await step(100_000n)).toEqual([300, 0]);
  expect(redeemer.owed()).toBe(1_500n);
  expect(await step(100_060n)).toEqual([0, 0]);
  totals.set(clients[7], 10n ** 8n);
  expect(await step(100_090n)).toEqual([0, 0]); // not yet looked for
  expect(await step(100_120n)).toEqual([1, 1]);
  expect(await step(100_180n)).toEqual([1, 1]); // not mined
  channels.set(clients[7], { funds: 10n ** 9n, paid: 10n ** 8n, closesAt: 0n });
  expect(await step(100_240n)).toEqual([1, 0]);
  // taken back by the chain, within the blocks that it may: seen, and redeemed again
  channels.set(clients[7], { funds: 10n ** 12n, paid: 0n, closesAt: 0n });
  expect(await step(100_300n)).toEqual([1, 1]);
  channels.set(clients[7], { funds: 10n ** 9n, paid: 10n ** 8n, closesAt: 0n });
  number = 65n;
  expect(await step(100_360n)).toEqual([1, 0]);
  expect(await step(100_420n)).toEqual([0, 0]);
  channels.set(clients[9], { funds: 10n, paid: 0n, closesAt: 9n });
  redeemer.closing([clients[9]]);
  expect(await step(100_421n)).toEqual([1, 1]);
  expect(await step(187_000n)).toEqual([300, 299]); // once a day, of what is due
});
