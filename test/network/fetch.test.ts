// Row 17 of the cheating suite: sources that send anything but the block, manifests that are none, and honest ones beside them. And
// which addresses a stranger's URL may lead to.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { guardedFetch, isPublic } from '#network/http.js';
import { BLOCK_BYTES, cidOf, cidOfHash, CODEC, parseCid } from '#network/store/blocks.js';
import { fetchModel } from '#network/store/fetch.js';
import { decodeManifest, encodeManifest, type Manifest } from '#network/store/manifest.js';
import { openSources } from '#network/store/sources.js';
import { MANNERS, source, type Manner } from './evil/source.js';
import { generator } from '../compiler/circuits.js';

let root = '';
let manifest: Manifest;
let cid = '';
const blocks = new Map<string, Uint8Array>();
const contents: Record<string, Uint8Array> = {};
const open: { close: () => Promise<void> }[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'inferproof-fetch-'));
  const random = generator(5);
  const files: Record<string, { size: number; blocks: string[] }> = {};
  for (const [name, size] of [
    ['circuit.json', 700],
    ['proving.key', 2.5 * BLOCK_BYTES],
    ['report.json', 0],
    ['vkey.json', BLOCK_BYTES],
  ] as const) {
    // prettier-ignore
    const bytes = Uint8Array.from({ length: size }, () => Math.floor(256 * random()));
    contents[name] = bytes;
    files[name] = { size, blocks: [] };
    for (let at = 0; at < size; at += BLOCK_BYTES) {
      const block = bytes.subarray(at, at + BLOCK_BYTES);
      files[name].blocks.push(await cidOf(block));
      blocks.set(files[name].blocks.at(-1)!, block);
    }
  }
  manifest = {
    modelId: `0x${'ab'.repeat(32)}`,
    name: 'noise',
    description: 'of no use',
    license: 'MIT',
    files,
    previous: null,
  };
  const block = encodeManifest(manifest);
  cid = await cidOf(block, CODEC.manifest);
  blocks.set(cid, block);
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** @param manner what is done with a block; of files alone, so that the manifest arrives */
async function serving(
  manner: Manner,
  which: (cid: string) => boolean = () => true,
  held: ReadonlyMap<string, Uint8Array> = blocks,
) {
  const made = await source(held, (one) => (which(one) ? manner : MANNERS.honest));
  open.push(made);
  return made;
}
const fetched = (urls: readonly string[], more = {}) =>
  fetchModel(cid, {
    sources: urls,
    folder: join(root, 'dir'),
    fetch: guardedFetch({ allowPrivate: true, silence: 500 }),
    ...more,
  });
const isFile = (one: string) => one !== cid;
const whole = () =>
  Object.entries(contents).every(([name, bytes]) => Buffer.compare(readFileSync(join(root, 'dir', name)), bytes) === 0);

describe('17: a source', () => {
  it.each(Object.keys(MANNERS) as (keyof typeof MANNERS)[])('that sends %s', async (name) => {
    const evil = await serving(MANNERS[name]);
    const good = await serving(MANNERS.honest);
    expect(await fetched([evil.url, good.url])).toEqual(manifest);
    expect(whole()).toBe(true);
    expect(readdirSync(join(root, 'dir')).sort()).toEqual(['manifest.json', ...Object.keys(contents)].sort());
    // who sent a wrong one is asked no more, nor who kept us waiting
    const late = name.startsWith('half');
    const fails = ['an error', 'a connection cut', 'a redirect', 'a status without a body', 'a status that is none'];
    const lies = !late && name !== 'honest' && !fails.includes(name);
    const before = evil.asked.length;
    const from = openSources([evil.url, good.url], guardedFetch({ allowPrivate: true, silence: 500 }));
    for (const one of [cid, cid, cid]) await from.block(one, BLOCK_BYTES);
    expect(evil.asked.length - before).toBe(lies || late ? 1 : 2);
    if (name !== 'honest') {
      rmSync(join(root, 'dir'), { recursive: true });
      const error: unknown = await fetched([(await serving(MANNERS[name], isFile)).url]).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: lies ? 'data' : 'resource', where: expect.stringMatching(/^bafkrei/), hint: expect.stringContaining('http://127.0.0.1:') }); // prettier-ignore
      expect(existsSync(join(root, 'dir'))).toBe(!lies);
    }
  });

  it('that lies about one block of many is refused at that block; all bad: one error that names each, and nothing is left', async () => {
    const one = manifest.files['proving.key'].blocks[1];
    const urls = [await serving(MANNERS['a byte flipped'], (x) => x === one), await serving(MANNERS['another block'], (x) => x === one)].map(({ url }) => url); // prettier-ignore
    const error: unknown = await fetched(urls).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'data', message: `expected block ${one} from one of 2 sources, got none`, where: one }); // prettier-ignore
    for (const url of urls) expect((error as { hint: string }).hint).toContain(`${url}: sent another block for ${one}`);
    expect(readdirSync(root)).toEqual([]);
  });

  it('that has no block more: the next fetch goes on where it was, and hashes what is there', async () => {
    const last = manifest.files['proving.key'].blocks[2];
    const less = new Map([...blocks].filter(([one]) => one !== last));
    await expect(fetched([(await serving(MANNERS.honest, isFile, less)).url])).rejects.toMatchObject({
      code: 'resource',
    });
    // somebody changed a byte of what was there
    const part = join(root, 'dir', '.parts', 'proving.key');
    const bytes = readFileSync(part);
    bytes[3]++;
    writeFileSync(part, bytes);
    const again = await serving(MANNERS.honest);
    await fetched([again.url]);
    expect(whole()).toBe(true);
    const [first] = manifest.files['proving.key'].blocks;
    expect([...again.asked].sort()).toEqual([first, last].sort());
    // and where all is there, nothing is asked; a file that was cut is mended
    const idle = await serving(MANNERS.honest);
    await fetched([idle.url]);
    expect(idle.asked).toEqual([]);
    truncateSync(join(root, 'dir', 'circuit.json'), 5);
    await fetched([idle.url]);
    expect(whole()).toBe(true);
  });

  it('is asked for the files that are wanted alone, and never writes into a folder of other things', async () => {
    const good = await serving(MANNERS.honest);
    await fetched([good.url], { names: ['circuit.json'] });
    expect(readdirSync(join(root, 'dir')).sort()).toEqual(['circuit.json', 'manifest.json']);
    // what is whole stays, whoever lies about the rest
    const liar = await serving(MANNERS['another block'], (one) => one === manifest.files['vkey.json'].blocks[0]);
    await expect(fetched([liar.url])).rejects.toMatchObject({ code: 'data' });
    expect(readdirSync(join(root, 'dir')).sort()).toContain('circuit.json');
    await expect(fetched([good.url], { names: ['model.onnx'] })).rejects.toMatchObject({ code: 'data' });
    await expect(fetched([good.url], { names: ['manifest.json'] })).rejects.toMatchObject({ code: 'usage' });
    for (const name of readdirSync(join(root, 'dir')))
      if (!['circuit.json', 'manifest.json'].includes(name)) rmSync(join(root, 'dir', name));
    writeFileSync(join(root, 'dir', 'manifest.json'), 'other');
    await expect(fetched([good.url])).rejects.toMatchObject({ code: 'usage' });
    rmSync(join(root, 'dir', 'manifest.json'));
    await expect(fetched([good.url])).rejects.toMatchObject({ code: 'usage' });
    expect(readdirSync(join(root, 'dir'))).toEqual(['circuit.json']);
  });
});

describe('17: a manifest', () => {
  const text = () => new TextDecoder().decode(blocks.get(cid));
  const json = (change: (m: any) => void): Uint8Array => { // eslint-disable-line @typescript-eslint/no-explicit-any
    const value = JSON.parse(text());
    change(value);
    return new TextEncoder().encode(JSON.stringify(value));
  }; // prettier-ignore
  const read = (bytes: Uint8Array) => decodeManifest(bytes, 'm');

  it('in its one form is read, and written again as it was', () => {
    expect(read(blocks.get(cid)!)).toEqual(manifest);
    expect(read(json(() => undefined))).toEqual(manifest);
    const other = { ...manifest, previous: cid };
    expect(read(encodeManifest(other))).toEqual(other);
  });

  it.each<[string, () => Uint8Array]>([
    ['17 files', () => json((m) => { for (let i = 0; i < 13; i++) m.files[`z${String(i).padStart(2, '0')}`] = { blocks: [], size: 0 }; })],
    ['name "../x"', () => json((m) => { m.files = { '../x': { blocks: [], size: 0 }, ...m.files }; })],
    ['a name with a folder', () => json((m) => { m.files = { 'a/b': { blocks: [], size: 0 }, ...m.files }; })],
    ['a hidden name', () => json((m) => { m.files = { '.parts': { blocks: [], size: 0 }, ...m.files }; })],
    ['a size that its blocks do not have', () => json((m) => { m.files['circuit.json'].size = 2 ** 21; })],
    ['a size of petabytes', () => json((m) => { m.files['circuit.json'].size = 2 ** 50; })],
    ['a negative size', () => json((m) => { m.files['circuit.json'].size = -1; })],
    ['a size with a fraction', () => json((m) => { m.files['circuit.json'].size = 0.5; })],
    ['one block of two sizes', () => json((m) => { m.files['circuit.json'].blocks = [m.files['vkey.json'].blocks[0]]; })],
    ['a block that is text', () => json((m) => { m.files['circuit.json'].blocks = ['bafkrei']; })],
    ['a link to a manifest where a block should be', () => json((m) => { m.files['circuit.json'].blocks = [{ '/': cid }]; })],
    ['a block of another hash', () => json((m) => { m.files['circuit.json'].blocks = [{ '/': 'bafkqaaa' }]; })],
    ['a predecessor that is a block', () => json((m) => { m.previous = m.files['circuit.json'].blocks[0]; })],
    ['no key', () => json((m) => { delete m.files['vkey.json']; })],
    ['a field of nobody', () => json((m) => { m.zzz = 1; })],
    ['no licence', () => json((m) => { delete m.license; })],
    ['another version', () => json((m) => { m.version = 2; })],
    ['a modelId in capitals', () => json((m) => { m.modelId = `0x${'AB'.repeat(32)}`; })],
    ['a description that a terminal obeys', () => json((m) => { m.description = '\u001b[2J'; })],
    ['blanks', () => new TextEncoder().encode(text().replace(':', ': '))],
    ['a name twice', () => new TextEncoder().encode(text().replace('"version":1', '"version":1,"version":1'))],
    ['fields in another order', () => new TextEncoder().encode(text().replace('"format":"inferproof-manifest",', '').replace('"version":1', '"version":1,"format":"inferproof-manifest"'))],
    ['more than 1 MiB', () => json((m) => { m.description = 'x'.repeat(BLOCK_BYTES); })],
    ['a million brackets', () => new TextEncoder().encode('['.repeat(BLOCK_BYTES))],
    ['a list', () => new TextEncoder().encode('[]')],
    ['a link', () => new TextEncoder().encode(`{"/":"${cid}"}`)],
    ['nothing', () => new Uint8Array()],
    ['__proto__', () => new TextEncoder().encode('{"__proto__":{}}')],
  ])('of %s is refused', (_, make) => {
    expect(() => read(make())).toThrow(expect.objectContaining({ code: 'format', where: 'm' }));
  }); // prettier-ignore

  it('that lists files of other names: none of them comes into the folder', async () => {
    const more = { ...manifest, files: { ...manifest.files, 'data.json': manifest.files['circuit.json'], 'manifest.json': manifest.files['circuit.json'] } }; // prettier-ignore
    const block = encodeManifest(more);
    const other = await cidOf(block, CODEC.manifest);
    const good = await serving(MANNERS.honest, isFile, new Map([...blocks, [other, block]]));
    const fetch = guardedFetch({ allowPrivate: true });
    expect(await fetchModel(other, { sources: [good.url], folder: join(root, 'dir'), fetch })).toEqual(more);
    expect(readdirSync(join(root, 'dir')).sort()).toEqual(['manifest.json', ...Object.keys(contents)].sort());
  });

  it('that names itself as a block cannot be made: a link is a hash', async () => {
    const held = new Map([...blocks, [cid, json((m) => { m.previous = { '/': cid }; })]]); // prettier-ignore
    await expect(fetched([(await serving(MANNERS.honest, () => true, held)).url])).rejects.toMatchObject({ code: 'data', where: cid }); // prettier-ignore
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('a CID', () => {
  it('has one form, and is that of IPFS', async () => {
    const hello = parseCid(await cidOf(new TextEncoder().encode('hello world')))!;
    expect(hello).toMatchObject({
      codec: 0x55,
      hash: '0xb94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    });
    expect(hello.cid).toMatch(/^bafkrei/);
    expect(cidOfHash(parseCid(cid)!.hash)).toBe(cid);
    for (const text of [
      '',
      'x',
      cid.toUpperCase(),
      `${cid}a`,
      cid.slice(0, -1),
      'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKMRAV',
      `/ipfs/${cid}`,
    ])
      // prettier-ignore
      expect(parseCid(text), text).toBeUndefined();
  });
});

describe('an address that a stranger names', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '192.168.0.1',
    '172.31.0.1',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '::1',
    '::',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    'fe80::1',
    'fc00::1',
    'ff02::1',
    '2002:a00:1::',
    '2001:db8::1',
    'x',
  ])(
    // prettier-ignore
    '%s is none of the internet',
    (address) => expect(isPublic(address)).toBe(false),
  );
  it.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450::1'])('%s is one', (address) =>
    expect(isPublic(address)).toBe(true),
  );

  it('of this machine, of http, by a name or by a redirect, is not asked', async () => {
    const good = await serving(MANNERS.honest);
    const guarded = guardedFetch();
    const { port } = new URL(good.url);
    for (const url of [
      good.url,
      `https://127.0.0.1:${port}`,
      `https://[::1]:${port}`,
      `https://[::ffff:127.0.0.1]:${port}`,
      'https://2130706433/',
      `https://localhost:${port}`,
      'ftp://example.org',
      'https://me@example.org',
      'nothing',
    ])
      // prettier-ignore
      await expect(guarded(url), url).rejects.toMatchObject({ code: 'usage' });
    expect(good.asked).toEqual([]);
    expect((await guardedFetch({ allowPrivate: true })(`${good.url}/ipfs/${cid}?format=raw`)).status).toBe(200);
  });
});
