// Transactions of one account against a pool of a few lines: what keeps the others waiting is replaced.
import { parseTransaction, zeroAddress, type Hex, type PublicClient } from 'viem';
import { beforeEach, expect, it } from 'vitest';
import { openSender } from '#network/chain/sender.js';
import { account } from '../world.js';

interface Waiting {
  readonly fee: bigint;
  readonly tip: bigint;
  readonly data: string;
}
let mined = 0;
const pool = new Map<number, Waiting>();
beforeEach(() => {
  mined = 0;
  pool.clear();
});
const client = {
  getTransactionCount: ({ blockTag }: { blockTag?: string }) =>
    Promise.resolve(blockTag === 'pending' ? Math.max(mined, ...[...pool.keys()].map((nonce) => nonce + 1)) : mined),
  estimateGas: () => Promise.resolve(100_000n),
  estimateFeesPerGas: () => Promise.resolve({ maxFeePerGas: 100n, maxPriorityFeePerGas: 10n }),
  sendRawTransaction: ({ serializedTransaction }: { serializedTransaction: Hex }) => {
    const { nonce = 0, data = '', maxFeePerGas: fee = 0n, maxPriorityFeePerGas: tip = 0n } = parseTransaction(serializedTransaction); // prettier-ignore
    const before = pool.get(nonce);
    if (before && (8n * fee < 9n * before.fee || 8n * tip < 9n * before.tip)) throw new Error('underpriced');
    pool.set(nonce, { fee, tip, data });
    return Promise.resolve('0x');
  },
} as unknown as PublicClient;
const open = () => openSender({ client, clients: [client], chainId: 1 }, account('node'));
const call = (data: Hex) => ({ to: zeroAddress, data });

it('a transaction that was forgotten and is not mined gives its nonce to the next one', async () => {
  const sender = open();
  await sender.send('a', call('0x0a'), 1n);
  sender.forget('a');
  await sender.send('b', call('0x0b'), 2n);
  expect([...pool.keys()]).toEqual([0, 1]);
  expect(await sender.send('b', call('0x0b'), 3n)).toBeNull();
  await sender.send('b', call('0x0b'), 4n);
  expect(pool.get(0)).toMatchObject({ data: '0x0b', fee: 113n });
  // mined: nothing waits before what comes next
  mined = 1;
  pool.delete(0);
  sender.forget('b');
  await sender.send('c', call('0x0c'), 5n);
  expect(pool.get(2)?.data).toBe('0x0c');
});

it('what an earlier process left too cheap is replaced after three blocks, however dear it was', async () => {
  pool.set(0, { fee: 400n, tip: 40n, data: '0x01' });
  const sender = open();
  for (let block = 1n; block < 30n && pool.get(0)?.data === '0x01'; block++)
    await sender.send('a', call('0x0a'), block).catch(() => null);
  expect(pool.get(0)?.data).toBe('0x0a');
});

it('a head that jumps ahead and back makes nothing wait longer', async () => {
  const sender = open();
  await sender.send('a', call('0x0a'), 1_000_000n);
  for (let block = 1n; block < 4n; block++) expect(await sender.send('a', call('0x0a'), block)).toBeNull();
  await sender.send('a', call('0x0a'), 4n);
  expect(pool.get(0)?.fee).toBe(113n);
});

it('what waits and is somebody’s, or has not waited long, is left alone', async () => {
  pool.set(0, { fee: 100n, tip: 10n, data: '0x01' });
  const sender = open();
  await sender.send('a', call('0x0a'), 1n);
  await sender.send('b', call('0x0b'), 2n);
  mined = 1;
  await sender.send('c', call('0x0c'), 9n);
  expect([...pool.values()].map(({ data }) => data)).toEqual(['0x01', '0x0a', '0x0b', '0x0c']);
});
