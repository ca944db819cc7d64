// The demo's town: a chain with the market on it, a publisher's model on a hub, a node that answers for it. Its people have anvil's
// accounts, whose keys everybody knows.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from 'inferproof/compiler';
import { writeCompilation, writeKeys } from 'inferproof/files';
import { setup } from 'inferproof/prover';
import { toHex, type Address, type Hex, type LocalAccount } from 'viem';
import { MARKET } from '../chain/abi.js';
import { devAccount, startAnvil } from '../chain/anvil.js';
import { defaultTerms, deploy, marketOf } from '../chain/deployment.js';
import { openChain, type Chain, type Deployment } from '../chain/open.js';
import type { Signer } from '../chain/typed-data.js';
import { write, type Sent } from '../chain/write.js';
import { guardedFetch } from '../http.js';
import { addToken, readHubConfig } from '../hub/config.js';
import { serveHub } from '../hub/serve.js';
import { parseConfig } from '../node/config.js';
import type { RunningNode } from '../node/node.js';
import { operate } from '../operate.js';
import { publishModel, type PublishResult } from '../store/publish.js';
import type { Stage } from './stage.js';

export const NAME = 'digits';
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const HUB_BYTES = 2 ** 26;
/** Milliseconds between the node's looks at the chain: anvil mines at once. */
const POLL = 100;

export const people = () => {
  const [publisher, node, client, liar] = [0, 1, 2, 3].map(devAccount);
  return { publisher, node, client, liar };
};

export interface Place {
  readonly rpc: string;
  readonly chain: Chain;
  readonly deployment: Deployment;
  /** Of the deployment. */
  readonly gas: number;
  /** Seconds: how long a receipt binds, and how long a challenged node has to prove. */
  readonly window: number;
  readonly proofTime: number;
  /** Lets seconds pass: on the chain, and on the clocks of those who live here. */
  readonly pass: (seconds: number) => Promise<void>;
  /** Sets what somebody has, wei. */
  readonly give: (to: Address, wei: bigint) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Calls the market. */
  readonly call: (from: LocalAccount, functionName: string, args: readonly unknown[], value?: bigint) => Promise<Sent>;
  /** Wei that a node was paid from the channel of a client. */
  readonly paid: (client: Address, node: Address) => Promise<bigint>;
  readonly gasOf: (hash: Hex) => Promise<number>;
}

/** A chain, and the contracts by one of its accounts. */
export async function startChain(stage: Stage, deployer: LocalAccount): Promise<Place> {
  const anvil = await startAnvil();
  stage.onEnd(anvil.stop);
  const chain = await openChain([anvil.rpc], anvil.chainId);
  const deployed = await deploy(chain, deployer);
  const deployment = await marketOf(chain);
  const { window, proofTime } = defaultTerms(chain.chainId);
  const market = { address: deployment.market, abi: MARKET } as const;
  const { client } = chain;
  const request = client.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  const anvilCall = (method: string, ...params: unknown[]) => request({ method, params });
  let passed = 0;
  return {
    ...{ rpc: anvil.rpc, chain, deployment, window, proofTime, clock: () => Date.now() + 1000 * passed },
    gas: deployed.reduce((sum, { sent }) => sum + (sent?.gas ?? 0), 0),
    pass: async (seconds) => {
      passed += seconds;
      await anvilCall('evm_increaseTime', seconds);
      await anvilCall('evm_mine');
    },
    give: (to, wei) => anvilCall('anvil_setBalance', to, toHex(wei)),
    call: (from, functionName, args, value = 0n) => write(chain, from, { ...market, functionName, args, value }),
    paid: async (of, node) => (await client.readContract({ ...market, functionName: 'channels', args: [of, node] }))[1],
    gasOf: async (hash) => Number((await client.getTransactionReceipt({ hash })).gasUsed),
  };
}

export interface Hosted extends PublishResult {
  readonly hub: string;
  /** Where the publisher has it. */
  readonly folder: string;
  readonly rows: number;
}

/** Compiles a model, makes development keys, and publishes it on a hub of its own. */
export async function hostModel(
  stage: Stage,
  place: Place,
  publisher: LocalAccount,
  model: Uint8Array,
): Promise<Hosted> {
  const { rpc, chain, deployment } = place;
  const hubJson = join(stage.folder, 'hub.json');
  await writeFile(hubJson, JSON.stringify({ folder: 'hub', port: 0, rpc: [rpc] }));
  const token = await addToken(hubJson, 'publisher', HUB_BYTES);
  const hub = await serveHub(await readHubConfig(hubJson), () => undefined);
  stage.onEnd(hub.close);

  const folder = join(stage.folder, 'model');
  const rows = await makeModel(folder, model);
  const published = await publishModel(folder, { chain, deployment }, publisher, {
    ...{ name: NAME, description: 'reads a hand-written digit', license: 'MIT' },
    ...{ hubs: [{ url: hub.url, token }], fetch: guardedFetch({ allowPrivate: true }) },
  });
  return { ...published, hub: hub.url, folder, rows };
}

/** A model with its files and development keys in a new folder; how many rows it has. */
export async function makeModel(folder: string, model: Uint8Array): Promise<number> {
  await mkdir(folder);
  const made = await compile(model, { inputRanges: { '': [0, 1] } });
  await writeCompilation(folder, made);
  const { provingKey, vkey } = await setup(made.circuit, { dev: true });
  await writeKeys(folder, provingKey, vkey);
  await writeFile(join(folder, 'model.onnx'), model);
  return made.report.rows;
}

/** What a node takes, wei. */
export interface Prices {
  readonly receipt: bigint;
  readonly bond: bigint;
  readonly proof: bigint;
  readonly request: bigint;
}

/** A node that fetches a model from a hub, rehearses its key, and answers. */
export async function startHonestNode(
  stage: Stage,
  place: Place,
  account: Signer,
  {
    hub,
    model,
    trust,
    prices,
  }: { readonly hub: string; readonly model: string; readonly trust: string; readonly prices: Prices },
): Promise<RunningNode> {
  const config = parseConfig({
    ...{ rpc: place.rpc, hubs: [hub], data: join(stage.folder, 'node'), port: 0, adminPort: 0, trust: [trust] },
    models: [
      {
        model,
        receipt: { price: String(prices.receipt), bond: String(prices.bond) },
        proof: { price: String(prices.proof) },
        request: { minPayment: String(prices.request) },
      },
    ],
  });
  const node = await operate(config, place, {
    account,
    log: SILENT,
    allowPrivate: true,
    poll: POLL,
    clock: place.clock,
  });
  stage.onEnd(node.close);
  return node;
}
