// What the chain asks of a node, and what becomes of one that lies: rows 1, 2, 10, 19, 20, 25 and 26 of the cheating suite on the node's side,
// each with its honest twin, by balances.
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { encodeFunctionData, keccak256, toHex, type Hex } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MARKET } from '#network/chain/abi.js';
import { digest, typedData, wordsHash, type Receipt, type Request } from '#network/chain/typed-data.js';
import type { RunningNode } from '#network/node/node.js';
import { BURNT, ETHER, FLOOR, NOBODY, PROOF_TIME, WINDOW } from '../world.js';
import { post, question, receiptOf, type Told } from './asking.js';
import { BOND, town, until, type Town } from './town.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- JSON that tests take apart */
const PAYMENT = ETHER / 100n;
let t: Town;
let running: RunningNode;
beforeAll(async () => {
  t = await town();
  expect(await t.call(t.node, 'stake', [], 2n * BOND)).toBe('ok');
  running = await t.start({ models: free() });
});
afterAll(() => t.end());

const free = () => [{ model: t.name, receipt: { price: '0', bond: String(BOND) }, request: { minPayment: '1000' } }];
const input = (seed: number) => t.words(seed).slice(0, t.inputWords);
const ask = (seed: number): Promise<Told> =>
  post(running.url, '/v1/infer', question(t.modelId, input(seed), t.client.address));
const promised = async (seed: number): Promise<{ receipt: Receipt; signature: Hex; json: any }> => {
  // a node that has not yet seen a block that jumped is not in sync with it
  const { json } = await until(async () => {
    const told = await ask(seed);
    return told.status === 200 && told;
  });
  return { receipt: receiptOf(json.receipt), signature: json.signature, json };
};
const challenge = (receipt: Receipt, signature: Hex, seed: number, value = FLOOR) =>
  t.call(t.watcher, 'challenge', [receipt, signature, input(seed)], value);
const stateOf = async (receipt: Receipt): Promise<number> => (await t.read('challenges', [t.receiptId(receipt)]))[3];
let nonce = 0n;
/** A request on the chain; its id. */
async function request(
  seed: number,
  { payment = PAYMENT, words = input(seed), node = NOBODY, gas = 0, from = t.client } = {},
): Promise<Hex> {
  const deadline = (await t.now()) + 600n;
  const r: Request = {
    ...{ client: from.address, modelId: t.modelId, inputHash: wordsHash(words), inputWords: words.length, node },
    ...{ payment, deadline, callbackGas: gas, nonce: nonce++ },
  };
  expect(await t.call(from, 'request', [r.modelId, words, node, deadline, gas, r.nonce], payment)).toBe('ok');
  return digest(t.place, 'Request', r);
}
const settled = (id: Hex) => until(async () => (await t.read('requests', [id])) === 2);
const gained = async (who: PrivateKeyAccount, act: () => Promise<unknown>): Promise<bigint> => {
  const before = await t.due(who.address);
  await act();
  return (await t.due(who.address)) - before;
};

describe('row 1: an output that is not the model’s', () => {
  it('the honest twin: challenged, proved, paid', async () => {
    const { receipt, signature } = await promised(1);
    const gain = await gained(t.node, async () => {
      expect(await challenge(receipt, signature, 1)).toBe('ok');
      expect(await until(async () => (await stateOf(receipt)) === 2)).toBe(true);
    });
    expect(gain).toBe(FLOOR);
    expect((await t.read('stakes', [t.node.address]))[0]).toBe(2n * BOND);
  });

  it('no proof says it: audited, challenged, slashed to the wei', async () => {
    const words = t.words(2);
    const lie = [...words.slice(t.inputWords, -1), words.at(-1)! + 1n];
    const { receipt: honest } = await promised(2);
    const receipt = { ...honest, outputHash: wordsHash(lie) };
    const signature = await t.sign(t.node, receipt);
    // the node is honest but for this receipt: what it can prove is another output
    const { json } = await post(running.url, '/v1/prove', { receipt: { ...receipt, bond: String(receipt.bond), until: Number(receipt.until) }, signature, words: question(t.modelId, input(2), t.client.address).words }); // prettier-ignore
    expect(wordsHash(json.words.map(BigInt))).not.toBe(receipt.outputHash);
    const proof = (json.proof.slice(2).match(/.{64}/g) as string[]).map((one) => BigInt(`0x${one}`));
    expect(await challenge(receipt, signature, 2)).toBe('ok');
    expect(await t.call(t.watcher, 'prove', [receipt, words, proof])).toBe('OtherOutput');
    expect(await t.call(t.watcher, 'prove', [receipt, [...input(2), ...lie], proof])).toBe('NotProved');
    expect(await t.call(t.watcher, 'slash', [receipt])).toBe('TooEarly');
    await t.pass(Number(PROOF_TIME) + 1);
    const gains = await Promise.all(
      [t.client.address, t.watcher.address, BURNT].map(async (who) => ({ who, before: await t.due(who) })),
    );
    expect(await t.call(t.watcher, 'slash', [receipt])).toBe('ok');
    const after = await Promise.all(gains.map(async ({ who, before }) => (await t.due(who)) - before));
    expect(after).toEqual([BOND / 2n, FLOOR, BOND / 2n]);
    expect((await t.read('stakes', [t.node.address]))[0]).toBe(BOND);
  });
});

it('row 2: a node that refuses /v1/prove is challenged, proves, and is paid; nothing is slashed', async () => {
  const { receipt, signature, json } = await promised(3);
  await running.close();
  const body = { receipt: json.receipt, signature: json.signature, words: question(t.modelId, input(3), t.client.address).words }; // prettier-ignore
  await expect(post(running.url, '/v1/prove', body)).rejects.toThrow();
  expect(await challenge(receipt, signature, 3)).toBe('ok');
  const gain = await gained(t.node, async () => {
    running = await t.start({ models: free() });
    await until(async () => (await stateOf(receipt)) === 2);
  });
  expect(gain).toBe(FLOOR);
  expect((await t.read('stakes', [t.node.address]))[0]).toBe(BOND);
});

it('row 10: what is no promise of the node, or not what was asked, is neither challenged on the chain nor proved by the node', async () => {
  const { receipt, json } = await promised(4);
  const { words } = question(t.modelId, input(4), t.client.address);
  const other = await t.other.signTypedData(typedData(t.place, 'Receipt', receipt));
  const elsewhere = await t.node.signTypedData(typedData({ ...t.place, chainId: 1 }, 'Receipt', receipt));
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = (order - BigInt(`0x${json.signature.slice(66, 130)}`)).toString(16).padStart(64, '0');
  const high = `${json.signature.slice(0, 66)}${s}${json.signature.endsWith('1b') ? '1c' : '1b'}` as Hex;
  for (const signature of [other, elsewhere, high]) {
    expect(await challenge(receipt, signature, 4)).toBe('BadSignature');
    expect((await post(running.url, '/v1/prove', { receipt: json.receipt, signature, words })).status).toBe(400);
  }
  expect(await challenge(receipt, json.signature, 5)).toBe('OtherInput');
  expect(await t.call(t.watcher, 'challenge', [receipt, json.signature, [...input(4), 0n]], FLOOR)).toBe('OtherInput');
  expect(await challenge(receipt, json.signature, 4, FLOOR - 1n)).toBe(`PriceTooLow(${FLOOR})`);
  const prove = (change: object) => post(running.url, '/v1/prove', { receipt: json.receipt, signature: json.signature, words, ...change }); // prettier-ignore
  expect((await prove({ words: question(t.modelId, input(5), t.client.address).words })).status).toBe(422);
  expect((await prove({ words: [...words, words[0]] })).status).toBe(400);
  expect((await prove({})).status).toBe(200);
  await t.pass(Number(WINDOW));
  expect(await challenge(receipt, json.signature, 4)).toBe('TooLate');
});

describe('requests', () => {
  it('are settled, and pay whoever proved', async () => {
    const id = await request(6);
    const gain = await gained(t.node, () => settled(id));
    expect(gain).toBe(PAYMENT);
  });

  it('row 26: what pays too little, cannot be proved or is for others is left alone, and the node stays ready', async () => {
    const outside = [...input(7).slice(0, -1), 2n ** 200n];
    const ignored = [
      await request(7, { payment: 1n }),
      await request(7, { words: outside }),
      await request(7, { node: t.other.address }),
      await request(7, { gas: 2 ** 31, payment: 2000n }),
    ];
    for (let i = 0; i < 40; i++) await request(7, { payment: 1n });
    const id = await request(7, { node: t.node.address });
    await settled(id);
    for (const one of ignored) expect(await t.read('requests', [one])).toBe(1);
    expect((await fetch(`${running.adminUrl}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${running.adminUrl}/metrics`)).text()).toMatch(
      /^obligations_open\{kind="request"\} 0$/m,
    );
  });
});

/** Process ids of the prover processes of this process. */
function provers(): number[] {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return parents.map(Number).filter((pid) => {
    try {
      const [, parent] = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('prover-process');
    } catch {
      return false;
    }
  });
}

describe.skipIf(process.platform !== 'linux')('row 20: a prover process that is killed', () => {
  it('while it proves: another one proves, and the node is ready again', async () => {
    const [victim] = provers();
    const id = await request(8);
    process.kill(victim, 'SIGKILL');
    await settled(id);
    expect(provers()).not.toContain(victim);
    await until(async () => (await fetch(`${running.adminUrl}/readyz`)).status === 200);
    expect(await (await fetch(`${running.adminUrl}/metrics`)).text()).toMatch(/^provers_died_total 1$/m);
  });
});

describe('row 19: kill -9 of a node', () => {
  /** A node as a process of its own. */
  async function spawned(): Promise<ChildProcess> {
    const path = `${t.folder}/node.json`;
    const config = {
      rpc: t.anvil.url,
      market: t.market,
      port: 0,
      adminPort: 0,
      workers: 1,
      models: free(),
      data: 'data',
    };
    writeFileSync(path, JSON.stringify({ ...config, models: free().map((one) => ({ ...one, folder: 'model' })) }));
    const run = `import { nodeCommand } from '${resolve('network/dist/commands/node.js')}';
      await nodeCommand.run({ config: process.argv[1], 'allow-insecure-key': false }, { quiet: true, result: () => console.log('up') });`;
    const env = { ...process.env, INFERPROOF_PRIVATE_KEY: keccak256(toHex('node')) };
    const child = spawn(process.execPath, ['--input-type=module', '-e', run, path], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let up = false;
    child.stdout!.once('data', () => (up = true));
    await until(() => up);
    return child;
  }
  const kill = async (child: ChildProcess): Promise<void> => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  /** Transactions of the node that wait to be mined. */
  const waiting = async () => {
    const { pending, queued } = await t.chain.getTxpoolContent();
    return Object.entries({ ...queued, ...pending }).flatMap(([from, all]) => from.toLowerCase() === t.node.address.toLowerCase() ? Object.values(all) : []); // prettier-ignore
  };
  afterEach(() => t.chain.setAutomine(true));

  it('while it proves, and after it has sent: at its next start all is done, once', async () => {
    const { receipt, signature } = await promised(9);
    await running.close();
    const before = await t.chain.getTransactionCount(t.node);
    const gain = await gained(t.node, async () => {
      const first = await spawned();
      expect(await challenge(receipt, signature, 9)).toBe('ok');
      const id = await request(9);
      await kill(first); // with what it began
      await t.chain.setAutomine(false);
      const second = await spawned();
      await until(async () => (await waiting()).length === 2);
      await kill(second); // with what it sent
      running = await t.start({ models: free() });
      const metrics = async () => (await fetch(`${running.adminUrl}/metrics`)).text();
      await until(async () => /^prove_seconds_count 2$/m.test(await metrics()));
      await new Promise((resolve) => setTimeout(resolve, 500)); // long enough to send what was proved
      expect((await waiting()).length).toBe(2);
      await t.chain.setAutomine(true);
      await t.chain.mine({ blocks: 1 });
      await settled(id);
      await until(async () => (await stateOf(receipt)) === 2);
      await t.chain.mine({ blocks: 3 });
    });
    expect(gain).toBe(FLOOR + PAYMENT);
    expect(await t.chain.getTransactionCount(t.node)).toBe(before + 2);
  });

  it('a fee that has become too low: sent again under the same nonce, for an eighth more at least', async () => {
    await t.chain.setAutomine(false);
    const deadline = (await t.now()) + 600n;
    const words = input(12);
    const data = encodeFunctionData({ abi: MARKET, functionName: 'request', args: [t.modelId, words, NOBODY, deadline, 0, 77n] }); // prettier-ignore
    await t.chain.sendTransaction({ account: t.client, to: t.market, data, value: PAYMENT, gas: 500_000n });
    await t.chain.mine({ blocks: 1 });
    const [low] = await until(async () => (await waiting()).length === 1 && (await waiting()));
    for (let block = 0; block < 3; block++) {
      await t.chain.setNextBlockBaseFeePerGas({ baseFeePerGas: 50n * 10n ** 9n });
      await t.chain.mine({ blocks: 1 });
    }
    const [high] = await until(async () => {
      const now = await waiting();
      return now.length === 1 && now[0].hash !== low.hash && now;
    });
    expect(high.nonce).toBe(low.nonce);
    expect(BigInt(high.maxFeePerGas!)).toBeGreaterThanOrEqual((BigInt(low.maxFeePerGas!) * 9n) / 8n);
    await t.chain.mine({ blocks: 1 });
    expect(await waiting()).toEqual([]);
    await t.chain.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 9n });
    await t.chain.mine({ blocks: 1 });
  });

  it('a model that left the configuration is proved as long as its receipts bind', async () => {
    const { receipt, signature } = await promised(13);
    await running.close();
    await t.publish('another');
    const other = [{ model: t.name, folder: join(t.folder, 'another'), request: { minPayment: '1' } }];
    const gain = await gained(t.node, async () => {
      expect(await challenge(receipt, signature, 13)).toBe('ok');
      running = await t.start({ models: other });
      await until(async () => (await stateOf(receipt)) === 2);
    });
    expect(gain).toBe(FLOOR);
  });
});

describe('row 25: clocks', () => {
  let wrong = 0;
  const clocked = () =>
    t.start({ models: free(), data: `${t.folder}/data` }, { clock: () => t.clock() + 1000 * wrong });
  afterEach(() => {
    wrong = 0;
  });

  it.each([86_400, -86_400])('a wall clock that is wrong by %i s: not ready, nothing signed', async (seconds) => {
    await running.close();
    running = await clocked();
    const before = await promised(10);
    expect(before.receipt.until).toBe((await t.now()) + WINDOW - 60n);
    wrong = seconds;
    expect((await fetch(`${running.adminUrl}/readyz`)).status).toBe(503);
    expect(await ask(10)).toMatchObject({ status: 503, json: { error: { code: 'busy' } } });
    wrong = 59 * Math.sign(seconds);
    expect((await fetch(`${running.adminUrl}/readyz`)).status).toBe(200);
    // the chain's time counts, whatever the clock says
    expect((await promised(10)).receipt.until).toBe((await t.now()) + WINDOW - 60n);
  });

  it('a chain that jumps by a day: not ready, nothing signed', async () => {
    await t.chain.increaseTime({ seconds: 86_400 });
    await t.chain.mine({ blocks: 1 });
    await until(async () => (await fetch(`${running.adminUrl}/readyz`)).status === 503);
    expect((await ask(11)).status).toBe(503);
  });
});
