// Row 20 of the cheating suite: provers elsewhere, reached by Redis. Workers and Redis are killed, Redis forgets, and strangers write to it:
// what is to be proved is proved, once, and what is no proof of it is not used. Proofs are toys here, but for those of the node.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { toHex, type Hex } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningNode } from '#network/node/node.js';
import { jobJson, loadRedis, nameOf, priorityOf, QUEUE, spanOf } from '#network/node/queue/redis.js';
import type { startProver } from '#network/node/prover.js';
import { startWorker } from '#network/node/worker.js';
import { openChecks } from '#network/node/queue/checks.js';
import { redisQueue } from '#network/node/queue/bullmq.js';
import { rank, type Job, type Queue, type Ten } from '#network/node/queue/queue.js';
import { wordsJson } from '#network/wire.js';
import type { LookupKey } from '#verifier/index.js';
import { hasRedis, startRedis, unlessRedis, type TestRedis } from '../redis.js';
import { FLOOR } from '../world.js';
import { paying, post, question } from './asking.js';
import { dealings, PAYMENT } from './dealings.js';
import { BOND, PRICE, town, until, type Town } from './town.js';

const { bullmq, Redis } = await loadRedis();
const MODEL = '0x0100000000000000000000000000000000000000000000000000000000000000';
const context = (of: number): Hex => toHex(of, { size: 32 });
const job = (of: number, model: Hex = MODEL): Job => ({ id: String(of), model, words: [BigInt(of)], context: context(of), rank: rank('paid') }); // prettier-ignore
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A toy's proof is right where its first number is its context. */
const checks = {
  holds: (_: unknown, { proof }: { readonly proof: Hex }, of: Hex) => Promise.resolve(proof.slice(0, 66) === of),
  close: () => Promise.resolve(),
};
const MODELS = new Map([[MODEL, { modelId: MODEL, vkey: null as never, words: 2, inputWords: 1 }]] as const);
const here: Job[] = [];
const open = (): Queue => ({
  submit: (one) => (here.push(one), Promise.resolve({ words: [7n], proof: [] as never, seconds: 0 })),
  jobs: () => 0,
  wait: () => 0,
  missing: () => null,
  close: () => Promise.resolve(),
});

/** A worker of toys in this process, and each context that it proves. */
async function startToys(url: string, ms: number, workers: number) {
  const began: number[] = [];
  const open: typeof startProver = () => ({
    pid: 0,
    prove: async (_, [word], of) => {
      began.push(Number(of));
      await new Promise((later) => setTimeout(later, ms));
      return { words: [word, 5n], proof: [BigInt(of), ...Array<bigint>(9).fill(1n)] as unknown as Ten, seconds: 0.1 };
    },
    end: () => Promise.resolve(),
  });
  const models = new Map([[MODEL, { folder: '', inputWords: 1 }]] as const);
  return { began, ...(await startWorker({ url, models, log: silent, workers, threads: 1, open })) };
}
/** The same as a process of its own, which can be killed. */
function spawnToys(url: string, ms: number) {
  const program = `import { startWorker } from '${resolve('network/dist/node/worker.js')}';
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const prove = async (_, [word], context) => {
      console.log(Number(context));
      await new Promise((later) => setTimeout(later, ${ms}));
      return { words: [word, 5n], proof: [BigInt(context), ...Array(9).fill(1n)], seconds: 0.1 };
    };
    const open = () => ({ pid: 0, prove, end: async () => undefined });
    const models = new Map([['${MODEL}', { folder: '', inputWords: 1 }]]);
    await startWorker({ url: '${url}', models, log, workers: 2, threads: 1, open });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
  const began: number[] = [];
  child.stdout.on('data', (text: Buffer) => began.push(...String(text).trim().split('\n').map(Number)));
  return { child, began };
}
const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'close'); // with all that it said
  child.kill('SIGKILL');
  await gone;
};

describe.skipIf(!hasRedis)(`row 20: a queue in Redis${unlessRedis}`, () => {
  let redis: TestRedis;
  let raw: InstanceType<typeof Redis>;
  let queue: Queue;
  let said: string[];
  const running: (() => Promise<unknown>)[] = [];
  const toys = async (ms: number, workers = 2) => {
    const started = await startToys(redis.url, ms, workers);
    running.push(started.close);
    return started;
  };
  const openQueue = async (url = redis.url): Promise<Queue> => {
    const log = { ...silent, warn: (...all: unknown[]) => said.push(JSON.stringify(all)) };
    return redisQueue({ url, models: MODELS, mine: [context(1)], open, log, checks });
  };
  beforeAll(async () => {
    redis = await startRedis();
    raw = new Redis(redis.url, { maxRetriesPerRequest: null });
    raw.on('error', () => undefined);
    said = [];
    queue = await openQueue();
  });
  afterEach(() => Promise.all(running.splice(0).map((close) => close())));
  afterAll(async () => {
    await queue.close();
    raw.disconnect();
    await redis.end();
  });

  it('a worker and Redis are killed amid jobs: each is proved, and nothing twice but what died', async () => {
    const first = spawnToys(redis.url, 100);
    running.push(() => stop(first.child));
    await until(() => queue.missing() === null);
    const second = await toys(100);
    const all = Array.from({ length: 20 }, (_, i) => queue.submit(job(i)));
    await until(() => first.began.length > 2);
    await stop(first.child);
    const died = first.began.slice(-2);
    await until(() => second.began.length > 4);
    await redis.kill();
    await until(() => queue.missing()?.why === 'Redis does not answer');
    await redis.start();
    const made = await Promise.all(all);
    expect(made.map(({ words }) => words)).toEqual(all.map((_, i) => [BigInt(i), 5n]));
    const twice = [...first.began, ...second.began].filter((one, i, began) => began.indexOf(one) !== i);
    expect(died).toEqual(expect.arrayContaining(twice));
    expect([queue.jobs(), queue.missing()]).toEqual([0, null]);
  });

  it('Redis forgets all, while jobs wait and while one is proved: they are put there again, and proved once', async () => {
    await redis.kill();
    await until(() => queue.missing() !== null);
    const waited = queue.submit(job(100));
    await redis.start(true);
    const { began } = await toys(400, 1);
    await until(() => began.length > 0);
    const all = [101, 102].map((of) => queue.submit(job(of)));
    await redis.kill();
    await redis.start(true);
    expect((await Promise.all([waited, ...all])).map(({ words: [word] }) => word)).toEqual([100n, 101n, 102n]);
    expect(began).toEqual([100, 101, 102]);
    // a node that starts again finds what was proved
    const again = await openQueue();
    expect((await again.submit(job(102))).words).toEqual([102n, 5n]);
    expect(began.length).toBe(3);
    await again.close();
  });

  it('what is lost first comes first, also of what waits; a stopped worker ends its proof and leaves the rest', async () => {
    const kinds = [rank('paid'), rank('audit'), rank('request', 9n), rank('challenge', BigInt(Date.now()))];
    const bull = new bullmq.Queue(QUEUE.name, { connection: raw, prefix: QUEUE.prefix });
    // an earlier life of the node had it there for less
    await bull.add('proof', jobJson(job(202)), { jobId: nameOf(job(202)), priority: 2 ** 21 - 1 });
    const all = kinds.map((of, i) => queue.submit({ ...job(200 + i), rank: of }));
    await until(async () => (await bull.getPrioritized()).length === 4);
    // what was paid for is now asked for by the chain, too, and soon
    all.push(queue.submit({ ...job(200), rank: rank('challenge', BigInt(Math.floor(Date.now() / 1000) + 50)) }));
    const names = [200, 203, 202, 201].map((of) => nameOf(job(of))).join();
    await until(async () => (await bull.getPrioritized()).map(({ id }) => id).join() === names);
    const { close, began } = await toys(200, 1);
    await until(() => began.length === 3);
    await close();
    expect(began).toEqual([200, 203, 202]);
    await toys(0);
    await Promise.all(all);
  });

  it('answers that are none are refused, whoever put them there, and the true one is used', async () => {
    const proof = (of: number): string => context(of) + '0'.repeat(576);
    const lies: readonly (readonly [unknown, string])[] = [
      ['text', 'another text'],
      [{ words: ['0x12c', '0x5'], proof: proof(301), seconds: 0 }, 'one that does not hold for what was asked'],
      [{ words: ['0x12d', '0x5'], proof: proof(300), seconds: 0 }, 'one that does not hold for what was asked'],
      [{ words: ['0x12c'], proof: proof(300), seconds: 0 }, 'one that does not hold for what was asked'],
      [{ words: ['0x12c', '0x5'], proof: `${proof(300)}00`, seconds: 0 }, 'another text'],
      [{ words: ['0x12c', '0x5'], proof: proof(300), seconds: -1 }, 'another text'],
      [{ error: { code: 'evil', message: '', where: null, hint: null } }, 'another text'],
      [{ error: 'no file' }, 'the word of a worker: no file'],
      ['x'.repeat(1e6), 'too long an answer'],
      [null, 'none'],
    ];
    for (const [lie, why] of lies) {
      const evil = new bullmq.Worker(QUEUE.name, () => (lie === null ? Promise.reject(new Error('thrown')) : Promise.resolve(lie)), { connection: raw, prefix: QUEUE.prefix }); // prettier-ignore
      const message = `expected a proof out of Redis, got ${why}`;
      await expect(queue.submit(job(300))).rejects.toMatchObject({ code: 'resource', message });
      await evil.close();
    }
    await toys(0);
    expect((await queue.submit(job(300))).words).toEqual([300n, 5n]);
  });

  it('a true proof that is said to have taken days did not: later jobs are not refused for it', async () => {
    const answer = { words: ['0x12d', '0x5'], proof: context(301) + '0'.repeat(576), seconds: 1e6 };
    const evil = new bullmq.Worker(QUEUE.name, () => Promise.resolve(answer), { connection: raw, prefix: QUEUE.prefix }); // prettier-ignore
    expect((await queue.submit(job(301))).seconds).toBeLessThan(1e3);
    await evil.close();
    const all = Array.from({ length: 10 }, (_, i) => queue.submit(job(310 + i)));
    expect(queue.wait()).toBeLessThan(1e4);
    await toys(0);
    await Promise.all(all);
  });

  it('jobs that are none stop nobody, nor does what stands in the place of one', async () => {
    const bull = new bullmq.Queue(QUEUE.name, { connection: raw, prefix: QUEUE.prefix });
    await bull.add('x', { model: MODEL, words: 'all', context: 1 });
    const { id } = await bull.add('x', {});
    await raw.hset(bull.toKey(id!), 'data', '{');
    await raw.set(bull.toKey(nameOf(job(400))), 'a text');
    await raw.hset(bull.toKey(nameOf(job(401))), 'data', '{}', 'returnvalue', '{}');
    await bull.add('x', {}, { jobId: nameOf(job(402)), delay: 1e9 });
    await toys(0);
    const all = [400, 401, 402].map((of) => queue.submit(job(of)));
    expect((await Promise.all(all)).map(({ words: [word] }) => word)).toEqual([400n, 401n, 402n]);
  });

  it('what workers do not have is proved here', async () => {
    const other = context(2);
    const models = new Map([...MODELS, [other, { ...MODELS.get(MODEL)!, modelId: other }] as const]);
    const two = await redisQueue({ url: redis.url, models, mine: [context(1)], open, log: silent, checks });
    await toys(0);
    expect((await two.submit(job(500, other))).words).toEqual([7n]);
    expect((await two.submit(job(501, context(1)))).words).toEqual([7n]);
    expect(here.map(({ id }) => id)).toEqual(['500', '501']);
    await two.close();
  });

  it('a password is sent to Redis and said to nobody', async () => {
    const guarded = await startRedis('right');
    said = [];
    const wrong = await openQueue(guarded.url.replace('//', '//:wrong-one@'));
    const right = await openQueue(guarded.url.replace('//', '//:right@'));
    try {
      await until(() => said.join().includes('WRONGPASS'));
      expect(said.join()).not.toContain('wrong-one');
      await until(() => right.missing()?.why === 'no worker is connected to Redis');
    } finally {
      await Promise.all([wrong.close(), right.close()]);
      await guarded.end();
    }
  });
});

it('what is late first comes first, whenever it was put', () => {
  const at = (deadline: number, now: number) => priorityOf(rank('request', BigInt(deadline)), spanOf(now));
  expect(at(650, 0)).toBeLessThan(at(700, 600));
  // a span begins: until places are renewed, only what waited is behind
  const next = 2 ** 18;
  expect(at(next - 10, next - 20)).toBeLessThan(at(next + 10, next - 20));
  expect(at(next - 10, next)).toBeLessThan(at(next + 10, next));
  const all = (['challenge', 'request'] as const).flatMap((kind) => [0n, 2n ** 18n, 2n ** 40n].map((of) => priorityOf(rank(kind, of), 0))); // prettier-ignore
  all.push(priorityOf(rank('paid'), 9), priorityOf(rank('audit'), 9));
  expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
  expect([all[0], all.at(-1)! < 2 ** 21]).toEqual([1, true]);
});

it('without the packages there is one clear error', async () => {
  await expect(loadRedis(() => Promise.reject(new Error('Cannot find package')))).rejects.toMatchObject({
    code: 'usage',
    message: 'expected the packages bullmq and ioredis for "queue", got none',
    hint: 'npm install bullmq ioredis',
  });
});

describe.skipIf(!hasRedis)(`row 20: a node whose provers are reached by Redis${unlessRedis}`, () => {
  let t: Town;
  let redis: TestRedis;
  let running: RunningNode;
  const { free, input, promised, challenge, stateOf, request, settled, gained } = dealings(
    () => t,
    () => running.url,
  );
  const workers: ChildProcess[] = [];

  /** `inferproof node CONFIG --worker`: no key, and a chain that cannot be reached. */
  function spawnWorker(): ChildProcess {
    const path = join(t.folder, 'worker.json');
    const models = free().map((one) => ({ ...one, folder: 'model' }));
    const config = { rpc: 'http://127.0.0.1:1', models, workers: 1, queue: { redis: redis.url } };
    writeFileSync(path, JSON.stringify(config));
    const run = `import { nodeCommand } from '${resolve('network/dist/commands/node.js')}';
      await nodeCommand.run({ config: process.argv[1], worker: true }, { quiet: true, result: () => undefined });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', run, path], { stdio: 'ignore' });
    workers.push(child);
    return child;
  }
  const readiness = async () => (await fetch(`${running.adminUrl}/readyz`)).json();
  const ready = (why: unknown) => until(async () => (await readiness()).missing.workers === why);

  beforeAll(async () => {
    [t, redis] = await Promise.all([town(), startRedis()]);
    expect(await t.call(t.node, 'stake', [], 2n * BOND)).toBe('ok');
    expect(await t.call(t.client, 'fund', [t.node.address], 10n * PRICE)).toBe('ok');
  });
  afterAll(async () => {
    await t.end();
    await Promise.all(workers.map((child) => stop(child)));
    await redis.end();
  });

  it('meets what the chain asks for, once, whoever is killed; promises all the while, and says what is missing', async () => {
    const first = spawnWorker();
    const proof = { price: String(PRICE) };
    const models = free().map((one) => ({ ...one, proof }));
    running = await t.start({ models, queue: { redis: redis.url } });
    await ready(undefined);
    const asked = {
      ...question(t.modelId, input(2), t.client.address),
      want: 'proof',
      context: toHex(7, { size: 32 }),
    };
    const headers = { ...(await paying(t.place, t.client, t.node.address, PRICE)), 'Idempotency-Key': 'one' };
    const paid = await post(running.url, '/v1/infer', asked, headers);
    expect(paid.status).toBe(200);
    const checks = openChecks();
    const said = { words: [...input(2), ...paid.json.words.map(BigInt)], proof: paid.json.proof };
    const holds = (change: object, of: number) =>
      checks.holds({ modelId: t.modelId, vkey: t.model.vkey as LookupKey }, { ...said, ...change }, context(of));
    expect(await holds({}, 7)).toBe(true);
    expect(await holds({}, 8)).toBe(false);
    expect(await holds({ words: [...input(3), ...said.words.slice(t.inputWords)] }, 7)).toBe(false);
    expect(await holds({ proof: `0x${'ff'.repeat(320)}` }, 7)).toBe(false);
    // a thread that dies of a question answers it, and the next one has the next thread
    await expect(holds({ proof: '0xzz' }, 7)).rejects.toThrow();
    expect(await holds({}, 7)).toBe(true);
    await checks.close();

    await redis.kill();
    await ready('Redis does not answer');
    expect(await (await fetch(`${running.adminUrl}/metrics`)).text()).toMatch(/^provers_ready 0$/m);
    const { receipt, signature, json } = await promised(3);
    expect((await post(running.url, '/v1/prove', { ...json, words: wordsJson(input(3)) })).json.error).toMatchObject({ code: 'busy', message: 'nothing can be proved now' }); // prettier-ignore
    const again = await post(running.url, '/v1/infer', asked, headers);
    expect([again.json, again.headers.get('payment-response')]).toEqual([paid.json, null]);

    const before = await t.chain.getTransactionCount(t.node);
    const gain = await gained(t.node, async () => {
      expect(await challenge(receipt, signature, 3)).toBe('ok');
      const id = await request(4);
      await redis.start(true);
      await ready(undefined);
      await stop(first); // perhaps amid what was asked for
      await ready('no worker is connected to Redis');
      const late = await request(5);
      spawnWorker();
      await settled(id);
      await settled(late);
      await until(async () => (await stateOf(receipt)) === 2);
    });
    expect(gain).toBe(FLOOR + 2n * PAYMENT);
    expect(await t.chain.getTransactionCount(t.node)).toBe(before + 3);
  }, 240_000);
});
