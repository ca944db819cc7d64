// Proofs in a page of a headless Chromium and in Node, alternately: wall seconds of warm provers, on as many threads, and what the page's
// process holds at its peak; then the page on one thread, and that with its processor slowed down four times.
//
//   npm run bench:browser -- [MODEL.onnx CALIBRATION SAMPLE] [RUNS]        default LeNet-5 of examples/, 5 runs
//
// DevTools slow down the page's own thread, not workers: a slow device is shown by one thread.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import chromium from '@sparticuz/chromium';
import { build } from 'esbuild';
import { chromium as playwright } from 'playwright-core';
import { compile, encodeCircuit, modelInputs } from 'inferproof/compiler';
import { readModel, readSamples, toJson } from 'inferproof/files';
import { openProver, setup } from 'inferproof/prover';
import { serializeVerificationKey, verify } from 'inferproof/verifier';

const SCRIPT = `
import { decodeCircuit } from 'inferproof/compiler';
import { fetchKey, openProver } from 'inferproof/prover';
import { parseVerificationKey } from 'inferproof/verifier';
const text = async (name) => (await fetch(name)).text();
const circuit = decodeCircuit(await text('circuit.json'));
const vkey = parseVerificationKey(JSON.parse(await text('vkey.json')));
const { count, inputs } = JSON.parse(await text('sample.json'));
const sample = { count, inputs: Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, Float64Array.from(v)])) };
globalThis.open = async () => {
  const start = performance.now();
  const key = await fetchKey('proving.key', { keep: 'bench' });
  globalThis.prover = await openProver(circuit, key, vkey);
  return (performance.now() - start) / 1000;
};
globalThis.proof = () => prover.prove(sample);
globalThis.ready = true;
`;

const example = (name: string): string => `examples/mnist-lenet/${name}`;
const given = process.argv.slice(2);
const RUNS = Number(given.at(-1) ?? NaN) || 5;
const [path, calibration, digit] = given.length >= 3 ? given : ['model.onnx', 'calibration.npz', 'digit.json'].map(example); // prettier-ignore

const model = await readModel(path);
const inputs = modelInputs(model);
const { circuit, report } = await compile(model, { public: 'output', calibration: await readSamples(calibration, inputs) }); // prettier-ignore
const sample = await readSamples(digit, inputs);
const { provingKey, vkey } = await setup(circuit, { dev: true });
console.log(`${path}: ${report.rows} rows, a key of ${(provingKey.length / 2 ** 20).toFixed(1)} MiB, ${availableParallelism()} threads`); // prettier-ignore

const { outputFiles } = await build({
  stdin: { contents: SCRIPT, resolveDir: process.cwd() },
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  write: false,
});
const files: Readonly<Record<string, Uint8Array | string>> = {
  '/': '<!doctype html><script type="module" src="page.js"></script>',
  '/page.js': outputFiles[0].text,
  '/circuit.json': encodeCircuit(circuit),
  '/vkey.json': toJson(serializeVerificationKey(vkey)),
  '/sample.json': toJson(sample),
  '/proving.key': provingKey,
};
const server = createServer(({ url = '' }, response) => {
  const content = files[url] ?? '';
  response.writeHead(200, {
    'Content-Type': url === '/' ? 'text/html' : 'text/javascript',
    'Content-Length': Buffer.byteLength(content),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  });
  response.end(content);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const browser = await playwright.launch({ executablePath: await chromium.executablePath(), args: ['--no-sandbox'] });

interface Made {
  readonly proof: unknown;
  readonly seconds: number;
  readonly backend: string;
}

/** A page with an open prover, which has made its first proof. @param threads false hides shared memory from it */
async function opened(threads: boolean) {
  const page = await browser.newPage();
  if (!threads) await page.addInitScript('delete globalThis.SharedArrayBuffer');
  await page.goto(url);
  await page.waitForFunction('globalThis.ready');
  console.log(`the key loaded and opened in ${(await page.evaluate<number>('open()')).toFixed(2)} s`);
  const prove = async (): Promise<Made> => {
    const made = await page.evaluate<Made>('proof()');
    if (!verify(vkey, made.proof, { allowInsecureKey: true }).valid) throw new Error('expected a valid proof');
    return made;
  };
  await prove();
  return { page, prove };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
const line = (what: string, values: readonly number[]): void =>
  console.log(`${what.padEnd(34)} ${median(values).toFixed(2)} s   (${values.map((v) => v.toFixed(2)).join(' ')})`);

/** The most that a process of a page has held, in MiB; Linux only. */
async function peak(): Promise<string> {
  const { processInfo } = await (await browser.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
  const sizes = await Promise.all(
    processInfo
      .filter(({ type }) => type === 'renderer')
      .map(async ({ id }) => Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${id}/status`, 'utf8').catch(() => ''))?.[1] ?? NaN)), // prettier-ignore
  );
  return `${(Math.max(...sizes) / 1024).toFixed(0)} MiB`;
}

const node = await openProver(circuit, provingKey, vkey);
await node.prove(sample);
const threaded = await opened(true);
const times: { readonly node: number[]; readonly page: number[] } = { node: [], page: [] };
for (let i = 0; i < RUNS; i++) {
  times.node.push((await node.prove(sample)).seconds);
  times.page.push((await threaded.prove()).seconds);
}
await node.close();
line('Node', times.node);
line('page', times.page);
console.log(`page / Node, of the medians        ${(median(times.page) / median(times.node)).toFixed(2)}`);
console.log(`the page's process at its peak     ${await peak()}`);
await threaded.page.close();

const single = await opened(false);
const ones: number[] = [];
for (let i = 0; i < RUNS; i++) ones.push((await single.prove()).seconds);
line('page, one thread', ones);
await (await single.page.context().newCDPSession(single.page)).send('Emulation.setCPUThrottlingRate', { rate: 4 });
line('page, one thread, slowed down 4x', [(await single.prove()).seconds]);

await browser.close();
server.closeAllConnections();
server.close();
