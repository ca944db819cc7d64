// Vouchers of many clients: which channels are read, and which are redeemed.
import { toHex, type Address } from 'viem';
import { expect, it } from 'vitest';
import type { Channel, Market } from '#network/chain/reader.js';
import type { Sender } from '#network/chain/sender.js';
import { openRedeemer } from '#network/node/redeem.js';
import type { Book } from '#network/node/vouchers.js';

it('reads the channels with news, redeems what is worth it, and at once where one closes', async () => {
  const clients = Array.from({ length: 300 }, (_, i) => toHex(i + 1, { size: 20 }));
  const totals = new Map<Address, bigint>(clients.map((client) => [client, 5n]));
  const channels = new Map<Address, Channel>();
  const [read, sent]: [Address[], string[]] = [[], []];
  const rpc = {
    readContract: ({ args: [client] }: { args: [Address] }) => {
      read.push(client);
      const { funds, paid, closesAt } = channels.get(client) ?? { funds: 10n ** 12n, paid: 0n, closesAt: 0n };
      return Promise.resolve([funds, paid, closesAt]);
    },
  };
  const book = {
    vouchers: () => [...totals].map(([client, total]) => ({ client, total, signature: '0x' })),
  } as unknown as Book;
  const market = { market: clients[0], clients: [rpc] } as unknown as Market;
  const sender = { send: (name: string) => (sent.push(name), Promise.resolve(null)), forget: () => undefined };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const redeemer = openRedeemer(market, book, clients[0], sender, log);
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

it.each([
  ['dead', () => Promise.reject(new Error('silent'))],
  ['behind', () => Promise.resolve([0n, 0n, 0n])],
] as const)(
  'one of two RPCs is %s: redeemed all the same, and a second time only where both say so',
  async (state, readContract) => {
    const sent: boolean[] = [];
    const rpcs = [{ readContract }, { readContract: () => Promise.resolve([10n ** 12n, 0n, 9n]) }];
    const address = toHex(1, { size: 20 });
    const market = { market: address, clients: rpcs } as unknown as Market;
    const sender: Sender = { send: async (_name, _call, _block, sure) => (sent.push(await sure()), null), forget: () => undefined }; // prettier-ignore
    const book = { vouchers: () => [{ client: address, total: 5n, signature: '0x' }] } as unknown as Book;
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    await openRedeemer(market, book, address, sender, log).step({ number: 1n, hash: '0x', timestamp: 100_000n, baseFee: 1n }); // prettier-ignore
    expect(sent).toEqual([state === 'dead']);
  },
);
