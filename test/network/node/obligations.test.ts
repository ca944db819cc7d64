// What the chain asks of a node, and what becomes of one that lies: rows 1, 2, 10, 25 and 26 of the cheating suite on the node's side, each
// with its honest twin, by balances.
import { toHex, type Hex } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { typedData, wordsHash } from '#network/chain/typed-data.js';
import type { RunningNode } from '#network/node/node.js';
import { vkDigest, type LookupKey } from '#verifier/index.js';
import { BURNT, FLOOR, PROOF_TIME, WINDOW } from '../world.js';
import { post, question } from './asking.js';
import { dealings, PAYMENT } from './dealings.js';
import { BOND, town, until, type Town } from './town.js';

let t: Town;
let running: RunningNode;
beforeAll(async () => {
  t = await town();
  expect(await t.call(t.node, 'stake', [], 2n * BOND)).toBe('ok');
  running = await t.start({ models: free() });
});
afterAll(() => t.end());
const { free, input, ask, promised, challenge, stateOf, request, settled, gained } = dealings(
  () => t,
  () => running.url,
);

describe('row 1: an output that is not the model’s', () => {
  it('the honest twin: challenged, proved, paid', async () => {
    const { receipt, signature } = await promised(1);
    const gain = await gained(t.node, async () => {
      expect(await challenge(receipt, signature, 1)).toBe('ok');
      expect(await until(async () => (await stateOf(receipt)) === 2)).toBe(true);
    });
    expect(gain).toBe(FLOOR);
    expect((await t.read('stakes', [t.node.address]))[0]).toBe(2n * BOND);
  });

  it('no proof says it: audited, challenged, slashed to the wei', async () => {
    const words = t.words(2);
    const lie = [...words.slice(t.inputWords, -1), words.at(-1)! + 1n];
    const { receipt: honest } = await promised(2);
    const receipt = { ...honest, outputHash: wordsHash(lie) };
    const signature = await t.sign(t.node, receipt);
    // the node is honest but for this receipt: what it can prove is another output
    const { json } = await post(running.url, '/v1/prove', { receipt: { ...receipt, bond: String(receipt.bond), until: Number(receipt.until) }, signature, words: question(t.modelId, input(2), t.client.address).words }); // prettier-ignore
    expect(wordsHash(json.words.map(BigInt))).not.toBe(receipt.outputHash);
    const proof = (json.proof.slice(2).match(/.{64}/g) as string[]).map((one) => BigInt(`0x${one}`));
    expect(await challenge(receipt, signature, 2)).toBe('ok');
    expect(await t.call(t.watcher, 'prove', [receipt, words, proof])).toBe('OtherOutput');
    expect(await t.call(t.watcher, 'prove', [receipt, [...input(2), ...lie], proof])).toBe('NotProved');
    expect(await t.call(t.watcher, 'slash', [receipt])).toBe('TooEarly');
    await t.pass(Number(PROOF_TIME) + 1);
    const gains = await Promise.all(
      [t.client.address, t.watcher.address, BURNT].map(async (who) => ({ who, before: await t.due(who) })),
    );
    expect(await t.call(t.watcher, 'slash', [receipt])).toBe('ok');
    const after = await Promise.all(gains.map(async ({ who, before }) => (await t.due(who)) - before));
    expect(after).toEqual([BOND / 2n, FLOOR, BOND / 2n]);
    expect((await t.read('stakes', [t.node.address]))[0]).toBe(BOND);
  });
});

it('row 2: a node that refuses /v1/prove is challenged, proves, and is paid; nothing is slashed', async () => {
  const { receipt, signature, json } = await promised(3);
  await running.close();
  const body = { receipt: json.receipt, signature: json.signature, words: question(t.modelId, input(3), t.client.address).words }; // prettier-ignore
  await expect(post(running.url, '/v1/prove', body)).rejects.toThrow();
  expect(await challenge(receipt, signature, 3)).toBe('ok');
  const gain = await gained(t.node, async () => {
    running = await t.start({ models: free() });
    await until(async () => (await stateOf(receipt)) === 2);
  });
  expect(gain).toBe(FLOOR);
  expect((await t.read('stakes', [t.node.address]))[0]).toBe(BOND);
});

it('row 10: what is no promise of the node, or not what was asked, is neither challenged on the chain nor proved by the node', async () => {
  const { receipt, json } = await promised(4);
  const { words } = question(t.modelId, input(4), t.client.address);
  const other = await t.other.signTypedData(typedData(t.place, 'Receipt', receipt));
  const elsewhere = await t.node.signTypedData(typedData({ ...t.place, chainId: 1 }, 'Receipt', receipt));
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = (order - BigInt(`0x${json.signature.slice(66, 130)}`)).toString(16).padStart(64, '0');
  const high = `${json.signature.slice(0, 66)}${s}${json.signature.endsWith('1b') ? '1c' : '1b'}` as Hex;
  for (const signature of [other, elsewhere, high]) {
    expect(await challenge(receipt, signature, 4)).toBe('BadSignature');
    expect((await post(running.url, '/v1/prove', { receipt: json.receipt, signature, words })).status).toBe(400);
  }
  expect(await challenge(receipt, json.signature, 5)).toBe('OtherInput');
  expect(await t.call(t.watcher, 'challenge', [receipt, json.signature, [...input(4), 0n]], FLOOR)).toBe('OtherInput');
  expect(await challenge(receipt, json.signature, 4, FLOOR - 1n)).toBe(`PriceTooLow(${FLOOR})`);
  const prove = (change: object) => post(running.url, '/v1/prove', { receipt: json.receipt, signature: json.signature, words, ...change }); // prettier-ignore
  expect((await prove({ words: question(t.modelId, input(5), t.client.address).words })).status).toBe(422);
  expect((await prove({ words: [...words, words[0]] })).status).toBe(400);
  expect((await prove({})).status).toBe(200);
  await t.pass(Number(WINDOW));
  expect(await challenge(receipt, json.signature, 4)).toBe('TooLate');
});

describe('requests', () => {
  it('are settled, and pay whoever proved', async () => {
    const gain = await gained(t.node, async () => settled(await request(6)));
    expect(gain).toBe(PAYMENT);
  });

  it('row 26: what pays too little, a thousand times, cannot be proved, is for others or of a model that it does not serve is left alone', async () => {
    const { vkey } = await t.publish('other');
    const outside = [...input(7).slice(0, -1), 2n ** 200n];
    const ignored = [
      await request(7, { payment: 1n }),
      await request(7, { words: outside }),
      await request(7, { node: t.other.address }),
      await request(7, { gas: 2 ** 31, payment: 2000n }),
      await request(7, { modelId: toHex(vkDigest(vkey as LookupKey)) }),
    ];
    await t.crowd(input(7), 1_000);
    const id = await request(7, { node: t.node.address });
    await settled(id);
    for (const one of ignored) expect(await t.read('requests', [one])).toBe(1);
    expect((await fetch(`${running.adminUrl}/readyz`)).status).toBe(200);
    const metrics = async () => (await fetch(`${running.adminUrl}/metrics`)).text();
    // its next look at the chain
    await until(async () => /^obligations_open\{kind="request"\} 0$/m.test(await metrics()));
    await t.pass(70, 70); // blocks that nobody reads again
  });
});

describe('row 25: clocks', () => {
  let wrong = 0;
  const clocked = () =>
    t.start({ models: free(), data: `${t.folder}/data` }, { clock: () => t.clock() + 1000 * wrong });
  afterEach(() => {
    wrong = 0;
  });

  it.each([86_400, -86_400])('a wall clock that is wrong by %i s: not ready, nothing signed', async (seconds) => {
    await running.close();
    running = await clocked();
    const before = await promised(10);
    expect(before.receipt.until).toBe((await t.now()) + WINDOW - 60n);
    wrong = seconds;
    expect((await fetch(`${running.adminUrl}/readyz`)).status).toBe(503);
    expect(await ask(10)).toMatchObject({ status: 503, json: { error: { code: 'busy' } } });
    wrong = 58 * Math.sign(seconds); // block time is in whole seconds
    expect((await fetch(`${running.adminUrl}/readyz`)).status).toBe(200);
    // the chain's time counts, whatever the clock says
    expect((await promised(10)).receipt.until).toBe((await t.now()) + WINDOW - 60n);
  });

  it('a chain that jumps by a day: not ready, nothing signed', async () => {
    await t.chain.increaseTime({ seconds: 86_400 });
    await t.chain.mine({ blocks: 1 });
    await until(async () => (await fetch(`${running.adminUrl}/readyz`)).status === 503);
    expect((await ask(11)).status).toBe(503);
  });
});
