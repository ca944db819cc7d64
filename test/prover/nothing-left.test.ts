// What circom and snarkjs read and write of a circuit shows its weights, and whoever kills a command cannot clean up behind it: so it
// is on no disk. And no process of ours outlives the one that wanted it.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as disk from 'node:fs';
import { compileCircom } from '#prover/circom/compile.js';
import { MEMORY, withMemory, type Files } from '#prover/circom/memory.js';
import { ptauSetup } from '#prover/setup/ptau.js';
import { closeCurve, newPowersOfTau } from './stock.js';
import { randomSystem } from './systems.js';

const SQUARE = 'pragma circom 2.1.0;\ntemplate Main() { signal input a; signal output b; b <== a * a; }\ncomponent main = Main();\n'; // prettier-ignore
const SPIN = SQUARE.replace('b <==', 'var spin = 0; while (spin == 0) { spin = 0; } b <==');

let folder: string;
let ptau: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'left-test-'));
  ptau = join(folder, 'powers.ptau');
  await newPowersOfTau(6, ptau);
});
afterAll(async () => {
  await closeCurve();
  rmSync(folder, { recursive: true });
});

it('circom and a setup write no file, not even for a moment', async () => {
  const temporary = mkdtempSync(join(folder, 'tmp-'));
  const before = process.env['TMPDIR'];
  const seen: string[] = [];
  const watcher = watch(temporary, (_, name) => void seen.push(String(name)));
  process.env['TMPDIR'] = temporary;
  try {
    expect(tmpdir()).toBe(temporary);
    const { constraints } = await compileCircom({ source: SQUARE });
    expect(constraints.nonLinear).toBe(1);
    await ptauSetup(randomSystem(9, { nCommitted: 0, nPublic: 3, nPrivate: 50 }).system, ptau);
    await setTimeout(100);
  } finally {
    watcher.close();
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
  expect([seen, readdirSync(temporary)]).toEqual([[], []]);
});

it.runIf(process.platform === 'linux')('circom ends with the process that wanted it', async () => {
  const compiler = pathToFileURL(resolve('dist/prover/circom/compile.js')).href;
  const script = `
    import { readFileSync } from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    import { compileCircom } from ${JSON.stringify(compiler)};
    compileCircom({ source: ${JSON.stringify(SPIN)} }).catch(() => undefined);
    await setTimeout(1500);
    console.log(readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8'));
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const children = stdout.trim().split(/\s+/);
  expect(children).toHaveLength(1);
  expect(Number(children[0])).toBeGreaterThan(1);
  for (let tries = 0; tries < 50 && existsSync(`/proc/${children[0]}`); tries++) await setTimeout(100);
  expect(existsSync(`/proc/${children[0]}`)).toBe(false);
});

it('a folder in memory is like one on the disk', () => {
  const files: Files = new Map([[`${MEMORY}/given`, Uint8Array.of(1, 2, 3)]]);
  const fs = withMemory(disk, files) as typeof disk;
  const { O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } = disk.constants;
  const into = new Uint8Array(8);
  const given = fs.openSync(`${MEMORY}/given`, O_RDONLY);
  expect([fs.readSync(given, into, 1, 4, 1), ...into]).toEqual([2, 0, 2, 3, 0, 0, 0, 0, 0]);
  expect(fs.readSync(given, into, 0, 4, 3)).toBe(0);
  const made = fs.openSync(`${MEMORY}/made`, O_WRONLY | O_CREAT | O_TRUNC);
  for (let i = 0; i < 10_000; i++) expect(fs.writeSync(made, Uint8Array.of(9, i & 255), 1, 1, i)).toBe(1);
  fs.writeSync(made, Uint8Array.of(77), 0, 1, 2);
  expect(files.get(`${MEMORY}/made`)).toEqual(Uint8Array.from({ length: 10_000 }, (_, i) => (i === 2 ? 77 : i & 255)));
  expect(fs.fstatSync(made).size).toBe(10_000);
  fs.closeSync(fs.openSync(`${MEMORY}/made`, O_WRONLY | O_CREAT | O_TRUNC));
  expect(fs.statSync(`${MEMORY}/made`).size).toBe(0);
  expect([fs.statSync(MEMORY).isDirectory(), fs.realpathSync(`${MEMORY}/given`)]).toEqual([true, `${MEMORY}/given`]);
  for (const call of [
    () => fs.openSync(`${MEMORY}/none`, O_RDONLY),
    () => fs.statSync(`${MEMORY}/none`),
    () => fs.realpathSync(`${MEMORY}/none`),
  ])
    // prettier-ignore
    expect(call).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  // anything else is on the disk
  expect(fs.statSync('package.json').size).toBe(disk.statSync('package.json').size);
  expect(() => fs.statSync(`${MEMORY}2`)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
