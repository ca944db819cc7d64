// A model from its folder to a hub and the chain, and back into another folder. Rows 4, 18, 28 and 29 of the cheating suite, each beside
// its honest twin, with a hub and a chain of the test's own.
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { REGISTRY } from '#network/chain/abi.js';
import { devAccount } from '#network/chain/anvil.js';
import { write } from '#network/chain/write.js';
import { addToken, readHubConfig, type HubConfig } from '#network/hub/config.js';
import { serveHub, type RunningHub } from '#network/hub/serve.js';
import { guardedFetch } from '#network/http.js';
import { cidOf, CODEC, manifestCid } from '#network/store/blocks.js';
import { checkModel } from '#network/store/check.js';
import { decodeManifest, encodeManifest } from '#network/store/manifest.js';
import { resolveModel } from '#network/store/resolve.js';
import { commandLine } from '../cli/in-process.js';
import { localChain, type LocalChain } from './local-chain.js';
import { smallModel } from './small-model.js';

const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const publisher = devAccount(0).address;
const fetch = guardedFetch({ allowPrivate: true });

let root = '';
const at = (...names: readonly string[]): string => join(root, ...names);
let local: LocalChain;
let hub: RunningHub;
const secrets: Record<string, string> = {};

type Answer = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

/** Runs a command on our chain. */
async function inferproof(...args: readonly string[]): Promise<Answer> {
  const rpc = ['publish', 'fetch'].includes(args[0]) ? ['--rpc', local.anvil.rpc, '--allow-private'] : [];
  const { status, stdout, stderr } = await commandLine([...args, ...rpc, '--json'], root);
  return { stderr, ...(JSON.parse(stdout) as Answer), status };
}
const publish = (dir: string, name: string, ...more: readonly string[]): Promise<Answer> =>
  inferproof('publish', dir, '--name', name, '--hub', hub.url, '--token', 'alice.token', ...more);
const fetchInto = (model: string, dir: string, url = hub.url): Promise<Answer> =>
  inferproof('fetch', model, '-o', dir, '--from', url);
/** A request to the hub; nobody's without a name. */
const ask = (method: string, path: string, name?: string, body?: Uint8Array) =>
  fetch(`${hub.url}/${path}`, {
    method,
    ...(name === undefined ? {} : { headers: { authorization: `Bearer ${secrets[name] ?? name}` } }),
    ...(body === undefined ? {} : { body: body as BodyInit }),
  });
const put = async (cid: string, name: string | undefined, body: Uint8Array): Promise<number> =>
  (await ask('PUT', `ipfs/${cid}`, name, body)).status;

beforeAll(async () => {
  vi.stubEnv('INFERPROOF_PRIVATE_KEY', KEY);
  root = mkdtempSync(join(tmpdir(), 'inferproof-host-'));
  local = await localChain();
  for (const [name, quota] of [
    ['alice', 2 ** 24],
    ['bob', 1_000],
  ] as const) {
    secrets[name] = await addToken(at('hub.json'), name, quota);
    writeFileSync(at(`${name}.token`), `${secrets[name]}\n`, { mode: 0o600 });
  }
  const config = JSON.parse(readFileSync(at('hub.json'), 'utf8'));
  writeFileSync(at('hub.json'), JSON.stringify({ ...config, port: 0, rpc: [local.anvil.rpc] }));
  hub = await serveHub(await readHubConfig(at('hub.json')), () => undefined);
  await smallModel(at('one'));
  await smallModel(at('two'), 0.6);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(root, { recursive: true, force: true });
});

describe('publish and fetch', () => {
  it('a model goes out and comes back, whatever it is called by; a second time nothing is sent', async () => {
    const made = await publish('one', 'adder', '--description', 'adds two numbers', '--license', 'MIT');
    expect(made, made['stderr']).toMatchObject({ status: 0, model: `${publisher}/adder` });
    expect(made['sent']).toBe(5);
    expect(made['register'].gas).toBeLessThan(245_000);
    expect(await publish('one', 'adder', '--description', 'adds two numbers', '--license', 'MIT')).toMatchObject({ status: 0, sent: 0, manifest: made['manifest'] }); // prettier-ignore
    for (const [i, model] of [made['model'], made['modelId'], made['manifest']].entries()) {
      const got = await fetchInto(model, `back-${i}`);
      expect(got, got['stderr']).toMatchObject({ status: 0, modelId: made['modelId'], manifest: made['manifest'] });
    }
    for (const name of readdirSync(at('back-0')))
      if (name !== 'manifest.json') expect(readFileSync(at('back-0', name))).toEqual(readFileSync(at('one', name)));
    // what came back proves and is audited
    writeFileSync(at('x.json'), '{"x": [[0.5, 0.25]]}');
    expect((await commandLine(['prove', 'back-0', '--input', 'x.json'], root)).status).toBe(0);
    await hub.follow();
    const { models } = (await (await ask('GET', 'v1/models?q=NUMBERS')).json()) as { models: object[] };
    expect(models).toMatchObject([{ publisher, name: 'adder', manifest: made['manifest'], description: 'adds two numbers', here: true }]); // prettier-ignore
    expect(await (await ask('GET', 'v1/models?name=other')).json()).toEqual({ models: [], more: false });
  });

  it('an upgrade names its predecessor; 18: a name that moved is what the chain says, whatever hubs still hold', async () => {
    const [old, now] = [await publish('one', 'moved'), await publish('two', 'moved')];
    expect(now['modelId']).not.toBe(old['modelId']);
    const manifest = decodeManifest((await hub.disk.read(now['manifest']))!, 'm');
    expect(manifest.previous).toBe(old['manifest']);
    // the hub that we are sent to has the old manifest alone
    const place = { chain: local.chain, deployment: local.deployment };
    expect(await resolveModel(`${publisher}/moved`, place)).toEqual({
      modelId: now['modelId'],
      manifest: now['manifest'],
    });
    const block = (await hub.disk.read(now['manifest']))!;
    await hub.disk.remove(now['manifest']);
    expect(await fetchInto(`${publisher}/moved`, 'stale')).toMatchObject({ status: 2, error: { code: 'resource', where: now['manifest'] } }); // prettier-ignore
    expect(existsSync(at('stale'))).toBe(false);
    expect(await put(now['manifest'], 'alice', block)).toBe(201);
    expect(await publish('two', 'moved')).toMatchObject({ status: 0, sent: 0 });
    // withdrawn, it stands for nothing
    expect(await inferproof('publish', '--name', 'moved', '--withdraw')).toMatchObject({ status: 0, withdrawn: true });
    await expect(resolveModel(`${publisher}/moved`, place)).rejects.toThrow('expected a model of that name, got none');
    expect(await inferproof('publish', '--name', 'moved', '--withdraw')).toMatchObject({ status: 2 });
  });
});

describe('4: what is another model', () => {
  const edit = (dir: string, from: string, change: (vkey: any) => void) => { // eslint-disable-line @typescript-eslint/no-explicit-any
    cpSync(at(from), at(dir), { recursive: true });
    const vkey = JSON.parse(readFileSync(at(dir, 'vkey.json'), 'utf8'));
    change(vkey);
    writeFileSync(at(dir, 'vkey.json'), JSON.stringify(vkey));
  }; // prettier-ignore
  const swap = (dir: string, file: string) => {
    cpSync(at('one'), at(dir), { recursive: true });
    cpSync(at('two', file), at(dir, file));
  };

  it.each<[string, (dir: string) => void, string]>([
    ['other weights of the same shape', (dir) => swap(dir, 'circuit.json'), 'mismatch'],
    ['the proving key of another', (dir) => swap(dir, 'proving.key'), 'mismatch'],
    ['the key of another', (dir) => swap(dir, 'vkey.json'), 'mismatch'],
    ['the ONNX file of another', (dir) => swap(dir, 'model.onnx'), 'mismatch'],
    ['a key with another scale', (dir) => edit(dir, 'one', (k) => void (k.publics[1].scale *= 2)), 'mismatch'],
    ['a key with another lo', (dir) => edit(dir, 'one', (k) => void (k.publics[1].lo -= 1)), 'mismatch'],
    ['a key with a wider range', (dir) => edit(dir, 'one', (k) => void Object.assign(k.publics[0], { bits: 16, hi: 1_000 })), 'mismatch'],
    ['a proving key that is cut', (dir) => { cpSync(at('one'), at(dir), { recursive: true }); writeFileSync(at(dir, 'proving.key'), readFileSync(at('one', 'proving.key')).subarray(0, 3000)); }, 'format'],
    ['no proving key', (dir) => { cpSync(at('one'), at(dir), { recursive: true }); rmSync(at(dir, 'proving.key')); }, 'file'],
  ])('%s is not published', async (_, make, code) => {
    rmSync(at('wrong'), { recursive: true, force: true });
    make('wrong');
    expect(await publish('wrong', 'wrong')).toMatchObject({ status: 2, error: { code } });
    await expect(resolveModel(`${publisher}/wrong`, local)).rejects.toMatchObject({ code: 'data' });
  }); // prettier-ignore

  it('a plain key and a hidden input are refused by name', async () => {
    await smallModel(at('plain'), 0.5, 1, { argument: 'plain' });
    await smallModel(at('hidden'), 0.5, 1, { public: 'output' });
    for (const [dir, hint] of [['plain', '--argument lookup'], ['hidden', '--public input,output']] as const)
      expect(await publish(dir, dir)).toMatchObject({ status: 3, error: { code: 'unsupported', hint: expect.stringContaining(hint) } }); // prettier-ignore
  });

  it('what a manifest says otherwise is not fetched, and nothing is left', async () => {
    const [one, two] = [await publish('one', 'right'), await publish('two', 'other')];
    const right = decodeManifest((await hub.disk.read(one['manifest']))!, 'm');
    const other = decodeManifest((await hub.disk.read(two['manifest']))!, 'm');
    const evil = async (change: object) => {
      const block = encodeManifest({ ...right, ...change });
      const cid = await cidOf(block, CODEC.manifest);
      expect(await put(cid, 'alice', block)).toBeLessThan(300);
      return cid;
    };
    const files = (from: typeof other, ...names: readonly string[]) => ({
      files: { ...right.files, ...Object.fromEntries(names.map((name) => [name, from.files[name]])) },
    });
    // its files are another model than it says; mixed files; a look-alike name; the registry's entry of another key
    for (const change of [
      { modelId: other.modelId },
      files(other, 'vkey.json'),
      files(other, 'proving.key'),
      files(other, 'circuit.json'),
    ])
      expect(await fetchInto(await evil(change), 'wrong-one')).toMatchObject({
        status: 2,
        error: { code: 'mismatch' },
      });
    const registry = { address: local.deployment.registry, abi: REGISTRY, functionName: 'publish' } as const;
    const thief = devAccount(1);
    await write(local.chain, thief, {
      ...registry,
      args: ['adder', one['modelId'], manifestCid(two['manifest']).hash],
    });
    expect(await fetchInto(`${thief.address}/adder`, 'wrong-one')).toMatchObject({ status: 2, error: { code: 'mismatch', message: `expected a manifest of ${one['modelId']}, got one of ${two['modelId']}` } }); // prettier-ignore
    expect(readdirSync(root).filter((name) => name.includes('wrong-one'))).toEqual([]);
    // by the modelId the one who published it first is asked, and the honest manifest comes
    expect(await fetchInto(one['modelId'], 'right-one')).toMatchObject({ status: 0, modelId: one['modelId'] });
    await expect(checkModel(at('right-one'), two['modelId'])).rejects.toThrow('expected a key that hashes to');
  });

  it('a folder of other things stays as it is', async () => {
    mkdirSync(at('mine'));
    writeFileSync(at('mine', 'diary'), 'dear');
    expect(await fetchInto(`${publisher}/adder`, 'mine')).toMatchObject({ status: 2, error: { code: 'usage' } });
    expect(readdirSync(at('mine'))).toEqual(['diary']);
    for (const model of ['adder', '0x12/adder', `${publisher}/UP`, '0x', 'bafkqaaa'])
      expect(await fetchInto(model, 'no'), model).toMatchObject({ status: 2, error: { code: 'usage' } });
  });
});

describe('28: a hub', () => {
  const noise = new Uint8Array(600).fill(7);
  const noiseCid = () => cidOf(noise);

  it('takes blocks of those with a token, up to their quota to the byte, under their own hash', async () => {
    const cid = await noiseCid();
    for (const name of [undefined, 'guessed', '', 'a'.repeat(300)]) expect(await put(cid, name, noise), name).toBe(401);
    expect(await put(cid, 'bob', noise.subarray(1))).toBe(422);
    expect(await put('bafkqaaa', 'bob', noise)).toBe(400);
    expect(await put(await cidOf(new Uint8Array(2 ** 20 + 1)), 'alice', new Uint8Array(2 ** 20 + 1))).toBe(413);
    expect(hub.pins.held('bob')).toBe(0);
    expect((await ask('HEAD', `ipfs/${cid}`)).status).toBe(404);
    expect([await put(cid, 'bob', noise), await put(cid, 'bob', noise)]).toEqual([201, 200]);
    expect(hub.pins.held('bob')).toBe(600);
    const [more, fits] = [new Uint8Array(401), new Uint8Array(400)];
    expect(await put(await cidOf(more), 'bob', more)).toBe(413);
    expect(await hub.disk.size(await cidOf(more))).toBeUndefined();
    expect(await put(await cidOf(fits), 'bob', fits)).toBe(201);
    expect(hub.pins.left('bob')).toBe(0);
  });

  it('pins what is whole, for those whose quota it fits; a pin is its owner’s to delete', async () => {
    const { manifest } = await publish('one', 'pinned');
    expect((await ask('PUT', `pins/${manifest}`, 'bob')).status).toBe(413);
    expect((await ask('PUT', `pins/${manifest}`)).status).toBe(401);
    const right = decodeManifest((await hub.disk.read(manifest))!, 'm');
    const missing = encodeManifest({ ...right, files: { ...right.files, 'report.json': { size: 3, blocks: [await cidOf(Uint8Array.of(1, 2, 3))] } } }); // prettier-ignore
    const cid = await cidOf(missing, CODEC.manifest);
    expect((await ask('PUT', `pins/${cid}`, 'alice')).status).toBe(409);
    await put(cid, 'alice', missing);
    const answer = await ask('PUT', `pins/${cid}`, 'alice');
    expect([answer.status, await answer.json()]).toMatchObject([409, { error: { message: `expected block ${await cidOf(Uint8Array.of(1, 2, 3))}, got none` } }]); // prettier-ignore
    const none = new TextEncoder().encode('{}');
    await put(await cidOf(none, CODEC.manifest), 'alice', none);
    expect((await ask('PUT', `pins/${await cidOf(none, CODEC.manifest)}`, 'alice')).status).toBe(422);
    expect((await ask('PUT', `pins/${await noiseCid()}`, 'alice')).status).toBe(400);
    for (const name of [undefined, 'guessed']) {
      expect((await ask('DELETE', `pins/${manifest}`, name)).status, name).toBe(401);
      expect((await ask('PUT', `pins/${manifest}`, name)).status, name).toBe(401);
    }
    expect((await ask('DELETE', `pins/${manifest}`, 'bob')).status).toBe(403);
    expect((await ask('GET', `ipfs/${manifest}`)).status).toBe(200);
    expect((await ask('DELETE', `pins/${cid}`, 'bob')).status).toBe(404);
    const held = hub.pins.held('alice');
    expect((await ask('DELETE', `pins/${manifest}`, 'alice')).status).toBe(204);
    expect(hub.pins.held('alice')).toBeLessThan(held);
    expect((await ask('PUT', `pins/${manifest}`, 'alice')).status).toBe(200);
    expect(hub.pins.held('alice')).toBe(held);
  });

  it('lets go of what nobody pinned for a day, and of nothing else; after a restart it knows as much', async () => {
    const pinned = (await resolveModel(`${publisher}/pinned`, local)).manifest;
    const cid = await noiseCid();
    expect(await hub.pins.sweep(Date.now() + 80_000_000)).toBe(0);
    const size = [...hub.pins.get(pinned)!.blocks.values()].reduce((a, b) => a + b, 0);
    await hub.close();
    for (const [name, quota] of [['exact', size], ['short', size - 1]] as const) secrets[name] = await addToken(at('hub.json'), name, quota); // prettier-ignore
    hub = await serveHub(await readHubConfig(at('hub.json')), () => undefined);
    expect([hub.pins.held('bob'), hub.pins.get(pinned)?.owners]).toEqual([1_000, new Set(['alice'])]);
    // to the byte: what fits exactly is kept, and a byte less is too little
    expect((await ask('PUT', `pins/${pinned}`, 'short')).status).toBe(413);
    expect((await ask('PUT', `pins/${pinned}`, 'exact')).status).toBe(200);
    expect([hub.pins.left('exact'), hub.pins.held('short')]).toEqual([0, 0]);
    expect((await ask('DELETE', `pins/${pinned}`, 'exact')).status).toBe(204);
    expect(await hub.pins.sweep(Date.now() + 90_000_000)).toBeGreaterThan(1);
    expect([await hub.disk.size(cid), hub.pins.held('bob')]).toEqual([undefined, 0]);
    expect(await fetchInto(`${publisher}/pinned`, 'after')).toMatchObject({ status: 0 });
  });

  it('begins where it was killed: a half-written pin is nothing, and while a block of a pin is gone nothing else goes', async () => {
    const pinned = (await resolveModel(`${publisher}/pinned`, local)).manifest;
    const half = at('hub', 'pins', `.${pinned}.1-00000000.tmp`);
    writeFileSync(half, '["ali');
    const [lost, ...rest] = [...hub.pins.get(pinned)!.blocks.keys()];
    const bytes = (await hub.disk.read(lost))!;
    await hub.close();
    await hub.disk.remove(lost);
    const events: Readonly<Record<string, unknown>>[] = [];
    hub = await serveHub(await readHubConfig(at('hub.json')), (event) => events.push(event));
    expect(existsSync(half)).toBe(false);
    expect(events).toContainEqual(expect.objectContaining({ event: 'broken pin', cid: pinned }));
    expect(await hub.pins.sweep(Date.now() + 90_000_000)).toBe(0);
    for (const cid of rest) expect(await hub.disk.size(cid)).toBeGreaterThan(0);
    // the block comes again, and all is as it was
    expect(await put(lost, 'alice', bytes)).toBe(201);
    await hub.pins.sweep(Date.now() + 90_000_000);
    expect([hub.pins.get(pinned)?.owners, await hub.disk.size(lost)]).toEqual([new Set(['alice']), bytes.length]);
  });

  it('has a place for 512 connections, and is there again when they end', async () => {
    const { hostname: host, port } = new URL(hub.url);
    const sockets = Array.from({ length: 513 }, () => connect(Number(port), host).on('error', () => undefined));
    await Promise.race(sockets.map((socket) => once(socket, 'close')));
    expect(sockets.filter(({ destroyed }) => !destroyed).length).toBeGreaterThan(500);
    await Promise.all(sockets.filter((s) => !s.destroyed).map((s) => (s.destroy(), once(s, 'close'))));
    await vi.waitFor(async () => expect((await ask('GET', 'ipfs/bafkqaaa')).status).toBe(200));
  });

  it('takes a block that cannot be read for a fault, not for one that is not there', async () => {
    const cid = await cidOf(Uint8Array.of(9));
    mkdirSync(at('hub', 'blocks', cid.slice(-2), cid), { recursive: true });
    await expect(hub.disk.read(cid)).rejects.toMatchObject({ code: 'EISDIR' });
    rmSync(at('hub', 'blocks', cid.slice(-2), cid), { recursive: true });
    expect(await hub.disk.read(cid)).toBeUndefined();
  });

  it('answers for blocks as a trustless gateway of IPFS does', async () => {
    const { manifest: cid } = await resolveModel(`${publisher}/pinned`, local);
    const answer = await ask('GET', `ipfs/${cid}?format=raw`);
    expect(await cidOf(new Uint8Array(await answer.arrayBuffer()), CODEC.manifest)).toBe(cid);
    const headers = { 'content-type': 'application/vnd.ipld.raw', 'content-disposition': `attachment; filename="${cid}.bin"`, 'cache-control': 'public, max-age=29030400, immutable', etag: `"${cid}.raw"`, 'x-content-type-options': 'nosniff', 'x-ipfs-path': `/ipfs/${cid}` }; // prettier-ignore
    expect(Object.fromEntries(answer.headers)).toMatchObject(headers);
    const head = await ask('HEAD', `ipfs/${cid}`);
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', answer.headers.get('content-length')]); // prettier-ignore
    const again = await fetch(`${hub.url}/ipfs/${cid}`, { headers: { 'if-none-match': headers.etag } });
    expect(again.status).toBe(304);
    expect((await ask('GET', 'ipfs/bafkqaaa?format=raw')).status).toBe(200);
    for (const [path, status] of [
      [`ipfs/${cid}?format=car`, 406],
      ['ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKMRAV', 400],
      [`ipfs/${await cidOf(noise.subarray(2))}`, 404],
      [`ipfs/${cid}/x`, 404],
      ['other', 404],
    ] as const)
      // prettier-ignore
      expect((await ask('GET', path)).status, path).toBe(status);
  });

  it('is copied by a second one, which takes what the chain knows and nothing else', async () => {
    const config = async (more: Partial<HubConfig>) => ({ ...(await readHubConfig(at('hub.json'))), ...more, allowPrivate: true, mirror: [hub.url] }); // prettier-ignore
    const events: Readonly<Record<string, unknown>>[] = [];
    const second = await serveHub(await config({ folder: at('second') }), (event) => events.push(event));
    const pinned = (await resolveModel(`${publisher}/pinned`, local)).manifest;
    // it listens before it copies
    expect(second.pins.get(pinned)).toBeUndefined();
    await second.follow();
    expect(events).toContainEqual({ event: 'mirrored', cid: pinned });
    expect(await fetchInto(`${publisher}/pinned`, 'from-second', second.url)).toMatchObject({ status: 0 });
    expect(second.pins.get(pinned)?.owners).toEqual(new Set(['mirror']));
    await second.close();
    const small = await serveHub(await config({ folder: at('third'), mirrorQuota: 1_000 }), (event) =>
      events.push(event),
    );
    await small.follow();
    expect(small.pins.held('mirror')).toBeLessThanOrEqual(1_000);
    expect(small.pins.get(pinned)).toBeUndefined();
    await small.close();
  });

  it('has a configuration that is read strictly', async () => {
    const read = async (more: object) => {
      writeFileSync(at('bad.json'), JSON.stringify({ folder: 'x', ...more }));
      return readHubConfig(at('bad.json'));
    };
    await expect(read({ hots: '::' })).rejects.toMatchObject({
      code: 'format',
      where: expect.stringContaining('hots'),
    });
    await expect(read({ port: 70_000 })).rejects.toMatchObject({ where: expect.stringContaining('port') });
    await expect(read({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'usage', hint: 'tokens would cross the network in the clear' }); // prettier-ignore
    await expect(read({ mirror: ['https://x.org'] })).rejects.toMatchObject({
      where: expect.stringContaining('bad.json'),
    });
    await expect(read({ tokens: [{ name: 'mirror', sha256: 'a'.repeat(64), quota: 1 }] })).rejects.toMatchObject({ code: 'format' }); // prettier-ignore
    expect(await read({ host: '0.0.0.0', proxied: true })).toMatchObject({ port: 8402, folder: at('x') });
    await expect(addToken(at('hub.json'), 'bob', 1)).rejects.toThrow('expected the name of a new token');
    const made = await inferproof('hub', 'new/hub.json', '--new-token', 'carol', '--quota', '0.5');
    expect(made).toMatchObject({ status: 2, error: { code: 'file' } });
    expect(await inferproof('hub', 'new.json', '--new-token', 'carol', '--quota', '0.5')).toMatchObject({ status: 0, token: expect.stringMatching(/^[0-9a-f]{64}$/) }); // prettier-ignore
    expect((await readHubConfig(at('new.json'))).tokens).toMatchObject([{ name: 'carol', quota: 2 ** 29 }]);
  });
});

it('29: a development key is not published on chain 1, and not registered where it is tried all the same', async () => {
  const one = await localChain(1);
  const args = ['publish', 'one', '--name', 'adder', '--hub', hub.url, '--token', 'alice.token', '--chain-id', '1', '--market', one.deployment.market, '--rpc', one.anvil.rpc, '--allow-private', '--json']; // prettier-ignore
  writeFileSync(at('pass'), 'pw', { mode: 0o600 });
  const { makeKeystore, writeSecret } = await import('#network/wallet.js');
  await writeSecret(at('key.json'), JSON.stringify(await makeKeystore(KEY, 'pw', 4096)));
  const run = async (...more: readonly string[]) => {
    const { status, stdout } = await commandLine(
      [...args, '--keystore', 'key.json', '--password', 'pass', ...more],
      root,
    );
    return { ...(JSON.parse(stdout) as object), status };
  };
  expect(await run()).toMatchObject({
    status: 2,
    error: { code: 'insecure', message: expect.stringContaining('chain 1') },
  });
  expect(await run('--allow-insecure-key')).toMatchObject({ status: 2, error: { code: 'insecure', message: 'expected a key from a ceremony, got a development key' } }); // prettier-ignore
  const { modelId } = await checkModel(at('one'));
  const words = await one.chain.client.readContract({ address: one.deployment.registry, abi: REGISTRY, functionName: 'wordsOf', args: [modelId] }); // prettier-ignore
  expect(words).toBe(0n);
});
