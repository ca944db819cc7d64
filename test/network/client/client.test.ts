// A client with an honest node: models, answers by receipt and with proof, payment, audits, requests on the chain.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { keccak256, toHex } from 'viem';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { connectTo } from '#network/client/connect.js';
import { openChain, openMarket, type Chain } from '#network/chain/open.js';
import type { RunningNode } from '#network/node/node.js';
import { digest, wordsHash } from '#network/chain/typed-data.js';
import { folderStore, type Model, type Net, type WatchEvent } from '#network/index.js';
import { InferproofError } from '#verifier/index.js';
import { openBrowser } from '../../browser.js';
import { commandLine } from '../../cli/in-process.js';
import { npy } from '../../files/arrays.js';
import { ETHER } from '../world.js';
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
  const last = readFileSync(join(t.folder, 'data/vouchers.jsonl'), 'utf8').trimEnd().split('\n').at(-1)!;
  expect(JSON.parse(last)).toMatchObject({ total: String(8n * PRICE), spent: String(8n * PRICE) }); // prettier-ignore
});

/** The requests that the client keeps; one that it is writing has another name yet. */
const requests = (): string[] =>
  readdirSync(join(t.folder, 'client/requests')).filter((name) => name.endsWith('.json'));

it('asks on the chain: settled, and refunded where nobody proves it', async () => {
  // a chain that is of two minds once loses no request
  const chain = await openChain([t.anvil.url]);
  let apart = 1;
  const agreed: Chain['agreed'] = (what, read) => what === 'requests of the market' && apart-- > 0 ? Promise.reject(new InferproofError('data', 'apart')) : chain.agreed(what, read); // prettier-ignore
  const own = await connectTo({ ...chain, agreed }, await openMarket(chain, t.market), { rpc: [], account: t.client, store: folderStore(join(t.folder, 'client')) }); // prettier-ignore
  const ids: string[] = [];
  const settled = await own.request(model, values(8), { payment: ETHER / 100n, onId: (id) => ids.push(id) });
  expect([ids, apart < 1]).toEqual([[settled.id], true]);
  expect(settled).toMatchObject({ state: 'settled', payee: t.node.address, words: t.words(8) });
  expect(await t.due(t.node.address)).toBe(ETHER / 100n);
  const asked = net.request(model, values(9), { payment: ETHER / 100n, node: t.other.address, deadline: 60 });
  await until(() => requests().length === 1);
  const [name] = requests();
  await until(async () => (await t.read('requests', [name.slice(0, -5)])) === 1);
  await t.pass(100);
  expect(await asked).toMatchObject({ state: 'refunded' });
  expect(await t.due(t.client.address)).toBe(ETHER / 100n);
  expect(requests()).toEqual([]);
});

it('a payment that nobody waited for any more comes back by the watcher', async () => {
  const input = t.words(8).slice(0, t.inputWords);
  const deadline = (await t.now()) + 500n;
  const asked = { client: t.client.address, modelId: t.modelId, inputHash: wordsHash(input), inputWords: input.length, node: t.other.address, payment: 7n, deadline, callbackGas: 0, nonce: 1n }; // prettier-ignore
  const id = digest(t.place, 'Request', asked);
  expect(await t.call(t.client, 'request', [t.modelId, input, asked.node, deadline, 0, 1n], 7n)).toBe('ok');
  const kept = JSON.stringify(asked, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  writeFileSync(join(t.folder, 'client/requests', `${id}.json`), kept);
  writeFileSync(join(t.folder, 'client/receipts/0x00.json'), '{}');
  const events: WatchEvent[] = [];
  const watcher = net.watcher({ share: 0, onEvent: (event) => events.push(event) });
  const damaged = { id: '0x00', what: 'failed', reason: 'expected a receipt, got another text' };
  await watcher.step();
  expect(events).toEqual([damaged]);
  const before = await t.due(t.client.address);
  await t.pass(501);
  await watcher.step();
  expect(events).toEqual([damaged, damaged, { id, what: 'refunded' }]);
  expect((await t.due(t.client.address)) - before).toBe(7n);
  expect(requests()).toEqual([]);
}); // prettier-ignore

it('by the command: a receipt that is audited, a proof, a request; and what it refuses', async () => {
  vi.stubEnv('INFERPROOF_PRIVATE_KEY', keccak256(toHex('client')));
  const look = await commandLine(['watch', 'client', '--once', '--share', '0', '--rpc', t.anvil.url, '--market', t.market], t.folder);
  expect([look.status, look.stderr]).toEqual([2, expect.stringContaining('failed 0x00: expected a receipt')]); // the damaged one of above
  const x = [...values(10)['x'], ...values(11)['x']];
  writeFileSync(join(t.folder, 'x.npy'), npy({ shape: '(2, 6)', body: new Uint8Array(Float32Array.from(x).buffer) }));
  writeFileSync(join(t.folder, 'far.json'), JSON.stringify({ x: [9, 0, 0, 0, 0, 0] }));
  const infer = async (...more: string[]) => {
    const flags = ['--rpc', t.anvil.url, '--market', t.market, '--hub', hub.hub.url, '--data', 'client', '--allow-private', '--json'];
    const { status, stdout, stderr } = await commandLine(['infer', hub.name, ...flags, ...more], t.folder);
    return { status, stderr, ...(JSON.parse(stdout) as { error?: { message: string }; state?: string; outputs?: Record<string, unknown> }) };
  };
  const one = ['--input', 'x.npy', '--index', '0'];
  const audited = await infer(...one, '--bond', '1', '--audit');
  expect([audited.status, audited.state], audited.stderr).toEqual([0, 'proved']);
  expect(Object.keys(audited.outputs!)).toEqual(['p', 'q', 'a', 'b', 'y']);
  expect(await infer(...one, '--want', 'proof', '--node', running.url)).toMatchObject({ status: 0, state: 'proved', outputs: audited.outputs });
  expect(await infer(...one, '--want', 'request', '--payment', '0.01')).toMatchObject({ status: 0, state: 'settled', outputs: audited.outputs, node: t.node.address });
  const back = await infer(...one, '--want', 'request', '--payment', '0.01', '--deadline', '1', '--node', t.other.address);
  expect([back.status, back.state], back.stderr).toEqual([1, 'refunded']);
  expect(await infer('--input', 'far.json', '--bond', '1')).toMatchObject({ status: 2, error: { code: 'range', where: 'x[0]' } });
  expect(await infer('--input', 'far.json', '--bond', '1', '--clamp')).toMatchObject({ status: 0, state: 'promised' });
  expect(await infer('--input', 'x.npy')).toMatchObject({ status: 2, error: { code: 'usage', where: '--index' } });
  expect(await infer(...one, '--want', 'proof', '--audit')).toMatchObject({ status: 2, error: { message: 'expected no --audit with --want proof, got one' } });
  expect(await infer(...one, '--want', 'request')).toMatchObject({ status: 2, error: { code: 'usage' } });
  vi.unstubAllEnvs();
}); // prettier-ignore

it('in a browser: small, without a module of Node, and it verifies there', async () => {
  const bundle = async (contents: string) => {
    const made = await build({ stdin: { contents, resolveDir: resolve('.') }, bundle: true, minify: true, format: 'iife', globalName: 'lib', platform: 'browser', write: false }); // prettier-ignore
    return made.outputFiles[0].text;
  };
  const door = `export { connect } from 'inferproof-network';`;
  expect(gzipSync(await bundle(door), { level: 9 }).length).toBeLessThan(180 * 1024);
  const code = await bundle(`${door} export { privateKeyToAccount } from 'viem/accounts';`);
  await t.call(t.watcher, 'fund', [t.node.address], 100n * PRICE);
  const asked = { rpc: t.anvil.url, market: t.market, hubs: [hub.hub.url], name: hub.name, key: keccak256(toHex('watcher')), x: [...values(12)['x']] }; // prettier-ignore
  const ask = `(async ({ rpc, market, hubs, name, key, x }) => {
    const net = await lib.connect({ rpc, market, hubs, account: lib.privateKeyToAccount(key) });
    const model = await net.model(name);
    const answer = await net.infer(model, { x }, { want: 'proof' });
    const promised = await net.infer(model, { input: x }, { bond: ${BOND}n });
    return [answer.words.map(String), promised.words.map(String), await net.audit(promised)];
  })(${JSON.stringify(asked)})`;
  const browser = await openBrowser('the client was tried in Node alone');
  let told: unknown;
  if (browser) {
    const page = await browser.newPage();
    await page.goto(hub.hub.url); // where a page has the hashes of the browser
    await page.addScriptTag({ content: code });
    told = await page.evaluate(ask);
    await browser.close();
  } else {
    const file = join(t.folder, 'bundle.mjs');
    writeFileSync(file, `${code}\nexport default () => ${ask};`);
    told = await ((await import(pathToFileURL(file).href)) as { default: () => Promise<unknown> }).default();
  }
  const words = t.words(12).map(String);
  expect(told).toEqual([words, words, true]);
});
