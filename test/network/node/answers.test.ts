// What a node answers over HTTP, and what it refuses: receipts, proofs, payment. Rows 14 and 15 of the cheating suite, each with its honest
// twin.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodePaymentRequiredHeader,
  decodePaymentResponseHeader,
  encodePaymentSignatureHeader,
} from '@x402/core/http';
import { parsePaymentRequired } from '@x402/core/schemas';
import { getAddress, hashTypedData, recoverAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typedData, wordsHash } from '#network/chain/typed-data.js';
import { decodeProof, serializeProof, verify } from '#verifier/index.js';
import { ETHER, WINDOW } from '../world.js';
import type { RunningNode } from '#network/node/node.js';
import { decoded, paying, post, question, receiptOf } from './asking.js';
import { BOND, PRICE, town, until, type Town } from './town.js';

let t: Town;
let running: RunningNode;
beforeAll(async () => {
  t = await town();
  await t.call(t.node, 'stake', [], 2n * BOND);
  await t.call(t.client, 'fund', [t.node.address], 100n * PRICE);
  running = await t.start();
});
afterAll(() => t.end());

const ask = (body: string | object, headers: Record<string, string> = {}) =>
  post(running.url, '/v1/infer', body, headers);
const pay = (total: bigint, change: object = {}) => paying(t.place, t.client, t.node.address, total, change);
const input = (seed: number) => t.words(seed).slice(0, t.inputWords);
const asked = (more: object = {}, seed = 1) => question(t.modelId, input(seed), t.client.address, more);
/** What the client owes so far. */
let spent = 0n;

describe('a node', () => {
  it('says what it offers', async () => {
    const card = (await (await fetch(`${running.url}/v1/card`)).json()) as Record<string, unknown>;
    expect(card).toMatchObject({
      format: 'inferproof-node',
      version: 1,
      chainId: 31337,
      market: getAddress(t.market),
      node: t.node.address,
    });
    expect(card['models']).toMatchObject([{ modelId: t.modelId, receipt: { price: '1000', bond: String(BOND) } }]);
    expect(await (await fetch(`${running.adminUrl}/readyz`)).json()).toEqual({ ready: true, missing: {} });
  });

  it('answers by a receipt that binds it', async () => {
    const before = await t.now();
    const { status, json, headers } = await ask(asked({ bond: '5' }), await pay((spent += PRICE)));
    expect(status).toBe(200);
    const words = t.words(1);
    const receipt = receiptOf(json.receipt);
    expect(receipt).toEqual({
      ...{ node: t.node.address, client: t.client.address, modelId: t.modelId, bond: 5n, inputWords: t.inputWords },
      ...{
        inputHash: wordsHash(input(1)),
        outputHash: wordsHash(words.slice(t.inputWords)),
        until: expect.any(BigInt),
      },
    });
    // a chain that mines on demand is as late as its next block
    expect(receipt.until - before - WINDOW + 60n).toBeLessThan(60n);
    expect(receipt.until).toBeGreaterThanOrEqual(before + WINDOW - 60n);
    expect(json.words.map(BigInt)).toEqual(words.slice(t.inputWords));
    const hash = hashTypedData(typedData(t.place, 'Receipt', receipt));
    expect(await recoverAddress({ hash, signature: json.signature })).toBe(t.node.address);
    expect(decoded(headers.get('PAYMENT-RESPONSE'))).toMatchObject({
      success: true,
      payer: t.client.address,
      amount: '1000',
    });
    // the proof of it, and once more: one job, paid once
    const promised = { receipt: json.receipt, signature: json.signature, words: asked().words };
    const proved = await post(running.url, '/v1/prove', promised, await pay((spent += PRICE)));
    expect(await post(running.url, '/v1/prove', promised)).toMatchObject({ status: 200, json: proved.json });
    const proof = serializeProof(decodeProof(Buffer.from(proved.json.proof.slice(2), 'hex'), words));
    expect(verify(t.model.vkey, proof, { context: t.receiptId(receipt), allowInsecureKey: true }).valid).toBe(true);
  });

  it('answers with a proof under the context that was asked for', async () => {
    const context = `0x${'ab'.repeat(32)}`;
    const { json } = await ask(asked({ want: 'proof', context }, 2), await pay((spent += PRICE)));
    const words = [...input(2), ...json.words.map(BigInt)];
    expect(words).toEqual(t.words(2));
    const proof = serializeProof(decodeProof(Buffer.from(json.proof.slice(2), 'hex'), words));
    expect(verify(t.model.vkey, proof, { context, allowInsecureKey: true }).valid).toBe(true);
    expect(verify(t.model.vkey, proof, { context: `0x${'ac'.repeat(32)}`, allowInsecureKey: true }).valid).toBe(false);
  });

  it('is free to be asked again with the same key, and only for the same question', async () => {
    const headers = { ...(await pay((spent += PRICE))), 'Idempotency-Key': 'once' };
    const first = await ask(asked({}, 3), headers);
    expect(await ask(asked({}, 3), headers)).toMatchObject({ status: 200, json: first.json });
    expect(await ask(asked({}, 4), headers)).toMatchObject({ status: 409, json: { error: { code: 'conflict' } } });
    // the answer outlives the process
    await running.close();
    running = await t.start();
    expect(await ask(asked({}, 3), headers)).toMatchObject({ status: 200, json: first.json });
    // two at once under one key: one answer, paid once
    const both = { ...(await pay((spent += PRICE))), 'Idempotency-Key': 'twice' };
    const [one, two] = await Promise.all([ask(asked({}, 4), both), ask(asked({}, 4), both)]);
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(one.json).toEqual(two.json);
    expect((await ask(asked(), await pay(spent))).status).toBe(402);
  });
});

describe('row 14: vouchers', () => {
  it.each([
    ['none', () => Promise.resolve({})],
    ['a total below what is due', () => pay(spent)],
    ['for another node', () => paying(t.place, t.client, t.other.address, spent + PRICE)],
    [
      'for this node by its word, signed for another',
      async () => ({ ...(await paying(t.place, t.client, t.other.address, spent + PRICE, { node: t.node.address })) }),
    ],
    [
      'for another market',
      () => paying({ ...t.place, market: t.other.address }, t.client, t.node.address, spent + PRICE),
    ],
    ['for another chain', () => paying({ ...t.place, chainId: 1 }, t.client, t.node.address, spent + PRICE)],
    ['of another client', () => paying(t.place, t.other, t.node.address, spent + PRICE)],
    [
      'of another client by its word',
      () => paying(t.place, t.other, t.node.address, spent + PRICE, { client: t.client.address }),
    ],
    ['above the funds', () => pay(100n * PRICE + 1n)],
  ])('%s: 402 that says what is due', async (_, header) => {
    const { status, json, headers } = await ask(asked(), await header());
    expect([status, json.error.code]).toEqual([402, 'payment']);
    const required = decoded(headers.get('PAYMENT-REQUIRED'));
    expect(parsePaymentRequired(decodePaymentRequiredHeader(headers.get('PAYMENT-REQUIRED')!))).toEqual({ success: true, data: required }); // prettier-ignore
    expect(required.accepts).toEqual([
      { scheme: 'inferproof-channel', network: 'eip155:31337', amount: '1000', asset: `0x${'0'.repeat(40)}`, payTo: t.node.address, maxTimeoutSeconds: 60, extra: { market: getAddress(t.market), total: String(spent + PRICE) } },
    ]); // prettier-ignore
  });

  it('is read and written by x402’s own codec', async () => {
    const { headers } = await ask(asked());
    const { accepts } = decodePaymentRequiredHeader(headers.get('PAYMENT-REQUIRED')!);
    const total = spent + PRICE;
    const { payload } = decoded((await pay(total))['PAYMENT-SIGNATURE']);
    const header = encodePaymentSignatureHeader({ x402Version: 2, accepted: accepts[0], payload });
    const paid = await ask(asked(), { 'PAYMENT-SIGNATURE': header });
    expect(paid.status).toBe(200);
    spent = total;
    expect(decodePaymentResponseHeader(paid.headers.get('PAYMENT-RESPONSE')!)).toMatchObject({ success: true, payer: t.client.address, network: 'eip155:31337', amount: String(PRICE) }); // prettier-ignore
  });

  it('a signature in another form than the contracts take', async () => {
    const { 'PAYMENT-SIGNATURE': header } = await pay(spent + PRICE);
    const { payload } = decoded(header) as { payload: { signature: string } };
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = (order - BigInt(`0x${payload.signature.slice(66, 130)}`)).toString(16).padStart(64, '0');
    const flipped = payload.signature.slice(0, 66) + high + (payload.signature.endsWith('1b') ? '1c' : '1b');
    expect((await ask(asked(), await pay(spent + PRICE, { signature: flipped }))).status).toBe(402);
    expect((await ask(asked(), await pay(spent + PRICE, { signature: payload.signature.slice(0, -2) }))).status).toBe(
      402,
    );
  });

  it('two answers for one total: one is paid', async () => {
    const header = await pay((spent += PRICE));
    const both = await Promise.all([ask(asked(), header), ask(asked({}, 2), header)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 402]);
    expect((await ask(asked(), header)).status).toBe(402);
  });

  it('an answer that cannot be made costs nothing, and nothing but vouchers is written', async () => {
    expect((await ask(asked({ bond: String(BOND + 1n) }), await pay(spent + PRICE))).status).toBe(400);
    const lines = readFileSync(join(t.folder, 'data/vouchers.jsonl'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as object); // prettier-ignore
    expect(lines.at(-1)).toMatchObject({ client: t.client.address, total: String(spent), spent: String(spent) });
    expect(new Set(lines.map((line) => 'client' in line && line.client)).size).toBe(1);
  });

  it('a client that closes its channel: redeemed before it ends, no more answers; what is reclaimed is gone, and so is the old total', async () => {
    await t.call(t.client, 'close', [t.node.address]);
    await until(async () => (await t.due(t.node.address)) === spent);
    expect((await ask(asked(), await pay(spent + PRICE))).status).toBe(402);
    await t.pass(Number(WINDOW) + 1);
    expect(await t.call(t.client, 'reclaim', [t.node.address])).toBe('ok');
    expect(await t.due(t.client.address)).toBe(100n * PRICE - spent);
    await t.call(t.client, 'fund', [t.node.address], 10n * PRICE);
    await until(async () => (await fetch(`${running.adminUrl}/readyz`)).status === 200); // it has seen the hour pass
    expect((await ask(asked(), await pay(spent))).status).toBe(402);
    expect((await ask(asked(), await pay((spent += PRICE)))).status).toBe(200);
    // with its files lost, the node counts what was redeemed as served
    await running.close();
    running = await t.start({ data: join(t.folder, 'lost') });
    expect((await ask(asked(), await pay(spent - PRICE))).status).toBe(402);
  });

  it('vouchers that cannot be written: nothing that costs is answered, and whoever asks whether it is ready is told', async () => {
    expect((await ask(asked(), await pay((spent += PRICE)))).status).toBe(200);
    appendFileSync(join(t.folder, 'lost/vouchers.jsonl'), 'of another process');
    expect((await ask(asked(), await pay(spent + PRICE))).status).toBe(500);
    const refused = await ask(asked(), await pay(spent + PRICE));
    expect([refused.status, refused.json.error]).toMatchObject([503, { message: 'vouchers cannot be written' }]);
    const ready = await fetch(`${running.adminUrl}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { missing: { vouchers: expect.stringContaining('another process') as string } }]);
  }); // prettier-ignore
});

describe('row 15: words', () => {
  const [free] = [{ models: [] as object[] }];
  beforeAll(async () => {
    await running.close();
    free.models = [{ model: t.name, receipt: { price: '0', bond: String(ETHER) } }];
    running = await t.start(free);
  });
  const hex = (word: bigint) => `0x${word.toString(16).padStart(64, '0')}`;
  const wrong = (change: (words: string[]) => unknown[]) => ({ ...asked(), words: change([...asked().words]) });

  it('of the layout are answered, the others are not', async () => {
    expect((await ask(asked())).status).toBe(200);
    const [first, ...rest] = input(1);
    const { bits, hi, lo } = t.model.vkey.publics[0];
    const chunks = t.model.vkey.publics[0].shape.reduce((a, b) => a * b, 1);
    const cases: [string, unknown, number][] = [
      ['a chunk above hi - lo', wrong(([, ...more]) => [hex((first & ~((1n << BigInt(bits)) - 1n)) + BigInt(hi - lo + 1)), ...more]), 422],
      ['a bit beyond the last chunk', wrong(([, ...more]) => [hex(first + (1n << BigInt(bits * chunks))), ...more]), 422],
      ['a word of the field order', wrong(([, ...more]) => [hex(21888242871839275222246405745257275088548364400416034343698204186575808495617n), ...more]), 422],
      ['one word less', wrong((all) => all.slice(1)), 400],
      ['one word more', wrong((all) => [...all, hex(0n)]), 400],
      ['no hex', wrong(([, ...more]) => ['12', ...more]), 400],
      ['numbers', wrong(() => [Number(first), ...rest.map(Number)]), 400],
      ['33 bytes', wrong(([one, ...more]) => [`0x00${one.slice(2)}`, ...more]), 400],
      ['another field', { ...asked(), extra: 1 }, 400],
      ['deep JSON', `${'['.repeat(2000)}${']'.repeat(2000)}`, 400],
      ['no JSON', 'words', 400],
      ['another model', { ...asked(), model: hex(1n) }, 404],
      ['a service that is not offered', asked({ want: 'proof' }), 404],
    ]; // prettier-ignore
    for (const [what, body, status] of cases) {
      const told = await ask(body as object);
      expect([what, told.status, Object.keys(told.json)]).toEqual([what, status, ['error']]);
    }
    const large = await fetch(`${running.url}/v1/infer`, { method: 'POST', body: `[${'0,'.repeat(5e6)}0]`, headers: { 'content-type': 'application/json' } }).then(({ status }) => status, () => 413); // prettier-ignore
    expect(large).toBe(413);
    expect((await ask(asked(), { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('too many a second: 429 that says when to come again', async () => {
    await running.close();
    running = await t.start({ ...free, limits: { requestsPerSecond: 2 } });
    const all = await Promise.all(Array.from({ length: 6 }, () => ask(asked())));
    const limited = all.filter(({ status }) => status === 429);
    expect(all.filter(({ status }) => status === 200).length).toBe(2);
    expect(limited.length).toBe(4);
    expect(limited[0].headers.get('retry-after')).toBe('1');
  });
});
