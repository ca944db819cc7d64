// The page of `inferproof page` in a headless Chromium: drawn with the keyboard, proved, checked by page and contract, offline, by axe.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveSite } from '#cli/page/serve.js';
import { siteOf, writeSite, type Site } from '#cli/page/site.js';
import { compile, encodeCircuit, type Circuit } from '#compiler/index.js';
import { buildPage } from '#page/build.js';
import { setup, type SetupResult } from '#prover/index.js';
import { serializeVerificationKey, verify } from '#verifier/index.js';
import { universalVerifier } from '#verifier/solidity/index.js';
import { compileSolidity } from '#examples/contract/solc.js';
import { commandLine } from '../cli/in-process.js';
import { openBrowser } from '../browser.js';

let folder: string;
let circuit: Circuit;
let keys: SetupResult;
let site: Site;
let browser: Browser | undefined;
let page: Page;
let server: Server;
let url: string;
const digit = (JSON.parse(readFileSync('examples/mnist-mlp/digit.json', 'utf8')) as { input_data: number[][] })
  .input_data[0];

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'page-test-'));
  ({ circuit } = await compile(readFileSync('examples/mnist-mlp/model.onnx'), { inputRanges: { '': [0, 1] } }));
  keys = await setup(circuit, { dev: true });
  const provingKey = join(folder, 'proving.key');
  await writeFile(provingKey, keys.provingKey);
  const samples = { count: 1, inputs: { input: Float64Array.from(digit) } };
  site = await siteOf({ dir: 'build/digits', circuit, vkey: keys.vkey, provingKey, reading: {}, samples });
  browser = await openBrowser('these pages were not looked at');
  if (browser === undefined) return;
  ({ url, server } = await serveSite(site, 0));
  const context = await browser.newContext({ viewport: { width: 360, height: 800 }, colorScheme: 'dark' });
  page = await context.newPage();
  await page.goto(url);
  await said(/^ready: /);
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  await rm(folder, { recursive: true });
});

/** Waits until the page's status is what was expected. */
const said = (status: RegExp): Promise<unknown> =>
  page.waitForFunction(
    ([source]) => new RegExp(source).test(document.getElementById('status')?.textContent ?? ''),
    [status.source],
  );
const verdict = (): Promise<string | null> => page.textContent('#verdict');

it('proves the sample, by page and contract; the proof that it saves is valid in Node, and in the page that gets it back', async () => {
  if (browser === undefined) return;
  await page.click('#prove');
  await said(/^proved in/);
  expect(await verdict()).toBe('Valid: output: 2');
  expect(await page.textContent('#checks')).toMatch(/verified the proof.*virtual machine in this page accepted it, for 2\d\d,\d{3} gas/); // prettier-ignore
  expect(await page.locator('#tables .bar').count()).toBe(10);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  const text = readFileSync(await download.path(), 'utf8');
  const answer = verify(keys.vkey, JSON.parse(text), { allowInsecureKey: true });
  expect(answer.valid).toBe(true);

  const drop = async (content: string): Promise<void> => {
    const data = await page.evaluateHandle((one) => {
      const made = new DataTransfer();
      made.items.add(new File([one], 'proof.json'));
      return made;
    }, content);
    await page.evaluate(() => (document.getElementById('status')!.textContent = ''));
    await page.dispatchEvent('main', 'drop', { dataTransfer: data });
    await said(/^checked/);
  };
  const forged = JSON.parse(text) as { words: string[] };
  forged.words[0] = String(BigInt(forged.words[0]) ^ 1n);
  await drop(JSON.stringify(forged));
  expect(await verdict()).toBe('Refused: pairing');
  await drop('no JSON');
  expect(await verdict()).toBe('Refused: malformed');
  await drop(text);
  expect(await verdict()).toBe('Valid: output: 2');
}); // prettier-ignore

it('is drawn on with the keyboard, takes rows, refuses what does not fit, and stops', async () => {
  if (browser === undefined) return;
  await page.click('#clear');
  await page.focus('#board');
  for (const key of [...Array<string>(8).fill('ArrowUp'), ' ', ...Array<string>(16).fill('Shift+ArrowDown')])
    await page.keyboard.press(key);
  expect(await page.textContent('#place')).toBe('column 15 of 28, row 23 of 28');
  await page.click('#prove');
  await said(/^proved in/);
  expect(await verdict()).toBe('Valid: output: 1');

  await page.setInputFiles('#file', { name: 'rows.csv', mimeType: 'text/csv', buffer: Buffer.from(`${digit.map(() => 0).join()}\n${digit.join()}\n`) }); // prettier-ignore
  await page.fill('#row', '1');
  await page.click('#prove');
  await page.waitForFunction(() => document.getElementById('verdict')?.textContent === 'Valid: output: 2');

  await page.setInputFiles('#file', { name: 'short.csv', mimeType: 'text/csv', buffer: Buffer.from('1,2,3\n') });
  await said(/^expected 784 columns.*got 3/);
  const png = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 5, height: 5 });
    return canvas.toDataURL().split(',')[1];
  });
  await page.setInputFiles('#file', { name: 'small.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') });
  await said(/^expected a picture of 784 pixels, got 5 x 5/);

  await page.evaluate(() => ['prove', 'stop'].forEach((id) => document.getElementById(id)!.click()));
  await said(/^stopped/);
});

it('a proof by a kept key that was damaged is made with a fresh one', async () => {
  if (browser === undefined) return;
  let loads = 0;
  const count = ({ url = '' }: IncomingMessage): void => void (loads += Number(url.endsWith('.key')));
  server.on('request', count);
  await page.evaluate(`(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('inferproof-keys');
    for await (const handle of folder.values()) {
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      for (let i = bytes.length >> 1; i < bytes.length; i += 997) bytes[i] ^= 1;
      const writer = await handle.createWritable();
      await writer.write(bytes);
      await writer.close();
    }
  })()`);
  await page.reload();
  await said(/^ready: /);
  expect(loads).toBe(0);
  await page.click('#prove');
  await said(/^proved in/);
  expect([loads, await verdict()]).toEqual([1, 'Valid: output: 2']);
  server.off('request', count);
});

/** The page beside a worker that does nothing: `told` in it says what a worker would. */
async function withoutWorker(): Promise<Page> {
  const alone = await page.context().newPage();
  await alone.addInitScript(`globalThis.Worker = class {
    constructor() { globalThis.told = (data) => this.onmessage({ data }); }
    postMessage() {}
  }`);
  await alone.goto(url);
  return alone;
}

it('a verification that fails leaves a running proof its controls', async () => {
  if (browser === undefined) return;
  const alone = await withoutWorker();
  const stoppable = (what: string): Promise<boolean> =>
    alone.evaluate(
      `told({ tell: 'failed', what: '${what}', message: 'no', hint: '' }), !document.getElementById('stop').hidden`,
    );
  await alone.evaluate(`
    told({ tell: 'model', model: { name: 'm', inputs: [{ name: 'x', shape: [1, 2], dtype: 'float32', elements: 2 }], reading: {},
      samples: { count: 1, inputs: { x: Float64Array.of(1, 2) } }, hidesInputs: true, insecure: false, decides: new Map() } });
    told({ tell: 'ready', threads: 1, why: '' });
    document.getElementById('prove').click();`);
  expect([await stoppable('verify'), await stoppable('prove')]).toEqual([true, false]);
  await alone.close();
});

const ONE = 'ready: one thread proves, since this';
const OLD = 'got one without. Chrome 110, Firefox 115, Safari 16.4 and later ones have it';
it.each([
  ['WebAssembly', 'delete globalThis.WebAssembly', `expected a browser with WebAssembly with SIMD, ${OLD}`],
  ['SIMD', 'WebAssembly.validate = (bytes) => !bytes.includes(253)', `expected a browser with WebAssembly with SIMD, ${OLD}`],
  ['streams and arrays of 2023', 'delete globalThis.DecompressionStream; delete Array.prototype.toSorted', `expected a browser with DecompressionStream and Array.prototype.toSorted, ${OLD}`],
  ['SharedArrayBuffer', 'delete globalThis.SharedArrayBuffer', `${ONE} browser has no SharedArrayBuffer`],
  ['https', `for (const [of, name] of [[globalThis, 'isSecureContext'], [crypto, 'subtle'], [navigator, 'storage'], [globalThis, 'SharedArrayBuffer']])
    Object.defineProperty(of, name, { value: undefined })`, `${ONE} page is not from https`],
  ['the script of its worker', 'import "none.js"', 'the worker of this page did not start: its script was refused. Chrome 110, Firefox 115, Safari 16.4 and later ones run it'],
] as const)('says what it lacks: %s', async (_, hide, sentence) => {
  if (browser === undefined) return;
  const script = `${hide};\n${readFileSync('dist/page/site/worker.js', 'utf8')}`;
  const lacking = await serveSite(new Map([...site, ['worker.js', script]]), 0);
  const alone = await browser.newPage();
  await alone.goto(lacking.url);
  await alone.waitForFunction(() => !/^loading/.test(document.getElementById('status')!.textContent));
  expect(await alone.textContent('#status')).toBe(sentence);
  if (sentence.startsWith(ONE)) {
    await alone.click('#prove');
    await alone.waitForFunction(() => /^proved in/.test(document.getElementById('status')!.textContent));
  }
  await alone.close();
  lacking.server.closeAllConnections();
  lacking.server.close();
}); // prettier-ignore

it('says what it did to the columns of a table, by the file and in the status', async () => {
  if (browser === undefined) return;
  const alone = await withoutWorker();
  await alone.evaluate(`
    told({ tell: 'model', model: { name: 'm', inputs: [{ name: 'x', shape: [1, 2], dtype: 'float32', elements: 2 }],
      reading: { columns: ['a', 'b'] }, samples: null, hidesInputs: true, insecure: false, decides: new Map() } });
    told({ tell: 'ready', threads: 1, why: '' });`);
  const chosen = async (csv: string): Promise<(string | null)[]> => {
    await alone.setInputFiles('#file', { name: 'rows.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await alone.waitForFunction(
      (row) => document.getElementById('chosen')?.textContent === row,
      'rows.csv, 2 values: 1, 2',
    );
    const shown = (await alone.isVisible('#noted')) ? await alone.textContent('#noted') : null;
    await alone.evaluate(() => (document.getElementById('chosen')!.textContent = ''));
    return [shown, await alone.textContent('#status')];
  };
  const moved = 'rows.csv: columns in another order than in the data of compile, taken by name';
  expect(await chosen('b,a\n2,1\n')).toEqual([moved, moved]);
  expect((await chosen('a,b\n1,2\n'))[0]).toBe(null);
  const left = "rows.csv: columns left out, which the data of compile had not: 'c'";
  expect(await chosen('a,b,c\n1,2,3\n')).toEqual([left, left]);
  await alone.close();
});

interface Axe {
  run(): Promise<{ readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[] }>; // prettier-ignore
}

it.each([
  [360, 'dark'],
  [768, 'light'],
  [1440, 'light'],
] as const)('axe finds nothing, %d pixels wide, %s', async (width, colorScheme) => {
  if (browser === undefined) return;
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => (globalThis as unknown as { readonly axe: Axe }).axe.run());
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
});

it('asks nobody but its own server, and works without that on the next visit', async () => {
  if (browser === undefined) return;
  const asked: string[] = [];
  page.context().on('request', (request) => asked.push(new URL(request.url()).origin));
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await said(/^ready: /);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await page.reload();
  await said(/^ready: /);
  await page.click('#prove');
  await said(/^proved in/);
  expect(await page.textContent('#checks')).toMatch(/accepted it/);
  expect([...new Set(asked)].filter((origin) => !['null', new URL(url).origin].includes(origin))).toEqual([]);
});

it('is written as a folder, in place of an older one and of nothing else', async () => {
  const out = join(folder, 'site');
  await writeSite(site, out);
  await writeSite(site, out);
  expect(readdirSync(out).sort()).toEqual([...site.keys(), '_headers'].sort());
  expect(readFileSync(join(out, '_headers'), 'utf8')).toMatch(
    /Opener-Policy: same-origin\n.*Embedder-Policy: require-corp/,
  );
  await expect(writeSite(site, folder)).rejects.toMatchObject({ code: 'file' });
  expect(existsSync(join(folder, 'index.html'))).toBe(false);
});

it('is a command: it writes the folder, or serves it on this machine with the headers that threads need', async () => {
  const dir = join(folder, 'digits');
  await mkdir(dir);
  await writeFile(join(dir, 'circuit.json'), encodeCircuit(circuit));
  const without = await commandLine(['page', dir]);
  expect([without.status, without.stderr]).toEqual([2, expect.stringContaining('inferproof setup DIR --dev')]);
  await writeFile(join(dir, 'vkey.json'), JSON.stringify(serializeVerificationKey(keys.vkey)));
  await writeFile(join(dir, 'proving.key'), keys.provingKey);
  const out = join(folder, 'written');
  const { status, stdout, stderr } = await commandLine([
    'page',
    dir,
    '-o',
    out,
    '--input',
    'examples/mnist-mlp/digit.json',
    '--json',
  ]);
  expect([status, JSON.parse(stdout)], stderr).toEqual([0, { folder: out, files: readdirSync(out).length }]);
  expect(JSON.parse(readFileSync(join(out, 'page.json'), 'utf8'))).toEqual({
    name: 'digits',
    reading: {},
    samples: { input: digit },
    count: 1,
  });

  const serving = spawn(process.execPath, ['dist/cli/main.js', 'page', dir, '--quiet'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [line] = (await once(serving.stdout, 'data')) as [Buffer];
    const { headers } = await fetch(String(line).trim());
    expect([headers.get('Cross-Origin-Opener-Policy'), headers.get('Cross-Origin-Embedder-Policy')]).toEqual([
      'same-origin',
      'require-corp',
    ]);
    expect((await fetch(new URL('..%2fpackage.json', String(line).trim()))).status).toBe(404);
  } finally {
    serving.kill();
  }
});

it('carries the contract that its source gives', () => {
  const { runtime } = compileSolidity({ 'Verifier.sol': universalVerifier({ allowInsecureKey: true }) }).Verifier;
  expect(JSON.parse(readFileSync('page/universal.json', 'utf8'))).toEqual({ code: runtime });
});
