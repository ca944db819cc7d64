// A client among nodes that cheat: rows 2, 3, 4, 11, 12, 21, 27 and 29 of the cheating suite as a client meets them, and row 1 from the answer to
// the bond, to the wei.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { keccak256, toHex } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '#network/client/connect.js';
import { openChain, openMarket, type Chain } from '#network/chain/open.js';
import { wordsHash } from '#network/chain/typed-data.js';
import { memoryStore, type Model, type Net, type WatchEvent } from '#network/index.js';
import { prove } from '#prover/index.js';
import { encodeProof, InferproofError, vkDigest, type LookupKey } from '#verifier/index.js';
import { parseLookupProof } from '#verifier/proof.js';
import { universalCalldata } from '#verifier/solidity/index.js';
import { account, BURNT, ETHER, FLOOR, PROOF_TIME, WINDOW } from '../world.js';
import { evilNode, say, type Manner } from '../evil/node.js';
import { BOND, town, type Town } from '../node/town.js';
import { clientOf, publishTiny } from './published.js';

/** More than the challenges that rows leave open could take. */
const STAKE = 9n * BOND;

let t: Town;
let liar: PrivateKeyAccount;
const manner: Manner = {};
let evil: Awaited<ReturnType<typeof evilNode>>;
let hub: Awaited<ReturnType<typeof publishTiny>>;
let net: Net;
let model: Model;
const folder = () => join(t.folder, 'client');
beforeAll(async () => {
  t = await town();
  liar = t.other;
  hub = await publishTiny(t, 'tiny');
  evil = await evilNode(t, liar, manner);
  net = await clientOf(t, hub.hub.url, t.client, { folder: folder() });
  model = await net.model(hub.name);
});
beforeEach(async () => {
  for (const name of Object.keys(manner)) Reflect.deleteProperty(manner, name);
  await t.call(liar, 'stake', [], STAKE - (await stakeOf()));
});
afterAll(async () => {
  await evil.close();
  await hub.hub.close();
  await t.end();
});

const values = (seed: number) => t.model.sample(seed).inputs;
const stakeOf = async (): Promise<bigint> => (await t.read('stakes', [liar.address]))[0];
const ask = (seed: number, more: object = {}) =>
  net.infer(model, values(seed), { bond: BOND, node: evil.url, ...more });
const lie = (outputs: bigint[]) => outputs.map((word, i) => (i === 0 ? (word === 0n ? 1n : word - 1n) : word));
const refused = async (answer: Promise<unknown>): Promise<string> => {
  const error = await answer.then(
    () => ({ code: 'none', hint: 'answered' }),
    (thrown: unknown) => thrown as { code: string; hint?: string },
  );
  expect(error.code).toBe('resource');
  return error.hint ?? '';
};
/** Looks at what is kept until nothing happens any more. */
async function watch(of: Net = net): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  const watcher = of.watcher({ share: 1, patience: 2_000, onEvent: (event) => events.push(event) });
  await watcher.step();
  await watcher.idle();
  return events;
}

describe('row 1: output + 1', () => {
  it.each<[string, Manner['prove'], string]>([
    ['no proof', undefined, 'answered 404: no'],
    [
      'a proof that is none',
      (_, response) =>
        say(response, 200, { words: [], proof: `0x${'01'.repeat(320)}`, context: `0x${'00'.repeat(32)}` }),
      'sent a proof that does not hold',
    ],
    [
      'a proof of another length',
      (_, response) => say(response, 200, { words: [], proof: '0x01', context: `0x${'00'.repeat(32)}` }),
      'sent a proof that does not hold',
    ],
    [
      'a proof that never comes',
      (_, response) => say(response, 202, { pending: 1 }, { 'Retry-After': '1' }),
      'answered 202',
    ],
    ['no answer at all', () => undefined, 'did not answer within 1.5 s'],
  ])('and %s: challenged, not proved, slashed to the wei', async (_, prove, reason) => {
    manner.outputs = lie;
    if (prove) manner.prove = prove;
    const answer = await ask(1);
    const audited = await net.audit(answer, { patience: 1_500 });
    expect(audited).toEqual({ challenged: answer.id, reason });
    expect((await t.read('challenges', [answer.id]))[3]).toBe(1);
    expect(await t.call(liar, 'prove', [answer.receipt, t.words(1), Array(10).fill(0n)])).toBe('OtherOutput');
    expect(await watch()).toEqual([]);
    const [client, burnt, stake] = [await t.due(t.client.address), await t.due(BURNT), await stakeOf()];
    await t.pass(Number(PROOF_TIME) + 1);
    await watch(); // sends it
    expect(await watch()).toEqual([{ id: answer.id, what: 'slashed' }]);
    expect(await stakeOf()).toBe(stake - BOND);
    expect((await t.due(BURNT)) - burnt).toBe(BOND / 2n);
    expect((await t.due(t.client.address)) - client).toBe(BOND / 2n + FLOOR);
    expect(existsSync(join(folder(), 'receipts', `${answer.id}.json`))).toBe(false);
  });

  it('is drawn by the watcher, not by the answer: what is kept is audited, and the honest twin is forgotten with its hour', async () => {
    manner.outputs = lie;
    const answer = await ask(2);
    expect(await watch()).toEqual([{ id: answer.id, what: 'challenged', reason: 'answered 404: no' }]);
    await t.pass(Number(PROOF_TIME) + 1);
    await watch();
    expect(await watch()).toEqual([{ id: answer.id, what: 'slashed' }]);
    delete manner.outputs;
    const honest = await ask(3);
    const unwatched = net.watcher({ share: 0, onEvent: () => expect.fail('nothing is due') });
    await unwatched.step();
    expect(JSON.parse(readFileSync(join(folder(), 'receipts', `${honest.id}.json`), 'utf8'))).toMatchObject({ state: 'skipped' }); // prettier-ignore
    await t.pass(Number(WINDOW));
    expect(await watch()).toEqual([{ id: honest.id, what: 'forgotten' }]);
  });
});

it('row 2: a node that refuses the proof to the client, and gives it to the chain', async () => {
  const running = await t.start();
  await t.call(t.node, 'stake', [], 2n * BOND);
  const front = await evilNode(t, t.node, {});
  const answer = await net.infer(model, values(4), { bond: BOND, node: front.url });
  const before = await t.due(t.node.address);
  expect(await net.audit(answer)).toMatchObject({ challenged: answer.id });
  await expect.poll(async () => (await t.read('challenges', [answer.id]))[3], { timeout: 90_000 }).toBe(2);
  expect(await watch()).toEqual([{ id: answer.id, what: 'proved' }]);
  expect((await t.due(t.node.address)) - before).toBe(FLOOR);
  expect((await t.read('stakes', [t.node.address]))[0]).toBe(2n * BOND);
  await front.close();
  await running.close();
});

it('row 3: a node that challenges its own lie first saves nothing of the client’s half', async () => {
  manner.outputs = lie;
  const answer = await ask(5);
  const input = answer.words.slice(0, model.inputWords);
  expect(await t.call(liar, 'challenge', [answer.receipt, answer.signature, input], FLOOR)).toBe('ok');
  expect(await net.audit(answer)).toMatchObject({ challenged: answer.id });
  expect(await t.call(t.client, 'challenge', [answer.receipt, answer.signature, input], FLOOR)).toBe('NotOpen(1)');
  const [client, node] = [await t.due(t.client.address), await t.due(liar.address)];
  await t.pass(Number(PROOF_TIME) + 1);
  await watch();
  expect((await watch()).map(({ what }) => what)).toEqual(['slashed']);
  expect([(await t.due(t.client.address)) - client, (await t.due(liar.address)) - node]).toEqual([BOND / 2n, FLOOR]);
});

it('row 4: a key that does not hash to the name, a manifest of another model, a key that is not the registry’s', async () => {
  const other = await t.publish('other');
  const theirs = (file: string, bytes: Uint8Array) =>
    file === 'vkey.json' ? readFileSync(join(t.folder, 'other', 'vkey.json')) : bytes;
  const look = await publishTiny(t, 'look-alike', { change: theirs });
  const elsewhere = await clientOf(t, look.hub.url, t.client);
  await expect(elsewhere.model(look.name)).rejects.toMatchObject({ code: 'mismatch', where: 'vkey.json' });
  await look.hub.close();
  const moved = await publishTiny(t, 'moved', { registered: toHex(vkDigest(other.vkey as LookupKey)) });
  await expect((await clientOf(t, moved.hub.url)).model(moved.name)).rejects.toMatchObject({ code: 'mismatch', where: moved.manifest }); // prettier-ignore
  await moved.hub.close();
  const chain = await openChain([t.anvil.url]);
  const agreed: Chain['agreed'] = (what, read) => what === 'the key of a model' ? Promise.resolve(Array(23).fill(0n) as never) : chain.agreed(what, read); // prettier-ignore
  const options = { rpc: [], hubs: [hub.hub.url], account: t.client };
  const unknown = await connectTo({ ...chain, agreed }, await openMarket(chain, t.market), options);
  await expect(unknown.model(hub.name)).rejects.toMatchObject({ code: 'mismatch', where: 'vkey.json' });
});

describe('rows 11 and 12: a stake that is leaving, or too small', () => {
  it('is not asked', async () => {
    const before = evil.asked.filter((path) => path === '/v1/infer').length;
    expect(await refused(ask(1, { bond: STAKE + 1n }))).toContain(`has ${STAKE} wei at stake, less than ${STAKE + 1n}`);
    expect(await refused(ask(1, { bond: 11n * BOND }))).toContain('binds itself by');
    await t.call(liar, 'quit');
    expect(await refused(ask(1))).toContain('is leaving');
    expect(evil.asked.filter((path) => path === '/v1/infer').length).toBe(before);
  });

  it('is not asked while open challenges could take the stake that is left, and is again when they are proved', async () => {
    const own = await clientOf(t, hub.hub.url, t.client);
    const answer = await own.infer(model, values(7), { bond: BOND, node: evil.url });
    const open = async () => BigInt((await t.read('stakes', [liar.address]))[2]);
    const free = { node: evil.url, bond: STAKE / ((await open()) + 1n) };
    await own.infer(model, values(7), free);
    expect(await t.call(t.watcher, 'challenge', [answer.receipt, answer.signature, answer.words.slice(0, model.inputWords)], FLOOR)).toBe('ok'); // prettier-ignore
    expect(await refused(own.infer(model, values(7), free))).toContain(`${await open()} challenges open`);
    const { circuit, provingKey, vkey, sample } = t.model;
    const { proof } = await prove(circuit, provingKey, vkey, sample(7), { context: answer.id });
    expect(await t.call(t.watcher, 'prove', [answer.receipt, answer.words, universalCalldata(vkey, proof, answer.id).proof.map(BigInt)])).toBe('ok'); // prettier-ignore
    await own.infer(model, values(7), free);
  });

  it('is not asked beyond what the client trusts one stake with, also at once and after a restart, until it proves', async () => {
    const store = memoryStore();
    const open = () => clientOf(t, hub.hub.url, t.client, { store });
    const own = await open();
    const asked = { node: evil.url, bond: BOND, maxExposure: BOND / 50n }; // two receipts
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map((seed) => own.infer(model, values(seed), asked)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    const again = await open();
    expect(await refused(again.infer(model, values(6), asked))).toContain(`${2n * BOND} wei of bonds`);
    // who audits twice as many holds half as many
    expect(await refused(again.infer(model, values(6), { ...asked, share: 0.02 }))).toContain(`: ${BOND} wei of bonds`);
    for (const share of [0, 9e-7, 1.5, NaN]) await expect(again.infer(model, values(6), { ...asked, share })).rejects.toMatchObject({ code: 'usage' }); // prettier-ignore
    expect((await again.infer(model, values(6), { node: evil.url, bond: BOND })).node).toBe(liar.address); // prettier-ignore
  });

  it('nor believed, where it begins to leave while it answers', async () => {
    manner.receipt = (receipt) => receipt;
    manner.outputs = (words) => words;
    manner.infer = async (_, response) => {
      await t.call(liar, 'quit');
      delete manner.infer;
      const told = await fetch(`${evil.url}/v1/infer`, { method: 'POST', body: JSON.stringify(asked) });
      response.writeHead(200, { 'content-type': 'application/json' }).end(await told.text());
    };
    const input = t.words(1).slice(0, t.inputWords);
    const asked = { model: t.modelId, words: input.map((word) => `0x${word.toString(16)}`), want: 'receipt', client: t.client.address, bond: String(BOND) }; // prettier-ignore
    const states = () => readdirSync(join(folder(), 'receipts')).map((name) => (JSON.parse(readFileSync(join(folder(), 'receipts', name), 'utf8')) as { state: string }).state); // prettier-ignore
    const before = states().length;
    expect(await refused(ask(1))).toContain('has no stake that covers the bond and stays');
    // it was signed, and is kept; nobody pays to challenge it
    expect([states().length - before, states().includes('skipped'), states().includes('new')]).toEqual([1, true, false]); // prettier-ignore
  });

  it('a receipt is kept before the chain is asked for the stake, and not lost where it does not answer', async () => {
    const chain = await openChain([t.anvil.url]);
    let reads = 0;
    const agreed: Chain['agreed'] = (what, read) => what === 'stakes of the market' && reads++ > 0 ? Promise.reject(new InferproofError('resource', 'gone')) : chain.agreed(what, read); // prettier-ignore
    const store = memoryStore();
    const own = await connectTo({ ...chain, agreed }, await openMarket(chain, t.market), { rpc: [], account: t.client, store }); // prettier-ignore
    await expect(own.infer(model, values(1), { bond: BOND, node: evil.url })).rejects.toThrow('gone');
    expect(await store.list('receipts')).toHaveLength(1);
  });
});

describe('a receipt that is not what was asked for', () => {
  it.each<[string, Manner, string]>([
    ['another signer', { signer: account('stranger') }, 'did not sign'],
    ['another node', { receipt: (r) => ({ ...r, node: account('stranger').address }) }, 'another node'],
    ['another client', { receipt: (r) => ({ ...r, client: account('stranger').address }) }, 'another client'],
    ['another model', { receipt: (r) => ({ ...r, modelId: wordsHash([1n]) }) }, 'another modelId'],
    ['another input', { receipt: (r) => ({ ...r, inputHash: wordsHash([1n]) }) }, 'another inputHash'],
    ['another output', { receipt: (r) => ({ ...r, outputHash: wordsHash([1n]) }) }, 'another outputHash'],
    ['another number of words', { receipt: (r) => ({ ...r, inputWords: r.inputWords + 1 }) }, 'another inputWords'],
    ['a smaller bond', { receipt: (r) => ({ ...r, bond: r.bond - 1n }) }, 'another bond'],
    ['an early end', { receipt: (r) => ({ ...r, until: r.until - WINDOW / 2n }) }, 'ends too soon'],
    ['an end after the stake’s', { receipt: (r) => ({ ...r, until: r.until + 1000n }) }, 'outlasts its stake'],
    ['words outside the layout', { outputs: (words) => words.map(() => 2n ** 250n) }, 'no outputs of the model'],
    ['words missing', { outputs: (words) => words.slice(1) }, 'no outputs of the model'],
    ['a body of a gigabyte', { infer: flood }, 'sent more than'],
    ['no JSON', { infer: (_, response) => response.writeHead(200).end('x') }, 'of another form'],
    [
      'a redirect',
      { infer: (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end() },
      'answered 302',
    ],
    ['a connection cut', { infer: (_, response) => response.destroy() }, ''],
  ])('%s', async (_, change, reason) => {
    Object.assign(manner, change);
    expect(await refused(ask(1))).toContain(reason);
  });
});

it('a proof that does not hold, of the right words or of others', async () => {
  const answer = (words: readonly bigint[], proof: string) =>
    (manner.infer = (_, response) => say(response, 200, { words: words.map((word) => toHex(word, { size: 32 })), proof, context: toHex(0, { size: 32 }) })); // prettier-ignore
  const outputs = t.words(1).slice(t.inputWords);
  answer(outputs, `0x${'01'.repeat(320)}`);
  expect(await refused(ask(1, { want: 'proof' }))).toContain('sent a proof that does not hold');
  const { circuit, provingKey, vkey, sample } = t.model;
  const { proof } = await prove(circuit, provingKey, vkey, sample(1));
  const right = toHex(encodeProof(parseLookupProof(proof, t.words(1).length)));
  answer(lie(outputs), right);
  expect(await refused(ask(1, { want: 'proof' }))).toContain('sent a proof that does not hold');
  answer(outputs, right);
  expect(await refused(ask(1, { want: 'proof', context: toHex(1, { size: 32 }) }))).toContain('does not hold');
  expect((await ask(1, { want: 'proof' })) as unknown).toMatchObject({ want: 'proof', words: t.words(1) });
});

function flood(_: unknown, response: import('node:http').ServerResponse): void {
  response.writeHead(200);
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536)));
  };
  response.on('drain', more);
  more();
}

describe('a demand of payment', () => {
  const signed = (): bigint => BigInt((JSON.parse(readFileSync(join(folder(), `channels/${liar.address}.json`), 'utf8')) as { signed: string }).signed); // prettier-ignore
  const demand = (change: object, extra: object = {}) => ({
    x402Version: 2,
    accepts: [
      { scheme: 'exact' },
      { scheme: 'inferproof-channel', network: 'eip155:31337', amount: '1000', payTo: liar.address, extra: { market: t.market, total: '1000', ...extra }, ...change },
    ],
  }); // prettier-ignore
  const priced = (card: { models: object[] }) => ({ ...card, models: card.models.map((one) => ({ ...one, receipt: { price: '1000', bond: String(BOND) } })) }); // prettier-ignore
  const charge =
    (json: object): NonNullable<Manner['infer']> =>
    (_, response) =>
      say(response, 402, {}, { 'PAYMENT-REQUIRED': Buffer.from(JSON.stringify(json)).toString('base64') });

  it('is met once, and never above what was asked', async () => {
    await net.fund(liar.address, ETHER);
    manner.card = priced;
    net = await clientOf(t, hub.hub.url, t.client, { folder: folder() });
    const fresh = async (infer: Manner['infer']) => {
      Object.assign(manner, { infer });
      return refused(ask(1));
    };
    expect(await fresh(charge(demand({}, { total: '1001' })))).toContain(
      'asks for 1001 wei in all where 1000 were promised',
    );
    expect(await fresh(charge(demand({ amount: '1001' })))).toContain('asks 1001 wei, more than 1000');
    expect(await fresh(charge(demand({ payTo: account('stranger').address })))).toContain('somebody else');
    expect(await fresh(charge(demand({ network: 'eip155:1' })))).toContain('somebody else');
    expect(await fresh(charge(demand({}, { market: liar.address })))).toContain('somebody else');
    expect(await fresh(charge({ x402Version: 2, accepts: [{ scheme: 'exact' }] }))).toContain('no payment by channel');
    expect(await fresh(charge({}))).toContain('no payment by channel');
    expect(await fresh(charge(demand({})))).toContain('answered 402');
    // six demands, and one price is promised: what was promised in vain is promised again
    expect(signed()).toBe(1000n);
    expect(await refused(ask(1, { maxPrice: 999n }))).toContain('asks 1000 wei, more than 999');
  });

  it('of a node that counts an answer and does not give it costs one price', async () => {
    manner.card = priced;
    manner.infer = (_, response) => response.destroy();
    await refused(ask(1));
    await refused(ask(1));
    expect(signed()).toBe(2000n);
  });

  it('for a proof that is still being made is met, and counted', async () => {
    manner.card = priced;
    const answer = await ask(1); // for nothing, after all
    manner.prove = ({ headers }, response) =>
      'payment-signature' in headers ? say(response, 202, {}, { 'Retry-After': '1' }) : charge(demand({}, { total: '3000' }))(undefined as never, response, undefined); // prettier-ignore
    expect(await net.audit(answer, { patience: 500 })).toEqual({ challenged: answer.id, reason: 'answered 202' });
    expect(signed()).toBe(3000n);
    // not once more for each look, above what a challenge costs
    const dear = await ask(1);
    const price = FLOOR - 1000n;
    manner.prove = ({ headers }, response) =>
      'payment-signature' in headers ? say(response, 202, {}, { 'Retry-After': '1' }) : charge(demand({ amount: String(price) }, { total: String(3000n + price) }))(undefined as never, response, undefined); // prettier-ignore
    const asked = { challenged: dear.id, reason: `asks ${price} wei, more than 1000` };
    expect(await net.audit(dear, { patience: 3_000 })).toEqual(asked);
    expect(signed()).toBe(3000n + price);
    manner.infer = charge(demand({}, { total: String(4000n + price) }));
    expect(await refused(ask(1))).toContain('answered 402');
    expect(signed()).toBe(4000n + price);
  });
});

describe('row 27: evil cards', () => {
  it('of addresses that are not the internet’s are not asked for', async () => {
    const port = new URL(evil.url).port;
    const before = evil.asked.length;
    for (const url of [evil.url, `https://127.0.0.1:${port}`, 'https://169.254.169.254/latest', `https://localhost:${port}`, `https://[::1]:${port}`, 'file:///etc/passwd', 'https://user@example.com']) {
      await t.call(liar, 'announce', [url]);
      const others = await clientOf(t, hub.hub.url, t.client, { allowPrivate: false });
      expect(await refused(others.infer(model, values(1), { bond: BOND })), url).toMatch(/expected an https address of the internet|has no URL/);
    } // prettier-ignore
    expect(evil.asked.length).toBe(before);
  });

  it.each<[string, Manner['card'], string]>([
    ['of another chain', (card) => ({ ...card, chainId: 1 }), 'on chain 1'],
    ['of another market', (card) => ({ ...card, market: account('stranger').address }), 'is of the market'],
    ['of another node', (card) => ({ ...card, node: account('stranger').address }), 'is 0x'],
    ['without a form', () => ({ format: 'other' }), 'of another form'],
    ['of two megabytes', (card) => ({ ...card, software: 'x'.repeat(2 ** 21) }), 'sent more than'],
    ['without the model', (card) => ({ ...card, models: [] }), 'does not answer by receipt'],
  ])('%s: the node is passed over, another answers', async (_, card, reason) => {
    await t.call(liar, 'announce', [evil.url]);
    if (card) manner.card = card;
    const alone = await clientOf(t, hub.hub.url);
    expect(await refused(alone.infer(model, values(1), { bond: BOND }))).toContain(reason);
    await t.call(t.watcher, 'stake', [], BOND);
    const honest = await evilNode(t, t.watcher, {});
    await t.call(t.watcher, 'announce', [honest.url]);
    const answer = await (await clientOf(t, hub.hub.url)).infer(model, values(1), { bond: BOND });
    expect(answer.node).toBe(t.watcher.address);
    await t.call(t.watcher, 'announce', ['']);
    await honest.close();
  });

  it('a node that failed is not asked again, unless it is named', async () => {
    await t.call(liar, 'announce', [evil.url]);
    const own = await clientOf(t, hub.hub.url);
    manner.infer = (_, response) => response.destroy();
    await refused(own.infer(model, values(1), { bond: BOND }));
    delete manner.infer;
    expect(await refused(own.infer(model, values(1), { bond: BOND }))).toContain('1 more were not asked');
    expect((await own.infer(model, values(1), { bond: BOND, node: evil.url })).node).toBe(liar.address);
  });
});

it('row 29: a development key on another chain', async () => {
  const chain = await openChain([t.anvil.url]);
  const deployment = await openMarket(chain, t.market);
  const other = await connectTo({ ...chain, chainId: 1 }, deployment, { rpc: [], hubs: [hub.hub.url], account: t.client }); // prettier-ignore
  await expect(other.model(hub.name)).rejects.toMatchObject({ code: 'insecure' });
});

it('row 21: a watcher that is killed between challenge and slash slashes when it is back', async () => {
  manner.outputs = lie;
  const folder = join(t.folder, 'watched');
  const own = await clientOf(t, hub.hub.url, t.client, { folder });
  const answer = await own.infer(model, values(6), { bond: BOND, node: evil.url });
  const words = ['watch', folder, '--share', '1', '--rpc', t.anvil.url, '--market', t.market, '--allow-private'];
  const env = { ...process.env, INFERPROOF_PRIVATE_KEY: keccak256(toHex('client')) };
  const main = resolve('dist/cli/main.js');
  const child = spawn(process.execPath, [main, ...words], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await expect.poll(async () => (await t.read('challenges', [answer.id]))[3], { timeout: 60_000 }).toBe(1);
  child.kill('SIGKILL');
  await t.pass(Number(PROOF_TIME) + 1);
  const before = await t.due(t.client.address);
  const again = spawnSync(process.execPath, [main, ...words, '--once', '--json'], { env, encoding: 'utf8' });
  expect([again.status, JSON.parse(again.stdout)], again.stderr).toMatchObject([1, { slashed: 1 }]);
  expect((await t.read('challenges', [answer.id]))[3]).toBe(3);
  expect((await t.due(t.client.address)) - before).toBe(BOND / 2n + FLOOR);
});
