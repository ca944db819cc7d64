// Processes that end at any moment: rows 19 and 20 of the cheating suite, and what of row 23 is the node's. What is due is done, once.
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { encodeFunctionData, keccak256, toHex } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MARKET } from '#network/chain/abi.js';
import type { RunningNode } from '#network/node/node.js';
import { FLOOR, NOBODY } from '../world.js';
import { dealings, PAYMENT } from './dealings.js';
import { BOND, town, until, type Town } from './town.js';

let t: Town;
let running: RunningNode;
beforeAll(async () => {
  t = await town();
  expect(await t.call(t.node, 'stake', [], 2n * BOND)).toBe('ok');
  running = await t.start({ models: free() });
});
afterAll(() => t.end());
const { free, input, promised, challenge, stateOf, request, settled, gained } = dealings(
  () => t,
  () => running.url,
);

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
    child.stdout.once('data', () => (up = true));
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

  it('row 23: a fee that has become too low: sent again under the same nonce, for an eighth more at least', async () => {
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
    const request = { minPayment: '1' };
    const other = [
      { model: t.name, folder: join(t.folder, 'another'), request },
      { model: `${t.other.address}/gone`, folder: join(t.folder, 'gone'), request }, // costs no other model's bond
    ];
    const gain = await gained(t.node, async () => {
      expect(await challenge(receipt, signature, 13)).toBe('ok');
      running = await t.start({ models: other });
      await until(async () => (await stateOf(receipt)) === 2);
    });
    expect(gain).toBe(FLOOR);
  });
});
