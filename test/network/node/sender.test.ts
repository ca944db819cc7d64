// Transactions of one account against a pool of a few lines: what keeps the others waiting is replaced.
import { parseTransaction, zeroAddress, type Hex, type PublicClient } from 'viem';
import { beforeEach, expect, it, vi } from 'vitest';
import { openSender, type Sender } from '#network/chain/sender.js';
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
  getBlock: () => Promise.resolve({ baseFeePerGas: 50n }),
  sendRawTransaction: ({ serializedTransaction }: { serializedTransaction: Hex }) => {
    const { nonce = 0, data = '', maxFeePerGas: fee = 0n, maxPriorityFeePerGas: tip = 0n } = parseTransaction(serializedTransaction); // prettier-ignore
    const before = pool.get(nonce);
    if (before && (8n * fee < 9n * before.fee || 8n * tip < 9n * before.tip))
      return Promise.reject(new Error('underpriced'));
    pool.set(nonce, { fee, tip, data });
    return Promise.resolve('0x');
  },
} as unknown as PublicClient;
const open = () => openSender({ client, clients: [client], chainId: 1 }, account('node'), undefined, 0);
const send = (sender: Sender, name: string, data: Hex, block: bigint, sure = true) =>
  sender.send(name, { to: zeroAddress, data }, block, () => Promise.resolve(sure));

it('a transaction that was forgotten and is not mined gives its nonce to the next one', async () => {
  const sender = open();
  await send(sender, 'a', '0x0a', 1n);
  sender.forget('a');
  await send(sender, 'b', '0x0b', 2n);
  expect([...pool.keys()]).toEqual([0, 1]);
  expect(await send(sender, 'b', '0x0b', 3n)).toBeNull();
  await send(sender, 'b', '0x0b', 4n);
  expect(pool.get(0)).toMatchObject({ data: '0x0b', fee: 113n });
  // mined: nothing waits before what comes next
  mined = 1;
  pool.delete(0);
  sender.forget('b');
  await send(sender, 'c', '0x0c', 5n);
  expect(pool.get(2)?.data).toBe('0x0c');
});

it('what an earlier process left too cheap is replaced after three blocks, however dear it was', async () => {
  pool.set(0, { fee: 400n, tip: 40n, data: '0x01' });
  const sender = open();
  for (let block = 1n; block < 30n && pool.get(0)?.data === '0x01'; block++)
    await send(sender, 'a', '0x0a', block).catch(() => null);
  expect(pool.get(0)?.data).toBe('0x0a');
});

it('nothing is replaced within 15 s, however quick the blocks are', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    for (const before of [100n, 113n]) {
      const sender = openSender({ client, clients: [client], chainId: 1 }, account('node'));
      // its own, then what another process left
      await send(sender, 'a', '0x0a', 1n);
      vi.advanceTimersByTime(14_999);
      expect(await send(sender, 'a', '0x0a', 60n)).toBeNull();
      expect(pool.get(0)?.fee).toBe(before);
      vi.advanceTimersByTime(1);
      expect(await send(sender, 'a', '0x0a', 60n)).not.toBeNull();
    }
  } finally {
    vi.useRealTimers();
  }
});

it('a head that jumps ahead and back makes nothing wait longer', async () => {
  const sender = open();
  await send(sender, 'a', '0x0a', 1_000_000n);
  for (let block = 1n; block < 4n; block++) expect(await send(sender, 'a', '0x0a', block)).toBeNull();
  await send(sender, 'a', '0x0a', 4n);
  expect(pool.get(0)?.fee).toBe(113n);
});

it('what waits and is somebody’s, or has not waited long, is left alone', async () => {
  pool.set(0, { fee: 100n, tip: 10n, data: '0x01' });
  const sender = open();
  await send(sender, 'a', '0x0a', 1n);
  await send(sender, 'b', '0x0b', 2n);
  mined = 1;
  await send(sender, 'c', '0x0c', 9n);
  expect([...pool.values()].map(({ data }) => data)).toEqual(['0x01', '0x0a', '0x0b', '0x0c']);
});

it('what an RPC says of fees is paid up to a multiple of the base fee on which two agree, or what node.json says', async () => {
  const gwei = 10n ** 9n;
  const says = (baseFeePerGas: bigint, fee: bigint) =>
    ({
      ...client,
      getBlock: () => Promise.resolve({ baseFeePerGas }),
      estimateFeesPerGas: () => Promise.resolve({ maxFeePerGas: fee, maxPriorityFeePerGas: fee }),
    }) as PublicClient;
  const liar = says(10n ** 6n * gwei, 10n ** 6n * gwei);
  const paid = async (other: PublicClient, most?: bigint) => {
    pool.clear();
    const sender = openSender({ client: liar, clients: [liar, other], chainId: 1 }, account('node'), most, 0);
    await send(sender, 'a', '0x0a', 1n);
    const { fee, tip } = pool.get(0)!;
    expect(tip).toBe(fee);
    // nor more to replace it
    await expect(send(sender, 'a', '0x0a', 9n)).rejects.toMatchObject({ code: 'resource', where: 'a' });
    return fee;
  };
  expect(await paid(says(5n * gwei, gwei))).toBe(100n * gwei);
  expect(await paid(says(0n, gwei))).toBe(10n * gwei);
  expect(await paid(says(0n, gwei), 7n * gwei)).toBe(7n * gwei);
});

it('what was mined and is asked for again is sent again where all RPCs say so, also after it was forgotten', async () => {
  const sender = open();
  await send(sender, 'a', '0x0a', 1n, false);
  // one that waits is replaced under its nonce: that costs nothing
  await send(sender, 'a', '0x0a', 4n, false);
  expect(pool.get(0)?.fee).toBe(113n);
  mined = 1;
  for (const forget of [false, true]) {
    if (forget) sender.forget('a');
    expect(await send(sender, 'a', '0x0a', 5n, false)).toBeNull();
  }
  expect([...pool.keys()]).toEqual([0]);
  await send(sender, 'a', '0x0a', 6n, true);
  expect([...pool.keys()]).toEqual([0, 1]);
});
