// What the network costs, with hub, node and provers as processes of their own: cold starts, answers by receipt and with their proof, requests
// on the chain, proofs a minute, memory. Everybody is on this machine and shares its cores, the client that asks among them.
//
//   npm run bench:network                    the MLP of the demo
//   npm run bench:network -- SECONDS         of each stretch of load; 30 by default
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { demoAssets } from 'inferproof/cli';
import { connect, type Model } from 'inferproof-network';
import { parseEther, toHex, type Address } from 'viem';
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import { devAccount } from '#network/chain/anvil.js';
import { typedData } from '#network/chain/typed-data.js';
import { openStage, type Stage } from '#network/demo/stage.js';
import { makeModel, NAME, people, startChain, type Place } from '#network/demo/town.js';
import { guardedFetch } from '#network/http.js';
import { addToken } from '#network/hub/config.js';
import { publishModel } from '#network/store/publish.js';
import { wordsJson } from '#network/wire.js';

const PRICE = parseEther('0.00001');
const BOND = parseEther('0.01');
const CONNECTIONS = 16;
const A_SECOND = 20;
const PROOFS = 30;
/** Half of what each worker proves before its proofs are counted: until then its code is compiled again and again. */
const HOT = 10;
const REQUESTS = 20;
/** Answers before any is measured: code is compiled when it is hot. */
const WARM = 200;
/** Answers over which the memory of a node is looked at, each quarter of them. */
const MANY = 10_000;
const LENET = 'test/models/mnist_lenet5/model.onnx';

const seconds = Number(process.argv[2] ?? 30);
const say = (what: string, ...figures: readonly string[]): void =>
  console.log(`${what.padEnd(44)} ${figures.join('  ')}`);
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const since = (start: number): number => performance.now() - start;

/** Milliseconds: p50, p95. */
function quantiles(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q: number): string => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))].toFixed(1);
  return `p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  of ${sorted.length}`;
}

/** A command in a process of its own, which ends with the stage; the JSON that it says. */
async function start(stage: Stage, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [resolve('dist/cli/main.js'), ...args, '--json', '--quiet'], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
  stage.onEnd(() => ended(child));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: JSON.parse(said.toString()) as Readonly<Record<string, string>> };
}
async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  if (child.exitCode === null && child.kill()) await exit;
}

/** MiB of a process (Linux): VmRSS now, VmHWM at most. */
function mebibytes(pid: number, name: 'VmRSS' | 'VmHWM'): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024).toFixed(0);
}
const memory = (pid: number): string => `${mebibytes(pid, 'VmRSS')} MiB, at most ${mebibytes(pid, 'VmHWM')}`;
/** Milliseconds of CPU that a process took (Linux): the figure to look at where others load the machine. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task/${pid}`).includes('children')
    ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
    : [];

interface Town {
  readonly place: Place;
  readonly hub: string;
  readonly hubPid: number;
  /** Compiles a model, makes keys and puts it on the hub; what the network calls it. */
  readonly host: (name: string, onnx: Uint8Array) => Promise<string>;
}

async function town(stage: Stage): Promise<Town> {
  const { publisher, node } = people();
  const place = await startChain(stage, publisher);
  const hubJson = join(stage.folder, 'hub.json');
  await writeFile(hubJson, JSON.stringify({ folder: 'hub', port: 0 }));
  const token = await addToken(hubJson, 'bench', 2 ** 30);
  const hub = await start(stage, ['hub', hubJson]);
  const host = async (name: string, onnx: Uint8Array): Promise<string> => {
    const folder = join(stage.folder, name);
    await makeModel(folder, onnx);
    await publishModel(folder, place, publisher, {
      ...{ name, description: '', license: '', hubs: [{ url: hub.said['url'], token }] },
      fetch: guardedFetch({ allowPrivate: true }),
    });
    return `${publisher.address}/${name}`;
  };
  await place.call(node, 'stake', [], 1000n * BOND);
  return { place, hub: hub.said['url'], hubPid: hub.child.pid!, host };
}

/** A node on an empty disk; how long until it answers. */
async function startNode(stage: Stage, { place, hub }: Town, name: string, workers?: number) {
  const folder = join(stage.folder, `node-${name.split('/').at(-1)}-${workers ?? 'default'}`);
  await mkdir(folder);
  const { publisher } = people();
  const service = {
    receipt: { price: String(PRICE), bond: String(BOND) },
    proof: { price: '0' },
    request: { minPayment: '1' },
  };
  const config = {
    ...{
      rpc: place.rpc,
      hubs: [hub],
      port: 0,
      adminPort: 0,
      trust: [publisher.address],
      models: [{ model: name, ...service }],
    },
    ...{ limits: { requestsPerSecond: 1_000_000, unpaidPerSecond: 1_000_000 }, ...(workers && { workers }) },
  };
  await writeFile(join(folder, 'node.json'), JSON.stringify(config));
  const key = toHex(devAccount(1).getHdKey().privateKey!);
  const began = performance.now();
  const { child, said } = await start(stage, ['node', join(folder, 'node.json'), '--allow-private'], { INFERPROOF_PRIVATE_KEY: key }); // prettier-ignore
  return { child, url: said['url'], pid: child.pid!, coldMs: since(began) };
}

/** At a steady pace, whatever the answers take. */
async function atPace(ask: (i: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  const asked: Promise<unknown>[] = [];
  const begin = performance.now();
  for (let i = 0; i < seconds * A_SECOND; i++) {
    await sleep(Math.max(0, (1000 * i) / A_SECOND - since(begin)));
    const start = performance.now();
    asked.push(ask(i).then(() => times.push(since(start))));
  }
  await Promise.all(asked);
  return times;
}

/** A client's question, and as many vouchers as it will ask it, signed before, to leave the cores to the node. */
interface Paid {
  readonly text: string;
  readonly headers: readonly string[];
}
async function payers(
  place: Place,
  node: Address,
  model: Model,
  words: readonly bigint[],
  { count, each }: { readonly count: number; readonly each: number },
): Promise<Paid[]> {
  const clients = Array.from({ length: count }, () => privateKeyToAccount(generatePrivateKey()));
  const body = (client: PrivateKeyAccount): string => JSON.stringify({ model: model.modelId, words: wordsJson(words), want: 'receipt', client: client.address }); // prettier-ignore
  const paid: Paid[] = [];
  for (const client of clients) {
    const funds = PRICE * BigInt(each + 1);
    await place.give(client.address, parseEther('1') + funds);
    await place.call(client, 'fund', [node], funds);
    const headers: string[] = [];
    for (let i = 1n; i <= BigInt(each); i++) {
      const voucher = { client: client.address, node, total: i * PRICE };
      const signature = await client.signTypedData(typedData({ chainId: place.chain.chainId, market: place.deployment.market }, 'Voucher', voucher)); // prettier-ignore
      const payload = { ...voucher, total: String(voucher.total), signature };
      headers.push(btoa(JSON.stringify({ x402Version: 2, payload })));
    }
    paid.push({ text: body(client), headers });
  }
  await sleep(1_500); // the node has seen the channels
  return paid;
}

/** Throws where there is no answer. */
async function pay(url: string, { text }: Paid, header: string): Promise<void> {
  const response = await fetch(`${url}/v1/infer`, { method: 'POST', body: text, headers: { 'content-type': 'application/json', 'PAYMENT-SIGNATURE': header } }); // prettier-ignore
  const said = await response.text();
  if (response.status !== 200) throw new Error(`expected an answer, got ${response.status} ${said}`);
}

/** As many clients as connections, each one question after the other. */
async function asFastAsCan({ url, pid }: { readonly url: string; readonly pid: number }, paid: readonly Paid[]) {
  let answers = 0;
  const memories = [mebibytes(pid, 'VmRSS')];
  const cpu = cpuOf(pid);
  const begin = performance.now();
  const measure = () => ({ rate: (1000 * answers) / since(begin), cpuMs: (cpuOf(pid) - cpu) / answers });
  let measured: ReturnType<typeof measure> | undefined;
  await Promise.all(
    paid.map(async (one) => {
      for (const header of one.headers) {
        if (since(begin) > 1000 * seconds) measured ??= measure();
        if (measured !== undefined && answers >= MANY) return;
        await pay(url, one, header);
        if (++answers <= MANY && answers % (MANY / 4) === 0) memories.push(mebibytes(pid, 'VmRSS'));
      }
    }),
  );
  return { ...(measured ?? measure()), memories };
}

async function times(count: number, act: () => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await act();
    all.push(since(start));
  }
  return all;
}

const stage = openStage();
try {
  const t = await town(stage);
  const { client, node: owner } = people();
  const { digit } = await demoAssets();
  const values = { input: digit.pixels };
  const lenet = await startNode(stage, t, await t.host('lenet', readFileSync(LENET)));
  say('cold start of LeNet-5, from an empty disk', `${(lenet.coldMs / 1000).toFixed(2)} s (< 15 s)`);
  await ended(lenet.child);
  const name = await t.host(NAME, (await demoAssets()).model);
  const node = await startNode(stage, t, name);
  say('cold start, from an empty disk', `${(node.coldMs / 1000).toFixed(2)} s (< 5 s)`);
  const net = await connect({ rpc: t.place.rpc, hubs: [t.hub], account: client, allowPrivate: true });
  const model = await net.model(name);
  await net.fund(owner.address, parseEther('1'));
  const receipt = () => net.infer(model, values, { node: node.url, bond: BOND });
  await times(WARM, receipt);
  say(`memory of the node after ${WARM} answers`, memory(node.pid));
  const { words } = await receipt();
  const askers = (count: number, each: number) => payers(t.place, owner.address, model, words.slice(0, model.inputWords), { count, each }); // prettier-ignore
  const [one] = await askers(1, seconds * A_SECOND);
  say(`by receipt, paid, ${A_SECOND} a second`, quantiles(await atPace((i) => pay(node.url, one, one.headers[i]))), '(p50 < 10, p95 < 30)'); // prettier-ignore
  say('  with all that a client signs, checks and keeps', quantiles(await atPace(receipt)));
  const many = await askers(CONNECTIONS, Math.ceil(Math.max(seconds * 500, MANY) / CONNECTIONS));
  const { rate, cpuMs, memories } = await asFastAsCan(node, many);
  say(
    `by receipt, paid, ${CONNECTIONS} connections`,
    `${rate.toFixed(0)} answers/s (>= 200)`,
    `${cpuMs.toFixed(2)} ms of the node's CPU each`,
  );
  say(`memory of the node over ${MANY} answers`, `${memories.join(', ')} MiB`, '(flat, < 250)');
  const proved = await times(PROOFS, () => net.infer(model, values, { node: node.url, want: 'proof' }));
  say('with its proof', quantiles(proved), '(p50 < 500, p95 < 1000)');
  const settled = await times(REQUESTS, () => net.request(model, values, { payment: parseEther('0.001') }));
  say('request to Settled', quantiles(settled), '(p50 < 1500)');
  say('memory of the hub', memory(t.hubPid), '(< 150)');
  say('memory of the node', memory(node.pid), '(< 250)');
  for (const pid of childrenOf(node.pid)) say('memory of a prover', memory(pid), '(< 250)');
  await ended(node.child);
  // asked for as they are and not verified: the cores are the provers'
  const body = JSON.stringify({ model: model.modelId, words: wordsJson(words.slice(0, model.inputWords)), want: 'proof', client: client.address }); // prettier-ignore
  const targets = new Map([[2, '>= 1.3'], [4, '>= 0.8']]); // prettier-ignore
  let before = NaN;
  for (const workers of [1, 2, 4]) {
    const { url, child, pid } = await startNode(stage, t, name, workers);
    const cpu = () => [pid, ...childrenOf(pid)].map(cpuOf).reduce((a, b) => a + b);
    const one = async (): Promise<void> => {
      const response = await fetch(`${url}/v1/infer`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }); // prettier-ignore
      const said = await response.text();
      if (response.status !== 200) throw new Error(`expected a proof, got ${response.status} ${said}`);
    };
    // each process has opened the model, and its code is hot
    const warm = async (): Promise<void> => {
      for (let i = 0; i < HOT; i++) await one();
    };
    await Promise.all(Array.from({ length: 2 * workers }, warm));
    const [begin, spent] = [performance.now(), cpu()];
    let made = 0;
    const ask = async (): Promise<void> => {
      for (; since(begin) < 1000 * seconds; made++) await one();
    };
    await Promise.all(Array.from({ length: 2 * workers }, ask));
    const rate = (60_000 * made) / since(begin);
    const against = targets.has(workers)
      ? [`${(rate / before).toFixed(2)} x half as many (${targets.get(workers)})`]
      : [];
    say(`proofs with ${workers} worker${workers === 1 ? '' : 's'}`, `${rate.toFixed(0)} a minute`, `${((cpu() - spent) / made).toFixed(0)} ms of CPU each`, ...against); // prettier-ignore
    before = rate;
    await ended(child);
  }
} finally {
  await stage.end();
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
console.log(`\n${availableParallelism()} x ${cpus()[0].model}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)} at the end, commit ${commit}`); // prettier-ignore
