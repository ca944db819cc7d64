// Row 22 of the cheating suite: a chain that takes blocks back, one or five, under everything that people and the node do on it. Each ends
// as it would have without, nobody is paid twice, and what was proved is not proved again.
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digest, wordsHash } from '#network/chain/typed-data.js';
import type { RunningNode } from '#network/node/node.js';
import { account, ETHER, FLOOR, NOBODY } from '../world.js';
import { paying, post, question, receiptOf, type Told } from './asking.js';
import { dealings, PAYMENT } from './dealings.js';
import { BOND, PRICE, town, until, type Town } from './town.js';

let t: Town;
let running: RunningNode;
const start = async (path = ''): Promise<void> => {
  const offers = { receipt: { price: String(PRICE), bond: String(BOND) }, request: { minPayment: '1000' } };
  running = await t.start({ models: [{ model: t.name, ...offers }], url: `https://node.example/${path}` });
};
beforeAll(async () => {
  t = await town();
  expect(await t.call(t.node, 'stake', [], 2n * BOND)).toBe('ok');
  await start();
});
afterAll(() => t.end());
const { input, stateOf, gained } = dealings(
  () => t,
  () => running.url,
);

const height = () => t.chain.getBlockNumber();
/** What stands in the blocks behind `since` is taken back: `depth` blocks, or as many as there are. */
async function takeBack(depth: number, since: bigint): Promise<void> {
  const more = depth - Number((await height()) - since);
  if (more > 0) await t.chain.mine({ blocks: more });
  const blocks = Number((await height()) - since);
  const first = () => t.chain.getBlock({ blockNumber: since + 1n });
  const { hash } = await first();
  await t.chain.request({ method: 'anvil_reorg', params: [blocks, []] } as never);
  expect((await first()).hash).not.toBe(hash);
}
/** Waits while the chain goes on. */
const soon = (is: () => Promise<boolean>) =>
  until(async () => {
    if (await is()) return true;
    await t.chain.mine({ blocks: 1 });
    await new Promise((later) => setTimeout(later, 200));
    return is();
  });
const proofs = async (): Promise<number> => {
  const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text();
  return Number(/^prove_seconds_count (\d+)$/m.exec(metrics)?.[1]);
};

let nonce = 0n;
/** A request that can be made again. */
async function asker(seed: number) {
  const words = input(seed);
  const deadline = (await t.now()) + 3_600n;
  const r = { client: t.client.address, modelId: t.modelId, inputHash: wordsHash(words), inputWords: words.length, node: NOBODY, payment: PAYMENT, deadline, callbackGas: 0, nonce: nonce++ }; // prettier-ignore
  const id: Hex = digest(t.place, 'Request', r);
  const state = (): Promise<number> => t.read('requests', [id]);
  return {
    ask: () => t.call(t.client, 'request', [r.modelId, words, NOBODY, deadline, 0, r.nonce], PAYMENT),
    state,
    done: async () => (await state()) === 2,
  };
}

describe.each([1, 5])('row 22: %i block(s) are taken back', (depth) => {
  it('with a settlement: settled again by the same proof', async () => {
    const { ask, done } = await asker(depth);
    const before = await proofs();
    const gain = await gained(t.node, async () => {
      expect(await ask()).toBe('ok');
      const since = await height();
      await until(done);
      await takeBack(depth, since);
      await soon(done);
    });
    expect(gain).toBe(PAYMENT);
    expect(await proofs()).toBe(before + 1);
  });

  it('with a request whose settlement is on its way: asked again it is settled, once', async () => {
    const { ask, state, done } = await asker(10 + depth);
    const before = await proofs();
    const gain = await gained(t.node, async () => {
      const since = await height();
      expect(await ask()).toBe('ok');
      await t.chain.setAutomine(false);
      await until(async () => (await t.chain.getTxpoolStatus()).pending === 1);
      await takeBack(depth, since);
      expect(await state()).toBe(0);
      await t.chain.setAutomine(true);
      await t.chain.mine({ blocks: 1 }); // with the settlement, which fails
      expect(await ask()).toBe('ok');
      await soon(done);
    });
    expect(gain).toBe(PAYMENT);
    expect(await proofs()).toBe(before + 1);
  });

  it('with a request and its settlement, while the node is away: its next start settles it', async () => {
    const { ask, state, done } = await asker(20 + depth);
    const gain = await gained(t.node, async () => {
      const since = await height();
      expect(await ask()).toBe('ok');
      await until(done);
      await running.close();
      await takeBack(depth, since);
      expect(await state()).toBe(0);
      expect(await ask()).toBe('ok');
      await start();
      await soon(done);
    });
    expect(gain).toBe(PAYMENT);
  });

  it('with funds, a proof, a challenge, a redemption: no answer without funds, each is paid once', async () => {
    const client = account(`payer ${depth}`);
    await t.chain.setBalance({ address: client.address, value: ETHER });
    const channel = () => t.read('channels', [client.address, t.node.address]) as Promise<[bigint, bigint, bigint]>;
    const fund = () => t.call(client, 'fund', [t.node.address], PRICE);
    const voucher = await paying(t.place, client, t.node.address, PRICE);
    const answer = (status: number) =>
      until(async () => {
        const told: Told = await post(running.url, '/v1/infer', question(t.modelId, input(depth), client.address), voucher); // prettier-ignore
        return told.status === status && told.json;
      });
    let since = await height();
    expect(await fund()).toBe('ok');
    await takeBack(depth, since);
    expect((await channel())[0]).toBe(0n);
    expect((await answer(402)).error.message).toBe('expected a total that the channel covers, 0 at most');
    expect(await fund()).toBe('ok');
    const { receipt: json, signature } = await answer(200);
    const receipt = receiptOf(json);
    const challenge = () => t.call(t.watcher, 'challenge', [receipt, signature, input(depth)], FLOOR);
    const proved = async () => (await stateOf(receipt)) === 2;
    const before = await proofs();
    const gain = await gained(t.node, async () => {
      const whole = await height();
      expect(await challenge()).toBe('ok');
      since = await height();
      await until(proved);
      await takeBack(depth, since);
      await soon(proved);
      await takeBack(depth, whole);
      expect(await stateOf(receipt)).toBe(0);
      // it is due later than the first was
      await t.pass(61);
      expect(await challenge()).toBe('ok');
      await soon(proved);
    });
    expect(gain).toBe(FLOOR);
    expect(await proofs()).toBe(before + 1);
    expect((await t.read('stakes', [t.node.address])).slice(0, 1)).toEqual([2n * BOND]);

    const earned = await gained(t.node, async () => {
      expect(await t.call(client, 'close', [t.node.address])).toBe('ok');
      const redeemed = async () => (await channel())[1] === PRICE;
      since = await height();
      await until(redeemed);
      await takeBack(depth, since);
      await soon(redeemed);
    });
    expect(earned).toBe(PRICE);
  });

  it('with what the node announced: announced again', async () => {
    const inputs = [{ name: 'node', type: 'address', indexed: true }, { name: 'url', type: 'string' }] as const; // prettier-ignore
    const event = { type: 'event', name: 'Announced', inputs } as const;
    const said = async (): Promise<boolean> =>
      (await t.chain.getLogs({ address: t.market, event, fromBlock: 0n })).at(-1)?.args.url?.endsWith(`/${depth}`) ?? false; // prettier-ignore
    await running.close();
    const since = await height();
    await start(String(depth));
    await until(said);
    await takeBack(depth, since);
    await soon(said);
  });
});
