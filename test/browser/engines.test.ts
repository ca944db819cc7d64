// The page of `inferproof page` in the browsers that are not Chromium, where they are installed: a proof where the page is isolated and
// where it is not, checked by the page, its contract and Node.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveSite } from '#cli/page/serve.js';
import { siteOf, type Site } from '#cli/page/site.js';
import { compile } from '#compiler/index.js';
import { buildPage } from '#page/build.js';
import { setup, type SetupResult } from '#prover/index.js';
import { verify } from '#verifier/index.js';
import {
  hasFirefox,
  hasWebKit,
  requiresFirefox,
  startFirefox,
  startWebKit,
  unlessFirefox,
  unlessWebKit,
  type Tab,
} from '../webdriver.js';

let folder: string;
let keys: SetupResult;
let isolated: { readonly url: string; readonly server: Server };
let alone: { readonly url: string; readonly server: Server };

beforeAll(async () => {
  if (!hasFirefox && !hasWebKit) return;
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'engines-test-'));
  const { circuit } = await compile(await readFile('examples/mnist-mlp/model.onnx'), { inputRanges: { '': [0, 1] } });
  keys = await setup(circuit, { dev: true });
  const provingKey = join(folder, 'proving.key');
  await writeFile(provingKey, keys.provingKey);
  const { input_data: [digit] } = JSON.parse(await readFile('examples/mnist-mlp/digit.json', 'utf8')) as { input_data: number[][] }; // prettier-ignore
  const samples = { count: 1, inputs: { input: Float64Array.from(digit) } };
  const site = await siteOf({ dir: 'build/digits', circuit, vkey: keys.vkey, provingKey, reading: {}, samples });
  isolated = await serveSite(site, 0);
  alone = await serveBare(site);
});
afterAll(async () => {
  for (const { server } of [isolated, alone].filter((one) => one !== undefined)) {
    server.closeAllConnections();
    server.close();
  }
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** Without the headers that isolate a page. */
async function serveBare(site: Site): Promise<typeof alone> {
  const server = createServer(({ url = '/' }, response) => {
    const name = url === '/' ? 'index.html' : url.slice(1);
    const type = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' }[extname(name)];
    response.setHeader('Content-Type', type ?? 'application/octet-stream');
    const content = site.get(name) ?? '';
    if (typeof content === 'string') response.end(content);
    else void readFile(content.path).then((bytes) => response.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

/** @param pages addresses, and what each page says once it is ready */
async function proves(tab: Tab, pages: readonly Ready[]): Promise<void> {
  const textOf = (id: string): Promise<unknown> => tab.run(`return document.getElementById('${id}').textContent`);
  const said = (status: RegExp): Promise<unknown> =>
    expect.poll(() => textOf('status'), { timeout: 60_000, interval: 100 }).toMatch(status);
  try {
    for (const [url, ready] of pages) {
      await tab.go(url);
      await said(ready);
      await tab.run(`
        const made = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
          blob.text().then((text) => { window.saved = text; });
          return made.call(URL, blob);
        };
        document.getElementById('prove').click();`);
      await said(/^proved in/);
      expect(await textOf('verdict')).toBe('Valid: output: 2');
      expect(await textOf('checks')).toMatch(/in this page accepted it, for 2\d\d,\d{3} gas/);
      await tab.run(`document.getElementById('save').click()`);
      await expect.poll(() => tab.run('return window.saved ?? null')).toEqual(expect.any(String));
      const proof = JSON.parse((await tab.run('return window.saved')) as string) as unknown;
      expect(verify(keys.vkey, proof, { allowInsecureKey: true }).valid).toBe(true);
    }
  } finally {
    await tab.end();
  }
}

/** One that is installed and does not start here, as Firefox in a snap, is told; one that is required fails. */
async function started(tab: Promise<Tab>, required: boolean): Promise<Tab | undefined> {
  return tab.catch((error: unknown) => {
    if (required) throw error;
    console.log(`no browser: these pages were not looked at (${String(error)})`);
    return undefined;
  });
}

type Ready = readonly [url: string, ready: RegExp];
const isolatedPage = (): Ready => [isolated.url, /^ready: \d+ threads prove$/];
const barePage = (): Ready => [alone.url, /^ready: one thread proves, since this page is not cross-origin isolated$/];

it(`proves in Firefox${unlessFirefox}`, { timeout: 300_000 }, async () => {
  if (!hasFirefox) return;
  const tab = await started(startFirefox(), requiresFirefox);
  if (tab !== undefined) await proves(tab, [isolatedPage(), barePage()]);
});

it.each([
  ['on threads', true, isolatedPage],
  ['on one', false, barePage],
] as const)(`proves in WebKit %s${unlessWebKit}`, { timeout: 300_000 }, async (_, shares, page) => {
  if (!hasWebKit) return;
  const tab = await started(startWebKit(shares), false);
  if (tab !== undefined) await proves(tab, [page()]);
});
