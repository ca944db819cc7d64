// What a page loads of each door but the verifier's, which test/verifier/bundle.test.ts looks at: its size by esbuild, nothing of Node in
// it, and that Vite takes it too, both without configuration.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, inflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { build as viteBuild } from 'vite';
import { expect, it } from 'vitest';
import * as inNode from '#prover/index.js';
import * as inBrowsers from '#prover/browser.js';
import { BYTES as shared } from '#prover/kernel/bytes-shared.js';
import { BYTES as single } from '#prover/kernel/bytes-single.js';

const size = (text: string): number => gzipSync(text, { level: 9 }).length;

it.each([
  ['prover, both kernels included', `export * from 'inferproof/prover'`, 205_000],
  ['compiler', `export * from 'inferproof/compiler'`, 216_000],
  ['what runs a circuit', `export { decodeCircuit, run } from 'inferproof/compiler'`, 68_000],
  ['files', `export * from 'inferproof/files'`, 20_000],
  ['contracts', `export * from 'inferproof/verifier/solidity'`, 28_000],
])('%s', async (_, contents, limit) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser', // an import of node: fails the build
    write: false,
    metafile: true,
  });
  const { text } = outputFiles[0];
  expect(size(text)).toBeLessThan(limit);
  expect(size(text)).toBeGreaterThan(limit * 0.75);
  expect(text).not.toMatch(/AbortSignal\.any|withResolvers|groupBy|fromAsync|Promise\.try/); // newer than the browsers of docs/browser.md
  const packages = Object.keys(metafile.inputs).flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  const free = /^(@noble\/(curves|hashes)|onnx-buf|@bufbuild\/protobuf|papaparse)$/;
  expect([...new Set(packages)].filter((name) => !free.test(name))).toEqual([]);
});

it('the prover by Vite, in chunks of which a page loads one kernel', async () => {
  const folder = await mkdtemp(join(process.cwd(), 'node_modules/.cache-vite-'));
  try {
    await writeFile(join(folder, 'index.html'), '<script type="module" src="main.js"></script>');
    await writeFile(join(folder, 'main.js'), `import { prove } from 'inferproof/prover'; globalThis.prove = prove;`);
    await viteBuild({ root: folder, configFile: false, logLevel: 'error' });
    const assets = join(folder, 'dist/assets');
    const texts = await Promise.all((await readdir(assets)).map((name) => readFile(join(assets, name), 'utf8')));
    const kernels = [shared, single].map((bytes) => texts.findIndex((text) => text.includes(bytes)));
    expect(new Set(kernels).size).toBe(2);
    expect(kernels).not.toContain(-1);
    const total = texts.reduce((sum, text) => sum + size(text), 0);
    expect(total).toBeLessThan(250_000);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('the kernels in the code are those of the tree', async () => {
  const files = ['kernel.wasm', 'kernel-single.wasm'].map((name) => readFile(`prover/kernel/${name}`));
  for (const [i, file] of (await Promise.all(files)).entries())
    expect(inflateRawSync(Buffer.from([shared, single][i], 'base64')).equals(file)).toBe(true);
});

it('what only Node has is there by name, and says so', async () => {
  expect(Object.keys(inBrowsers).sort()).toEqual(Object.keys(inNode).sort());
  const { fetchKey, forgetKey, openProver, prove, ...others } = inBrowsers;
  for (const [name, refuse] of Object.entries(others))
    await expect(refuse()).rejects.toMatchObject({ code: 'usage', message: `expected ${name} in Node, got a browser` });
});
