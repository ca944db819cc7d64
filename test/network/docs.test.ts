// docs/network.md: the lines of a publisher, an operator and a dApp, as they stand there, on other ports.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startAnvil, type Anvil } from '#network/chain/anvil.js';
import { writeContracts } from '#network/contracts/build.js';
import { cidOf, CODEC } from '#network/store/blocks.js';
import { decodeManifest } from '#network/store/manifest.js';
import { commandLine } from '../cli/in-process.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';
import { npy } from '../files/arrays.js';
import { freePort } from './free-port.js';
import { helia } from './helia.js';

let root = '';
let anvil: Anvil;
let hub: ChildProcess | undefined;
let node: ChildProcess | undefined;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'inferproof-docs-'));
  writeContracts();
  anvil = await startAnvil();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  hub?.kill();
  node?.kill();
  await anvil.stop();
  rmSync(root, { recursive: true, force: true });
});

it("a publisher's ten lines do what the page says", async () => {
  const page = readFileSync('docs/network.md', 'utf8');
  const [, block] = /## A publisher's ten lines\n[^]*?\n\n((?: {4}.*\n)+)/.exec(page)!;
  const lines = block.trimEnd().split('\n').map((line) => line.trim()); // prettier-ignore
  expect(lines.length).toBe(10);
  const body = Float32Array.from({ length: 80 }, (_, i) => Math.sin(i));
  writeFileSync(join(root, 'data.npy'), npy({ shape: '(40, 2)', body: new Uint8Array(body.buffer) }));
  writeFileSync(join(root, 'model.onnx'), modelBytes({ inputs: { x: [1, 2] }, nodes: [{ op: 'Gemm', in: ['x', 'w'] }], initializers: { w: floats([2, 1], [1, 0.7]) } })); // prettier-ignore
  const port = await freePort();
  writeFileSync(join(root, 'hub.json'), JSON.stringify({ folder: 'hub', port }));
  const here = (line: string) => line.replaceAll('http://127.0.0.1:8545', anvil.rpc).replaceAll(':8402', `:${port}`);

  const done: string[] = [];
  for (const line of lines) {
    const [, name, value] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
    const [, words, file] = /^inferproof ([^&>]+?)(?: > (\w+) && chmod 600 \w+| &)?$/.exec(here(line)) ?? [];
    if (name !== undefined) vi.stubEnv(name, value);
    else if (line === 'inferproof hub hub.json &') {
      hub = spawn(process.execPath, [resolve('dist/cli/main.js'), 'hub', 'hub.json'], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [said] = (await once(hub.stdout!, 'data')) as [Buffer];
      expect(said.toString()).toBe(`hub  http://127.0.0.1:${port}\n`);
    } else if (line.startsWith('inferproof')) {
      const { status, stdout, stderr } = await commandLine(words.split(' '), root);
      expect(status, `${line}\n${stderr}`).toBe(0);
      if (file !== undefined) writeFileSync(join(root, file), stdout, { mode: 0o600 });
      done.push(words.split(' ')[0]);
    } else expect(line).toBe('npx anvil --port 8545 &'); // ours listens already
  }
  expect(done).toEqual(['deploy', 'hub', 'compile', 'setup', 'publish', 'fetch', 'prove']);
  const [, audit] = /`inferproof (audit copy [^`]+)`/.exec(page)!;
  const audited = await commandLine(audit.split(' '), root);
  expect(audited, audited.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^not compared +model\.circom/m),
  });

  // an operator's lines: the node fetches the model from the hub, and answers
  const [, json, more] = /## An operator's lines\n[^]*?\n\n((?: {4}.*\n)+)\n((?: {4}.*\n)+)/.exec(page)!;
  const [ours, admin] = [await freePort(), await freePort()];
  writeFileSync(join(root, 'node.json'), here(json).replaceAll('8403', String(ours)).replace('9403', String(admin)));
  const [stake, start, ask] = more.trimEnd().split('\n').map((line) => here(line.trim())); // prettier-ignore
  const staked = await commandLine(stake.split(' ').slice(1), root);
  expect(staked).toMatchObject({ status: 0, stdout: expect.stringMatching(/^stake +1$/m) });
  expect(start).toBe('inferproof node node.json --allow-private &');
  node = spawn(process.execPath, [resolve('dist/cli/main.js'), 'node', 'node.json', '--allow-private', '--quiet'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(node.stdout!, 'data');
  const [, url] = /^curl (\S+)$/.exec(ask.replace('8403', String(ours)))!;
  expect(await (await fetch(url)).json()).toMatchObject({ format: 'inferproof-node', chainId: 31337, models: [{ receipt: { price: '0' } }] }); // prettier-ignore

  // helia's block client, of hub and of node: every block of the manifest
  const card = (await (await fetch(url)).json()) as { models: [{ manifest: string }] };
  const [{ manifest }] = card.models;
  for (const gateway of [`http://127.0.0.1:${port}`, new URL(url).origin]) {
    const block = helia(gateway);
    const whole = await block(manifest);
    expect(await cidOf(whole, CODEC.manifest)).toBe(manifest);
    for (const { blocks } of Object.values(decodeManifest(whole, manifest).files))
      for (const cid of blocks) expect(await cidOf(await block(cid))).toBe(cid);
    await expect(block(await cidOf(Uint8Array.of(7)))).rejects.toThrow('Unable to fetch raw block');
  }

  // a dApp's lines, by command and by library
  const [, calls, app] = /## A dApp's lines\n[^]*?\n\n((?: {4}.*\n)+)\nIn an app, app\.mjs:\n\n((?: {4}.*\n)+)/.exec(
    page,
  )!;
  const [said, told]: [string[], string[]] = [[], []];
  for (const line of calls.trimEnd().split('\n')) {
    const { status, stdout, stderr } = await commandLine(here(line.trim()).split(' ').slice(1), root);
    expect(status, `${line}\n${stderr}`).toBe(0);
    said.push(stdout);
    told.push(stderr);
  }
  expect(said[1]).toMatch(/^\S+: -?\d/);
  expect(said.slice(2, 4)).toEqual([said[1], said[1]]);
  expect(told[1]).toMatch(/^proved: /m);
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'), 'junction');
  writeFileSync(join(root, 'app.mjs'), here(app));
  const { stdout, stderr } = spawnSync(process.execPath, ['app.mjs'], { cwd: root, encoding: 'utf8' });
  expect(stdout, stderr).toMatch(/ true\nsettled /);
});
