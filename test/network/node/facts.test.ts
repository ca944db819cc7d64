// The chain as a node follows it: one look at a time, and none that takes the head back.
import { zeroAddress } from 'viem';
import { expect, it } from 'vitest';
import { openFacts, type Market } from '#network/chain/reader.js';

it('looks that overlap: a look begins after it was asked for, is shared by those who wait, and no head goes back', async () => {
  let height = 1n;
  const open: (() => void)[] = [];
  let [now, most] = [0, 0];
  const client = {
    getBlock: async () => {
      const number = height;
      most = Math.max(most, ++now);
      if (number > 1n) await new Promise<void>((done) => open.push(done));
      now--;
      return { number, hash: `0x${number}`, timestamp: number, baseFeePerGas: 1n };
    },
  };
  const market = { client, clients: [client], chainId: 1, market: zeroAddress, registry: zeroAddress } as unknown as Market; // prettier-ignore
  const facts = await openFacts(market, zeroAddress);
  expect(facts.head().number).toBe(1n);
  height = 2n;
  const first = facts.refresh();
  await expect.poll(() => open.length).toBe(1);
  height = 3n;
  const [second, third] = [facts.refresh(), facts.refresh()];
  expect(second).toBe(third);
  await new Promise((done) => setTimeout(done, 20));
  expect(open.length).toBe(1);
  open[0]();
  await first;
  expect(facts.head().number).toBe(2n);
  await expect.poll(() => open.length).toBe(2);
  open[1]();
  await second;
  expect([facts.head().number, most]).toEqual([3n, 1]);
});
