// inferproof/prover in a page of a headless Chromium, bundled by esbuild without configuration: two threads where the page is isolated,
// one where it is not, keys from addresses and files, and what becomes of aborts and cut downloads.
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, encodeCircuit, type Circuit } from '#compiler/index.js';
import { setup, type SetupResult } from '#prover/index.js';
import { serializeVerificationKey, verify } from '#verifier/index.js';
import { openBrowser } from '../browser.js';

/** What a page is told to do; bundled for it. */
const SCRIPT = `
import { compile, decodeCircuit, encodeCircuit, run } from 'inferproof/compiler';
import { fetchKey, forgetKey, openProver, prove, setup } from 'inferproof/prover';
import { parseVerificationKey, verify } from 'inferproof/verifier';
const json = async (name) => (await fetch(name)).json();
const circuit = decodeCircuit(await (await fetch('circuit.json')).text());
const vkey = parseVerificationKey(await json('vkey.json'));
const digit = { count: 1, inputs: { [circuit.inputs[0].name]: new Float64Array((await json('digit.json')).input_data[0]) } };
const told = (error) => error.code === undefined ? String(error) : [error.code, error.message];
Object.assign(globalThis, { compile, encodeCircuit, run, fetchKey, forgetKey, openProver, prove, setup, verify, circuit, vkey, digit, told });
ready = true;
`;

const model = readFileSync('examples/mnist-mlp/model.onnx');
let circuit: Circuit;
let keys: SetupResult;
let browser: Browser | undefined;
let server: Server;
let origin = '';
let downloads = 0;

beforeAll(async () => {
  browser = await openBrowser('these pages were not looked at');
  if (browser === undefined) return;
  ({ circuit } = await compile(model, { inputRanges: { '': [0, 1] } }));
  keys = await setup(circuit, { dev: true });
  const bundled = await build({
    stdin: { contents: SCRIPT, resolveDir: process.cwd() },
    bundle: true,
    format: 'esm',
    platform: 'browser', // an import of node: fails the build
    write: false,
  });
  const example = await build({
    entryPoints: ['dist/examples/web/main.js'],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const files: Readonly<Record<string, Uint8Array | string>> = {
    '/page.js': bundled.outputFiles[0].contents,
    '/main.js': example.outputFiles[0].contents,
    '/example': readFileSync('examples/web/index.html'),
    '/circuit.json': encodeCircuit(circuit),
    '/vkey.json': JSON.stringify(serializeVerificationKey(keys.vkey)),
    '/digit.json': readFileSync('examples/mnist-mlp/digit.json'),
    '/model.onnx': model,
    '/proving.key': keys.provingKey,
    '/isolated': '<!doctype html><script>ready = false</script><script type="module" src="page.js"></script>',
    '/alone': '<!doctype html><script>ready = false</script><script type="module" src="page.js"></script>',
  };
  server = createServer(({ url = '' }, response) => {
    if (url === '/isolated' || url === '/example') {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    if (url.endsWith('.key')) downloads++;
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (url === '/zipped.key') {
      const zipped = gzipSync(keys.provingKey, { level: 1 });
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': zipped.length }).end(zipped);
      return;
    }
    if (url === '/cut.key') {
      response.setHeader('Content-Length', keys.provingKey.length);
      response.write(keys.provingKey.subarray(0, keys.provingKey.length >> 1), () => response.destroy());
      return;
    }
    const content = files[url];
    if (content === undefined) response.statusCode = 404;
    response.setHeader('Content-Type', url.endsWith('.js') ? 'text/javascript' : url.includes('.') ? 'application/octet-stream' : 'text/html'); // prettier-ignore
    response.setHeader('Content-Length', Buffer.byteLength(content ?? ''));
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

type Json = ReturnType<typeof JSON.parse>;

/** Evaluates the body of an asynchronous function in a page. */
async function at(page: Page, body: string): Promise<Json> {
  return page.evaluate(`(async () => { ${body} })()`);
}

async function opened(path: string): Promise<Page> {
  const page = await browser!.newPage();
  await page.goto(`${origin}/${path}`);
  await page.waitForFunction('ready');
  return page;
}

const verified = (proof: unknown): boolean => verify(keys.vkey, proof, { allowInsecureKey: true }).valid;

it('a page that is isolated proves on two threads, and Node verifies it', async () => {
  if (browser === undefined) return;
  const page = await opened('isolated');
  const said = await at(page, `
    globalThis.key = await fetchKey('proving.key', { keep: 'mlp', onProgress: (loaded, total) => (globalThis.last = [loaded, total]) });
    globalThis.prover = await openProver(circuit, key, vkey, { threads: 2 });
    const made = await prover.prove(digit);
    const [{ floats }] = Object.values((await run(circuit, digit)).outputs[0]);
    const answer = verify(vkey, made.proof, { allowInsecureKey: true });
    return { made, last, isFile: key instanceof Blob, floats, valid: answer.valid, proved: Object.values(answer.outputs)[0].floats };`); // prettier-ignore
  expect(said).toMatchObject({ made: { backend: 'threads', proofBytes: 320 }, isFile: true, valid: true });
  expect(said.last).toEqual([keys.provingKey.length, keys.provingKey.length]);
  expect(said.proved).toEqual(said.floats);
  expect(verified(said.made.proof)).toBe(true);
  console.log(`in a page: ${said.made.seconds.toFixed(2)} s`);

  // neither for the next proof nor for the next visit is the key loaded again
  expect(downloads).toBe(1);
  expect(verified((await at(page, 'return prover.prove(digit)')).proof)).toBe(true);
  await page.reload();
  await page.waitForFunction('ready');
  const again = await at(page, `return prove(circuit, await fetchKey('proving.key', { keep: 'mlp' }), vkey, digit)`);
  expect(verified(again.proof)).toBe(true);
  expect(downloads).toBe(1);

  await at(page, `return forgetKey('mlp')`);
  await at(page, `return fetchKey('proving.key', { keep: 'mlp' }).then(() => 0)`);
  expect(downloads).toBe(2);
  await page.close();
});

/** Mebibytes that a page's process holds, as Linux says, once its garbage is gone. */
async function memoryOf(page: Page): Promise<number> {
  const [own, all] = await Promise.all([page.context().newCDPSession(page), browser!.newBrowserCDPSession()]);
  await own.send('HeapProfiler.collectGarbage');
  await new Promise((resolve) => setTimeout(resolve, 100)); // threads that were ended give back theirs
  const { processInfo } = await all.send('SystemInfo.getProcessInfo');
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]) / 1024);
  return Math.max(...sizes);
}

it.runIf(process.platform === 'linux')('an abort rejects with its reason, frees the memory, and the next proof is right', async () => {
  if (browser === undefined) return;
  const page = await opened('isolated');
  await at(page, `globalThis.key = await fetchKey('proving.key'); await prove(circuit, key, vkey, digit)`);
  const before = await memoryOf(page);
  await at(page, `globalThis.prover = await openProver(circuit, key, vkey, { threads: 12 }); await prover.prove(digit)`);
  const during = await memoryOf(page);
  const stopped = await at(page, `
    const stop = new AbortController();
    const onProgress = (step, done) => done > 0 && stop.abort(new Error('enough'));
    return prover.prove(digit, { signal: stop.signal, onProgress }).catch(told);`);
  const after = await memoryOf(page);
  expect(stopped).toBe('Error: enough');
  console.log(`a page holds ${[before, during, after].map(Math.round).join(', ')} MiB before a prover, with it, after an abort`);
  expect(during - before).toBeGreaterThan(10);
  expect(after - before).toBeLessThan((during - before) / 2);
  expect(verified((await at(page, 'return prover.prove(digit)')).proof)).toBe(true);
  await page.close();
}); // prettier-ignore

it('a page that is not isolated proves on one thread', async () => {
  if (browser === undefined) return;
  const page = await opened('alone');
  const made = await at(page, `return prove(circuit, 'proving.key', vkey, digit)`);
  expect(made.backend).toBe('single');
  expect(verified(made.proof)).toBe(true);
  expect(await at(page, `return openProver(circuit, 'proving.key', vkey, { threads: 2 }).catch(told)`)).toEqual([
    'resource',
    'expected memory that 2 threads share, got a page without SharedArrayBuffer',
  ]);
  await page.close();
});

describe('one clear error', () => {
  let page: Page | undefined;
  const ask = async (body: string): Promise<Json> => {
    page ??= await opened('isolated');
    return at(page, `return (async () => { ${body} })().catch(told)`);
  };
  afterAll(() => page?.close());
  it.each([
    ['a download that is cut', `await fetchKey('cut.key', { keep: 'cut' })`, ['file', /^expected \d+ bytes of a proving key, got \d+ bytes: the download was cut$/]],
    ['an address without a key', `await fetchKey('none.key')`, ['file', /status 404/]],
    ['another file', `await openProver(circuit, 'circuit.json', vkey)`, ['format', /begins with/]],
    ['a browser without SIMD', `WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError('simd')); await openProver(circuit, 'proving.key', vkey)`, ['resource', /SIMD/]],
    ['keys made in a page', `await setup(circuit, { dev: true })`, ['usage', /expected setup in Node/]],
    ['snarkjs in a page', `await prove(circuit, 'proving.key', vkey, digit, { prover: 'snarkjs' })`, ['usage', /snarkjs/]],
  ] as const)('for %s', async (_, body, [code, message]) => {
    if (browser === undefined) return;
    expect(await ask(body)).toEqual([code, expect.stringMatching(message)]);
  }); // prettier-ignore
});

it('what came in part is not kept, whether it was cut or stopped', async () => {
  if (browser === undefined) return;
  const page = await opened('isolated');
  const said = await at(page, `
    const keep = 'part';
    const cut = await fetchKey('cut.key', { keep }).catch(told);
    const stop = new AbortController();
    const stopped = await fetchKey('proving.key', { keep, signal: stop.signal, onProgress: (loaded) => loaded > 0 && stop.abort(new Error('enough')) }).catch(told);
    return { cut, stopped, whole: (await fetchKey('proving.key', { keep })).size };`); // prettier-ignore
  expect(said).toEqual({
    cut: ['file', expect.stringContaining('was cut')],
    stopped: 'Error: enough',
    whole: keys.provingKey.length,
  });
  await page.close();
});

it('a key from another origin is whole, compressed or not, or cut', async () => {
  if (browser === undefined) return;
  const page = await opened('isolated');
  const other = origin.replace('127.0.0.1', 'localhost');
  const said = await at(page, `
    const size = async (key, options) => fetchKey('${other}/' + key, options).then((got) => got.size ?? got.length, told);
    return [await size('zipped.key'), await size('zipped.key', { keep: 'zipped' }), await size('proving.key'), await size('cut.key')];`); // prettier-ignore
  const { length } = keys.provingKey;
  expect(said).toEqual([length, length, length, ['file', expect.stringContaining('was cut')]]);
  await page.close();
});

it('the page of examples/web proves', async () => {
  if (browser === undefined) return;
  const page = await browser.newPage();
  await page.goto(`${origin}/example`);
  await page.click('#prove'); // once it can be clicked
  await page.waitForFunction(() => document.querySelector('#said')!.textContent !== '');
  expect(await page.textContent('#said')).toMatch(/^proved in [\d.]+ s: a 2$/);
  await page.close();
});

it('compiles in a page to the circuit that Node compiles to', async () => {
  if (browser === undefined) return;
  const page = await opened('alone');
  const same = await at(
    page,
    `
    const bytes = new Uint8Array(await (await fetch('model.onnx')).arrayBuffer());
    const made = await compile(bytes, { inputRanges: { '': [0, 1] } });
    return encodeCircuit(made.circuit) === encodeCircuit(circuit);`,
  );
  expect(same).toBe(true);
  await page.close();
});
