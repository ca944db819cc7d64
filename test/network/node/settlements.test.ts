// What nobody pays for spends little: the answers to requests that OpenGradient's SDK waits for, against an RPC of a few lines.
import { toHex, type Hex } from 'viem';
import { expect, it, vi } from 'vitest';
import { openMetrics } from '#network/node/metrics.js';
import { openSettlements } from '#network/node/og.js';
import { routes } from '#network/node/routes.js';

const id = toHex(7, { size: 32 });
const never = new AbortController().signal;

function open(state: number) {
  const rpc = { state, reads: 0, head: 1, logs: [] as object[] };
  const client = {
    readContract: () => (rpc.reads++, Promise.resolve(rpc.state)),
    getBlockNumber: () => (rpc.reads++, Promise.resolve(9n)),
    getLogs: () => (rpc.reads++, Promise.resolve(rpc.logs)),
  };
  const market = { clients: [client], market: id, agreed: (_: string, read: (one: object) => unknown) => read(client) };
  const ask = openSettlements(market as never, new Map(), () => toHex(rpc.head));
  return { rpc, ask };
}
const soon = () => new Promise((later) => setTimeout(later, 120));

it('a request is looked at once a head, however many ask; what became of it is remembered', async () => {
  const { rpc, ask } = open(1);
  const all = Promise.all([1, 2, 3].map(() => ask(id, never)));
  await soon();
  expect(rpc.reads).toBe(1);
  rpc.head++;
  await soon();
  expect(rpc.reads).toBe(2);
  // settled, and the logs come late
  [rpc.state, rpc.head] = [2, 3];
  await soon();
  [rpc.logs, rpc.head] = [[{ args: { modelId: id, input: [], outputs: [] } }], 4];
  expect(await all).toEqual([null, null, null]); // of a model that is not served
  expect(rpc.reads).toBe(10);
  await ask(id, never);
  expect(rpc.reads).toBe(10);
});

it('one that expired ends at once and is remembered; an unknown one ends after three blocks more', async () => {
  const expired = open(3);
  for (let i = 0; i < 3; i++) expect(await expired.ask(id, never)).toBeNull();
  expect(expired.rpc.reads).toBe(1);
  const unknown = open(0);
  const timer = setInterval(() => unknown.rpc.head++, 10);
  expect(await unknown.ask(id, never)).toBeNull();
  clearInterval(timer);
  expect(unknown.rpc.reads).toBe(4);
});

it('nothing is read for callers who have gone', async () => {
  const { rpc, ask } = open(1);
  const callers = [new AbortController(), new AbortController()];
  const all = callers.map(({ signal }) => ask(id, signal));
  await soon();
  callers[0].abort();
  expect(await all[0]).toBeNull();
  rpc.head++;
  await soon();
  expect(rpc.reads).toBe(2); // for the other
  callers[1].abort();
  expect(await all[1]).toBeNull();
  await soon();
  rpc.head++;
  await soon();
  expect(rpc.reads).toBe(2);
});

it('an address waits for four at once, and leaves room for others', async () => {
  const given: Hex[] = [];
  const app = routes({
    ...{
      chainId: 1,
      card: () => ({}),
      words: 10,
      metrics: openMetrics(),
      stopping: () => false,
      more: () => undefined,
    },
    config: {
      limits: { requestsPerSecond: 1_000, unpaidPerSecond: 1_000, answers: 64, queueSeconds: 60 },
      trustProxy: 1,
    },
    desk: {} as never,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    inference: (of, gone) => (given.push(of), new Promise((done) => gone.addEventListener('abort', () => done(null)))),
  });
  const caller = new AbortController();
  const held: Request[] = []; // as a server's sockets hold theirs: the signal of one that was collected never aborts
  const ask = async (from: string) => {
    const path = `http://node/artela-network/artela-rollkit/inference/tx/${id}`;
    const request = new Request(path, { headers: { 'x-forwarded-for': from }, signal: caller.signal });
    held.push(request);
    return (await app.request(request)).status;
  };
  const all = ['1.1.1.1', '1.1.1.1', '1.1.1.1', '1.1.1.1', '2.2.2.2'].map(ask);
  await vi.waitFor(() => expect(given.length).toBe(5));
  expect(await ask('1.1.1.1')).toBe(429);
  caller.abort();
  expect(await Promise.all(all)).toEqual([503, 503, 503, 503, 503]);
});
