// What the contracts cost: gas.csv, the digits' perceptron (784 bytes in, 10 numbers out, 28 words), proofs that the universal verifier
// checks (simulated from a key's secrets: their cost is that of any other). And one real model, proved, from its key to its payment.
// `npx vitest run test/network/gas.test.ts -u` writes the table.
import { readFileSync } from 'node:fs';
import { toHex, type Hex } from 'viem';
import { beforeAll, describe, expect, it } from 'vitest';
import { publicWords } from '#compiler/index.js';
import { pack } from '#network/chain/opengradient.js';
import { openProver } from '#prover/index.js';
import { inputWordCount, keyItems, packWords, vkDigest, type LookupKey } from '#verifier/index.js';
import { proofNumbers } from '#verifier/proof.js';
import { universalCalldata } from '#verifier/solidity/index.js';
import { keyItems as itemsOf } from '#verifier/transcript.js';
import { tiny } from '../lookup/tiny.js';
import { subject } from '../prover/opened.js';
import { lookupFixture, tensor } from '../verifier/simulator.js';
import { compile, type Contracts } from './compiled.js';
import { account, contextOf, ETHER, FLOOR, hashOf, NOBODY, world, type Receipt, type Request } from './world.js';

let contracts: Contracts;
beforeAll(() => {
  contracts = compile();
});
const [client, node, watcher] = ['client', 'node', 'watcher'].map(account);

const digit = (JSON.parse(readFileSync('examples/mnist-mlp/digit.json', 'utf8')) as { readonly input_data: readonly [readonly number[]] }).input_data[0]; // prettier-ignore

/** A model of 784 bytes and more, the digit's words with zeros behind, and simulated proofs of them. */
function model(inputWords: number) {
  const publics = [
    tensor({ name: 'image', shape: [31 * inputWords - 22], hi: 255 }),
    tensor({ name: 'logits', role: 'output', shape: [10], lo: -(2 ** 30), hi: 2 ** 30, bits: 32 }),
  ];
  const { key, simulate } = lookupFixture({ publics });
  const pixels = Array.from({ length: 31 * inputWords - 22 }, (_, i) => Math.round(255 * (digit[i] ?? 0)));
  const logits = Array.from({ length: 10 }, (_, i) => 123_456 * (i - 4));
  const words = packWords(publics, [pixels, logits]);
  const proof = (context: Hex): bigint[] => proofNumbers(simulate(words, context));
  return { input: words.slice(0, inputWords), words, proof, items: itemsOf(key) };
}

/** All calls once. */
async function measured(inputWords: number) {
  const { input, words, proof, items } = model(inputWords);
  const w = await world(contracts, { verifier: 'UniversalVerifierDev', key: items });
  const gas: Record<string, number> = { register: w.registering.gas };
  for (const one of [client, node, watcher]) await w.give(one.address, 100n * ETHER);
  const send = async (
    label: string,
    from: { address: Hex },
    name: string,
    args: readonly unknown[],
    value = 0n,
    to: typeof w.market = w.market,
  ) => {
    const { said, gas: used, events } = await w.send(from, to, name, args, { value });
    expect(`${label}: ${said}`).toBe(`${label}: ok`);
    gas[label] = used;
    return events;
  };
  const asking = (nonce: bigint): Request => ({
    ...{ client: client.address, modelId: w.modelId, inputHash: hashOf(input), inputWords, node: NOBODY },
    ...{ payment: ETHER / 100n, deadline: w.now + 600n, callbackGas: 0, nonce },
  });
  const settle = (r: Request) => [r, node.address, words, proof(contextOf(w.digest('Request', r), node.address))];
  const ask = (r: Request) => [r.modelId, input, r.node, r.deadline, r.callbackGas, r.nonce];
  const [first, second, third] = [asking(1n), asking(2n), asking(3n)];
  await send('register again', watcher, 'register', [items], 0n, w.registry);
  await send('publish', node, 'publish', ['mnist-mlp', w.modelId, w.modelId], 0n, w.registry);
  await send('publish again', node, 'publish', ['mnist-mlp', w.modelId, hashOf([1n])], 0n, w.registry);
  for (const r of [first, second, third]) await send('request', client, 'request', ask(r), r.payment);
  await send('settle: first income of the payee', watcher, 'settle', settle(first));
  await send('settle', watcher, 'settle', settle(second));
  await send('stake', node, 'stake', [], 10n * ETHER);
  const promised = (bond: bigint, outputs = words.slice(inputWords)): Receipt => ({
    ...{ node: node.address, client: client.address, modelId: w.modelId, inputHash: hashOf(input), inputWords },
    ...{ outputHash: hashOf(outputs), bond, until: w.now + 3000n },
  });
  const [good, ...lies] = [promised(ETHER), promised(ETHER + 1n, [1n, 2n]), promised(ETHER, [1n, 2n])];
  for (const c of [good, ...lies])
    await send('challenge', watcher, 'challenge', [c, await w.sign(node, 'Receipt', c), input], FLOOR);
  await send('prove', watcher, 'prove', [good, words, proof(w.digest('Receipt', good))]);
  w.pass(601);
  await send('refund', watcher, 'refund', [third]);
  await send('slash: first time that all are paid', watcher, 'slash', [lies[0]]);
  await send('slash', watcher, 'slash', [lies[1]]);
  await send('quit', node, 'quit', []);
  w.pass(3601);
  await send('unstake', node, 'unstake', []);
  await send('withdraw', node, 'withdraw', [node.address]);
  const signers = [client, ...['a', 'b', 'c', 'd', 'e', 'f'].map(account)];
  const voucher = async (signer: typeof client, total: bigint) => {
    const v = { client: signer.address, node: node.address, total };
    return [v, await w.sign(signer, 'Voucher', v)] as const;
  };
  for (const signer of signers) {
    await w.give(signer.address, ETHER);
    await send('fund', signer, 'fund', [node.address], 1000n);
  }
  await send('redeem: first', watcher, 'redeem', await voucher(client, 5n));
  await send('redeem', watcher, 'redeem', await voucher(client, 9n));
  const many = await Promise.all(signers.slice(1).map((signer) => voucher(signer, 5n)));
  await send('redeemMany of 6', watcher, 'redeemMany', [many.map(([v]) => v), many.map(([, s]) => s)]);
  await send('close', client, 'close', [node.address]);
  w.pass(3601);
  await send('reclaim', client, 'reclaim', [node.address]);
  await send('announce', node, 'announce', ['https://node.example']);
  const inference = (count: number) => [w.market[0], w.modelId, 'cid', ETHER / 100n, 600n, { name: 'image', count, bits: 8, lo: 0, hi: 255, step: count, affines: [pack(1 / 255, 0)] }]; // prettier-ignore
  const { OGInference } = contracts;
  for (const count of [30, 784]) {
    const to = [await w.deploy(OGInference, inference(count)), OGInference] as const;
    const values = digit.slice(-count).map((x) => ({ value: BigInt(Math.round(x * 1e6)), decimals: 6n }));
    const run = ['cid', 1, { numbers: [{ name: 'image', values, shape: [1, count] }], strings: [] }];
    await send('OpenGradient: deposit', client, 'deposit', [], ETHER / 10n, to);
    await send(`OpenGradient: first run of ${count} values`, client, 'run', run, 0n, to);
    const asked = await send(`OpenGradient: run of ${count} values`, client, 'run', run, 0n, to);
    await send('OpenGradient: withdraw', client, 'withdraw', [ETHER / 20n], 0n, to);
    w.pass(601);
    await send('OpenGradient: reclaim', watcher, 'reclaim', [asked.find(({ name }) => name === 'Requested')!.args['request']], 0n, to); // prettier-ignore
  }
  gas['OpenGradient: deploy'] = await w.deployGas(OGInference, inference(784));
  gas['deploy verifier'] = await w.deployGas(contracts.UniversalVerifierDev);
  gas['deploy registry'] = await w.deployGas(contracts.ModelRegistry, [w.market[0]]);
  gas['deploy market'] = await w.deployGas(contracts.InferenceMarket, [w.registry[0], 3600n, 60n, FLOOR]);
  return gas;
}

describe('gas', () => {
  it('is that of the table, and within what was promised', async () => {
    const gas = await measured(26);
    const lines = Object.entries(gas).map(([call, used]) => `${call},${used}`);
    await expect(['call,gas', ...lines, ''].join('\n')).toMatchFileSnapshot('gas.csv');
    const bounds = { settle: 305_000, request: 75_000, challenge: 135_000, prove: 310_000, slash: 75_000, redeem: 45_000, register: 240_000 }; // prettier-ignore
    for (const [call, bound] of Object.entries(bounds)) expect(gas[call], call).toBeLessThanOrEqual(bound);
    expect(gas['redeemMany of 6'] / 6).toBeLessThanOrEqual(23_000);
    const more = await measured(53);
    expect((more['settle'] - gas['settle']) / 27).toBeLessThanOrEqual(800);
  });
});

it('a model from its key to its payment, with real proofs', async () => {
  const { circuit, provingKey, vkey, sample } = await subject(tiny());
  const w = await world(contracts, { verifier: 'UniversalVerifierDev', key: keyItems(vkey) });
  expect(w.modelId).toBe(toHex(vkDigest(vkey as LookupKey)));
  for (const one of [client, node, watcher]) await w.give(one.address, 100n * ETHER);
  const asked = publicWords(circuit, sample(1));
  const inputWords = inputWordCount(vkey);
  const input = asked.slice(0, inputWords);
  const send = async (from: { address: Hex }, name: string, args: readonly unknown[], value = 0n) => (await w.send(from, w.market, name, args, { value })).said; // prettier-ignore
  const r: Request = {
    ...{ client: client.address, modelId: w.modelId, inputHash: hashOf(input), inputWords, node: NOBODY },
    ...{ payment: ETHER, deadline: w.now + 600n, callbackGas: 0, nonce: 0n },
  };
  expect(await send(client, 'request', [r.modelId, input, NOBODY, r.deadline, 0, 0n], ETHER)).toBe('ok');
  const c: Receipt = {
    ...{ node: node.address, client: client.address, modelId: w.modelId, inputHash: hashOf(input), inputWords },
    ...{ outputHash: hashOf(asked.slice(inputWords)), bond: ETHER, until: w.now + 3000n },
  };
  expect(await send(watcher, 'challenge', [c, await w.sign(node, 'Receipt', c), input], FLOOR)).toBe('ok');

  const prover = await openProver(circuit, provingKey, vkey, { threads: 1 });
  const proved = async (context: Hex): Promise<[words: readonly bigint[], proof: bigint[]]> => {
    const { proof } = await prover.prove({ words: input }, { context });
    const call = universalCalldata(vkey, proof, context);
    return [call.words.map(BigInt), call.proof.map(BigInt)];
  };
  try {
    const [words, proof] = await proved(contextOf(w.digest('Request', r), node.address));
    expect(words).toEqual(asked);
    expect(await send(watcher, 'settle', [r, watcher.address, words, proof])).toBe('NotProved');
    expect(await send(watcher, 'prove', [c, words, proof])).toBe('NotProved');
    const lie = words.with(-1, words.at(-1)! ^ 1n);
    expect(await send(watcher, 'settle', [r, node.address, lie, proof])).toBe('NotProved');
    expect(await send(watcher, 'settle', [r, node.address, words, proof])).toBe('ok');
    expect(await send(watcher, 'prove', [c, ...(await proved(w.digest('Receipt', c)))])).toBe('ok');
  } finally {
    await prover.close();
  }
  expect(await w.due(node.address)).toBe(ETHER + FLOOR);
});
