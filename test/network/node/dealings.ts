// What people do with a node and its market, in short words: ask, challenge, request, and look at what came of it.
/* eslint-disable @typescript-eslint/no-explicit-any -- JSON that tests take apart */
import { expect } from 'vitest';
import type { Hex } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { digest, wordsHash, type Receipt, type Request } from '#network/chain/typed-data.js';
import { ETHER, FLOOR, NOBODY } from '../world.js';
import { post, question, receiptOf, type Told } from './asking.js';
import { BOND, until, type Town } from './town.js';

export const PAYMENT = ETHER / 100n;

/** @param url of the node that runs */
export function dealings(t: () => Town, url: () => string) {
  const free = () => [
    { model: t().name, receipt: { price: '0', bond: String(BOND) }, request: { minPayment: '1000' } },
  ];
  const input = (seed: number) => t().words(seed).slice(0, t().inputWords);
  const ask = (seed: number): Promise<Told> =>
    post(url(), '/v1/infer', question(t().modelId, input(seed), t().client.address));
  const promised = async (seed: number): Promise<{ receipt: Receipt; signature: Hex; json: any }> => {
    // a node that has not yet seen a block that jumped is not in sync with it
    const { json } = await until(async () => {
      const told = await ask(seed);
      return told.status === 200 && told;
    });
    return { receipt: receiptOf(json.receipt), signature: json.signature, json };
  };
  const challenge = (receipt: Receipt, signature: Hex, seed: number, value = FLOOR) =>
    t().call(t().watcher, 'challenge', [receipt, signature, input(seed)], value);
  const stateOf = async (receipt: Receipt): Promise<number> =>
    (await t().read('challenges', [t().receiptId(receipt)]))[3];
  let nonce = 0n;
  /** A request on the chain; its id. */
  async function request(
    seed: number,
    { payment = PAYMENT, words = input(seed), node = NOBODY, gas = 0, from = t().client, modelId = t().modelId } = {},
  ): Promise<Hex> {
    const deadline = (await t().now()) + 600n;
    const r: Request = {
      ...{ client: from.address, modelId, inputHash: wordsHash(words), inputWords: words.length, node },
      ...{ payment, deadline, callbackGas: gas, nonce: nonce++ },
    };
    expect(await t().call(from, 'request', [r.modelId, words, node, deadline, gas, r.nonce], payment)).toBe('ok');
    return digest(t().place, 'Request', r);
  }
  const settled = (id: Hex) => until(async () => (await t().read('requests', [id])) === 2);
  const gained = async (who: PrivateKeyAccount, act: () => Promise<unknown>): Promise<bigint> => {
    const before = await t().due(who.address);
    await act();
    return (await t().due(who.address)) - before;
  };
  return { free, input, ask, promised, challenge, stateOf, request, settled, gained };
}
