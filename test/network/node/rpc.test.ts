// Row 24 of the cheating suite: RPCs of another chain, that fail, fall silent, leave out, go back, or lie. A node with one waits and catches
// up; with two it signs what both say, and does what either says is due.
import { decodeFunctionData, decodeFunctionResult, encodeFunctionResult, type Hex } from 'viem';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { MARKET } from '#network/chain/abi.js';
import type { RunningNode } from '#network/node/node.js';
import { evilRpc, honest, type Bend, type EvilRpc } from '../evil/rpc.js';
import { FLOOR } from '../world.js';
import { dealings, PAYMENT } from './dealings.js';
import { BOND, town, until, type Town } from './town.js';

/** Milliseconds: of RPCs that are to be silent. */
const SHORT = 500;
let t: Town;
let running: RunningNode;
let [first, second]: EvilRpc[] = [];
const start = async (rpc: readonly string[], silence = 10_000): Promise<void> => {
  running = await t.start({ models: free(), rpc }, { silence, poll: 100, clock: t.clock });
};
beforeAll(async () => {
  t = await town();
  expect(await t.call(t.node, 'stake', [], 2n * BOND)).toBe('ok');
  [first, second] = [await evilRpc(t.anvil.url), await evilRpc(t.anvil.url)];
});
afterAll(async () => {
  for (const one of [first, second]) one.behave = honest;
  await t.end();
  for (const one of [first, second]) await one.close();
});
afterEach(async () => {
  for (const one of [first, second]) one.behave = honest;
  await running.close();
});
const { free, ask, promised, challenge, stateOf, request, settled, gained } = dealings(
  () => t,
  () => running.url,
);
const readyz = async () => {
  const said = await fetch(`${running.adminUrl}/readyz`);
  return { status: said.status, ...((await said.json()) as { missing: Record<string, string> }) };
};
const ready = () => until(async () => (await readyz()).status === 200);

it.each([['statuses of 500', 500] as const, ['silence', 'silent'] as const])(
  '%s: not ready after a minute, asked ever more rarely, nothing signed; then it catches up',
  async (_, behave) => {
    await start([first.url], SHORT);
    const { receipt, signature } = await promised(1 + Number(behave === 500));
    first.behave = behave;
    await t.pass(61);
    expect((await ask(3)).status).toBe(503);
    const gain = await gained(t.node, async () => {
      expect(await challenge(receipt, signature, 1 + Number(behave === 500))).toBe('ok');
      expect((await readyz()).missing).toMatchObject({ chain: 'block time is not within 60 s of the clock' });
      expect((await fetch(`${running.adminUrl}/healthz`)).status).toBe(200);
      // a look every 100 ms would be 10 in this time, and as many retries
      await new Promise((later) => setTimeout(later, 500));
      const { asked } = first;
      await new Promise((later) => setTimeout(later, 1_000));
      expect(first.asked - asked).toBeLessThan(8);
      expect(await stateOf(receipt)).toBe(1);
      first.behave = honest;
      await ready();
      await until(async () => (await stateOf(receipt)) === 2);
    });
    expect(gain).toBe(FLOOR);
    await promised(3);
  },
);

it('row 24: a start that finds another chain, no chain or two different ones is refused', async () => {
  const elsewhere: Bend = ({ method, params }, said) => method === 'eth_chainId' ? Promise.resolve('0x1') : said({ method, params }); // prettier-ignore
  second.behave = elsewhere;
  await expect(start([first.url, second.url])).rejects.toMatchObject({ code: 'mismatch', where: second.url });
  second.behave = 500;
  await expect(start([first.url, second.url])).rejects.toMatchObject({ code: 'resource', where: second.url });
  second.behave = honest;
  await start([first.url, second.url]);
});

it('row 24: logs of a block that come late: the request is settled all the same', async () => {
  await start([first.url]);
  let hidden = true;
  first.behave = async (call, said) => (call.method === 'eth_getLogs' && hidden ? [] : said(call));
  const id = await request(4);
  await t.chain.mine({ blocks: 5 });
  await new Promise((later) => setTimeout(later, 300));
  expect(await t.read('requests', [id])).toBe(1);
  hidden = false;
  await settled(id);
});

it('row 24: a head that goes back by more than a minute: not ready, nothing signed; then it catches up', async () => {
  await start([first.url]);
  await promised(5);
  const back = await t.chain.getBlockNumber();
  await t.pass(100);
  await ready();
  // all is said as of the old block
  const old = (param: unknown): unknown => (param === 'latest' || param === 'pending' ? `0x${back.toString(16)}` : param); // prettier-ignore
  first.behave = ({ method, params }, said) => said({ method, params: method.startsWith('eth_') ? params.map(old) : params }); // prettier-ignore
  await until(async () => (await readyz()).status === 503);
  expect((await ask(5)).status).toBe(503);
  first.behave = honest;
  await ready();
  await promised(5);
});

/** Answers of the market, changed. */
const lying =
  (functionName: string, change: (said: readonly unknown[]) => readonly unknown[]): Bend =>
  async (call, said) => {
    const honestly = (await said(call)) as Hex;
    const [{ data = '0x', input = data } = {}] = call.params as { data?: Hex; input?: Hex }[];
    if (call.method !== 'eth_call') return honestly;
    const { functionName: asked } = decodeFunctionData({ abi: MARKET, data: input });
    if (asked !== functionName) return honestly;
    const result = change(decodeFunctionResult({ abi: MARKET, functionName: asked, data: honestly }) as unknown as unknown[]); // prettier-ignore
    return encodeFunctionResult({ abi: MARKET, functionName: asked, result: result as never });
  };

it.each([0, 1])(
  'RPC %i of two says another stake: nothing signed, and the node says why; what is due is done',
  async (liar) => {
    await start([first.url, second.url]);
    const { receipt, signature } = await promised(6 + liar);
    [first, second][liar].behave = lying('stakes', ([amount, ...more]) => [(amount as bigint) * 10n, ...more]);
    await t.chain.mine({ blocks: 1 });
    await until(async () => (await readyz()).status === 503);
    expect((await readyz()).missing).toMatchObject({ stake: expect.stringContaining('expected the stake as two RPCs say it, got different answers') }); // prettier-ignore
    expect(await ask(6)).toMatchObject({ status: 503, json: { error: { code: 'busy' } } });
    expect(await challenge(receipt, signature, 6 + liar)).toBe('ok');
    await until(async () => (await stateOf(receipt)) === 2);
  },
);

it.each([0, 1])('RPC %i of two hides a challenge, its count and its state: it is proved', async (liar) => {
  await start([first.url, second.url]);
  const { receipt, signature } = await promised(8 + liar);
  const hides = lying('challenges', ([who, price, deadline]) => [who, price, deadline, 0]);
  const counts = lying('stakes', ([amount, leavesAt]) => [amount, leavesAt, 0]);
  [first, second][liar].behave = async (call, said) => {
    if (call.method === 'eth_getLogs') return [];
    if (call.method === 'eth_estimateGas') throw new Error('it would revert');
    return hides(call, (one) => counts(one, said));
  };
  const gain = await gained(t.node, async () => {
    expect(await challenge(receipt, signature, 8 + liar)).toBe('ok');
    await until(async () => (await stateOf(receipt)) === 2);
  });
  expect(gain).toBe(FLOOR);
});

it('one of two RPCs falls silent, or forks: what is due is done, and after a minute nothing is signed', async () => {
  await start([first.url, second.url], SHORT);
  second.behave = 'silent';
  expect(await gained(t.node, async () => settled(await request(11)))).toBe(PAYMENT);
  await t.pass(61);
  await until(async () => (await readyz()).missing['chain'] === 'an RPC does not answer');
  second.behave = async (call, said) => {
    const block = await said(call);
    return call.method === 'eth_getBlockByNumber' ? { ...(block as object), hash: `0x${'1'.repeat(64)}` } : block;
  };
  await until(async () => /^two RPCs have different blocks \d+$/.test((await readyz()).missing['chain'] ?? ''));
  second.behave = honest;
  await ready();
});
