// What must hold of the contracts, a row each: honest use with exact balances, each error in the order of its checks, cheats beside
// their honest twins. The rows run on the contracts as they are (market.test.ts) and on mutants of them (mutants.test.ts).
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expect } from 'vitest';
import { encodeFunctionData, pad, toFunctionSelector, type Hex } from 'viem';
import type { Contracts } from './compiled.js';
import { INPUT, PRICE, scene, WORDS, type Scene } from './scene.js';
import { account, BURNT, contextOf, ETHER, FLOOR, hashOf, NOBODY, PROOF_TIME, WINDOW } from './world.js';

export interface Row {
  readonly name: string;
  readonly run: (contracts: Contracts) => Promise<void>;
}

export const rows: Row[] = [];
/** A row with people; at its end the market must hold what it owes, and what was forced in. */
export function row(name: string, act: (s: Scene) => Promise<unknown>): void {
  rows.push({
    name,
    run: async (contracts) => {
      const s = await scene(contracts);
      const answer = await act(s);
      const forced = typeof answer === 'bigint' ? answer : 0n;
      expect((await s.w.wealth(s.w.market[0])) - forced, 'money').toBe(await s.owed());
    },
  });
}

/**
 * Each thing that can be wrong alone, and with all that is checked after it: the earliest is named. `attempt` makes the call with these
 * things wrong, on a chain of its own.
 */
function inOrder<T extends string>(
  name: string,
  errors: readonly (readonly [wrong: T, error: string])[],
  attempt: (s: Scene, wrong: (what: T) => boolean) => Promise<string>,
): void {
  row(`${name}: honest`, async (s) => {
    expect(await attempt(s, () => false)).toBe('ok');
  });
  errors.forEach(([what, error], i) => {
    const later = errors.slice(i).map(([one]) => one);
    row(`${name}: ${what}`, async (s) => {
      expect(await attempt(s, (one) => one === what)).toBe(error);
      const again = await scene(s.w.contracts);
      expect(await attempt(again, (one) => later.includes(one)), `with ${later.join()}`).toBe(error);
    });
  });
}

const NONE = 'NotOpen(0)';
const [OPEN, DONE, EXPIRED] = ['NotOpen(1)', 'NotOpen(2)', 'NotOpen(3)'];
const HUGE = 2n ** 96n;
const unknown: Hex = `0x${'ee'.repeat(32)}`;

// requests
inOrder(
  'request',
  [
    ['a deadline that has passed', 'BadRequest'],
    ['2^96 wei', 'BadRequest'],
    ['no input', 'BadRequest'],
    ['an unknown model', 'UnknownModel'],
    ['as many words as proofs have', 'BadRequest'],
    ['the same again', OPEN],
  ],
  async (s, wrong) => {
    const r = s.requestOf();
    if (wrong('the same again')) await s.call(s.client, 'request', s.askArgs(r), { value: r.payment });
    if (wrong('a deadline that has passed')) r.deadline = s.w.now - 1n;
    if (wrong('an unknown model')) r.modelId = unknown;
    await s.w.give(s.client.address, 2n * HUGE);
    const input = wrong('no input') ? [] : wrong('as many words as proofs have') ? WORDS : INPUT;
    return s.call(s.client, 'request', s.askArgs(r, input), { value: wrong('2^96 wei') ? HUGE : r.payment });
  },
);
row('request: its event has all that a prover needs, and its id is the EIP-712 digest', async (s) => {
  const r = s.requestOf({ deadline: s.w.now, callbackGas: 9, node: s.node.address });
  const { said, events, value } = await s.outcome(s.client, 'request', s.askArgs(r), { value: r.payment });
  const id = s.w.digest('Request', r);
  expect([said, value]).toEqual(['ok', id]);
  expect(events).toEqual([
    { name: 'Requested', args: { id, modelId: r.modelId, node: r.node, request: r, input: INPUT } },
  ]);
  expect(await s.w.read('requestId', [r])).toBe(id);
  expect(await s.w.read('requests', [id])).toBe(1);
});

inOrder(
  'settle',
  [
    ['never asked', NONE],
    ['too late', 'TooLate'],
    ['another payee than its node', 'WrongNode'],
    ['another input', 'OtherInput'],
    ['another proof', 'NotProved'],
  ],
  async (s, wrong) => {
    const r = await s.asked({ node: s.node.address });
    const payee = wrong('another payee than its node') ? s.other.address : s.node.address;
    const words = wrong('another input') ? [2n, 5n, 7n] : WORDS;
    const asked = wrong('never asked') ? { ...r, nonce: 99n } : r;
    const [, , , proof] = s.settleArgs(asked, payee, words) as [unknown, unknown, unknown, bigint[]];
    if (wrong('too late')) s.w.pass(601);
    return s.call(s.other, 'settle', [asked, payee, words, wrong('another proof') ? proof.with(0, 5n) : proof]);
  },
);
row('settle: once, to its payee, by anyone, at the last second', async (s) => {
  const r = await s.asked();
  s.w.pass(600);
  const id = s.w.digest('Request', r);
  const { said, events } = await s.outcome(s.other, 'settle', s.settleArgs(r));
  expect(said).toBe('ok');
  expect(events).toEqual([{ name: 'Settled', args: { id, payee: s.node.address, outputs: [7n] } }]);
  expect(await s.w.due(s.node.address)).toBe(PRICE);
  expect(await s.w.due(s.other.address)).toBe(0n);
  expect(await s.call(s.other, 'settle', s.settleArgs(r))).toBe(DONE);
  expect(await s.call(s.client, 'request', s.askArgs(r), { value: r.payment })).toBe(DONE);
  s.w.pass(1);
  expect(await s.call(s.client, 'refund', [r])).toBe(DONE);
});
row('settle: fewer words than the input has', async (s) => {
  const r = await s.asked();
  expect(await s.call(s.other, 'settle', s.settleArgs(r, s.node.address, [3n]))).toBe('OtherInput');
  expect(await s.call(s.other, 'settle', s.settleArgs(r, s.node.address, [3n, 4n]))).toBe('NotProved');
});
row('5: a proof of another request, payee, model, chain or market', async (s) => {
  const [r, twin] = [await s.asked(), await s.asked()];
  const context = (other = {}): Hex => contextOf(s.w.digest('Request', r, other), s.node.address);
  const contexts = [
    contextOf(s.w.digest('Request', twin), s.node.address),
    contextOf(s.w.digest('Request', r), s.other.address),
    s.w.digest('Request', r),
    context({ chainId: 5 }),
    context({ verifyingContract: s.other.address }),
    context({ version: '2' }),
  ];
  for (const one of contexts)
    expect(await s.call(s.node, 'settle', [r, s.node.address, WORDS, s.proofOf(one)])).toBe('NotProved');
  expect(await s.call(s.node, 'settle', [r, s.node.address, WORDS, s.proofOf(context(), unknown)])).toBe('NotProved');
  expect(await s.call(s.node, 'settle', [r, s.node.address, [3n, 4n, 8n], s.proofOf(context())])).toBe('NotProved');
  expect(await s.call(s.node, 'settle', [r, s.node.address, WORDS, s.proofOf(context())])).toBe('ok');
});
row('6: a proof that was copied, with the copier as payee', async (s) => {
  const r = await s.asked();
  const [, , words, proof] = s.settleArgs(r);
  expect(await s.call(s.other, 'settle', [r, s.other.address, words, proof])).toBe('NotProved');
  expect(await s.call(s.other, 'settle', [r, s.node.address, words, proof])).toBe('ok');
  expect([await s.w.due(s.node.address), await s.w.due(s.other.address)]).toEqual([PRICE, 0n]);
  expect(await s.call(s.node, 'settle', [r, s.node.address, words, proof])).toBe(DONE);
});
inOrder(
  'refund',
  [
    ['never asked', NONE],
    ['too early', 'TooEarly'],
  ],
  async (s, wrong) => {
    const r = await s.asked();
    if (!wrong('too early')) s.w.pass(601);
    return s.call(s.other, 'refund', [wrong('never asked') ? { ...r, nonce: 99n } : r]);
  },
);
row('7: settle and refund at the deadline and a second later', async (s) => {
  const [r, twin] = [await s.asked(), await s.asked()];
  s.w.pass(600);
  expect(await s.call(s.client, 'refund', [r])).toBe('TooEarly');
  expect(await s.call(s.node, 'settle', s.settleArgs(r))).toBe('ok');
  s.w.pass(1);
  expect(await s.call(s.node, 'settle', s.settleArgs(twin))).toBe('TooLate');
  const { said, events } = await s.outcome(s.other, 'refund', [twin]);
  expect([said, events]).toEqual(['ok', [{ name: 'Refunded', args: { id: s.w.digest('Request', twin) } }]]);
  expect(await s.w.due(s.client.address)).toBe(PRICE);
  expect(await s.call(s.other, 'refund', [twin])).toBe(EXPIRED);
  expect(await s.call(s.node, 'settle', s.settleArgs(twin))).toBe(EXPIRED);
});

/** A request by a contract, ready to be settled. */
async function askedBy(s: Scene, kind: string, callbackGas: number, words: readonly bigint[] = WORDS) {
  const contract = s.w.contracts[kind];
  const at = await s.w.deploy(contract, [s.w.market[0]]);
  const input = words.slice(0, 2);
  const r = s.requestOf({ client: at, callbackGas, nonce: 0n, inputHash: hashOf(input) });
  const said = await s.call(s.client, 'ask', [r.modelId, input, r.deadline, callbackGas], { value: PRICE }, [
    at,
    contract,
  ]);
  s.known.accounts.add(at);
  s.known.payments.set(s.w.digest('Request', r), PRICE);
  expect(said).toBe('ok');
  return { r, to: [at, contract] as const, settle: s.settleArgs(r, s.node.address, words) };
}
for (const [kind, words] of [
  ['Reverter', WORDS],
  ['Burner', WORDS],
  ['Bomb', WORDS],
  ['Bomb', [3n, 5n, 8n]],
] as const)
  // prettier-ignore
  row(`8: a callback that fails or is long: ${kind}, ${words[2]}`, async (s) => {
    const { r, settle } = await askedBy(s, kind, 100_000, words);
    const { said, events, gas } = await s.outcome(s.other, 'settle', settle);
    expect(said).toBe('ok');
    const loud = { name: 'CallbackFailed', args: { id: s.w.digest('Request', r) } };
    expect(events.slice(1)).toEqual([loud]);
    expect(gas).toBeLessThan(250_000);
    expect(await s.w.due(s.node.address)).toBe(PRICE);
  });
row('8: a callback that re-enters gets nothing twice', async (s) => {
  const { r, to, settle } = await askedBy(s, 'Reenterer', 1_000_000);
  const encode = (functionName: string, args: readonly unknown[]): Hex => encodeFunctionData({ abi: s.w.market[1].abi, functionName, args }); // prettier-ignore
  await s.call(s.client, 'prepare', [encode('settle', settle), encode('refund', [r])], {}, to);
  expect(await s.call(s.node, 'settle', settle)).toBe('ok');
  expect(await s.w.read('succeeded', [], to)).toBe(0n);
  for (const which of ['first', 'second'])
    expect(await s.w.read(which, [], to)).toBe(toFunctionSelector('NotOpen(uint8)'));
  expect(await s.w.due(s.node.address)).toBe(PRICE);
});
row('8: the callback gets its gas, or nothing is settled', async (s) => {
  const promised = 200_000;
  const { to, settle } = await askedBy(s, 'Recorder', promised);
  let [refused, settled] = [0, 0];
  for (let gasLimit = 60_000n; settled === 0; gasLimit += 1_000n) {
    const said = await s.call(s.other, 'settle', settle, { gasLimit });
    if (said === 'ok') settled = Number(gasLimit);
    else refused += said === 'GasTooLow' ? 1 : 0;
    expect(Number(gasLimit)).toBeLessThan(500_000);
  }
  expect(refused).toBeGreaterThan(100);
  const given = Number(await s.w.read('given', [], to));
  expect(given).toBeGreaterThan(promised - 1_000);
  expect(given).toBeLessThanOrEqual(promised);
});
row('a consumer asks, is told by the market alone, and takes back what nobody earned', async (s) => {
  const contract = s.w.contracts['Asker'];
  const to = [await s.w.deploy(contract, [s.w.market[0]]), contract] as const;
  s.known.accounts.add(to[0]);
  const ask = async (nonce: bigint) => {
    const r = s.requestOf({ client: to[0], callbackGas: 120_000, nonce });
    const { value, said } = await s.outcome(
      s.client,
      'ask',
      [r.modelId, INPUT, PRICE, 600n, 120_000],
      { value: PRICE },
      to,
    );
    const id = s.w.digest('Request', r);
    s.known.payments.set(id, PRICE);
    expect([said, value]).toEqual(['ok', id]);
    return r;
  };
  const [r, late, later, last] = [await ask(0n), await ask(1n), await ask(2n), await ask(3n)];
  expect(await s.call(s.other, 'settle', s.settleArgs(r))).toBe('ok');
  expect([await s.w.read('told', [], to), await s.w.read('lastOutput', [], to)]).toEqual([1n, 7n]);
  expect(await s.w.read('last', [], to)).toBe(s.w.digest('Request', r));
  expect(await s.call(s.other, 'onInference', [unknown, [1n]], {}, to)).toBe('NotTheMarket');
  expect(await s.call(s.other, 'takeBack', [late], {}, to)).toBe('TooEarly');
  s.w.pass(601);
  expect(await s.call(s.other, 'takeBack', [late], {}, to)).toBe('ok');
  expect(await s.w.wealth(to[0])).toBe(PRICE);
  await s.call(s.other, 'refund', [later]);
  await s.call(s.other, 'refund', [last]);
  for (const one of [later, last]) {
    expect(await s.call(s.other, 'takeBack', [one], {}, to)).toBe('ok');
    // what others had refunded came with the first
    expect(await s.w.wealth(to[0])).toBe(3n * PRICE);
  }
  // what was earned, and what is another's, is nobody's to take back
  expect(await s.call(s.other, 'takeBack', [r], {}, to)).toBe('NotOpen(2)');
  const strange = s.requestOf();
  await s.call(s.client, 'request', s.askArgs(strange), { value: PRICE });
  s.w.pass(601);
  expect(await s.call(s.other, 'takeBack', [strange], {}, to)).toBe('NotOurs');
});
row('9: a client and a payee that take no ether block nobody', async (s) => {
  const contract = s.w.contracts['Refuser'];
  const to = [await s.w.deploy(contract, [s.w.market[0]]), contract] as const;
  s.known.accounts.add(to[0]);
  const r = s.requestOf({ client: to[0], nonce: 0n });
  await s.call(s.client, 'ask', [r.modelId, INPUT, NOBODY, r.deadline, 0], { value: PRICE }, to);
  const paid = await s.asked();
  expect(await s.call(s.node, 'settle', s.settleArgs(paid, to[0]))).toBe('ok');
  s.w.pass(601);
  expect(await s.call(s.other, 'refund', [r])).toBe('ok');
  expect(await s.w.due(to[0])).toBe(2n * PRICE);
  expect(await s.call(s.other, 'take', [to[0]], {}, to)).toBe('TransferFailed');
  expect(await s.w.due(to[0])).toBe(2n * PRICE);
  const before = await s.w.wealth(s.watcher.address);
  expect(await s.call(s.other, 'take', [s.watcher.address], {}, to)).toBe('ok');
  expect(await s.w.wealth(s.watcher.address)).toBe(before + 2n * PRICE);
});
row('9: ether that was forced in is nobody’s', async (s) => {
  const r = await s.asked();
  await s.w.give(account('deployer').address, 1000n * ETHER);
  await s.w.deploy(s.w.contracts['Forcer'], [s.w.market[0]], 3n * ETHER);
  expect(await s.call(s.node, 'settle', s.settleArgs(r))).toBe('ok');
  expect(await s.call(s.node, 'withdraw', [s.node.address])).toBe('ok');
  return 3n * ETHER;
});

// the ledger
row('withdraw: the whole balance, once', async (s) => {
  expect(await s.call(s.node, 'withdraw', [s.node.address])).toBe('NothingDue');
  for (const r of [await s.asked(), await s.asked()]) await s.call(s.node, 'settle', s.settleArgs(r));
  const before = await s.w.wealth(s.watcher.address);
  const { said, value, events } = await s.outcome(s.node, 'withdraw', [s.watcher.address]);
  expect([said, value]).toEqual(['ok', 2n * PRICE]);
  expect(events).toEqual([
    { name: 'Withdrawn', args: { account: s.node.address, to: s.watcher.address, amount: 2n * PRICE } },
  ]);
  expect(await s.w.wealth(s.watcher.address)).toBe(before + 2n * PRICE);
  expect(await s.call(s.node, 'withdraw', [s.node.address])).toBe('NothingDue');
});

// receipts
inOrder(
  'challenge',
  [
    ['another signer', 'BadSignature'],
    ['challenged before', OPEN],
    ['too late', 'TooLate'],
    ['another input', 'OtherInput'],
    ['2^96 wei', 'BadRequest'],
  ],
  async (s, wrong) => {
    const c = s.receiptOf();
    const send = async (input: readonly bigint[], signer = s.node, value = FLOOR) =>
      s.call(s.watcher, 'challenge', [c, await s.w.sign(signer, 'Receipt', c), input], { value });
    if (wrong('challenged before')) await send(INPUT);
    if (wrong('too late')) s.w.pass(3001);
    await s.w.give(s.watcher.address, 2n * HUGE);
    const value = wrong('2^96 wei') ? HUGE : FLOOR;
    return send(wrong('another input') ? [4n, 3n] : INPUT, wrong('another signer') ? s.other : s.node, value);
  },
);
row(
  '10: a receipt of another signer, in another form, of another domain; its input and price to the wei',
  async (s) => {
    const c = s.receiptOf();
    const good = await s.w.sign(s.node, 'Receipt', c);
    const [r, low, v] = [good.slice(2, 66), BigInt(`0x${good.slice(66, 130)}`), Number(`0x${good.slice(130)}`)];
    const high: Hex = `0x${r}${(secp256k1.Point.Fn.ORDER - low).toString(16).padStart(64, '0')}${(55 - v).toString(16)}`;
    const lies: readonly Hex[] = [
      await s.w.sign(s.other, 'Receipt', c),
      high,
      await s.w.sign(s.node, 'Receipt', c, { chainId: 5 }),
      await s.w.sign(s.node, 'Receipt', c, { verifyingContract: s.other.address }),
      await s.w.sign(s.node, 'Receipt', { ...c, bond: c.bond + 1n }),
      '0x',
      `0x${good.slice(2, 130)}`,
      `${good}00`,
    ];
    const send = (signature: Hex, input: readonly bigint[] = INPUT, value = FLOOR) => s.call(s.watcher, 'challenge', [c, signature, input], { value }); // prettier-ignore
    for (const [i, lie] of lies.entries()) expect(await send(lie), `${i}`).toBe('BadSignature');
    const none = s.receiptOf({ node: NOBODY });
    expect(await s.call(s.watcher, 'challenge', [none, `0x${'00'.repeat(65)}`, INPUT], { value: FLOOR })).toBe(
      'BadSignature',
    );
    for (const input of [[3n], [3n, 4n, 7n], [3n, 5n], []]) expect(await send(good, input)).toBe('OtherInput');
    expect(await send(good, INPUT, FLOOR - 1n)).toBe(`PriceTooLow(${FLOOR})`);
    s.w.pass(3000);
    const { said, events } = await s.outcome(s.watcher, 'challenge', [c, good, INPUT], { value: FLOOR + 5n });
    expect(said).toBe('ok');
    const id = s.w.digest('Receipt', c);
    const deadline = s.w.now + PROOF_TIME;
    expect(events).toEqual([
      { name: 'Challenged', args: { id, node: c.node, client: c.client, receipt: c, input: INPUT, deadline } },
    ]);
    expect(await s.w.read('challenges', [id])).toEqual([s.watcher.address, FLOOR, deadline, 1]);
    expect(await s.w.due(s.watcher.address)).toBe(5n);
  },
);
row('10: a length of the input that the hash does not say', async (s) => {
  const c = s.receiptOf({ inputWords: 1 });
  expect(await s.call(s.watcher, 'challenge', [c, await s.w.sign(s.node, 'Receipt', c), INPUT], { value: FLOOR })).toBe(
    'OtherInput',
  );
});
row('the price of a challenge is twice the gas of its proof, or the floor', async (s) => {
  expect(await s.w.read('challengePrice', [s.w.modelId])).toBe(FLOOR);
  s.w.setBasefee(10n ** 10n);
  const price = 2n * (350_000n + 3n * 700n) * 10n ** 10n;
  expect(await s.w.read('challengePrice', [s.w.modelId])).toBe(price);
  const c = s.receiptOf();
  const signature = await s.w.sign(s.node, 'Receipt', c);
  expect(await s.call(s.watcher, 'challenge', [c, signature, INPUT], { value: price - 1n })).toBe(
    `PriceTooLow(${price})`,
  );
  expect(await s.call(s.watcher, 'challenge', [c, signature, INPUT], { value: price })).toBe('ok');
  s.w.setBasefee(7n);
  expect(await s.gains(s.node.address, () => s.call(s.other, 'prove', s.proveArgs(c)))).toBe(price);
});
inOrder(
  'prove',
  [
    ['never challenged', NONE],
    ['too late', 'TooLate'],
    ['another input', 'OtherInput'],
    ['another output', 'OtherOutput'],
    ['another proof', 'NotProved'],
  ],
  async (s, wrong) => {
    const c = await s.challenged();
    const other = wrong('never challenged') ? { ...c, bond: 5n } : c;
    const words = [...(wrong('another input') ? [2n, 5n] : INPUT), wrong('another output') ? 8n : 7n];
    const [, , proof] = s.proveArgs(other, words) as [unknown, unknown, bigint[]];
    if (wrong('too late')) s.w.pass(61);
    return s.call(s.other, 'prove', [other, words, wrong('another proof') ? proof.with(0, 5n) : proof]);
  },
);
row('2: an honest node is challenged: it proves at the last second and has the price', async (s) => {
  await s.call(s.node, 'stake', [], { value: 2n * ETHER });
  const c = await s.challenged();
  expect(await s.w.read('stakes', [s.node.address])).toEqual([2n * ETHER, 0n, 1]);
  s.w.pass(PROOF_TIME);
  expect(await s.call(s.watcher, 'slash', [c])).toBe('TooEarly');
  const { said, events } = await s.outcome(s.other, 'prove', s.proveArgs(c));
  expect([said, events]).toEqual(['ok', [{ name: 'Proved', args: { id: s.w.digest('Receipt', c) } }]]);
  expect([await s.w.due(s.node.address), await s.w.due(s.watcher.address)]).toEqual([FLOOR, 0n]);
  expect(await s.w.read('stakes', [s.node.address])).toEqual([2n * ETHER, 0n, 0]);
  s.w.pass(1);
  expect(await s.call(s.watcher, 'slash', [c])).toBe(DONE);
  expect(await s.call(s.node, 'prove', s.proveArgs(c))).toBe(DONE);
  const again = [c, await s.w.sign(s.node, 'Receipt', c), INPUT];
  expect(await s.call(s.watcher, 'challenge', again, { value: FLOOR })).toBe(DONE);
});
inOrder(
  'slash',
  [
    ['never challenged', NONE],
    ['too early', 'TooEarly'],
  ],
  async (s, wrong) => {
    const c = await s.challenged();
    if (!wrong('too early')) s.w.pass(61);
    return s.call(s.other, 'slash', [wrong('never challenged') ? { ...c, bond: 5n } : c]);
  },
);
row(
  '1: a lie has no proof: half the bond to the client, half to nobody, the price back to the challenger',
  async (s) => {
    await s.call(s.node, 'stake', [], { value: 3n * ETHER });
    const bond = ETHER + 1n; // an odd one: the odd wei is burnt
    const c = await s.challenged({ bond }, true);
    expect(await s.call(s.node, 'prove', s.proveArgs(c))).toBe('OtherOutput');
    expect(await s.call(s.node, 'prove', s.proveArgs(c, [3n, 4n, 8n]))).toBe('NotProved');
    s.w.pass(PROOF_TIME);
    expect(await s.call(s.other, 'slash', [c])).toBe('TooEarly');
    s.w.pass(1);
    expect(await s.call(s.node, 'prove', s.proveArgs(c))).toBe('TooLate');
    const { said, events } = await s.outcome(s.other, 'slash', [c]);
    const id = s.w.digest('Receipt', c);
    expect([said, events]).toEqual(['ok', [{ name: 'Slashed', args: { id, node: s.node.address, amount: bond } }]]);
    expect(await s.w.read('stakes', [s.node.address])).toEqual([3n * ETHER - bond, 0n, 0]);
    expect(await s.w.due(s.client.address)).toBe(bond / 2n);
    expect(await s.w.due(BURNT)).toBe(bond - bond / 2n);
    expect(await s.w.due(s.watcher.address)).toBe(FLOOR);
    expect(await s.w.due(s.node.address)).toBe(0n);
    expect(await s.call(s.other, 'slash', [c])).toBe(EXPIRED);
    expect(await s.call(s.node, 'prove', s.proveArgs(c))).toBe(EXPIRED);
  },
);
row('3: a node that challenges its own lie first pays the client all the same', async (s) => {
  await s.call(s.node, 'stake', [], { value: ETHER });
  const c = s.receiptOf({ outputHash: hashOf([8n]) });
  const args = [c, await s.w.sign(s.node, 'Receipt', c), INPUT];
  expect(await s.call(s.node, 'challenge', args, { value: FLOOR })).toBe('ok');
  expect(await s.call(s.watcher, 'challenge', args, { value: FLOOR })).toBe(OPEN);
  s.w.pass(61);
  expect(await s.call(s.node, 'slash', [c])).toBe('ok');
  expect([await s.w.due(s.client.address), await s.w.due(s.node.address)]).toEqual([ETHER / 2n, FLOOR]);
  expect(await s.call(s.watcher, 'challenge', args, { value: FLOOR })).toBe(EXPIRED);
});
row('5: a proof of another receipt', async (s) => {
  const [c, twin] = [await s.challenged(), await s.challenged({ bond: 5n })];
  const [, words, proof] = s.proveArgs(twin);
  expect(await s.call(s.node, 'prove', [c, words, proof])).toBe('NotProved');
  expect(await s.call(s.node, 'prove', [c, words, s.proofOf(s.w.digest('Receipt', c, { chainId: 5 }))])).toBe(
    'NotProved',
  );
  expect(await s.call(s.node, 'prove', [twin, words, proof])).toBe('ok');
  expect(await s.call(s.node, 'prove', s.proveArgs(c))).toBe('ok');
});
row('prove: fewer words than the input has', async (s) => {
  const c = await s.challenged();
  expect(await s.call(s.other, 'prove', s.proveArgs(c, [3n]))).toBe('OtherInput');
  expect(await s.call(s.other, 'prove', s.proveArgs(c, [3n, 4n]))).toBe('OtherOutput');
});
inOrder(
  'unstake',
  [
    ['not leaving', 'TooEarly'],
    ['too early', 'TooEarly'],
    ['challenged', 'ChallengesOpen'],
  ],
  async (s, wrong) => {
    await s.call(s.node, 'stake', [], { value: ETHER });
    if (!wrong('not leaving')) await s.call(s.node, 'quit');
    s.w.pass(wrong('too early') ? WINDOW : WINDOW + 1n);
    if (wrong('challenged')) await s.challenged({ until: s.w.now });
    return s.call(s.node, 'unstake');
  },
);
row('stake, quit, unstake: in, leaving, in again, out', async (s) => {
  await s.w.give(s.node.address, 2n * HUGE);
  expect(await s.call(s.node, 'stake', [], { value: HUGE })).toBe('BadRequest');
  const stake = async () => (await s.w.read('stakes', [s.node.address])) as unknown;
  const first = await s.outcome(s.node, 'stake', [], { value: ETHER });
  expect(first.events).toEqual([{ name: 'Staked', args: { node: s.node.address, amount: ETHER, leavesAt: 0n } }]);
  const leavesAt = s.w.now + WINDOW;
  expect((await s.outcome(s.node, 'quit')).events).toEqual([{ name: 'Staked', args: { node: s.node.address, amount: ETHER, leavesAt } }]); // prettier-ignore
  expect(await stake()).toEqual([ETHER, leavesAt, 0]);
  s.w.pass(WINDOW + 1n);
  await s.call(s.node, 'stake', [], { value: 1n });
  expect(await stake()).toEqual([ETHER + 1n, 0n, 0]);
  expect(await s.call(s.node, 'unstake')).toBe('TooEarly');
  await s.call(s.node, 'quit');
  s.w.pass(WINDOW + 1n);
  expect((await s.outcome(s.node, 'unstake')).events).toEqual([{ name: 'Staked', args: { node: s.node.address, amount: 0n, leavesAt: 0n } }]); // prettier-ignore
  expect(await stake()).toEqual([0n, 0n, 0]);
  expect(await s.w.due(s.node.address)).toBe(ETHER + 1n);
  expect(await s.call(s.node, 'unstake')).toBe('TooEarly');
});
row('11: a node that leaves after a lie can be challenged as long as clients accept its receipts', async (s) => {
  await s.call(s.node, 'stake', [], { value: ETHER });
  const until = s.w.now + WINDOW - 60n; // the longest that a client accepts
  await s.call(s.node, 'quit');
  s.w.pass(WINDOW - 60n);
  const c = await s.challenged({ until }, true);
  s.w.pass(61); // past leavesAt, and past the deadline of the challenge
  expect(await s.call(s.node, 'unstake')).toBe('ChallengesOpen');
  expect(await s.call(s.watcher, 'slash', [c])).toBe('ok');
  expect(await s.call(s.node, 'unstake')).toBe('ok');
  expect(await s.w.due(s.node.address)).toBe(0n);
});
row('12: two lies, stake for one and a half', async (s) => {
  await s.call(s.node, 'stake', [], { value: (3n * ETHER) / 2n });
  const lies = [await s.challenged({ bond: ETHER }, true), await s.challenged({ bond: ETHER - 2n }, true), await s.challenged({ bond: 7n }, true)]; // prettier-ignore
  s.w.pass(61);
  const amounts = [];
  for (const c of lies) amounts.push((await s.outcome(s.other, 'slash', [c])).events[0].args['amount']);
  expect(amounts).toEqual([ETHER, ETHER / 2n, 0n]);
  expect(await s.w.read('stakes', [s.node.address])).toEqual([0n, 0n, 0]);
});
row('13: twenty challenges at once against an honest node', async (s) => {
  const all = [];
  for (let i = 0n; i < 20n; i++) all.push(await s.challenged({ bond: i }));
  expect((await s.w.read('stakes', [s.node.address]))[2]).toBe(20);
  for (const c of all) expect(await s.call(s.node, 'prove', s.proveArgs(c))).toBe('ok');
  expect(await s.w.due(s.node.address)).toBe(20n * FLOOR);
});
row('announce is an event', async (s) => {
  const { events } = await s.outcome(s.node, 'announce', ['https://node.example']);
  expect(events).toEqual([{ name: 'Announced', args: { node: s.node.address, url: 'https://node.example' } }]);
});

// channels
inOrder(
  'redeem',
  [
    ['another signer', 'BadSignature'],
    ['paid before', 'NothingDue'],
    ['nothing there', 'NothingDue'],
  ],
  async (s, wrong) => {
    const v = s.voucherOf(5n);
    const send = async (signer = s.client) => s.call(s.other, 'redeem', [v, await s.w.sign(signer, 'Voucher', v)]);
    if (!wrong('nothing there')) await s.call(s.client, 'fund', [s.node.address], { value: 8n });
    if (wrong('paid before')) await send();
    return send(wrong('another signer') ? s.other : s.client);
  },
);
row('14: vouchers: totals only grow, no more than is there, of this channel and market alone', async (s) => {
  const redeem = async (total: bigint, change = {}, domain = {}) => {
    const v = s.voucherOf(total, change);
    return s.outcome(s.other, 'redeem', [v, await s.w.sign(s.client, 'Voucher', s.voucherOf(total), domain)]);
  };
  await s.w.give(s.client.address, 2n * HUGE);
  expect(await s.call(s.client, 'fund', [s.node.address], { value: HUGE })).toBe('BadRequest');
  const funded = await s.outcome(s.client, 'fund', [s.node.address], { value: 10n });
  expect(funded.events).toEqual([
    { name: 'Funded', args: { client: s.client.address, node: s.node.address, amount: 10n } },
  ]);
  expect((await redeem(4n)).events).toEqual([{ name: 'Redeemed', args: { client: s.client.address, node: s.node.address, amount: 4n } }]); // prettier-ignore
  for (const total of [4n, 3n, 0n]) expect((await redeem(total)).said).toBe('NothingDue');
  for (const change of [{ node: s.other.address }, { total: 9n }, { client: s.other.address }])
    expect((await redeem(5n, change)).said).toBe('BadSignature');
  expect((await redeem(5n, {}, { verifyingContract: s.other.address })).said).toBe('BadSignature');
  expect((await redeem(25n)).events[0].args['amount']).toBe(6n); // what is there
  expect((await redeem(25n)).said).toBe('NothingDue');
  await s.call(s.client, 'fund', [s.node.address], { value: 20n });
  expect((await redeem(25n)).events[0].args['amount']).toBe(15n);
  expect(await s.w.due(s.node.address)).toBe(25n);
  expect(await s.w.read('channels', [s.client.address, s.node.address])).toEqual([5n, 25n, 0n]);
});
inOrder(
  'reclaim',
  [
    ['not closing', 'TooEarly'],
    ['too early', 'TooEarly'],
  ],
  async (s, wrong) => {
    await s.call(s.client, 'fund', [s.node.address], { value: 8n });
    if (!wrong('not closing')) await s.call(s.client, 'close', [s.node.address]);
    s.w.pass(wrong('too early') ? WINDOW : WINDOW + 1n);
    return s.call(s.client, 'reclaim', [s.node.address]);
  },
);
row('14: close leaves the node a window, reclaim empties, and old vouchers stay paid', async (s) => {
  const [client, node] = [s.client.address, s.node.address];
  const redeem = async (total: bigint) => {
    const v = s.voucherOf(total);
    return s.call(s.other, 'redeem', [v, await s.w.sign(s.client, 'Voucher', v)]);
  };
  await s.call(s.client, 'fund', [node], { value: 10n });
  const closesAt = s.w.now + WINDOW;
  expect((await s.outcome(s.client, 'close', [node])).events).toEqual([
    { name: 'Closing', args: { client, node, closesAt } },
  ]);
  await s.call(s.client, 'fund', [node]);
  s.w.pass(WINDOW + 1n);
  expect(await s.call(s.client, 'reclaim', [node])).toBe('TooEarly'); // fund cancelled it
  await s.call(s.client, 'close', [node]);
  s.w.pass(WINDOW);
  expect(await redeem(4n)).toBe('ok');
  s.w.pass(1);
  expect((await s.outcome(s.client, 'reclaim', [node])).events).toEqual([{ name: 'Closing', args: { client, node, closesAt: 0n } }]); // prettier-ignore
  expect([await s.w.due(client), await s.w.due(node)]).toEqual([6n, 4n]);
  expect(await s.w.read('channels', [client, node])).toEqual([0n, 4n, 0n]);
  expect(await s.call(s.client, 'reclaim', [node])).toBe('TooEarly');
  await s.call(s.client, 'fund', [node], { value: 9n });
  expect(await redeem(4n)).toBe('NothingDue');
  expect(await redeem(5n)).toBe('ok');
  expect(await s.w.due(node)).toBe(5n);
});
row('redeemMany: all or none', async (s) => {
  const signers = [s.client, s.other, s.watcher];
  for (const one of signers) await s.call(one, 'fund', [s.node.address], { value: 8n });
  const vouchers = signers.map((one) => s.voucherOf(3n, { client: one.address }));
  const signatures = await Promise.all(vouchers.map((v, i) => s.w.sign(signers[i], 'Voucher', v)));
  expect(await s.call(s.node, 'redeemMany', [vouchers, signatures.toReversed()])).toBe('BadSignature');
  for (const others of [signatures.slice(0, 2), [...signatures, signatures[0]]])
    expect(await s.call(s.node, 'redeemMany', [vouchers, others])).toBe('BadSignature');
  expect(await s.w.due(s.node.address)).toBe(0n);
  expect(await s.call(s.node, 'redeemMany', [vouchers, signatures])).toBe('ok');
  expect(await s.w.due(s.node.address)).toBe(9n);
  expect(await s.call(s.node, 'redeemMany', [vouchers, signatures])).toBe('NothingDue');
});

// the registry, and what is fixed at deployment
const keyWith = (change: Readonly<Record<number, bigint>>): bigint[] => Array.from({ length: 23 }, (_, i) => change[i] ?? [1n, 3n][i] ?? BigInt(i)); // prettier-ignore
row('register: anyone, once, under the digest of the key; 4: another key is another model', async (s) => {
  const [key, other] = [keyWith({ 1: 65_535n, 22: 2n ** 256n - 1n }), keyWith({ 1: 65_535n, 2: 5n })];
  const { said, value, events } = await s.outcome(s.other, 'register', [key], {}, s.w.registry);
  expect([said, events]).toEqual(['ok', [{ name: 'Registered', args: { modelId: value } }]]);
  expect(await s.w.read('keyOf', [value], s.w.registry)).toEqual(key);
  expect(await s.w.read('wordsOf', [value], s.w.registry)).toBe(65_535n);
  const again = await s.outcome(s.node, 'register', [key], {}, s.w.registry);
  expect([again.said, again.value, again.events]).toEqual(['ok', value, []]);
  expect((await s.outcome(s.node, 'register', [other], {}, s.w.registry)).value).not.toBe(value);
  for (const words of [0n, 65_536n, 2n ** 255n])
    expect(await s.call(s.other, 'register', [keyWith({ 0: 9n, 1: words })], {}, s.w.registry)).toBe('BadKey');
  expect(await s.call(s.other, 'register', [keyWith({ 0: 2n })], {}, s.w.registry)).toBe('InsecureKey');
  expect(await s.call(s.other, 'register', [keyWith({ 0: 0n })], {}, s.w.registry)).toBe('ok');
  expect(await s.w.read('wordsOf', [unknown], s.w.registry)).toBe(0n);
  expect(await s.call(s.other, 'keyOf', [unknown], {}, s.w.registry)).toBe(`UnknownModel(${unknown})`);
  expect(await s.call(s.other, 'verify', [unknown, unknown, WORDS, s.proofOf(unknown)], {}, s.w.registry)).toBe(`UnknownModel(${unknown})`); // prettier-ignore
});
row('29: a development key where the verifier takes none', async (s) => {
  const verifier = await s.w.deploy(s.w.contracts['SecureStub']);
  const registry = [
    await s.w.deploy(s.w.contracts['ModelRegistry'], [verifier]),
    s.w.contracts['ModelRegistry'],
  ] as const;
  expect(await s.call(s.other, 'register', [keyWith({})], {}, registry)).toBe('InsecureKey');
  expect(await s.call(s.other, 'register', [keyWith({ 0: 0n })], {}, registry)).toBe('ok');
});
row('publish: own names of a form, known models; withdrawn', async (s) => {
  const to = s.w.registry;
  const publish = (name: string, modelId: Hex = s.w.modelId, from = s.node) => s.outcome(from, 'publish', [name, modelId, unknown], {}, to); // prettier-ignore
  for (const name of ['', 'a'.repeat(65), 'Mnist', 'a b', 'a/b', 'ä', 'a\n', '`', '{', ':'])
    expect((await publish(name, unknown)).said, name).toBe('BadName');
  expect((await publish('mnist', unknown)).said).toBe(`UnknownModel(${unknown})`);
  for (const name of ['a', 'z9.0_-', 'm'.repeat(64)]) expect((await publish(name)).said).toBe('ok');
  const { events } = await publish('mnist');
  expect(events[0].args).toMatchObject({
    publisher: s.node.address,
    modelId: s.w.modelId,
    name: 'mnist',
    manifest: unknown,
  });
  expect(await s.w.read('releases', [s.node.address, 'mnist'], to)).toEqual([s.w.modelId, unknown]);
  expect(await s.w.read('releases', [s.other.address, 'mnist'], to)).toEqual([pad('0x0'), pad('0x0')]);
  await publish('mnist', pad('0x0'), s.other);
  expect(await s.w.read('releases', [s.node.address, 'mnist'], to)).toEqual([s.w.modelId, unknown]);
  expect((await publish('mnist', pad('0x0'))).said).toBe('ok');
  expect(await s.w.read('releases', [s.node.address, 'mnist'], to)).toEqual([pad('0x0'), pad('0x0')]);
});
row('deployment: what is fixed, and times of a minute at least', async (s) => {
  const fixed = ['registry', 'window', 'proofTime', 'challengeFloor'];
  const read = await Promise.all(fixed.map((name) => s.w.read(name)));
  expect(read).toEqual([s.w.registry[0], WINDOW, PROOF_TIME, FLOOR]);
  const { InferenceMarket } = s.w.contracts;
  await expect(s.w.deploy(InferenceMarket, [s.w.registry[0], 59n, 60n, 1n])).rejects.toThrow('BadRequest');
  await expect(s.w.deploy(InferenceMarket, [s.w.registry[0], 60n, 59n, 1n])).rejects.toThrow('BadRequest');
  await s.w.deploy(InferenceMarket, [s.w.registry[0], 60n, 60n, 0n]);
});
