// `inferproof network` as a person runs it: everything in it happens, its money adds up, a contract acts on an answer of its node, and
// nothing of it is left, also when it is stopped in the middle.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getAbiItem, isAddressEqual, parseAbi, parseEther, type LocalAccount, type Address, type Hex, type Log } from 'viem'; // prettier-ignore
import { devAccount } from '#network/chain/anvil.js';
import { MARKET } from '#network/chain/abi.js';
import { openChain, type Chain } from '#network/chain/open.js';
import { write } from '#network/chain/write.js';
import { writeContracts } from '#network/contracts/build.js';
import { checkMoney, moneyOf, type Line } from '#network/demo/money.js';
import type { Told } from '#network/demo/story.js';
import { expectedOutput, open } from '../examples/readme.js';
import { until } from './node/town.js';

let root = '';
const children = new Set<ChildProcess>();
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'inferproof-demo-'));
  writeContracts();
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** In a process group of its own, its temporary files in a folder of ours; `heard` grows by what it says on stderr. */
function demo(...flags: readonly string[]) {
  const child = spawn(process.execPath, [resolve('dist/cli/main.js'), 'network', ...flags], { env: { ...process.env, TMPDIR: root }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
  children.add(child);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk: Buffer) => (said[name] += chunk.toString())); // prettier-ignore
  /** The exit code, once it and all that it started are gone. */
  const stopped = async (): Promise<unknown> => {
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    const [code] = (await exit) as [unknown];
    await until(() => isGone(-child.pid!), 10_000);
    return code;
  };
  return { child, said, stopped };
}

function isGone(group: number): boolean {
  try {
    return !process.kill(group, 0);
  } catch {
    return true;
  }
}

it('the network in one command: a liar is slashed, money adds up, a contract acts on an answer, nothing is left', async () => {
  const { said, stopped } = demo('--json', '--keep');
  await until(() => said.stderr.includes('until ctrl-C') || said.stderr.includes('error:'), 200_000);
  const told = JSON.parse(said.stdout) as Told;
  expect(told).toMatchObject({
    receipt: { digit: 2 },
    proof: { valid: true },
    request: { payee: told.node.address, payment: String(parseEther('0.002')) },
    liar: { digit: 1, slashed: String(parseEther('0.1')) },
  });
  const earned = { publisher: 0n, node: parseEther('0.0036'), client: parseEther('0.0464'), liar: -parseEther('0.1'), burnt: parseEther('0.05') }; // prettier-ignore
  const lines = told.money.map((line) => Object.fromEntries(Object.entries(line).map(([name, value]) => [name, /^-?\d+$/.test(String(value)) ? BigInt(value) : value])) as unknown as Line); // prettier-ignore
  expect(Object.fromEntries(lines.map((line) => [line.who, line.earned]))).toEqual(earned);
  for (const { began, gas, has, earned } of lines) expect(began + earned - gas).toBe(has);
  expect(() => checkMoney(lines, { ...earned, node: earned.node + 1n })).toThrow('expected node to have earned');
  expect(() => checkMoney([{ ...lines[0], earned: 1n }], { publisher: 1n })).toThrow('money that adds up');

  const program = 'dist/examples/oracle/run.js';
  const { stdout } = await promisify(execFile)(process.execPath, [program, told.rpc, told.hub]);
  expect(open(stdout)).toBe(open(expectedOutput('oracle', `${program} RPC HUB`)));

  const chain = await openChain([told.rpc]);
  const guest = devAccount(5);
  await cheatOracle(chain, told.market, /^DigitOracle (\S+)/.exec(stdout)![1] as Address, guest);

  // money of somebody who is not named is missed, whether it was spent or is in the market
  const people = [0, 1, 2, 3, 4].map((i) => ({ who: String(i), address: devAccount(i).address }));
  const all = [...people, { who: 'guest', address: guest.address }];
  await expect(moneyOf(chain.client, told.market, people, [])).rejects.toMatchObject({ where: guest.address });
  await moneyOf(chain.client, told.market, all, []);
  await write(chain, guest, { address: told.market, abi: MARKET, functionName: 'fund', args: [told.node.address], value: 1n }); // prettier-ignore
  await expect(moneyOf(chain.client, told.market, all, [])).rejects.toThrow('wei in the market');
  await moneyOf(chain.client, told.market, all, [told.node.address]);

  expect(await stopped()).toBe(0);
  for (const url of [told.rpc, told.hub, told.node.url]) await expect(fetch(url)).rejects.toThrow();
  expect(readdirSync(root)).toEqual([]);
});

const ORACLE = parseAbi([
  'struct Request { address client; bytes32 modelId; bytes32 inputHash; uint16 inputWords; address node; uint96 payment; uint64 deadline; uint32 callbackGas; uint256 nonce; }',
  'function ask(int256[] pixels) payable returns (bytes32)',
  'function takeBack(Request request)',
  'function onInference(bytes32 id, uint256[] outputs)',
  'function due(address) view returns (uint256)',
  'error NotTheMarket()',
  'error NotAsked()',
  'error NotOpen(uint8 state)',
  'error TooEarly()',
]);

/** A question that pays too little to be answered comes back once, and nobody else brings an answer. */
async function cheatOracle(chain: Chain, market: Address, oracle: Address, guest: LocalAccount): Promise<void> {
  const call = (functionName: string, args: readonly unknown[], value = 0n) => write(chain, guest, { address: oracle, abi: ORACLE, functionName, args, value }); // prettier-ignore
  const asked = async (): Promise<readonly Log[]> => chain.client.getLogs({ address: market, event: getAbiItem({ abi: MARKET, name: 'Requested' }), strict: true, fromBlock: 0n }); // prettier-ignore
  await call('ask', [Array<bigint>(784).fill(0n)], 1n);
  const requests = (await asked()).map((log) => (log as unknown as { args: { id: Hex; request: { client: Address } } }).args); // prettier-ignore
  const [answered, open] = requests.filter(({ request }) => isAddressEqual(request.client, oracle));
  await expect(call('onInference', [open.id, [0n, 0n]])).rejects.toThrow('NotTheMarket');
  await expect(call('takeBack', [open.request])).rejects.toThrow('TooEarly');
  const anvil = chain.client.request as (of: { method: string; params: unknown[] }) => Promise<unknown>;
  await anvil({ method: 'evm_increaseTime', params: [601] });
  await anvil({ method: 'evm_mine', params: [] });
  // somebody had it refunded before
  await write(chain, guest, { address: market, abi: MARKET, functionName: 'refund', args: [open.request] });
  await call('takeBack', [open.request]);
  for (const one of [open, answered]) await expect(call('takeBack', [one.request])).rejects.toThrow('NotAsked');
  expect(await chain.client.readContract({ address: oracle, abi: ORACLE, functionName: 'due', args: [guest.address] })).toBe(1n); // prettier-ignore
}

it('is stopped in the middle, and leaves nothing', async () => {
  const { said, stopped } = demo();
  await until(() => said.stderr.includes('3. A node'), 100_000);
  expect(await stopped()).toBe(130);
  expect(readdirSync(root)).toEqual([]);
});

it('leaves nothing either where other threads still write when the process ends', async () => {
  const program = `
    import { mkdir } from 'node:fs/promises';
    const { openStage } = await import(process.argv[1]);
    const { folder } = openStage();
    for (let i = 0; i < 20_000; i++) void mkdir(folder + '/' + i, { recursive: true });
    setTimeout(() => process.exit(130), 5);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, pathToFileURL(resolve('network/dist/demo/stage.js')).href], { env: { ...process.env, TMPDIR: root } }); // prettier-ignore
  children.add(child);
  expect(await once(child, 'exit')).toEqual([130, null]);
  expect(readdirSync(root)).toEqual([]);
});
