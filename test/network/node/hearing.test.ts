// What a node hears of the chain, on a chain of a few lists: restarts, RPCs that refuse or leave out, requests that do not pay.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex, zeroAddress, type Hex } from 'viem';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { publicWords } from '#compiler/index.js';
import { inStretches, type Blocks } from '#network/chain/follow.js';
import type { Market } from '#network/chain/reader.js';
import type { Sender } from '#network/chain/sender.js';
import { digest, wordsHash } from '#network/chain/typed-data.js';
import type { Served } from '#network/node/models.js';
import { openObligations } from '#network/node/obligations.js';
import type { Job, Proved, Queue } from '#network/node/queue/queue.js';
import { tiny } from '../../lookup/tiny.js';
import { account } from '../world.js';

const root = mkdtempSync(join(tmpdir(), 'inferproof-hearing-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const node = account('node').address;
const model = toHex(1, { size: 32 });
const circuit = tiny();
const input = publicWords(circuit, { count: 1, inputs: { x: new Float64Array(6) } }).slice(0, 1);

interface Event {
  readonly name: string;
  readonly block: bigint;
  readonly args: { readonly id: Hex };
}
let folder = '';
let events: Event[] = [];
let number = 0n;
let baseFee = 1n;
let refuses: (name: string, blocks: Blocks) => boolean = () => false;
const open = new Set<Hex>();
const sent: string[] = [];
let sure: () => Promise<boolean> = () => Promise.resolve(false);
const proved: (readonly bigint[])[] = [];
const ranges: string[] = [];
const said: object[] = [];
const skips: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(root, 'node-'));
  [events, number, baseFee, refuses] = [[], 1_000n, 1n, () => false];
  for (const list of [sent, ranges, proved, said, skips]) list.length = 0;
  open.clear();
});

const client = {
  getLogs: ({ event, fromBlock, toBlock }: { event: { name: string }; fromBlock: bigint; toBlock: bigint }) => {
    ranges.push(`${event.name} ${fromBlock} ${toBlock}`);
    if (refuses(event.name, [fromBlock, toBlock])) return Promise.reject(new Error('too much'));
    const found = events.filter(({ name, block }) => name === event.name && block >= fromBlock && block <= toBlock);
    return Promise.resolve(found.map(({ args, block }) => ({ args, blockNumber: block })));
  },
  readContract: ({ functionName, args: [id] }: { functionName: string; args: [Hex] }) => {
    const challenges = events.filter(({ name, args }) => name === 'Challenged' && open.has(args.id)).length;
    const state = open.has(id) ? 1 : 2;
    return Promise.resolve({ stakes: [1n, 0n, challenges], challenges: [node, 1n, 9_999n, state], requests: state }[functionName]); // prettier-ignore
  },
  getBlock: ({ blockNumber }: { blockNumber: bigint }) => Promise.resolve({ timestamp: blockNumber }),
};
const market = { chainId: 1, market: zeroAddress, client, clients: [client], proofTime: 5_000n } as unknown as Market;

/** A node's ears; what it proves it sends. */
async function start({ proves = true, since = 0n, clients = [client] as object[] } = {}) {
  const submit = ({ words }: Job) => (proved.push(words), proves ? Promise.resolve({ words: [], proof: Array(10).fill(0n) } as unknown as Proved) : new Promise(() => undefined)); // prettier-ignore
  const sender: Sender = {
    send: (name, _call, _block, all) => (sent.push(name), (sure = all), Promise.resolve(null)),
    forget: () => undefined,
  };
  const offer = { request: { minPayment: 1_000n } };
  const obligations = await openObligations({
    ...{ market: { ...market, clients } as Market, node, since, sender, noted: join(folder, 'block') },
    models: new Map([[model, { modelId: model, offer, circuit } as unknown as Served]]),
    queue: { submit } as unknown as Queue,
    log: { info: (what: object) => said.push(what), warn: () => undefined, error: () => undefined },
    onProof: () => undefined,
    onClosing: () => undefined,
    onSkip: (reason) => skips.push(reason),
  });
  return async (steps = 1): Promise<void> => {
    for (let i = 0; i < steps; i++) {
      await obligations.step({ number, hash: '0x', timestamp: number, baseFee });
      await new Promise((next) => setImmediate(next));
    }
  };
}
function challenge(n: number, block = number, of = node): Hex {
  const receipt = { node: of, client: zeroAddress, modelId: model, inputHash: wordsHash(input), outputHash: model, inputWords: 1, bond: 1n, until: BigInt(n) }; // prettier-ignore
  const id = digest(market, 'Receipt', receipt);
  events.push({ name: 'Challenged', block, args: { id, receipt, input, deadline: 9_999n } as never });
  open.add(id);
  return id;
}
function request(n: number, change: object): Hex {
  const asked = { client: zeroAddress, modelId: model, inputHash: wordsHash(input), inputWords: 1, node, payment: 10n ** 6n, deadline: 9_999n, callbackGas: 0, nonce: BigInt(n), ...change }; // prettier-ignore
  const id = digest(market, 'Request', asked);
  events.push({ name: 'Requested', block: number, args: { id, request: asked, input } as never });
  open.add(id);
  return id;
}

it('a challenge that is open for a hundred blocks is answered after a restart', async () => {
  const id = challenge(1);
  const before = await start({ proves: false });
  await before();
  number += 100n;
  await before();
  expect(readFileSync(join(folder, 'block'), 'utf8')).toBe('1000');
  await (
    await start()
  )(2);
  expect(sent).toEqual([id]);
  open.clear();
  await (
    await start()
  )(2);
  expect(readFileSync(join(folder, 'block'), 'utf8')).toBe('1100');
});

it('requests that an RPC does not hand out, or is slow to, stop no challenge', async () => {
  refuses = (name) => name === 'Requested';
  const id = challenge(1);
  const step = await start();
  await step(2);
  expect(sent).toEqual([id]);
  refuses = () => false;
  const other = request(2, {});
  await step(4);
  expect(sent).toContain(other);
});

it.each([
  ['a block that no RPC hands out', (from: bigint, to: bigint) => from <= 550n && to >= 550n, 32],
  ['blocks that are gone', (from: bigint) => from < 800n, 42],
])('%s: given up after thirty looks, and what is behind is heard', async (_, gone, steps) => {
  writeFileSync(join(folder, 'block'), '600');
  refuses = (name, blocks) => name === 'Requested' && gone(...blocks);
  const id = request(1, {});
  const step = await start();
  await step(30);
  expect(sent).toEqual([]);
  await step(steps - 30);
  expect(sent).toContain(id);
  expect(Number(readFileSync(join(folder, 'block'), 'utf8'))).toBe(1_000);
});

it('an RPC that hands out nothing for an hour hides no request in the end', async () => {
  writeFileSync(join(folder, 'block'), '600');
  refuses = (name) => name === 'Requested';
  const id = request(1, {});
  number = 1_300n;
  const step = await start();
  await step(90);
  expect(sent).toEqual([]);
  refuses = () => false;
  await step(3);
  expect(sent).toContain(id);
});

it('events that an RPC makes up, or changes, are nobody’s obligation; the true one is, from the other RPC', async () => {
  const id = challenge(1);
  const [{ args: true_ }] = events as unknown as [{ args: object }];
  const lie = { ...events[0], args: { ...true_, input: [9n] } };
  const liar = { ...client, getLogs: ({ event: { name } }: { event: { name: string } }) => Promise.resolve(name === 'Challenged' ? [{ args: lie.args, blockNumber: number }] : []) }; // prettier-ignore
  const step = await start({ clients: [liar, client] });
  await step(2);
  expect(sent).toEqual([id]);
  expect(proved).toEqual([input]);
});

it('a challenge of another node that an RPC hands out as its own is neither proved nor sent', async () => {
  challenge(1, number, zeroAddress);
  const id = challenge(2);
  const step = await start();
  await step(2);
  expect(sent).toEqual([id]);
  expect(proved.length).toBe(1);
});

it('whether a challenge is to be answered once more must be what both RPCs say', async () => {
  challenge(1);
  const proven = { ...client, readContract: (call: Parameters<typeof client.readContract>[0]) => call.functionName === 'challenges' ? Promise.resolve([node, 1n, 9_999n, 2]) : client.readContract(call) }; // prettier-ignore
  const dead = { ...client, readContract: () => Promise.reject(new Error('silent')) };
  for (const [other, expected] of [
    [client, true],
    [dead, true],
    [proven, false],
  ] as const) {
    sent.length = 0;
    await (
      await start({ clients: [client, other] })
    )(2);
    expect(sent.length).toBe(1);
    expect(await sure()).toBe(expected);
  }
});

it('a range that is refused is halved, down to one block', async () => {
  const got: bigint[] = [];
  const few = ([from, to]: Blocks) =>
    to - from < 3n ? Promise.resolve([from]) : Promise.reject(new Error('too many'));
  await inStretches([5n, 5_000n], few, (_, end) => got.push(end));
  expect(got.at(-1)).toBe(5_000n);
  const bad = ([from, to]: Blocks) => (from <= 9n && to >= 9n ? Promise.reject(new Error('9')) : Promise.resolve([]));
  got.length = 0;
  await expect(inStretches([5n, 5_000n], bad, (_, end) => got.push(end))).rejects.toThrow('9');
  expect(got.at(-1)).toBe(8n);
});

it('a challenge that an RPC left out is missed by its number, looked for and answered', async () => {
  number = 9_000n;
  writeFileSync(join(folder, 'block'), '8999');
  const id = challenge(1, 6_500n);
  const step = await start();
  await step();
  expect(sent).toEqual([]);
  await step(3);
  expect(sent).toEqual([id, id].slice(0, sent.length));
  expect(sent.length).toBeGreaterThan(0);
  const searched = ranges.filter((one) => one.startsWith('Challenged 5')).length;
  await step(5);
  // found once, not looked for again
  expect(ranges.filter((one) => one.startsWith('Challenged 5')).length).toBe(searched);
});

it('a block that was noted on a longer chain hides nothing', async () => {
  writeFileSync(join(folder, 'block'), '5000');
  const id = challenge(1);
  await (
    await start()
  )(2);
  expect(sent).toEqual([id]);
});

it('a request pays its price and its callback together, at the base fee at which it would be sent; what is skipped is said once', async () => {
  const step = await start();
  const least = { callbackGas: 800, payment: 2_000n };
  const poor = request(1, { ...least, payment: 1_999n });
  const id = request(2, least);
  request(3, { ...least, payment: 1n, node: zeroAddress.replace('x0', 'x1') });
  const odd = request(4, { ...least, inputHash: wordsHash([...input, 0n]) });
  (events.at(-1)!.args as unknown as { input: bigint[] }).input = [...input, 0n];
  await step(3);
  expect(new Set(sent)).toEqual(new Set([id]));
  const skipped = { kind: 'request', model, least: '2000', callbackGas: 800 };
  expect(said).toEqual([
    { ...skipped, id: poor, payment: '1999', reason: 'payment' },
    { ...skipped, id: odd, payment: '2000', reason: 'layout' },
  ]);
  expect(skips).toEqual(['payment', 'layout']);
  sent.length = said.length = 0;
  baseFee = 2n;
  await step(2);
  expect(sent).toEqual([]);
  expect(said).toEqual([{ kind: 'request', id, model, deadline: 9_999, baseFee: '2' }]); // its proof waits
  baseFee = 0n;
  await step(2);
  expect(new Set(sent)).toEqual(new Set([id, poor]));
});
