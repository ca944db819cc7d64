// People on a chain of their own, and what they do: short names for requests, receipts, vouchers and their proofs by the stub verifier.
// Whatever happens, `owed` must be what the market holds.
import type { Address, Hex } from 'viem';
import type { Contracts } from './compiled.js';
import { account, BURNT, contextOf, ETHER, FLOOR, hashOf, NOBODY, world } from './world.js';
import type { Outcome, Receipt, Request, Voucher, World } from './world.js';

export const INPUT = [3n, 4n] as const;
export const WORDS = [3n, 4n, 7n] as const;
export const PRICE = ETHER / 100n;

export type Scene = Awaited<ReturnType<typeof scene>>;

export async function scene(contracts: Contracts) {
  const w = await world(contracts, { size: false });
  const people = ['client', 'node', 'other', 'watcher'].map(account);
  const [client, node, other, watcher] = people;
  for (const { address } of people) await w.give(address, 100n * ETHER);

  const known = {
    accounts: new Set<Address>([BURNT, NOBODY, ...people.map(({ address }) => address)]),
    payments: new Map<Hex, bigint>(),
    challenges: new Set<Hex>(),
    stakes: new Set<Address>(),
    channels: new Set<string>(),
  };
  /** Reads off the events who could be owed something. */
  function follow({ events }: Outcome): void {
    for (const { name, args } of events) {
      for (const value of Object.values(args)) if (/^0x[0-9a-fA-F]{40}$/.test(String(value))) known.accounts.add(value);
      if (name === 'Requested') {
        known.payments.set(args['id'], args['request'].payment);
        known.accounts.add(args['request'].client);
      }
      if (name === 'Challenged') known.challenges.add(args['id']);
      if (name === 'Staked') known.stakes.add(args['node']);
      if (name === 'Funded') known.channels.add(`${args['client']} ${args['node']}`);
    }
  }

  const outcome = async (
    from: { readonly address: Address },
    name: string,
    args: readonly unknown[] = [],
    options: { value?: bigint; gasLimit?: bigint } = {},
    to: Parameters<World['send']>[1] = w.market,
  ): Promise<Outcome> => {
    const made = await w.send(from, to, name, args, options);
    follow(made);
    return made;
  };
  const call = async (...all: Parameters<typeof outcome>): Promise<string> => (await outcome(...all)).said;

  let nonce = 0n;
  const requestOf = (change: Partial<Request> = {}): Request => ({
    ...{ client: client.address, modelId: w.modelId, inputHash: hashOf(INPUT), inputWords: 2, node: NOBODY },
    ...{ payment: PRICE, deadline: w.now + 600n, callbackGas: 0, nonce: nonce++ },
    ...change,
  });
  const askArgs = (r: Request, input: readonly bigint[] = INPUT) => [r.modelId, input, r.node, r.deadline, r.callbackGas, r.nonce]; // prettier-ignore
  const receiptOf = (change: Partial<Receipt> = {}): Receipt => ({
    ...{ node: node.address, client: client.address, modelId: w.modelId, inputHash: hashOf(INPUT) },
    ...{ outputHash: hashOf([7n]), inputWords: 2, bond: ETHER, until: w.now + 3000n },
    ...change,
  });
  const proofOf = (context: Hex, modelId = w.modelId): bigint[] => [
    BigInt(context),
    BigInt(modelId),
    0n,
    0n,
    0n,
    0n,
    0n,
    0n,
    0n,
    0n,
  ];

  return {
    w,
    ...{ client, node, other, watcher, known, outcome, call, requestOf, askArgs, receiptOf, proofOf },
    /** An open request. */
    asked: async (change: Partial<Request> = {}): Promise<Request> => {
      const r = requestOf(change);
      const said = await call(client, 'request', askArgs(r), { value: r.payment });
      if (said !== 'ok') throw new Error(said);
      return r;
    },
    settleArgs: (r: Request, payee: Address = node.address, words: readonly bigint[] = WORDS) => [r, payee, words, proofOf(contextOf(w.digest('Request', r), payee))], // prettier-ignore
    /** A receipt that somebody challenges; the lie is an output of 8. */
    challenged: async (change: Partial<Receipt> = {}, lie = false, signer = node): Promise<Receipt> => {
      const c = receiptOf({ ...(lie ? { outputHash: hashOf([8n]) } : {}), ...change });
      const said = await call(watcher, 'challenge', [c, await w.sign(signer, 'Receipt', c), INPUT], { value: FLOOR });
      if (said !== 'ok') throw new Error(said);
      return c;
    },
    proveArgs: (c: Receipt, words: readonly bigint[] = WORDS) => [c, words, proofOf(w.digest('Receipt', c))],
    voucherOf: (total: bigint, change: Partial<Voucher> = {}): Voucher => ({ client: client.address, node: node.address, total, ...change }), // prettier-ignore
    /** What a call changes of somebody's balance in the market. */
    gains: async (who: Address, act: () => Promise<unknown>): Promise<bigint> => {
      const before = await w.due(who);
      await act();
      return (await w.due(who)) - before;
    },
    /** What the market owes to all of them. */
    owed: async (): Promise<bigint> => {
      let sum = 0n;
      for (const address of known.accounts) sum += await w.due(address);
      for (const address of known.stakes) sum += (await w.read('stakes', [address]))[0] as bigint;
      for (const [id, payment] of known.payments)
        if ((await w.read('requests', [id])) === 1) sum += payment;
        else known.payments.delete(id); // over for ever
      for (const id of known.challenges) {
        const [, price, , state] = (await w.read('challenges', [id])) as [Address, bigint, bigint, number];
        if (state === 1) sum += price;
        else known.challenges.delete(id);
      }
      for (const pair of known.channels) sum += (await w.read('channels', pair.split(' ')))[0] as bigint;
      return sum;
    },
  };
}
