// What must hold of OGInference, a row each as in rows.ts, which these are added to. Its model is the stub's: two words of input, here three numbers
// of 124 bits, two a word, on grids that take turns.
import { encodeFunctionData, toHex, type Hex } from 'viem';
import { expect } from 'vitest';
import { pack } from '#network/chain/opengradient.js';
import { generator } from '../compiler/circuits.js';
import { row } from './rows.js';
import { PRICE, type Scene } from './scene.js';
import { hashOf, NOBODY, type Request } from './world.js';

const PATIENCE = 600n;
const [LO, HI, BITS] = [-20, 100, 124n];
/** Scale and zero, of the first two numbers and of the third. */
const GRIDS = [[0.1, 3], [0.3, -1.25]] as const; // prettier-ignore
const VALUES = [1.5, 2, -3];

interface Decimal {
  readonly value: bigint;
  readonly decimals: bigint;
}
const decimalOf = (x: number, decimals = 6n): Decimal => ({ value: BigInt(Math.round(x * 10 ** Number(decimals))), decimals }); // prettier-ignore
const tensor = (values: readonly (number | Decimal)[], name = 'x') => ({ name, values: values.map((x) => (typeof x === 'number' ? decimalOf(x) : x)), shape: [values.length] }); // prettier-ignore
const inputOf = (values: readonly (number | Decimal)[], name = 'x') => ({ numbers: [tensor(values, name)], strings: [] as unknown[] }); // prettier-ignore

/** A contract of the scene's model, and its calls. */
async function opened(s: Scene, grids: readonly (readonly [number, number])[] = GRIDS) {
  const contract = s.w.contracts['OGInference'];
  const input = { name: 'x', count: 3, bits: Number(BITS), lo: LO, hi: HI, step: 2, affines: grids.map(([scale, zero]) => pack(scale, zero)) }; // prettier-ignore
  const to = [await s.w.deploy(contract, [s.w.market[0], s.w.modelId, 'cid', PRICE, PATIENCE, input]), contract] as const; // prettier-ignore
  s.known.accounts.add(to[0]);
  const call = (from: { readonly address: Hex }, name: string, args: readonly unknown[] = [], value = 0n) => s.outcome(from, name, args, { value }, to); // prettier-ignore
  return {
    to,
    said: async (...all: Parameters<typeof call>) => (await call(...all)).said,
    run: (from = s.client, model = 'cid', mode = 1, input: unknown = inputOf(VALUES)) =>
      call(from, 'run', [model, mode, input]),
    /** The input words, or the error. */
    words: async (input: unknown): Promise<readonly bigint[] | string> => {
      const { said, value } = await call(s.other, 'words', [input]);
      return said === 'ok' ? (value as bigint[]) : said;
    },
    credit: (of: Hex): Promise<bigint> => s.w.read('credit', [of], to),
    wealth: () => s.w.wealth(to[0]),
  };
}
const requestOf = ({ events }: Awaited<ReturnType<Scene['outcome']>>) => events.find(({ name }) => name === 'Requested')!.args['request'] as Request; // prettier-ignore
const inputWords = ({ events }: Awaited<ReturnType<Scene['outcome']>>) => events.find(({ name }) => name === 'Requested')!.args['input'] as bigint[]; // prettier-ignore

row('OpenGradient: credit is its owner’s, to the wei', async (s) => {
  const og = await opened(s);
  const proxy = [await s.w.deploy(s.w.contracts['Proxy']), s.w.contracts['Proxy']] as const;
  const forward = (data: Hex, value = 0n) => s.call(s.client, 'forward', [og.to[0], data], { value }, proxy);
  const data = (functionName: string, args: readonly unknown[]) => encodeFunctionData({ abi: og.to[1].abi, functionName, args }); // prettier-ignore
  expect(await og.said(s.client, 'deposit', [], 5n)).toBe('ok');
  expect(await og.said(s.other, 'withdraw', [1n])).toBe('NoCredit');
  expect(await og.said(s.client, 'withdraw', [6n])).toBe('NoCredit');
  const before = await s.w.wealth(s.client.address);
  expect(await og.said(s.client, 'withdraw', [2n])).toBe('ok');
  expect([await og.credit(s.client.address), (await s.w.wealth(s.client.address)) - before]).toEqual([3n, 2n]);
  // who takes no ether keeps the credit
  expect(await forward(data('deposit', []), 7n)).toBe('ok');
  expect(await forward(data('withdraw', [7n]))).toBe('TransferFailed');
  expect([await og.credit(proxy[0]), await og.wealth()]).toEqual([7n, 10n]);
  expect(await forward('0x', 1n)).toBe('NotTheMarket');
});

row('OpenGradient: a run is a request, of its name and mode, paid from credit', async (s) => {
  const og = await opened(s);
  expect((await og.run()).said).toBe('NoCredit');
  expect(await og.said(s.client, 'deposit', [], 3n * PRICE - 1n)).toBe('ok');
  expect((await og.run(s.client, 'another')).said).toBe('OtherModel');
  expect((await og.run(s.client, 'cid', 0)).said).toBe('OtherModel');
  const [one, two] = [await og.run(), await og.run()];
  expect([one.said, two.said, (await og.run()).said]).toEqual(['ok', 'ok', 'NoCredit']);
  expect(await og.credit(s.client.address)).toBe(PRICE - 1n);
  const r = requestOf(one);
  const input = inputWords(one);
  const expected = { client: og.to[0], modelId: s.w.modelId, inputHash: hashOf(input), inputWords: 2, node: NOBODY, payment: PRICE, deadline: s.w.now + PATIENCE, callbackGas: 0, nonce: 0n }; // prettier-ignore
  expect(r).toEqual(expected);
  expect(requestOf(two)).toEqual({ ...expected, nonce: 1n });
  const id = s.w.digest('Request', r);
  expect(one.events.find(({ name }) => name === 'ModelInferenceEvent')!.args['inferenceID']).toBe(id);
  expect(await s.call(s.node, 'settle', s.settleArgs(r, s.node.address, [...input, input[0] + input[1]]))).toBe('ok');
  expect(await s.w.due(s.node.address)).toBe(PRICE);
});

row('OpenGradient: a run that nobody proves is credit again', async (s) => {
  const og = await opened(s);
  await og.said(s.client, 'deposit', [], 2n * PRICE);
  await og.said(s.other, 'deposit', [], PRICE);
  const [one, two, three] = [requestOf(await og.run()), requestOf(await og.run()), requestOf(await og.run(s.other))];
  expect(await og.said(s.watcher, 'reclaim', [one])).toBe('TooEarly');
  s.w.pass(PATIENCE + 1n);
  expect(await og.said(s.watcher, 'reclaim', [one])).toBe('ok');
  expect([await og.credit(s.client.address), await og.wealth()]).toEqual([PRICE, PRICE]);
  // others took two back from the market: the first reclaim brings the money of both
  for (const r of [two, three]) expect(await s.call(s.watcher, 'refund', [r])).toBe('ok');
  for (const r of [two, three]) {
    expect(await og.said(s.watcher, 'reclaim', [r])).toBe('ok');
    expect(await og.wealth()).toBe(3n * PRICE);
  }
  expect([await og.credit(s.client.address), await og.credit(s.other.address)]).toEqual([2n * PRICE, PRICE]);
});

row('OpenGradient: what is not reclaimed: proved, reclaimed before, of others', async (s) => {
  const og = await opened(s);
  await og.said(s.client, 'deposit', [], 2n * PRICE);
  const proved = await og.run();
  const words = inputWords(proved);
  await s.call(s.node, 'settle', s.settleArgs(requestOf(proved), s.node.address, [...words, words[0] + words[1]]));
  const late = requestOf(await og.run());
  const strange = await s.asked();
  s.w.pass(PATIENCE + 1n);
  await s.call(s.client, 'refund', [strange]);
  expect(await og.said(s.client, 'reclaim', [late])).toBe('ok');
  for (const r of [requestOf(proved), late, strange])
    expect(await og.said(s.client, 'reclaim', [r])).toBe('NothingToReclaim');
  expect([await og.credit(s.client.address), await og.wealth()]).toEqual([PRICE, PRICE]);
});

row('OpenGradient: an input that is none of the model is refused by name', async (s) => {
  const og = await opened(s);
  const text = { name: 'x', values: ['a'] };
  const none = [
    { numbers: [], strings: [] },
    { numbers: [tensor(VALUES), tensor(VALUES)], strings: [] },
    { ...inputOf(VALUES), strings: [text] },
    inputOf(VALUES, 'y'),
    inputOf(VALUES.slice(1)),
    inputOf([...VALUES, 1]),
    inputOf([{ value: 1n, decimals: -1n }, 2, 3]),
    inputOf([{ value: 1n, decimals: 39n }, 2, 3]),
  ];
  for (const input of none.slice(1)) expect(await og.words(input), toHex(none.indexOf(input))).toBe('BadInput');
  expect(await og.words(none[0])).toBe('BadInput');
  expect(await og.words(inputOf(VALUES))).toHaveLength(2);
  const [most, least] = [(HI + 0.51 - 3) * 0.1, (LO - 0.51 - 3) * 0.1];
  for (const x of [most, least, 1e9, -1e9]) expect(await og.words(inputOf([x, 2, 3])), `${x}`).toBe('OutOfRange');
  const fine = await opened(s, [[2 ** -140, 0]]);
  expect(await fine.words(inputOf([{ value: 2n ** 127n - 1n, decimals: 0n }, 0, 0]))).toBe('OutOfRange');
});

row('OpenGradient: values become words as float64 has them: grids that take turns, ends, halves, ties', async (s) => {
  const random = generator(5);
  const check = async (grids: readonly (readonly [number, number])[], values: readonly Decimal[]) => {
    const og = await opened(s, grids);
    const integers = values.map(({ value, decimals }, i) => {
      const [scale, zero] = grids[(i >> 1) % grids.length];
      return Math.min(HI, Math.max(LO, Math.floor(Number(`${value}e-${decimals}`) / scale + zero + 0.5)));
    });
    const [a, b, c] = integers.map((q) => BigInt(q - LO));
    expect(await og.words(inputOf(values)), `${grids.join()} ${values.map(({ value, decimals }) => `${value}e-${decimals}`).join()}`).toEqual([a | (b << BITS), c]); // prettier-ignore
  };
  await check(GRIDS, VALUES.map((x) => decimalOf(x))); // prettier-ignore
  const exact = (x: number): Decimal => decimalOf(x, 3n);
  await check([[1, 0]], [exact(HI + 0.5), exact(LO - 0.5), exact(2.5)]);
  await check([[1, 0]], [{ value: BigInt(LO) * 10n ** 7n - 5_000_001n, decimals: 7n }, exact(-2.5), exact(0)]);
  await check([[2 ** 100, 0]], [{ value: 1n, decimals: 38n }, exact(0), exact(-1)]);
  for (let i = 0; i < 12; i++) {
    const grid = [(0.01 + random()) / 3, Math.round(random() * 40) / 4 - 5] as const;
    // the middle between two steps as a decimal: what it is depends on each rounding
    const middles = Array.from({ length: 3 }, () => grid[0] * (LO + 1 + Math.floor(random() * (HI - LO - 2)) + 0.5 - grid[1])); // prettier-ignore
    await check([grid], middles.map((x) => decimalOf(x, 15n))); // prettier-ignore
  }
  // a tie between two float64: to the even one, unless something is left of it. The grid tells the two apart
  const big = 2n ** 53n;
  for (const [value, decimals, step] of [
    [big + 1n, 0n, 1],
    [big + 3n, 0n, 2],
    [(big + 1n) * 10n + 1n, 1n, 1],
  ] as const)
    await check([[2 ** 49, 0.5 - step * 2 ** -48]], [{ value, decimals }, exact(0), exact(0)]);
});
