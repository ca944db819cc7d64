// The book of vouchers without a chain: what two answers at once, a lost file and a damaged one are worth.
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Address, Hex } from 'viem';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import type { Channel, Facts, Market } from '#network/chain/reader.js';
import { typedData } from '#network/chain/typed-data.js';
import { openPayers } from '#network/node/payers.js';
import { openBook } from '#network/node/vouchers.js';
import { account } from '../world.js';

const root = mkdtempSync(join(tmpdir(), 'inferproof-vouchers-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const [client, node, market] = [account('client'), account('node').address, account('market').address];
const place = { chainId: 1, market } as Market;
const asked = { key: 'k', body: '0x01' as Hex };

let file = '';
let channel: Channel;
beforeEach(() => {
  file = join(mkdtempSync(join(root, 'book-')), 'vouchers.jsonl');
  channel = { funds: 10_000n, paid: 0n, closesAt: 0n };
});
/** The chain takes its time, so that whoever asks waits. */
const facts = {
  channel: () => new Promise<Channel>((resolve) => setTimeout(resolve, 5, channel)),
  head: () => file,
  refresh: () => Promise.resolve(),
} as unknown as Facts;
const open = () => openBook(file, place, facts, node);
const voucher = async (total: bigint, of: Address = client.address) => ({
  ...{ client: of, node, total },
  signature: await client.signTypedData(typedData(place, 'Voucher', { client: client.address, node, total })),
});

it('two at once under one total: one is served', async () => {
  const book = await open();
  const payment = await voucher(10n);
  const both = await Promise.allSettled([1, 2].map(() => book.charge(client.address, payment, 10n, '')));
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  const [one] = both;
  if (one.status === 'fulfilled') await one.value.served(asked, 'answer');
  await expect(book.charge(client.address, payment, 10n, '')).rejects.toMatchObject({ status: 402 });
  await book.charge(client.address, await voucher(20n), 10n, '');
});

it('an answer that was not made is paid by the next one', async () => {
  const book = await open();
  const payment = await voucher(10n);
  (await book.charge(client.address, payment, 10n, '')).dropped();
  await (await book.charge(client.address, payment, 10n, '')).served(asked, 'answer');
  expect(book.vouchers()).toEqual([{ client: client.address, total: 10n, signature: payment.signature }]);
});

it('what was served outlives the process, with the last answer; a half-written line is no voucher', async () => {
  await (await (await open()).charge(client.address, await voucher(10n), 10n, '')).served(asked, 'answer');
  appendFileSync(file, '{"total"');
  const book = await open();
  expect(book.again(client.address, asked)).toBe('answer');
  expect(book.again(client.address, { ...asked, key: 'other' })).toBeUndefined();
  expect(() => book.again(client.address, { ...asked, body: '0x02' })).toThrow(
    expect.objectContaining({ status: 409 }),
  );
  await expect(book.charge(client.address, await voucher(19n), 10n, '')).rejects.toMatchObject({ status: 402 });
  await book.charge(client.address, await voucher(20n), 10n, '');
});

it('of a client whose file was lost, what was redeemed counts as served', async () => {
  channel = { funds: 100n, paid: 500n, closesAt: 0n };
  const book = await open();
  await expect(book.charge(client.address, await voucher(509n), 10n, '')).rejects.toMatchObject({ status: 402 });
  await book.charge(client.address, await voucher(510n), 10n, '');
  await expect(book.charge(client.address, await voucher(601n), 10n, '')).rejects.toMatchObject({ status: 402 });
});

it('of a payer who is known, too, a voucher counts only for this market, chain and node, and by its client', async () => {
  const book = await open();
  let total = 0n;
  const pay = (payment: Awaited<ReturnType<typeof voucher>>) => book.charge(client.address, payment, 10n, '');
  for (let i = 0; i < 12; i++) await (await pay(await voucher((total += 10n)))).served({ key: null, body: '' }, '');
  const right = await voucher(total + 10n);
  const message = { client: client.address, node, total: total + 10n };
  const signed = async (by: typeof client, where: { chainId: number; market: Address }, what = message) => ({ ...right, signature: await by.signTypedData(typedData(where, 'Voucher', what)) }); // prettier-ignore
  const wrong = [
    await signed(account('other'), place),
    await signed(client, { ...place, chainId: 2 }),
    await signed(client, { ...place, market: node }),
    await signed(client, place, { ...message, node: market }),
    await signed(client, place, { ...message, total }),
    await voucher(total),
  ];
  for (const payment of wrong) await expect(pay(payment)).rejects.toMatchObject({ status: 402 });
  await pay(right);
});

it('a closing channel pays for nothing', async () => {
  channel = { funds: 100n, paid: 0n, closesAt: 5n };
  await expect((await open()).charge(client.address, await voucher(10n), 10n, '')).rejects.toMatchObject({
    status: 402,
  });
});

it('a channel that is funded while it is asked about pays, also where another look found the block', async () => {
  const found = [{}, {}];
  let blocks = 0;
  const racing = {
    head: () => found[blocks],
    channel: () => {
      const told = channel;
      if (told.funds === 10n) [channel, blocks] = [{ ...told, funds: 20n }, 1];
      return Promise.resolve(told);
    },
    refresh: () => Promise.resolve(),
  } as unknown as Facts;
  const book = await openBook(file, place, racing, node);
  await (await book.charge(client.address, await voucher(10n), 10n, '')).served(asked, 'answer');
  channel = { funds: 10n, paid: 0n, closesAt: 0n };
  await (await book.charge(client.address, await voucher(20n), 10n, '')).served(asked, 'answer');
  await expect(book.charge(client.address, await voucher(30n), 10n, '')).rejects.toMatchObject({ status: 402 });
});

it('a damaged line is named, and left', async () => {
  await (await (await open()).charge(client.address, await voucher(10n), 10n, '')).served(asked, 'answer');
  appendFileSync(file, '{"total":"12"}\n');
  const text = readFileSync(file, 'utf8');
  await expect(open()).rejects.toMatchObject({ code: 'format', where: `${file}:2` });
  expect(readFileSync(file, 'utf8')).toBe(text);
});

it('what could not be written is not served: it costs nothing, once, and is not given again', async () => {
  const book = await open();
  const payment = await voucher(10n);
  const charge = await book.charge(client.address, payment, 10n, '');
  // its folder is not there
  rmdirSync(dirname(file));
  await expect(charge.served(asked, 'answer')).rejects.toThrow('ENOENT');
  charge.dropped();
  charge.dropped();
  expect(book.again(client.address, asked)).toBeUndefined();
  expect(book.fault()).toMatchObject({ code: 'ENOENT' });
  await expect(book.charge(client.address, payment, 10n, '')).rejects.toMatchObject({ status: 503 });
  mkdirSync(dirname(file));
  await vi.waitFor(() => expect(book.fault()).toBeUndefined(), 5_000);
  const next = await book.charge(client.address, payment, 10n, '');
  await expect(book.charge(client.address, payment, 10n, '')).rejects.toMatchObject({ status: 402 });
  await next.served(asked, 'answer');
  next.dropped();
  await expect(book.charge(client.address, payment, 10n, '')).rejects.toMatchObject({ status: 402 });
  expect(book.again(client.address, asked)).toBe('answer');
});

it('what an earlier version holds of clients is not passed over', async () => {
  const folder = join(dirname(file), 'vouchers');
  mkdirSync(folder);
  await (await open()).close();
  writeFileSync(join(folder, `${client.address}.json`), '{}');
  await expect(open()).rejects.toMatchObject({ code: 'format', where: folder, hint: expect.stringContaining('redeem') as string }); // prettier-ignore
});

it('the key of a client is kept once its channel paid, not before', async () => {
  const payers = openPayers();
  const book = await openBook(file, place, facts, node, payers);
  channel = { funds: 0n, paid: 0n, closesAt: 0n };
  await expect(book.charge(client.address, await voucher(10n), 10n, '')).rejects.toMatchObject({ status: 402 });
  expect(payers.knows(client.address)).toBe(false);
  channel = { funds: 10n, paid: 0n, closesAt: 0n };
  await book.charge(client.address, await voucher(10n), 10n, '');
  expect(payers.knows(client.address)).toBe(true);
});
