// The service of examples/node-app: one action for each context, and only for a proof that binds it.
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { createService } from '#examples/node-app/service.js';
import { simulate, vkey } from './simulated.js';

let close: () => void = () => undefined;
afterEach(() => close());

async function start(options: { lifetime?: number; capacity?: number; now?: () => number } = {}) {
  const act = vi.fn((outputs: Readonly<Record<string, { floats: readonly number[] }>>) => outputs.output.floats);
  const server = createService({ vkey, act, allowInsecureKey: true, ...options });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const post = async (path: string, body?: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${base}${path}`, { method: 'POST', ...(body !== undefined && { body: text }) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const issue = async () => String((await post('/requests')).body.context);
  return { act, base, post, issue };
}

const INPUT = [1, 2, 3, 4];
const SCORES = [-4, 9, 7];

test('a proof under the issued context is acted on, once', async () => {
  const { act, post, issue } = await start();
  const context = await issue();
  expect(context).toMatch(/^0x[0-9a-f]{64}$/);
  const { json } = simulate(INPUT, SCORES, context);
  expect(await post(`/proofs/${context}`, json)).toEqual({ status: 200, body: { result: [-2, 4.5, 3.5] } });
  expect(await post(`/proofs/${context}`, json)).toMatchObject({ status: 409 });
  expect(act).toHaveBeenCalledTimes(1);
});

test('two posts of one proof at the same time: one action', async () => {
  const { act, post, issue } = await start();
  const context = await issue();
  const { json } = simulate(INPUT, SCORES, context);
  const answers = await Promise.all([1, 2, 3].map(() => post(`/proofs/${context}`, json)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  expect(act).toHaveBeenCalledTimes(1);
});

test('a proof made for another context is refused, and the context stays open for the right one', async () => {
  const { act, post, issue } = await start();
  const [first, second] = [await issue(), await issue()];
  expect(first).not.toBe(second);
  const stolen = simulate(INPUT, SCORES, first).json;
  expect(await post(`/proofs/${second}`, stolen)).toMatchObject({ status: 422, body: { reason: 'context' } });
  expect(act).not.toHaveBeenCalled();
  expect(await post(`/proofs/${second}`, simulate(INPUT, SCORES, second).json)).toMatchObject({ status: 200 });
});

test('a proof with a changed score is refused', async () => {
  const { act, post, issue } = await start();
  const context = await issue();
  const honest = simulate(INPUT, SCORES, context).json;
  const other = simulate(INPUT, [9, -4, 7], context).json;
  const forged = { ...honest, publicSignals: other.publicSignals };
  expect(await post(`/proofs/${context}`, forged)).toMatchObject({ status: 422, body: { reason: 'pairing' } });
  expect(act).not.toHaveBeenCalled();
});

test('a context that nobody issued, or that has expired, is refused', async () => {
  let time = 1_000_000;
  const { act, post, issue } = await start({ lifetime: 60_000, now: () => time });
  const invented = `0x${'ab'.repeat(32)}`;
  expect(await post(`/proofs/${invented}`, simulate(INPUT, SCORES, invented).json)).toMatchObject({ status: 409 });
  const context = await issue();
  time += 60_000;
  expect(await post(`/proofs/${context}`, simulate(INPUT, SCORES, context).json)).toMatchObject({ status: 409 });
  expect(act).not.toHaveBeenCalled();
});

test('what is no proof is answered, not crashed on', async () => {
  const { post, base, issue } = await start();
  const context = await issue();
  expect(await post(`/proofs/${context}`, '{')).toMatchObject({ status: 400 });
  for (const body of ['null', '[]', '{}', '"x"'])
    expect(await post(`/proofs/${context}`, body)).toMatchObject({ status: 422, body: { reason: 'malformed' } });
  expect(await post(`/proofs/${context}`, `"${'x'.repeat(300_000)}"`)).toMatchObject({ status: 413 });
  expect(await post('/proofs/0x12', {})).toMatchObject({ status: 404 });
  expect((await fetch(`${base}/requests`)).status).toBe(405);
});

test('open requests are bounded', async () => {
  let time = 0;
  const { post } = await start({ lifetime: 1000, capacity: 3, now: () => time });
  for (let i = 0; i < 3; i++) expect(await post('/requests')).toMatchObject({ status: 201 });
  expect(await post('/requests')).toMatchObject({ status: 503 });
  time = 1000;
  expect(await post('/requests')).toMatchObject({ status: 201 });
});

test('a development key is refused unless allowed', () => {
  expect(() => createService({ vkey, act: () => null })).toThrow('development key');
});
