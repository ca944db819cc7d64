// A model behind OpenGradient's inference ABI: their unmodified SDK is given proved outputs, those of `inferproof run`. What the SDK sends is
// recorded; with INFERPROOF_FULL the SDK itself sends it (Python with opengradient 1.1.4 is made in node_modules/.cache, or is
// INFERPROOF_OPENGRADIENT).
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { createTestClient, decodeEventLog, http, parseAbi, toHex, type Address, type Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, publicWords, run, type Circuit, type Samples } from '#compiler/index.js';
import { readFolder, writeCompilation } from '#files/index.js';
import { MARKET, REGISTRY } from '#network/chain/abi.js';
import { devAccount } from '#network/chain/anvil.js';
import { deployInference, ogInput, OG_INFERENCE } from '#network/chain/opengradient.js';
import { write } from '#network/chain/write.js';
import { parseConfig } from '#network/node/config.js';
import { startNode, type RunningNode } from '#network/node/node.js';
import { decimal } from '#network/node/og.js';
import { keyItems, type LookupKey } from '#verifier/index.js';
import { commandLine } from '../cli/in-process.js';
import { generator } from '../compiler/circuits.js';
import { fitted, readTable, samplesOf } from '../models/tables/fit.js';
import { localChain, type LocalChain } from './local-chain.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const PRICE = 10n ** 15n;
const PATIENCE = 600;
const CID = 'baguqeerao3nol2ubnf4yobsbf5ehob634oyxs42gom355zoukffofve43vaa';
const [operator, caller] = [devAccount(1), devAccount(2)];
const RECORDED = JSON.parse(readFileSync(join(import.meta.dirname, 'opengradient/calldata.json'), 'utf8')) as Record<string, string>; // prettier-ignore
const recorded = (name: string): Hex => toHex(gunzipSync(Buffer.from(RECORDED[name], 'base64')));
const EVENTS = parseAbi([
  'struct Number { int128 value; int128 decimals; }',
  'struct NumberTensor { string name; Number[] values; uint32[] shape; }',
  'struct StringTensor { string name; string[] values; }',
  'struct JsonScalar { string name; string value; }',
  'struct ModelInput { NumberTensor[] numbers; StringTensor[] strings; }',
  'struct ModelOutput { NumberTensor[] numbers; StringTensor[] strings; JsonScalar[] jsons; bool is_simulation_result; }',
  'struct ModelInferenceRequest { uint8 mode; string modelCID; ModelInput input; }',
  'event ModelInferenceEvent(string inferenceID, ModelInferenceRequest request, ModelOutput response)',
  'function run(string model, uint8 mode, ModelInput modelInput) returns (ModelOutput output)',
]);

interface Hosted {
  readonly name: string;
  readonly circuit: Circuit;
  readonly vkey: LookupKey;
  readonly folder: string;
  readonly sample: Samples;
  readonly shape: readonly number[];
  readonly contract: Address;
}
let local: LocalChain;
let root = '';
let node: RunningNode;
const hosted = new Map<string, Hosted>();

/** Keys for the model of a folder, on the chain and behind a contract of its own. */
async function host(name: string, sample: Samples): Promise<void> {
  const folder = join(root, name);
  expect((await commandLine(['setup', folder, '--dev'], root)).status).toBe(0);
  const { circuit, vkey } = (await readFolder(folder)) as { circuit: Circuit; vkey: LookupKey };
  const { chain, deployment } = local;
  await write(chain, operator, { address: deployment.registry, abi: REGISTRY, functionName: 'register', args: [keyItems(vkey)] }); // prettier-ignore
  const terms = { cid: CID, price: PRICE, patience: PATIENCE };
  const { address: contract } = await deployInference(chain, operator, deployment, circuit, vkey, terms);
  expect(await deployInference(chain, operator, deployment, circuit, vkey, terms)).toEqual({ address: contract, sent: undefined }); // prettier-ignore
  await write(chain, caller, { address: contract, abi: OG_INFERENCE, functionName: 'deposit', value: 3n * PRICE });
  const { shape } = circuit.tensors[circuit.inputs[0].tensor];
  hosted.set(name, { name, circuit, vkey, folder, sample, shape, contract });
}

const [train, heldOut] = readTable('breast_cancer', 0.7);
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'inferproof-opengradient-'));
  local = await localChain();
  const calibration = samplesOf(train);
  await writeCompilation(join(root, 'table'), await compile(fitted('logit', [], train), { calibration }));
  await host('table', { count: 1, inputs: { x: Float64Array.from(heldOut.rows[0]) } });
  if (FULL) {
    const at = (file: string) => resolve('examples/mnist-mlp', file);
    await commandLine(['compile', at('model.onnx'), '-o', 'digit', '--calibrate', at('calibration.npz')], root);
    const { input_data: digit } = JSON.parse(readFileSync(at('digit.json'), 'utf8')) as { input_data: number[][] };
    await host('digit', { count: 1, inputs: { input: Float64Array.from(digit.flat(9)) } });
  }
  const models = [...hosted.values()].map(({ name, folder }) => ({ model: `${operator.address}/${name}`, folder, request: { minPayment: '1' } })); // prettier-ignore
  const { rpc } = local.anvil;
  const config = parseConfig({ rpc, port: 0, adminPort: 0, workers: 1, data: join(root, 'data'), models });
  node = await startNode({ ...config, market: local.deployment.market }, {
    ...{ account: operator, poll: 50, load: () => Promise.reject(new Error('it has a folder')) },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  }); // prettier-ignore
});
afterAll(async () => {
  await node.close();
  rmSync(root, { recursive: true, force: true });
});

const tensorOf = ({ circuit, sample, shape }: Hosted) => ({
  name: circuit.inputs[0].name,
  values: Array.from(sample.inputs[circuit.inputs[0].name]),
  shape,
});
/** What the SDK makes of numbers: as few digits as tell them apart. */
const modelInput = (name: string, values: readonly number[], shape: readonly number[]) => ({
  numbers: [{ name, values: values.map((x) => ({ value: BigInt(decimal(x).value), decimals: BigInt(decimal(x).decimals) })), shape }], // prettier-ignore
  strings: [],
});
/** The model's outputs by `run`, as float32. */
const outputsOf = async ({ circuit, sample }: Hosted): Promise<Record<string, number[]>> => {
  const [outputs] = (await run(circuit, sample)).outputs;
  return Object.fromEntries(Object.entries(outputs).map(([name, { floats, read }]) => [name, (read?.values ?? floats).map(Math.fround)])); // prettier-ignore
};
const credit = ({ contract }: Hosted) =>
  local.chain.client.readContract({ address: contract, abi: OG_INFERENCE, functionName: 'credit', args: [caller.address] }); // prettier-ignore

describe('a table of 30 columns, each with its own scale', () => {
  const table = () => hosted.get('table')!;
  const words = (values: readonly number[], name = 'x') =>
    local.chain.client.readContract({ address: table().contract, abi: OG_INFERENCE, functionName: 'words', args: [modelInput(name, values, [1, values.length])] as never }); // prettier-ignore

  it('the contract quantises as `run`: any decimals, the ends, halves of steps and their neighbours', async () => {
    const { circuit } = table();
    const tensor = circuit.tensors[circuit.inputs[0].tensor];
    const [scales, zeros] = [tensor.scale, tensor.zero] as [number[], number[]];
    expect(scales.length).toBe(30);
    const random = generator(7);
    const kinds = [
      (lo: number, hi: number) => Number((lo + random() * (hi - lo)).toPrecision(2 + Math.floor(random() * 15))),
      (lo: number) => lo,
      (_: number, hi: number) => hi,
      (_l: number, _h: number, k: number) => scales[k] * (Math.floor(random() * tensor.hi) + 0.5 - zeros[k]),
      (_l: number, _h: number, k: number) => Number((scales[k] * (Math.floor(random() * tensor.hi) + 0.5 - zeros[k])).toPrecision(16)), // prettier-ignore
      (_l: number, _h: number, k: number) =>
        scales[k] * (Math.floor(random() * tensor.hi) + 0.5 - zeros[k]) * (1 + 2 ** -52),
      (_l: number, _h: number, k: number) =>
        scales[k] * (Math.floor(random() * tensor.hi) + 0.5 - zeros[k]) * (1 - 2 ** -53),
      (_l: number, _h: number, k: number) => scales[k] * (tensor.hi - zeros[k] + 0.5),
      () => 0,
      () => 1e-22,
    ];
    for (let i = 0; i < 40; i++) {
      const values = scales.map((scale, k) => {
        const [lo, hi] = [scale * (tensor.lo - zeros[k]), scale * (tensor.hi - zeros[k])];
        const x = kinds[(i + k) % kinds.length](lo, hi, k);
        return x >= lo && x <= hi + scale ? x : lo;
      });
      const ours = publicWords(circuit, { count: 1, inputs: { x: Float64Array.from(values) } });
      const theirs = await words(values);
      expect(theirs).toEqual(ours.slice(0, theirs.length));
    }
  });

  it('what is no input of the model, or not paid for, is refused by name', async () => {
    const { circuit, contract } = table();
    const { scale, zero, hi } = circuit.tensors[circuit.inputs[0].tensor] as unknown as { scale: number[]; zero: number[]; hi: number }; // prettier-ignore
    const good = heldOut.rows[0];
    const over = scale[0] * (hi - zero[0] + 0.51);
    await expect(words([over, ...good.slice(1)])).rejects.toThrow('OutOfRange');
    await expect(words([-1e30, ...good.slice(1)])).rejects.toThrow('OutOfRange');
    await expect(words(good, 'y')).rejects.toThrow('BadInput');
    await expect(words(good.slice(1))).rejects.toThrow('BadInput');
    await expect(words([1e-39, ...good.slice(1)])).rejects.toThrow('BadInput');
    const from = (account: Address, model: string, mode: number) =>
      local.chain.client.simulateContract({ account, address: contract, abi: [...EVENTS, ...OG_INFERENCE], functionName: 'run', args: [model, mode, modelInput('x', good, [1, 30])] as never }); // prettier-ignore
    await expect(from(caller.address, 'another', 1)).rejects.toThrow('OtherModel');
    await expect(from(caller.address, CID, 0)).rejects.toThrow('OtherModel');
    await expect(from(operator.address, CID, 1)).rejects.toThrow('NoCredit');
    await from(caller.address, CID, 1);
  });

  it('an input that has no grid, or a second one, is refused before anything is deployed', () => {
    const { circuit, vkey } = table();
    const [input] = circuit.inputs;
    for (const inputs of [
      [{ ...input, dtype: 'int64' as const }],
      [{ ...input, rounding: 'even' as const }],
      [input, input],
    ])
      expect(() => ogInput({ inputs }, vkey)).toThrow('expected a model with one input of floats on a grid');
  });
});

/** What the node says of a transaction of the SDK. */
async function answerTo(hash: Hex): Promise<Record<string, number[]>> {
  const { logs } = await local.chain.client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
  const said = logs.flatMap((log) => {
    try {
      return [decodeEventLog({ abi: EVENTS, ...log })];
    } catch {
      return [];
    }
  });
  const { inferenceID } = said[0].args;
  const told = await fetch(`${node.url}/artela-network/artela-rollkit/inference/tx/${inferenceID}`);
  expect(told.status).toBe(200);
  const { inference_results: [text] } = (await told.json()) as { inference_results: [string] }; // prettier-ignore
  const {
    InferenceResult: {
      ZkmlResult: { model_output },
    },
  } = JSON.parse(Buffer.from(text, 'base64').toString()); // prettier-ignore -- their own nesting
  return Object.fromEntries(
    model_output.numbers.map(({ name, values }: { name: string; values: { value: string; decimals: string }[] }) => [
      name,
      values.map(({ value, decimals }) => Math.fround(Number(`${value}e-${decimals}`))),
    ]),
  );
}

it('the recorded transaction of the SDK: settled by the node, which then gives the proved output, that of `run`', async () => {
  const table = hosted.get('table')!;
  const before = await credit(table);
  const { chain } = local;
  const wallet = createTestClient({ mode: 'anvil', transport: http(local.anvil.rpc) });
  await wallet.impersonateAccount({ address: caller.address });
  const hash = await chain.client.request<{ Method: string; Parameters: unknown[]; ReturnType: Hex }>({ method: 'eth_sendTransaction', params: [{ from: caller.address, to: table.contract, data: recorded('table') }] }); // prettier-ignore
  expect(await answerTo(hash)).toEqual(await outputsOf(table));
  expect(await credit(table)).toBe(before - PRICE);
  const status = async (id: string) =>
    (await fetch(`${node.url}/artela-network/artela-rollkit/inference/tx/${id}`)).status;
  expect(await status('0x1')).toBe(400);
});

const sdkItself = (): void => {
  /** Python with opengradient 1.1.4. */
  function python(): string {
    const given = process.env['INFERPROOF_OPENGRADIENT'];
    if (given !== undefined) return given;
    const folder = resolve('node_modules/.cache/opengradient-1.1.4');
    const program = join(folder, 'bin/python');
    if (existsSync(join(folder, 'whole'))) return program;
    execFileSync('python3', ['-m', 'venv', '--clear', folder]);
    execFileSync(program, ['-m', 'pip', 'install', '-q', 'opengradient==1.1.4'], { stdio: 'ignore' });
    writeFileSync(join(folder, 'whole'), '');
    return program;
  }

  it.each(['table', 'digit'])(
    '%s: Alpha.infer gives the outputs of `run`, and sends what is recorded',
    async (name) => {
      const model = hosted.get(name)!;
      const file = join(root, `${name}.input.json`);
      writeFileSync(file, JSON.stringify(tensorOf(model)));
      const script = resolve('test/network/opengradient/infer.py');
      const key = toHex(caller.getHdKey().privateKey!);
      const { stdout } = await promisify(execFile)(python(), [script, local.anvil.rpc, model.contract, node.url, key, CID, file]); // prettier-ignore
      const { transaction, outputs } = JSON.parse(stdout) as { transaction: string; outputs: Record<string, number[]> };
      expect(outputs).toEqual(await outputsOf(model));
      const hash: Hex = `0x${transaction.replace(/^0x/, '')}`;
      const { input } = await local.chain.client.getTransaction({ hash });
      expect(input).toBe(recorded(name));
    },
  );
};
if (FULL) describe('the SDK itself', sdkItself);

it('a run that nobody proves is reclaimed after its deadline, once, by the credit that paid it', async () => {
  const table = hosted.get('table')!;
  const { chain, deployment } = local;
  const of = { address: table.contract, abi: OG_INFERENCE } as const;
  await node.close();
  const before = await credit(table);
  const tensor = tensorOf(table);
  await write(chain, caller, { address: table.contract, abi: EVENTS, functionName: 'run', args: [CID, 1, modelInput(tensor.name, tensor.values, tensor.shape)] }); // prettier-ignore
  expect(await credit(table)).toBe(before - PRICE);
  const logs = await chain.client.getContractEvents({ address: deployment.market, abi: MARKET, eventName: 'Requested', strict: true, fromBlock: 0n }); // prettier-ignore
  const asked = logs.at(-1)!;
  const reclaim = () => write(chain, operator, { ...of, functionName: 'reclaim', args: [asked.args.request] });
  await expect(reclaim()).rejects.toThrow('TooEarly');
  const clock = createTestClient({ mode: 'anvil', transport: http(local.anvil.rpc) });
  await clock.increaseTime({ seconds: PATIENCE + 1 });
  await clock.mine({ blocks: 1 });
  await reclaim();
  expect(await credit(table)).toBe(before);
  await expect(reclaim()).rejects.toThrow('NothingToReclaim');
  expect(await chain.client.getBalance({ address: table.contract })).toBe(before);
  await expect(write(chain, operator, { ...of, functionName: 'withdraw', args: [1n] })).rejects.toThrow('NoCredit');
  await write(chain, caller, { ...of, functionName: 'withdraw', args: [before] });
  expect(await chain.client.getBalance({ address: table.contract })).toBe(0n);
});
