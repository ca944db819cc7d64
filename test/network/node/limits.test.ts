// What a node's routes let in, without a node behind them.
import { expect, it } from 'vitest';
import type { Desk } from '#network/node/answer.js';
import { openMetrics } from '#network/node/metrics.js';
import { refusal } from '#network/node/refusal.js';
import { routes } from '#network/node/routes.js';

const LIMITS = { requestsPerSecond: 1_000, unpaidPerSecond: 1_000, answers: 1, queueSeconds: 60 };
const word = `0x${'00'.repeat(32)}`;
const body = JSON.stringify({ model: word, words: [word], want: 'receipt', client: `0x${'11'.repeat(20)}` });
const reply = { status: 200, text: '{}', price: 0n } as const;

function open(limits: Partial<typeof LIMITS> = {}, infer: Desk['infer'] = () => Promise.resolve(reply)) {
  const app = routes({
    ...{
      chainId: 1,
      card: () => ({}),
      words: 10,
      metrics: openMetrics(),
      stopping: () => false,
      inference: () => Promise.resolve(null),
      more: () => undefined,
    },
    config: { limits: { ...LIMITS, ...limits }, trustProxy: 1 },
    desk: { infer, prove: () => Promise.reject(new Error('not asked')) },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  return (from = '1.2.3.4', sent: string | ReadableStream = body): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': from };
    const init = { method: 'POST', headers, body: sent, duplex: 'half' };
    return Promise.resolve(app.request('/v1/infer', init)).then(({ status }) => status);
  };
}

it('bodies that come slowly take nobody’s place', async () => {
  const ask = open();
  const { readable, writable } = new TransformStream<Uint8Array>();
  const waits = ask('1.2.3.4', readable);
  await new Promise((later) => setTimeout(later, 20));
  expect(await ask()).toBe(200);
  const writer = writable.getWriter();
  await writer.write(Buffer.from(body));
  await writer.close();
  expect(await waits).toBe(200);
});

it('no more answers at once than that', async () => {
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const ask = open({}, () => gate.then(() => reply));
  const both = [ask(), ask()];
  await new Promise((later) => setTimeout(later, 20));
  go();
  expect((await Promise.all(both)).sort()).toEqual([200, 503]);
});

it('an address of IPv6 counts by its network, one of IPv4 by itself', async () => {
  const ask = open({ requestsPerSecond: 1 });
  const told = [];
  for (const from of [
    '2001:db8:1:2::1',
    '2001:db8:1:2:ffff::9',
    '2001:db8:1:3::1',
    '::ffff:1.2.3.4',
    '1.2.3.4',
    '1.2.3.5',
  ])
    told.push(await ask(from));
  expect(told).toEqual([200, 429, 200, 200, 429, 200]);
});

it('what is asked without money is counted before it is worked on, and costs nothing where it is free', async () => {
  let worked = 0;
  const ask = open(
    { unpaidPerSecond: 2, answers: 10 },
    () => (worked++, Promise.reject(refusal(402, 'expected a payment'))),
  );
  expect(await Promise.all([1, 2, 3, 4].map(() => ask()))).toEqual([402, 402, 429, 429]);
  expect(worked).toBe(2);
  const free = open({ unpaidPerSecond: 2 });
  for (let i = 0; i < 5; i++) expect(await free()).toBe(200);
});
