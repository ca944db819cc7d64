// Row 16, keys that somebody poisoned, and what else a node does not start with. The command, from its configuration to its end.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { keccak256, toHex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '#network/node/config.js';
import { readServed } from '#network/node/models.js';
import type { Facts, Market } from '#network/chain/reader.js';
import { post, question } from './asking.js';
import { BOND, town, until, type Town } from './town.js';

let t: Town;
beforeAll(async () => {
  t = await town();
  await t.call(t.node, 'stake', [], BOND);
});
afterAll(() => t.end());

/** Every point of the commitment's basis (section 12 of the key) but the first is the first. */
function poison(key: Uint8Array): Uint8Array {
  const view = new DataView(key.buffer, key.byteOffset);
  for (let at = 12; at < key.length;) {
    const length = Number(view.getBigUint64(at + 4, true));
    if (view.getUint32(at, true) === 12)
      for (let point = 64; point < length; point += 64) key.copyWithin(at + 12 + point, at + 12, at + 76);
    at += 12 + length;
  }
  return key;
}

const stranger = (t: Town) => `${t.other.address}/tiny`;
const offers = (folder: string, model = t.name) => [
  {
    model,
    folder,
    proof: { price: '0' },
    ...(model === t.name ? { receipt: { price: '0', bond: String(BOND) } } : {}),
  },
];
/** As if the poison were of a wire that the rehearsals leave 0: they have passed. */
function passed(folder: string, data: string): void {
  const hash = createHash('sha256')
    .update(t.modelId)
    .update(readFileSync(join(folder, 'proving.key')));
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'rehearsed'), JSON.stringify({ [hash.digest('hex')]: 0.1 }));
}
const ask = (url: string, more: object = {}) =>
  post(url, '/v1/infer', question(t.modelId, t.words(1).slice(0, t.inputWords), t.client.address, more));

describe('row 16: a poisoned key', () => {
  it('crude: its rehearsal fails, the model is not served, the metric says so; the honest twin is served', async () => {
    const folder = t.copy('crude', poison);
    const node = await t.start({ models: offers(folder), data: join(t.folder, 'a') });
    expect((await ask(node.url)).status).toBe(404);
    expect(await (await fetch(`${node.adminUrl}/metrics`)).text()).toMatch(/^rehearsals_failed_total 1$/m);
    expect((await fetch(`${node.adminUrl}/readyz`)).status).toBe(503);
    await node.close();
    const honest = await t.start({ models: offers(t.copy('whole', (key) => key)), data: join(t.folder, 'b') });
    expect((await ask(honest.url, { want: 'proof' })).status).toBe(200);
    expect((await ask(honest.url)).status).toBe(200);
    await honest.close();
  });

  it('subtle: a proof is answered by 500 and nothing is signed; no receipts with the key of a stranger', async () => {
    const folder = t.copy('subtle', poison);
    const data = join(t.folder, 'c');
    passed(folder, data);
    const node = await t.start({ models: offers(folder, stranger(t)), data });
    const { status, json } = await ask(node.url, { want: 'proof' });
    expect({ status, json }).toEqual({
      status: 500,
      json: { error: { code: 'internal', message: 'the answer could not be made', hint: null } },
    });
    expect((await ask(node.url)).status).toBe(404);
    await node.close();
    const receipt = { price: '0', bond: '1' };
    const promising = (model: string, trust: string[]) =>
      t.start({ models: [{ model, folder, receipt }], data, trust });
    await expect(promising(stranger(t), [])).rejects.toMatchObject({ code: 'usage', where: stranger(t) });
    await expect(promising(t.modelId, [t.other.address])).rejects.toMatchObject({ code: 'usage' });
    await (await promising(stranger(t), [t.other.address])).close();
  });

  it('of a publisher who was trusted: the node’s own audit finds it, and ends its receipts', async () => {
    const data = join(t.folder, 'd');
    const folder = t.copy('trusted', poison);
    passed(folder, data);
    const node = await t.start({ models: offers(folder), data, selfAudit: 1 });
    expect((await ask(node.url)).status).toBe(200);
    const refused = await until(async () => {
      const told = await ask(node.url);
      return told.status === 503 && told;
    });
    expect(refused.json.error.message).toMatch(/^a self-audit failed/);
    await node.close();
  });
});

describe('a node does not start with', () => {
  it('a development key on another chain than the local one', async () => {
    const [offer] = parseConfig({
      rpc: t.anvil.url,
      market: t.market,
      port: 0,
      adminPort: 0,
      models: offers(join(t.folder, 'model')),
    }).models;
    const facts = { wordsOf: () => Promise.resolve(BigInt(t.words(1).length)) } as unknown as Facts;
    const load = () => Promise.reject(new Error('it has a folder'));
    const on = (chainId: number, allowed = false) => readServed(offer, load, { chainId } as Market, facts, allowed);
    await expect(on(1)).rejects.toMatchObject({ code: 'insecure' });
    expect((await on(31_337)).modelId).toBe(t.modelId);
    expect((await on(1, true)).modelId).toBe(t.modelId);
  });

  it.each([
    [{ prize: '1' }, 'node.json: prize', 'expected the fields of node.json, got another one'],
    [{ proxied: true }, 'node.json: trustProxy', 'expected "trustProxy" of at least 1 with "proxied": true'],
    [{ market: '0x12' }, 'node.json: market', 'expected an address: 0x and 40 hex digits'],
    [
      { models: [{ model: 'a', receipt: { price: 1, bond: '1' } }] },
      'node.json: models.0.receipt.price',
      /^Invalid type: Expected string but received 1$/,
    ],
    [{ models: [{ model: 'a' }, { model: 'a' }] }, 'node.json: a', 'expected each model once'],
    [{ host: '0.0.0.0' }, 'node.json: host', 'expected "tls", or "proxied": true, for the host 0.0.0.0'],
  ])('the configuration %j', (change, where, message) => {
    const whole = { rpc: 'http://127.0.0.1:1', market: t.market, port: 0, adminPort: 0, models: [{ model: 'a' }] };
    expect(() => parseConfig({ ...whole, ...change })).toThrow(
      expect.objectContaining({ code: 'format', where, message: expect.stringMatching(message) }),
    );
    expect(parseConfig(whole).limits.requestsPerSecond).toBe(20);
  });

  it.each([
    ['a market that is not there', () => ({ market: t.other.address }), 'mismatch'],
    ['another chain than the one that is meant', () => ({ chainId: 1 }), 'mismatch'],
    ['a model that is not there', () => ({ models: offers('gone'), data: join(t.folder, 'new') }), 'file'],
    ['a chain that does not answer', () => ({ rpc: 'http://127.0.0.1:1' }), 'resource'],
    ['a port that is taken', () => ({ port: Number(new URL(t.anvil.url).port) }), 'resource'],
  ])('%s', async (_, change, code) => {
    await expect(t.start({ data: join(t.folder, 'b'), ...change() })).rejects.toMatchObject({ code });
  });
});

it('the command serves until it is told to stop, and says nothing of words, keys or signatures', async () => {
  const config = {
    rpc: t.anvil.url,
    market: t.market,
    port: 0,
    adminPort: 0,
    workers: 1,
    models: offers('model'),
    data: 'b',
  };
  const path = join(t.folder, 'node.json');
  writeFileSync(path, JSON.stringify(config));
  const run = `import { nodeCommand } from '${resolve('network/dist/commands/node.js')}';
    const result = (value) => console.log(JSON.stringify(value));
    process.exitCode = await nodeCommand.run({ config: process.argv[1], 'allow-insecure-key': false }, { result });`;
  const key = keccak256(toHex('node'));
  const child = spawn(process.execPath, ['--input-type=module', '-e', run, path], { env: { ...process.env, INFERPROOF_PRIVATE_KEY: key } }); // prettier-ignore
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk: Buffer) => (said[stream] += String(chunk)));
  const ended = new Promise((done) => child.once('exit', done));
  const { url, node } = await until(
    () => said.stdout.includes('\n') && (JSON.parse(said.stdout) as { url: string; node: string }),
  );
  expect(node).toBe(t.node.address);
  const { status, json } = await ask(url);
  expect(status).toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  const lines = said.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toMatchObject({ msg: 'answer', model: t.modelId, code: 200, want: 'receipt', price: '0' });
  for (const secret of [
    key.slice(2),
    json.signature.slice(2),
    question(t.modelId, t.words(1), t.client.address).words[0].slice(2),
  ])
    expect(said.stderr).not.toContain(secret);
});
