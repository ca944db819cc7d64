// prove starts on its keys before it reads the circuit: what is wrong with any of them is told in the order of the files as before, and
// what was started ends with the command.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { gemmFolder } from './gemm-folder.js';
import { commandLine } from './in-process.js';

const open = vi.hoisted(() => ({ started: 0, now: 0 }));
vi.mock(import('#prover/started.js'), async (original) => {
  const real = await original();
  const startKey: typeof real.startKey = async (...args) => {
    const key = await real.startKey(...args);
    open.started++;
    open.now++;
    let closed = false;
    const close = async (): Promise<void> => {
      if (!closed) open.now--;
      closed = true;
      await key.close();
    };
    return { ...key, close };
  };
  return { ...real, startKey };
});

let root = '';
const at = (...names: readonly string[]): string => join(root, ...names);

beforeAll(async () => {
  root = await gemmFolder('begins', { 'x.json': [[0.5, 0.25]], 'wide.json': [[7, 0.25]] });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The error of a proof with these files damaged, and whether its key was started. */
async function failing(damaged: readonly string[], input = 'x.json') {
  const before = damaged.map((name) => readFileSync(at('dir', name)));
  damaged.forEach((name, i) => writeFileSync(at('dir', name), before[i].subarray(0, before[i].length >> 1)));
  open.started = 0;
  try {
    const { stdout } = await commandLine(['prove', 'dir', '--input', input, '--json', '-o', 'out.json'], root);
    const { error } = JSON.parse(stdout) as { readonly error?: { readonly code: string; readonly where: string } };
    return [error?.code, error?.where, open.started, open.now];
  } finally {
    damaged.forEach((name, i) => writeFileSync(at('dir', name), before[i]));
  }
}

it.each([
  ['nothing', [], 'x.json', [undefined, undefined, 1, 0]],
  ['an input outside of its range', [], 'wide.json', ['range', 'x[0]', 1, 0]],
  ['an input that is not there', [], 'none.json', ['file', 'none.json', 1, 0]],
  ['the circuit', ['circuit.json'], 'x.json', ['format', join('dir', 'circuit.json'), 1, 0]],
  ['circuit and keys', ['circuit.json', 'vkey.json', 'proving.key'], 'x.json', ['format', join('dir', 'circuit.json'), 0, 0]],
  ['both keys', ['vkey.json', 'proving.key'], 'x.json', ['format', join('dir', 'vkey.json'), 0, 0]],
  ['the proving key', ['proving.key'], 'x.json', ['format', join('dir', 'proving.key'), 0, 0]],
] as const)('wrong: %s', async (_, damaged, input, expected) => {
  expect(await failing(damaged, input)).toEqual(expected);
}); // prettier-ignore
