// A worker thread: each list of calls is answered or rejected, whatever becomes of the thread, and an idle one holds nobody up.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startThread } from '#prover/kernel/thread.js';
import type { Thread, ThreadSetup } from '#prover/kernel/threads.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thread-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const setup: ThreadSetup = {
  module: {},
  memory: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }),
  stack: 0,
};

async function thread(body: string): Promise<Thread> {
  const path = join(folder, `${body.length}.mjs`);
  await writeFile(path, `import { parentPort } from 'node:worker_threads';\n${body}`);
  return startThread(pathToFileURL(path), setup);
}

const SCRIPT = `parentPort.on('message', ([[name, arg]]) => {
  if (name === 'exit') process.exit(3);
  if (name === 'throw') throw new Error('out of luck');
  if (name === 'trap') return parentPort.postMessage({ ok: false, message: 'out of bounds' });
  if (name === 'hang') for (;;);
  parentPort.postMessage({ ok: true, results: [arg] });
});`;

it('answers, and goes on after a call that trapped', async () => {
  const one = await thread(SCRIPT);
  expect(await one.make([['echo', 7]])).toEqual([7]);
  await expect(one.make([['trap', 0]])).rejects.toMatchObject({
    code: 'resource',
    message: expect.stringMatching(/out of bounds/),
  });
  expect(await one.make([['echo', 8]])).toEqual([8]);
  expect(one.ended()).toBe(false);
  await one.end();
});

it.each([
  ['exit', /exit code 3/],
  ['throw', /out of luck/],
])('that ends by %s rejects what it does and all that comes later', async (name, message) => {
  const one = await thread(SCRIPT);
  await expect(one.make([[name, 0]])).rejects.toMatchObject({
    code: 'resource',
    message: expect.stringMatching(message),
  });
  expect(one.ended()).toBe(true);
  await expect(one.make([['echo', 1]])).rejects.toMatchObject({ code: 'resource' });
});

it('that is ended rejects what it does, however busy it is', async () => {
  const one = await thread(SCRIPT);
  await one.make([['echo', 1]]);
  const hanging = one.make([['hang', 0]]);
  const refused = expect(hanging).rejects.toMatchObject({ code: 'resource' });
  await one.end();
  await refused;
  await expect(one.make([['echo', 1]])).rejects.toMatchObject({ code: 'resource' });
});

it('whose script does not load rejects', async () => {
  const one = await thread('throw new Error("no start");');
  await expect(one.make([['echo', 1]])).rejects.toMatchObject({
    code: 'resource',
    message: expect.stringMatching(/no start/),
  });
});
