// Where the contracts are, and how they are called: abi.ts against solc, CREATE2 addresses, `inferproof deploy`, chains that are others,
// and that a chain of ours does not outlive us.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pad, type Abi, type AbiParameter } from 'viem';
import { MARKET, REGISTRY } from '#network/chain/abi.js';
import { startAnvil, type Anvil } from '#network/chain/anvil.js';
import { defaultTerms, FACTORY, marketOf, plan } from '#network/chain/deployment.js';
import { openChain, openMarket } from '#network/chain/open.js';
import { digest } from '#network/chain/typed-data.js';
import { writeContracts, type Contracts } from '#network/contracts/build.js';
import { commandLine } from '../cli/in-process.js';

/** Everybody knows it: account 0 of anvil. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

let contracts: Contracts;
let anvil: Anvil;
let other: Anvil;
beforeAll(async () => {
  vi.stubEnv('INFERPROOF_PRIVATE_KEY', KEY);
  contracts = writeContracts();
  [anvil, other] = await Promise.all([startAnvil(), startAnvil({ chainId: 1 })]);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([anvil.stop(), other.stop()]);
});

/** What an ABI says, without what only solc writes, in one order. */
function said(abi: Abi): string[] {
  const parameter = ({
    type,
    name,
    indexed,
    components = [],
  }: AbiParameter & { indexed?: boolean; components?: readonly AbiParameter[] }): string =>
    // prettier-ignore
    `${type}${indexed === true ? ' indexed' : ''} ${name ?? ''}(${components.map(parameter).join()})`;
  const list = (parameters: readonly AbiParameter[] = []): string => parameters.map(parameter).join();
  return (abi as readonly { type: string; name?: string; stateMutability?: string; inputs?: readonly AbiParameter[]; outputs?: readonly AbiParameter[] }[]) // prettier-ignore
    .filter(({ type }) => type !== 'constructor')
    .map((x) => `${x.type} ${x.name}(${list(x.inputs)}) ${x.stateMutability ?? ''} (${list(x.outputs)})`)
    .sort();
}

const deployed = async (rpc: string, ...more: readonly string[]) => {
  const { status, stdout, stderr } = await commandLine(['deploy', '--rpc', rpc, '--json', ...more]);
  return Object.assign(JSON.parse(stdout), { status, stderr });
};

describe('what is called', () => {
  it('is what the contracts compile to', () => {
    expect(said(REGISTRY)).toEqual(said(contracts.ModelRegistry.abi));
    expect(said(MARKET)).toEqual(said(contracts.InferenceMarket.abi));
    // an entry that is another is seen
    expect(said(REGISTRY.slice(1))).not.toEqual(said(contracts.ModelRegistry.abi));
  });
});

describe('deploy', () => {
  it('puts the three contracts where the terms say, once', async () => {
    const terms = defaultTerms(31337);
    const expected = Object.fromEntries(plan(terms, true).map(({ contract, address }) => [contract, address]));
    const first = await deployed(anvil.rpc);
    expect(first, first.stderr).toMatchObject({ status: 0, chainId: 31337, ...expected });
    expect(first.gas).toBeGreaterThan(3_000_000);
    expect(await deployed(anvil.rpc)).toMatchObject({ ...expected, gas: 0 });
    const chain = await openChain([anvil.rpc, anvil.rpc]);
    const { market, registry } = await marketOf(chain);
    expect({ market, registry }).toEqual({ market: expected['market'], registry: expected['registry'] });
    const read = (functionName: 'window' | 'proofTime' | 'challengeFloor') =>
      chain.client.readContract({ address: market, abi: MARKET, functionName });
    expect([await read('window'), await read('proofTime'), await read('challengeFloor')]).toEqual([
      3600n,
      60n,
      10n ** 15n,
    ]);
    // what the chain calls a request is what we call it
    const request = { client: registry, modelId: pad('0x1'), inputHash: pad('0x2'), inputWords: 3, node: market, payment: 4n, deadline: 5n, callbackGas: 6, nonce: 7n } as const; // prettier-ignore
    const id = await chain.client.readContract({
      address: market,
      abi: MARKET,
      functionName: 'requestId',
      args: [request],
    });
    expect(digest({ chainId: 31337, market }, 'Request', request)).toBe(id);
    // other terms, another market on the same registry
    const more = await deployed(anvil.rpc, '--window', '7200', '--floor', '0.5');
    expect(more).toMatchObject({ status: 0, registry });
    expect(more.market).not.toBe(market);
    expect((await openMarket(chain, more.market)).registry).toBe(registry);
    expect((await commandLine(['deploy', '--rpc', anvil.rpc])).stdout).toMatch(/^verifier {2}0x\w{40} was there\n/);
  });

  it('refuses another chain, a raw key where keys count, terms that are none, and a chain without the factory', async () => {
    expect(await deployed(other.rpc)).toMatchObject({ status: 2, error: { code: 'mismatch', message: 'expected chain 31337, got chain 1' } }); // prettier-ignore
    expect(await deployed(other.rpc, '--chain-id', '1')).toMatchObject({ status: 2, error: { code: 'usage', message: expect.stringContaining('raw key') } }); // prettier-ignore
    for (const flags of [
      ['--window', '59'],
      ['--proof-time', '-1'],
      ['--floor', 'much'],
      ['--chain-id', '0x1'],
    ])
      expect(await deployed(anvil.rpc, ...flags), flags.join()).toMatchObject({ status: 2, error: { code: 'usage' } });
    expect(await deployed('http://127.0.0.1:9')).toMatchObject({ status: 2, error: { code: 'resource', where: 'http://127.0.0.1:9' } }); // prettier-ignore
    await expect(openChain([anvil.rpc, other.rpc])).rejects.toMatchObject({ code: 'mismatch' });
    await expect(marketOf(await openChain([other.rpc]))).rejects.toThrow('expected the market of chain 1, got none');
    await expect(openMarket(await openChain([other.rpc]), FACTORY)).rejects.toThrow('expected a market');
    const bare = await startAnvil({ flags: ['--disable-default-create2-deployer'] });
    expect(await deployed(bare.rpc)).toMatchObject({ status: 2, error: { code: 'resource', message: expect.stringContaining(FACTORY) } }); // prettier-ignore
    await bare.stop();
  });

  it('has the same addresses for the same terms on every chain, and another verifier where keys count', () => {
    const [local, strict] = [true, false].map((insecure) => plan(defaultTerms(31337), insecure).map((x) => x.address));
    expect(local).not.toEqual(strict);
    expect(new Set([...local, ...strict]).size).toBe(6);
  });
});

it('a chain that we began ends with us, kill -9 included', { skip: process.platform === 'win32' }, async () => {
  const url = pathToFileURL(resolve('network/dist/chain/anvil.js')).href;
  const source = `const { startAnvil } = await import('${url}'); console.log((await startAnvil()).rpc); setInterval(() => 0, 1000)`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const rpc = line.toString().trim();
  const alive = async () => (await openChain([rpc]).catch(() => undefined)) !== undefined;
  expect(await alive()).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (let i = 0; i < 50 && (await alive()); i++) await new Promise((done) => setTimeout(done, 100));
  expect(await alive()).toBe(false);
});
