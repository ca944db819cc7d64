// A client when something goes wrong beside it: answers and words of RPCs that are lost or wrong, a channel that is used up, two processes.
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeAbiParameters, encodeEventTopics, getAbiItem, type Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { MARKET } from '#network/chain/abi.js';
import { openChain } from '#network/chain/open.js';
import { audit } from '#network/client/audit.js';
import { keep, readKept, receiptName, standings, type Kept } from '#network/client/receipts.js';
import { requestName, settlementOf } from '#network/client/request.js';
import { openWatcher } from '#network/client/watch.js';
import { folderStore, memoryStore, type Model } from '#network/index.js';
import { demand, fakes, honest, NO_CHALLENGE, NODE, promise, question } from './fakes.js';

const model = {} as Model;

it('challenges a node that asks for the proof a price that the channel does not hold', async () => {
  const { said, partsOf } = fakes({ channels: [0n, 0n, 0n] }, () => Promise.resolve(demand(1n, 1n)));
  const reason = 'asks more than its channel holds';
  expect(await audit(partsOf(), model, promise('drawn'))).toEqual({ challenged: promise('drawn').id, reason });
  expect(said.sent).toEqual(['challenge']);
});

describe('a watcher', () => {
  const watched = async (state: Kept['state'], change: Parameters<typeof fakes>[0] = {}) => {
    const { said, partsOf } = fakes(change);
    const parts = partsOf();
    const { store } = parts.context;
    await keep(parts.context, promise(state));
    const events: string[] = [];
    const watcher = openWatcher(parts, { share: 0, onEvent: ({ what }) => events.push(what) });
    const look = async () => {
      await watcher.step();
      await watcher.idle();
    };
    return { said, store, parts, events, look };
  };

  it('sees within a minute that an audit beside it was refused', async () => {
    const { said, parts, events, look } = await watched('new');
    await look(); // not drawn
    await look(); // nothing is due
    await keep(parts.context, promise('refused'));
    said.now += 61n;
    await look();
    expect([events, said.sent]).toEqual([['challenged'], ['challenge']]);
  });

  it('keeps an open challenge that an RPC does not know for once, and a slash that was sent is said', async () => {
    const open = [NODE, 5n, 9999n, 1];
    const { said, store, events, look } = await watched('challenged', { challenges: open });
    Object.assign(said, { now: 4601n, challenges: NO_CHALLENGE });
    await look();
    expect(await store.list('receipts')).toHaveLength(1);
    Object.assign(said, { now: 10_000n, challenges: open });
    await look();
    expect([events, said.sent]).toEqual([['slashing'], ['slash']]);
  });

  it('forgets by blocks that count, not by the head, which may be wrong', async () => {
    const { said, store, events, look } = await watched('skipped', { now: 4601n });
    said.settled = { challenges: [NODE, 5n, 9999n, 1] };
    await look();
    expect(await store.list('receipts')).toHaveLength(1);
    delete said.settled;
    await look();
    expect([events, await store.list('receipts')]).toEqual([['forgotten'], []]);
    const later = await watched('skipped', { chainId: 1, now: 4601n });
    later.said.settled = { now: 4600n };
    await later.look();
    expect(await later.store.list('receipts')).toHaveLength(1);
  });

  it('keeps a request until blocks that count say that it is over', async () => {
    const { said, store, events, look } = await watched('skipped', { now: 2000n });
    const asked = { client: NODE, modelId: promise('new').id, inputHash: promise('new').id, inputWords: 1, node: NODE, payment: '7', deadline: '1990', callbackGas: 0, nonce: '1' }; // prettier-ignore
    await store.write(requestName('0x01'), JSON.stringify(asked));
    await look(); // none, for once
    Object.assign(said, { requests: 1 });
    await look(); // taken back, and not settled
    expect([events, said.sent, await store.list('requests')]).toEqual([['refunded'], ['refund'], [requestName('0x01')]]); // prettier-ignore
    Object.assign(said, { requests: 3 });
    await look();
    expect(await store.list('requests')).toEqual([]);
  });
});

it('a receipt never becomes what it was before', async () => {
  const { context } = fakes().partsOf();
  for (const [state, then] of [['refused', 'skipped'], ['proved', 'refused'], ['challenged', 'drawn']] as const) {
    await keep(context, promise(state));
    await keep(context, promise(then));
    expect((await readKept(context, receiptName(promise(state).id)))?.state).toBe(state);
  } // prettier-ignore
});

it('a settlement is one, whatever software tells of it', async () => {
  const serve = async (result: object) => {
    const server = createServer((asked, answer) => {
      asked.on('data', (json: Buffer) => {
        const { id, method } = JSON.parse(String(json)) as { id: number; method: string };
        answer.end(JSON.stringify({ jsonrpc: '2.0', id, result: method === 'eth_chainId' ? '0x1' : result }));
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
  };
  const [id, event] = [promise('new').id, getAbiItem({ abi: MARKET, name: 'Settled' })];
  const topics = encodeEventTopics({ abi: [event], eventName: 'Settled', args: { id, payee: NODE } });
  const log = (data: Hex) => ({ address: NODE, topics, data, blockNumber: '0x5', transactionHash: id, transactionIndex: '0x1', blockHash: id, logIndex: '0x1', removed: false }); // prettier-ignore
  const data = (word: bigint) => encodeAbiParameters([{ type: 'uint256[]' }], [[word]]);
  const { address, ...rest } = log(data(1n));
  const [one, same, other] = await Promise.all([log(data(1n)), { blockTimestamp: '0x65', ...rest, address }, log(data(2n))].map((said) => serve([said]))); // prettier-ignore
  const said = async (urls: string[]) => settlementOf({ chain: await openChain(urls), deployment: { market: NODE } } as never, id, [1n, 5n]); // prettier-ignore
  expect(await said([one.url, same.url])).toEqual({ outputs: [1n], payee: NODE, transaction: id });
  await expect(said([one.url, other.url])).rejects.toMatchObject({ code: 'data' });
  const chain = await openChain([one.url, one.url]);
  const turned = [{ a: 1n, b: 2 }, { b: 2, a: 1n }]; // prettier-ignore
  expect(await chain.agreed('an object', () => Promise.resolve(turned.shift()))).toEqual({ a: 1n, b: 2 });
  for (const { server } of [one, same, other]) server.close();
});

describe('a purse', () => {
  it('counts an answer that was lost on its way, and is not refused by the node that gave it', async () => {
    const { node, fetch } = honest(10n);
    const { purse } = fakes({}, fetch).partsOf();
    await purse.ask(question('a'));
    node.lose = 1;
    expect((await purse.ask(question('b'))).paid).toBe(10n);
    expect((await purse.ask(question('c'))).paid).toBe(10n);
    // counted, and refused by somebody on the way
    node.spent += 10n;
    await expect(purse.ask(question('d'))).rejects.toThrow('asks for 50 wei in all where 40 were promised');
    expect((await purse.ask(question('d'))).paid).toBe(10n);
    expect(node.spent).toBe(50n);
  });

  it('pays a node that counts what it does not give one price for each question', async () => {
    const asked: bigint[] = [];
    const { context, purse } = fakes({}, (_, init) => {
      const header = new Headers(init?.headers).get('PAYMENT-SIGNATURE')!;
      const total = BigInt((JSON.parse(atob(header)) as { payload: { total: string } }).payload.total);
      asked.push(total);
      return Promise.resolve(demand(10n, total + 10n));
    }).partsOf();
    for (const key of ['a', 'b', 'c', 'd']) await expect(purse.ask(question(key))).rejects.toThrow();
    expect(asked.at(-1)).toBeLessThanOrEqual(40n);
    expect(await context.store.read(`channels/${NODE}.json`)).toBe(`{"signed":"${asked.at(-1)}"}`);
  });

  it('of two processes with one folder signs one total after the other, and a lock of a process that ended is broken', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inferproof-purse-'));
    const { node, fetch } = honest(10n);
    const { partsOf } = fakes({}, fetch);
    const purses = [0, 1, 2].map(() => partsOf(folderStore(folder)).purse);
    await Promise.all(purses.map(({ ask }, i) => ask(question(`a${i}`))));
    expect(node.spent).toBe(30n);
    const lock = join(folder, `channels/${NODE}.json.lock`);
    writeFileSync(lock, '');
    utimesSync(lock, 1, 1);
    for (const [i, { ask }] of purses.entries()) await ask(question(`b${i}`));
    expect(node.spent).toBe(60n);
    rmSync(folder, { recursive: true });
  });
});

it('a node that was caught is not asked again, by whoever reads the same receipts', async () => {
  const asked: string[] = [];
  const { partsOf } = fakes({}, (url) => {
    asked.push(url);
    return Promise.reject(new Error('nobody'));
  });
  const parts = partsOf();
  const failed: string[] = [];
  const nodes = { ...parts.nodes, failed: (node: string) => void failed.push(node) };
  await keep(parts.context, promise('drawn'));
  await audit({ ...parts, nodes }, model, promise('drawn'), 0);
  expect(failed).toEqual([NODE]);
  expect(await standings(parts.context, 1000n)).toEqual(new Map([[NODE, { caught: true, held: 1n }]]));
  asked.length = 0;
  const { others } = await partsOf(parts.context.store).nodes.offers(model, { want: 'receipt' });
  expect([asked, others]).toEqual([[], ['1 more were not asked']]);
  const { others: named } = await partsOf().nodes.offers(model, { want: 'receipt' });
  expect([asked, named]).toEqual([['http://node/v1/card'], [`${NODE} nobody`]]);
});

it('a receipt that comes while the kept ones are looked through counts among them', async () => {
  const store = memoryStore();
  let [looks, over] = [0, (): void => undefined];
  const list = () => {
    looks++;
    return new Promise<readonly string[]>((done) => (over = () => done([])));
  };
  const { nodes } = fakes().partsOf({ ...store, list });
  const look = nodes.offers(model, { want: 'receipt', bond: 3n });
  await expect.poll(() => looks).toBe(1);
  const offer = { node: NODE, url: 'http://node', price: 0n, ms: 0, bond: 3n, most: 5n } as const;
  nodes.hold(offer)!(true);
  over();
  expect((await look).offers).toEqual([]);
  expect(nodes.hold(offer)).toBeNull();
});
