// A client's transaction that is not mined: replaced under its own nonce, within a bound, and whichever is mined counts.
import { keccak256, parseTransaction, TransactionReceiptNotFoundError, type Hex, type LocalAccount } from 'viem';
import { expect, it } from 'vitest';
import { MARKET } from '#network/chain/abi.js';
import type { Chain } from '#network/chain/open.js';
import { write } from '#network/chain/write.js';
import { account } from './world.js';

const GWEI = 10n ** 9n;

/** A chain whose blocks go by as it is asked, and take what pays enough. */
function chainThat(takes: (fee: bigint, sent: number) => boolean, price = 2n * GWEI) {
  const sent: { nonce: number; fee: bigint; tip: bigint; value: bigint; hash: Hex }[] = [];
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
      sent.push({ nonce, fee, tip, value, hash: keccak256(serializedTransaction) });
      return Promise.resolve('0x');
    },
    getTransactionReceipt: ({ hash }: { hash: Hex }) => {
      mined ??= sent.find(({ fee }) => takes(fee, sent.length))?.hash;
      return hash === mined ? Promise.resolve({ status: 'success', gasUsed: 40_000n }) : Promise.reject(new TransactionReceiptNotFoundError({ hash })); // prettier-ignore
    },
  };
  return { chain: { chainId: 1, rpc: ['http://127.0.0.1:1'], client } as unknown as Chain, sent };
}
const fund = (chain: Chain, from: LocalAccount = account('client')) =>
  write(chain, from, { address: account('node').address, abi: MARKET, functionName: 'fund', args: [account('node').address], value: 5n }); // prettier-ignore

it('what waits is sent again under its nonce for an eighth more, until it is mined', async () => {
  const { chain, sent } = chainThat((fee) => fee > (5n * GWEI) / 2n);
  expect(await fund(chain)).toEqual({ transaction: sent[2].hash, gas: 40_000 });
  expect(sent.map(({ nonce, value }) => [nonce, value])).toEqual([[7, 5n], [7, 5n], [7, 5n]]); // prettier-ignore
  const [first, second] = sent;
  expect([second.fee, second.tip]).toEqual([(first.fee * 9n) / 8n + 1n, (first.tip * 9n) / 8n + 1n]);
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
  let looks = 0;
  const { chain, sent } = chainThat(() => looks++ > 20, 8n * GWEI);
  await fund(chain);
  // of 8 gwei and 9: one more would be above ten
  expect(sent.map(({ fee }) => fee)).toEqual([8n * GWEI, 9n * GWEI + 1n]);
});
