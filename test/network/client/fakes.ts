// A client on a chain that a test makes up, and its promises.
import { privateKeyToAccount } from 'viem/accounts';
import type { Context } from '#network/client/context.js';
import { openPurse, type Question } from '#network/client/channel.js';
import { openNodes } from '#network/client/choose.js';
import type { Parts } from '#network/client/infer.js';
import type { Kept } from '#network/client/receipts.js';
import { memoryStore, type Store } from '#network/client/store.js';
import { digest, wordsHash } from '#network/chain/typed-data.js';

export const NODE = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const market = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const place = { chainId: 31337, market } as const;
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`);
export const NO_CHALLENGE: readonly unknown[] = [NODE, 0n, 0n, 0];

/** What the chain says; a test changes it. */
export interface Said {
  chainId: number;
  now: bigint;
  challenges: readonly unknown[];
  requests: number;
  channels: readonly bigint[];
  challengePrice: bigint;
  /** Names of the transactions that were sent. */
  readonly sent: string[];
  send?: (name: string) => void;
  /** What a block that counts says instead. */
  settled?: Partial<Said>;
}

interface Block {
  readonly blockNumber?: bigint | undefined;
}

export function fakes(change: Partial<Said> = {}, fetch: Context['fetch'] = () => Promise.reject(new Error('nobody'))) {
  const said: Said = { chainId: 31337, now: 1000n, challenges: NO_CHALLENGE, requests: 0, channels: [1000n, 0n, 0n], challengePrice: 500n, sent: [], ...change }; // prettier-ignore
  const at = ({ blockNumber }: Block): Said => (blockNumber === undefined ? said : { ...said, ...said.settled });
  const client = {
    getBlockNumber: () => Promise.resolve(5n),
    getLogs: () => Promise.resolve([{ eventName: 'Announced', args: { node: NODE, url: 'http://node' } }, { eventName: 'Staked', args: { node: NODE, amount: 10n ** 18n, leavesAt: 0n } }]), // prettier-ignore
    getBlock: ({ blockNumber }: Block) => Promise.resolve({ timestamp: at({ blockNumber }).now }),
    readContract: ({ functionName, blockNumber }: Block & { functionName: string }) =>
      Promise.resolve(at({ blockNumber })[functionName as keyof Said]),
  };
  const agreed = (_: string, read: (one: typeof client) => Promise<unknown>) => read(client);
  const chain = { chainId: said.chainId, rpc: ['http://127.0.0.1:1'], client, clients: [client], agreed };
  const send = (name: string) => {
    said.send?.(name);
    said.sent.push(name);
    return Promise.resolve({ transaction: '0x', gas: 0 });
  };
  const partsOf = (store: Store = memoryStore()): Parts => {
    const context = { chain, deployment: { market, registry: market, since: 0n }, place, window: 3600n, account, hubs: [], fetch, store, allowInsecureKey: true, warn: () => undefined, send } as unknown as Context; // prettier-ignore
    return { context, nodes: openNodes(context), purse: openPurse(context) };
  };
  return { said, partsOf };
}

const words = [1n, 2n];
const receipt = { node: NODE, client: account.address, modelId: wordsHash([0n]), inputHash: wordsHash([1n]), outputHash: wordsHash([2n]), inputWords: 1, bond: 1n, until: 4600n } as const; // prettier-ignore
export const promise = (state: Kept['state']): Kept => ({ id: digest(place, 'Receipt', receipt), receipt, signature: '0x', words, url: 'http://node', state }); // prettier-ignore

/** A 402 that asks for an amount, and for a total. */
export const demand = (amount: bigint, total: bigint): Response => {
  const extra = { market, total: String(total) };
  const accepts = [{ scheme: 'inferproof-channel', network: 'eip155:31337', amount: String(amount), payTo: NODE, extra }]; // prettier-ignore
  return new Response('{}', { status: 402, headers: { 'PAYMENT-REQUIRED': btoa(JSON.stringify({ x402Version: 2, accepts })) } }); // prettier-ignore
};

/** A node by the rules of network/node: an answer is counted once, and given again for nothing. */
export function honest(price: bigint) {
  const node = { spent: 0n, lose: 0, served: new Set<string>() };
  const fetch = ((_: string, { headers }: { headers: Record<string, string> }) => {
    const [key, payment] = [headers['Idempotency-Key'], headers['PAYMENT-SIGNATURE']];
    if (node.served.has(key)) return Promise.resolve(new Response('{}'));
    const total = payment && (JSON.parse(atob(payment)) as { payload: { total: string } }).payload.total;
    if (BigInt(total ?? 0) < node.spent + price) return Promise.resolve(demand(price, node.spent + price));
    node.spent += price;
    node.served.add(key);
    if (node.lose-- > 0) return Promise.reject(new Error('socket hang up'));
    return Promise.resolve(new Response('{}', { headers: { 'PAYMENT-RESPONSE': btoa(JSON.stringify({ success: true, amount: String(price) })) } })); // prettier-ignore
  }) as unknown as Context['fetch'];
  return { node, fetch };
}

export const question = (key: string, price: bigint | undefined = 10n): Question => ({ node: NODE, url: 'http://node', path: '/v1/infer', body: {}, key, price, most: 10n, limits: { bytes: 100_000, ms: 1_000 } }); // prettier-ignore
