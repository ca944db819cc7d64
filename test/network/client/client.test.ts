// A client with an honest node: models, answers by receipt and with proof, payment, audits, requests on the chain.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningNode } from '#network/node/node.js';
import type { Model, Net } from '#network/index.js';
import { ETHER, FLOOR } from '../world.js';
import { BOND, PRICE, town, until, type Town } from '../node/town.js';
import { clientOf, publishTiny } from './published.js';

let t: Town;
let running: RunningNode;
let hub: Awaited<ReturnType<typeof publishTiny>>;
let net: Net;
let model: Model;
beforeAll(async () => {
  t = await town();
  hub = await publishTiny(t, 'tiny');
  running = await t.start();
  await t.call(t.node, 'stake', [], 2n * BOND);
  await t.call(t.node, 'announce', [running.url]);
  net = await clientOf(t, hub.hub.url, t.client, { folder: join(t.folder, 'client') });
  model = await net.model(hub.name);
});
afterAll(async () => {
  await hub.hub.close();
  await t.end();
});
const values = (seed: number) => t.model.sample(seed).inputs;

it('knows a model by its name, its modelId and its manifest, and its key is the registry’s', async () => {
  expect(model.modelId).toBe(t.modelId);
  const other = await clientOf(t, hub.hub.url);
  for (const name of [t.modelId, hub.manifest]) expect((await other.model(name)).modelId).toBe(t.modelId);
});

it('is answered by receipt, pays by channel, and audits', async () => {
  await expect(net.infer(model, values(1))).rejects.toMatchObject({ code: 'resource', hint: expect.stringContaining(`inferproof wallet fund ${t.node.address}`) }); // prettier-ignore
  await net.fund(t.node.address, 100n * PRICE);
  const answer = await net.infer(model, values(1), { bond: BOND });
  expect(answer.words).toEqual(t.words(1));
  expect(answer).toMatchObject({ want: 'receipt', node: t.node.address, paid: PRICE, receipt: { bond: BOND } });
  expect(Object.keys(answer.outputs)).toEqual(['p', 'q', 'a', 'b', 'y']);
  const kept = join(t.folder, 'client/receipts', `${answer.id}.json`);
  expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({ url: running.url, state: 'new' });
  expect(await net.audit(answer)).toBe(true);
  expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({ state: 'proved' });
  expect(JSON.parse(readFileSync(join(t.folder, `client/channels/${t.node.address}.json`), 'utf8'))).toEqual({ signed: String(2n * PRICE) }); // prettier-ignore
});

it('is answered with a proof for its purpose', async () => {
  const context = `0x${'ab'.repeat(32)}` as const;
  const answer = await net.infer(model, values(2), { want: 'proof', context, maxPrice: PRICE });
  expect([answer.words, answer.context, answer.paid]).toEqual([t.words(2), context, PRICE]);
  await expect(net.infer(model, values(2), { want: 'proof', maxPrice: PRICE - 1n })).rejects.toMatchObject({ hint: expect.stringContaining('asks 1000 wei, more than 999') }); // prettier-ignore
});

it('many at once are each paid once', async () => {
  const answers = await Promise.all([3, 4, 5, 6, 7].map((seed) => net.infer(model, values(seed), { bond: BOND })));
  expect(answers.map(({ words }) => words)).toEqual([3, 4, 5, 6, 7].map((seed) => t.words(seed)));
  const [file] = readdirSync(join(t.folder, 'data/vouchers'));
  expect(JSON.parse(readFileSync(join(t.folder, 'data/vouchers', file), 'utf8'))).toMatchObject({ total: String(8n * PRICE), spent: String(8n * PRICE) }); // prettier-ignore
});

it('asks on the chain: settled, and refunded where nobody proves it', async () => {
  const settled = await net.request(model, values(8), { payment: ETHER / 100n });
  expect(settled).toMatchObject({ state: 'settled', payee: t.node.address, words: t.words(8) });
  expect(await t.due(t.node.address)).toBe(ETHER / 100n);
  const asked = net.request(model, values(9), { payment: ETHER / 100n, node: t.other.address, deadline: 60 });
  await until(() => readdirSync(join(t.folder, 'client/requests')).length === 1);
  await new Promise((later) => setTimeout(later, 500));
  await t.pass(100);
  expect(await asked).toMatchObject({ state: 'refunded' });
  expect(await t.due(t.client.address)).toBe(ETHER / 100n);
  expect(readdirSync(join(t.folder, 'client/requests'))).toEqual([]);
  void FLOOR;
});
