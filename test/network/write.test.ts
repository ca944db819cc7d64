// A client's transaction that is not mined: replaced under its own nonce, within a bound, and whichever is mined counts.
import { keccak256, parseTransaction, TransactionReceiptNotFoundError, type Hex, type LocalAccount } from 'viem';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MARKET } from '#network/chain/abi.js';
import type { Chain } from '#network/chain/open.js';
import { write } from '#network/chain/write.js';
import { account } from './world.js';

const GWEI = 10n ** 9n;
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());
/** What comes of it, a tenth of a second after the other. */
async function inTime<T>(act: Promise<T>): Promise<T> {
  let over = false;
  void act.catch(() => undefined).then(() => (over = true));
  while (!over) await vi.advanceTimersByTimeAsync(100);
  return act;
}

/** A chain whose blocks go by as it is asked, and take what pays enough. */
function chainThat(takes: (fee: bigint, sent: number) => boolean, price = 2n * GWEI, change: object = {}) {
  const sent: { nonce: number; fee: bigint; tip: bigint; value: bigint; hash: Hex; at: number }[] = [];
  let [block, mined] = [100n, undefined as Hex | undefined];
  const client = {
    simulateContract: () => Promise.resolve({}),
    estimateContractGas: () => Promise.resolve(50_000n),
    getTransactionCount: () => Promise.resolve(7),
    estimateFeesPerGas: () => Promise.resolve({ maxFeePerGas: price, maxPriorityFeePerGas: GWEI }),
    getBlock: () => Promise.resolve({ baseFeePerGas: 1n }),
    getBlockNumber: () => Promise.resolve(block++),
    sendRawTransaction: ({ serializedTransaction }: { serializedTransaction: Hex }) => {
      const { nonce = 0, maxFeePerGas: fee = 0n, maxPriorityFeePerGas: tip = 0n, value = 0n } = parseTransaction(serializedTransaction); // prettier-ignore
      const before = sent.at(-1);
      if (before && (8n * fee < 9n * before.fee || 8n * tip < 9n * before.tip)) return Promise.reject(new Error('underpriced')); // prettier-ignore
      sent.push({ nonce, fee, tip, value, hash: keccak256(serializedTransaction), at: Date.now() });
      return Promise.resolve('0x');
    },
    getTransactionReceipt: ({ hash }: { hash: Hex }) => {
      mined ??= sent.find(({ fee }) => takes(fee, sent.length))?.hash;
      return hash === mined ? Promise.resolve({ status: 'success', gasUsed: 40_000n }) : Promise.reject(new TransactionReceiptNotFoundError({ hash })); // prettier-ignore
    },
    ...change,
  };
  return { chain: { chainId: 1, rpc: ['http://127.0.0.1:1'], client } as unknown as Chain, sent };
}
const fund = (chain: Chain, from: LocalAccount = account('client')) =>
  inTime(write(chain, from, { address: account('node').address, abi: MARKET, functionName: 'fund', args: [account('node').address], value: 5n })); // prettier-ignore

it('what waits is sent again under its nonce for an eighth more, until it is mined', async () => {
  const { chain, sent } = chainThat((fee) => fee > (5n * GWEI) / 2n);
  expect(await fund(chain)).toEqual({ transaction: sent[2].hash, gas: 40_000 });
  expect(sent.map(({ nonce, value }) => [nonce, value])).toEqual([[7, 5n], [7, 5n], [7, 5n]]); // prettier-ignore
  const [first, second] = sent;
  expect([second.fee, second.tip]).toEqual([(first.fee * 9n) / 8n + 1n, (first.tip * 9n) / 8n + 1n]);
  // blocks of a tenth of a second are no reason for a higher fee
  expect(second.at - first.at).toBeGreaterThanOrEqual(15_000);
});

it('what is mined after all, while its replacement is on its way, is what counts', async () => {
  const { chain, sent } = chainThat((_, count) => count === 2);
  expect((await fund(chain)).transaction).toBe(sent[0].hash);
  expect(sent).toHaveLength(2);
});

it('what is mined at once is sent once; and no replacement pays more than a multiple of the base fee', async () => {
  const quick = chainThat(() => true);
  await fund(quick.chain);
  expect(quick.sent).toHaveLength(1);
  const start = Date.now();
  const { chain, sent } = chainThat(() => Date.now() > start + 60_000, 8n * GWEI);
  await fund(chain);
  // of 8 gwei and 9: one more would be above ten
  expect(sent.map(({ fee }) => fee)).toEqual([8n * GWEI, 9n * GWEI + 1n]);
});

it('what the chain asks today is paid, beside whatever base fee', async () => {
  const { chain, sent } = chainThat(() => true, 30n * GWEI);
  await fund(chain);
  expect(sent.map(({ fee }) => fee)).toEqual([30n * GWEI]);
});

/** A chain that takes what it is sent and answers with an error. */
const losing = (said: string, takes = true) => {
  const made = chainThat(() => takes);
  const { client } = made.chain;
  const send = client.sendRawTransaction;
  return { ...made, chain: { ...made.chain, client: { ...client, sendRawTransaction: async (one: Parameters<typeof send>[0]) => (await send(one), Promise.reject(new Error(said))) } } as unknown as Chain }; // prettier-ignore
};

it('a lost answer is no reason to send it twice: the receipt says whether it was mined', async () => {
  for (const said of ['The request took too long to respond.', 'already known', 'nonce too low']) {
    const { chain, sent } = losing(said);
    expect((await fund(chain)).transaction).toBe(sent[0].hash);
    expect(sent).toHaveLength(1);
  }
});

it('what may still be mined is said with its hashes; what was refused, at once', async () => {
  const { chain, sent } = losing('The request took too long to respond.', false);
  const error: unknown = await fund(chain).catch((thrown: unknown) => thrown);
  expect(new Set(sent.map(({ nonce }) => nonce))).toEqual(new Set([7]));
  const where = sent.map(({ hash }) => hash).reverse().join(', '); // prettier-ignore
  expect(error).toMatchObject({ code: 'resource', where, hint: 'it may still be mined: look before it is sent again' }); // prettier-ignore
  for (const said of ['insufficient funds for gas', 'transaction underpriced', 'nonce too low']) {
    const start = Date.now();
    await expect(fund(losing(said, false).chain)).rejects.toMatchObject({ code: 'resource', message: expect.stringContaining(said) as string }); // prettier-ignore
    expect(Date.now() - start).toBeLessThan(5_000);
  }
});

it.each(['getTransactionReceipt', 'getBlockNumber', 'getBlock', 'estimateFeesPerGas'] as const)(
  'while it waits, %s may fail every other time',
  async (name) => {
    const start = Date.now();
    const { chain, sent } = chainThat((fee) => Date.now() > start + 40_000 && fee > 2n * GWEI);
    const client = chain.client as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>;
    const read = client[name];
    let calls = 0;
    client[name] = (...all) => (calls++ % 2 === 1 ? Promise.reject(new Error('HTTP 429')) : read(...all));
    const { transaction } = await fund(chain);
    expect(calls).toBeGreaterThan(2);
    expect(sent.map(({ hash }) => hash)).toContain(transaction);
    expect(new Set(sent.map(({ nonce }) => nonce))).toEqual(new Set([7]));
  },
);
