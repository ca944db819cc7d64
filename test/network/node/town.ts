// A chain of anvil with the market on it, a small model on disk, people with ether, and nodes that are started in this process. Blocks are
// mined when something happens; `pass` moves chain and clock together.
/* eslint-disable @typescript-eslint/no-explicit-any -- what contracts answer */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  createTestClient,
  decodeErrorResult,
  encodeDeployData,
  encodeFunctionData,
  http,
  publicActions,
  toHex,
  walletActions,
  type Abi,
  type Address,
  type Chain,
  type Hex,
  type PublicActions,
  type TestClient,
  type Transport,
  type WalletActions,
} from 'viem';
import { foundry } from 'viem/chains';
import type { PrivateKeyAccount } from 'viem/accounts';
import { encodeCircuit, publicWords } from '#compiler/index.js';
import { toJson } from '#files/index.js';
import { MARKET, REGISTRY } from '#network/chain/abi.js';
import { digest, typedData, type Receipt } from '#network/chain/typed-data.js';
import { parseConfig } from '#network/node/config.js';
import { startNode, type NodeParts, type RunningNode } from '#network/node/node.js';
import { inputWordCount, keyItems, serializeVerificationKey, vkDigest, type LookupKey } from '#verifier/index.js';
import { tiny } from '../../lookup/tiny.js';
import { subject, type Subject } from '../../prover/opened.js';
import { compile, type Compiled } from '../compiled.js';
import { account, ETHER, FLOOR, PROOF_TIME, WINDOW } from '../world.js';

/** Any function by its name. */
const ANY: Abi = MARKET;

export const BOND = ETHER;
export const PRICE = 1000n;

function startAnvil(chainId: number): Promise<{ url: string; stop: () => Promise<void> }> {
  const platform = readdirSync(resolve('node_modules/@foundry-rs')).find((name) => name.startsWith('anvil-'))!;
  const program = resolve('node_modules/@foundry-rs', platform, 'bin/anvil');
  const child = spawn(program, ['--port', '0', '--accounts', '1', '--chain-id', String(chainId)], { stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
  const stop = () =>
    new Promise<void>((done) => {
      child.once('exit', () => done());
      child.kill();
    });
  return new Promise((started, failed) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += String(chunk);
      const [, host] = /Listening on (\S+)/.exec(said) ?? [];
      if (host !== undefined) started({ url: `http://${host}`, stop });
    });
    child.once('exit', () => failed(new Error(`anvil ended: ${said}`)));
  });
}

/** The files of a model. */
function writeModel(folder: string, { circuit, vkey, provingKey }: Subject): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'circuit.json'), encodeCircuit(circuit));
  writeFileSync(join(folder, 'vkey.json'), toJson(serializeVerificationKey(vkey)));
  writeFileSync(join(folder, 'proving.key'), provingKey);
}

type TestChain = TestClient<'anvil', Transport, Chain> & PublicActions<Transport, Chain> & WalletActions<Chain>;
export type Town = Awaited<ReturnType<typeof town>>;

export async function town({ chainId = 31_337, clock = Date.now } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'inferproof-node-'));
  const anvil = await startAnvil(chainId);
  const chain: TestChain = createTestClient({
    mode: 'anvil',
    chain: { ...foundry, id: chainId },
    transport: http(anvil.url),
    pollingInterval: 10,
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions);
  const contracts = compile();
  const [client, node, watcher, other] = ['client', 'node', 'watcher', 'other'].map(account);
  for (const { address } of [client, node, watcher, other]) await chain.setBalance({ address, value: 1000n * ETHER });

  const deploy = async ({ abi, bytecode }: Compiled, args: readonly unknown[] = []): Promise<Address> => {
    const hash = await chain.sendTransaction({ account: other, data: encodeDeployData({ abi, bytecode, args }) });
    const { contractAddress } = await chain.waitForTransactionReceipt({ hash });
    return contractAddress!;
  };
  const verifier = await deploy(contracts['UniversalVerifierDev']);
  const registry = await deploy(contracts['ModelRegistry'], [verifier]);
  const market = await deploy(contracts['InferenceMarket'], [registry, WINDOW, PROOF_TIME, FLOOR]);
  const place = { chainId, market };

  /** 'ok', or the error that the contract reverts with. */
  async function call(
    from: PrivateKeyAccount,
    functionName: string,
    args: readonly unknown[] = [],
    value = 0n,
  ): Promise<string> {
    const data = encodeFunctionData({ abi: ANY, functionName, args });
    try {
      await chain.call({ account: from.address, to: market, data, value });
    } catch (error) {
      const { cause } = error as { cause: { data?: Hex; cause?: { data?: Hex } } };
      const bytes = cause.data ?? cause.cause?.data;
      if (bytes === undefined) throw error;
      const { errorName, args: said } = decodeErrorResult({ abi: [...MARKET, ...REGISTRY], data: bytes });
      return said !== undefined && said.length > 0 ? `${errorName}(${said.join()})` : errorName;
    }
    const hash = await chain.sendTransaction({ account: from, to: market, data, value });
    // whoever waits for a block behind it may wait for ever
    const { status } = await until(() => chain.getTransactionReceipt({ hash }).catch(() => undefined));
    return status === 'success' ? 'ok' : status;
  }
  const read = (functionName: string, args: readonly unknown[] = []): Promise<any> =>
    chain.readContract({ address: market, abi: ANY, functionName, args });

  /** Keys of their own for the tiny circuit, registered, in a folder of that name. */
  async function publish(to: string): Promise<Subject> {
    const made = await subject(tiny());
    writeModel(join(folder, to), made);
    const hash = await chain.writeContract({ account: other, address: registry, abi: REGISTRY, functionName: 'register', args: [keyItems(made.vkey) as never] }); // prettier-ignore
    await chain.waitForTransactionReceipt({ hash });
    return made;
  }
  const model = await publish('model');
  const modelId = toHex(vkDigest(model.vkey as LookupKey));
  const inputWords = inputWordCount(model.vkey);
  const name = `${node.address}/tiny`;

  let offset = 0;
  const running = new Set<RunningNode>();
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return {
    ...{
      folder,
      anvil,
      chain,
      market,
      registry,
      place,
      client,
      node,
      watcher,
      other,
      call,
      read,
      publish,
      model,
      modelId,
      inputWords,
      name,
    },
    /** The public words of a sample. */
    words: (seed: number): bigint[] => publicWords(model.circuit, model.sample(seed)),
    due: async (of: Address) => {
      // while anvil makes a block, one eth_call may see what it did and the next may not (1 in 1,500): the block first ends
      await new Promise((later) => setTimeout(later, 20));
      return (await read('balanceOf', [of])) as bigint;
    },
    now: async () => (await chain.getBlock()).timestamp,
    /** Time passes, in a block; or a second for each of so many. */
    pass: async (seconds: number, blocks = 1) => {
      offset += seconds;
      if (blocks > 1) return chain.mine({ blocks, interval: seconds / blocks });
      await chain.increaseTime({ seconds });
      await chain.mine({ blocks: 1 });
    },
    clock: () => clock() + 1000 * offset,
    receiptId: (receipt: Receipt): Hex => digest(place, 'Receipt', receipt),
    sign: (by: PrivateKeyAccount, receipt: Receipt) => by.signTypedData(typedData(place, 'Receipt', receipt)),
    /** A node of `node`'s key over the tiny model; `change` is over what its node.json says. */
    start: async (change: object = {}, parts: Partial<NodeParts> = {}): Promise<RunningNode> => {
      const config = parseConfig({
        ...{
          rpc: anvil.url,
          market,
          key: 'none',
          data: join(folder, 'data'),
          port: 0,
          adminPort: 0,
          workers: 1,
          selfAudit: 0,
        },
        models: [
          {
            model: name,
            receipt: { price: String(PRICE), bond: String(BOND) },
            proof: { price: String(PRICE) },
            request: { minPayment: '1000' },
          },
        ],
        limits: { requestsPerSecond: 10_000, unpaidPerSecond: 10_000 },
        ...change,
      });
      const started = await startNode(
        { ...config, market: config.market! },
        {
          ...{ account: node, log: silent, poll: 50, patience: 0, clock: () => clock() + 1000 * offset },
          load: () => Promise.resolve({ folder: join(folder, 'model'), manifest: 'none' }),
          ...parts,
        },
      );
      running.add(started);
      return { ...started, close: () => (running.delete(started), started.close()) };
    },
    /** So many open requests of a wei. */
    crowd: async (words: readonly bigint[], count: number): Promise<void> => {
      const { abi } = contracts['Crowd'];
      const address = await deploy(contracts['Crowd']);
      const deadline = (await chain.getBlock()).timestamp + 600n;
      for (let from = 0; from < count; from += 200) {
        const to = Math.min(count, from + 200);
        const hash = await chain.writeContract({ account: other, address, abi, functionName: 'ask', args: [market, modelId, words, deadline, from, to], value: BigInt(to - from) }); // prettier-ignore
        const { status } = await until(() => chain.getTransactionReceipt({ hash }).catch(() => undefined));
        if (status !== 'success') throw new Error(`expected ${to - from} requests, got none`);
      }
    },
    /** A copy of the model under another name, with a key that `damage` changes. */
    copy: (to: string, damage: (key: Uint8Array) => Uint8Array): string => {
      mkdirSync(join(folder, to));
      for (const file of ['circuit.json', 'vkey.json'])
        copyFileSync(join(folder, 'model', file), join(folder, to, file));
      writeFileSync(join(folder, to, 'proving.key'), damage(Uint8Array.from(model.provingKey)));
      return join(folder, to);
    },
    end: async () => {
      for (const one of running) await one.close();
      await anvil.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until something is so; it must be soon. */
export async function until<T>(
  what: () => Promise<T | undefined | false> | T | undefined | false,
  ms = 90_000,
): Promise<T> {
  for (const end = Date.now() + ms; ;) {
    const got = await what();
    if (got !== undefined && got !== false) return got;
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise((next) => setTimeout(next, 20));
  }
}
