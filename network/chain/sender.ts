// Transactions of one account. Each has a name; one that is not mined in three blocks and 15 s is sent again under its nonce at a higher fee. So is
// one that nobody asks for any more, or that an earlier process left, where it keeps the others waiting: the next call takes its nonce.
// What counts is the state that a transaction was to change: whoever asks for it looks there, and never at a receipt.
import { keccak256, type Address, type Hex, type LocalAccount } from 'viem';
import { InferproofError } from 'inferproof/verifier';
import { feesFor, larger, mostFor, waitedLong, type Fees } from './fees.js';
import { saidBy, type Market } from './reader.js';

interface Sent extends Fees {
  readonly hash: Hex;
  readonly nonce: number;
  readonly at: bigint;
  /** Of performance.now. */
  readonly when: number;
}

export interface Call {
  readonly to: Address;
  readonly data: Hex;
}

export interface Sender {
  /**
   * Sends a call, unless one of its name waits to be mined. Simulates it first: rejects with viem's error where it would revert.
   * Returns the hash of what was sent now, null where nothing was.
   * @param block the head's number
   * @param sure whether it is to be done, by all RPCs that answer: asked before it is sent a second time under another nonce, since one
   * of two RPCs could make it paid for again and again
   *
   * Throws InferproofError 'resource' where a replacement would pay more for a gas than may be paid.
   */
  readonly send: (name: string, call: Call, block: bigint, sure: () => Promise<boolean>) => Promise<Hex | null>;
  /** Forgets a name: what it was to do is done. */
  readonly forget: (name: string) => void;
}

export function openSender(
  { client, clients, chainId }: Pick<Market, 'client' | 'clients' | 'chainId'>,
  account: LocalAccount,
  maxFeePerGas?: bigint,
  patience?: number,
): Sender {
  /** Names of all that was ever sent. */
  const once = new Set<string>();
  const sent = new Map<string, Sent>();
  /** By nonce, what was forgotten and perhaps still waits. */
  const orphans = new Map<number, Sent>();
  /** The nonce that is mined next, and the block and time that it was first seen to be. */
  let front = { nonce: -1, since: 0n, when: 0 };
  let turn: Promise<unknown> = Promise.resolve();

  /** Of two RPCs the one that knows more: one may be behind. */
  const countOf = async (blockTag: 'latest' | 'pending'): Promise<number> =>
    Math.max(...(await saidBy(clients, (one) => one.getTransactionCount({ address: account.address, blockTag }))));

  const mostOf = async (): Promise<bigint> => {
    const blocks = await saidBy(clients, (one) => one.getBlock({ blockTag: 'latest' }));
    return mostFor(blocks.map(({ baseFeePerGas }) => baseFeePerGas));
  };

  async function send(
    name: string,
    { to, data }: Call,
    block: bigint,
    sure: () => Promise<boolean>,
  ): Promise<Hex | null> {
    const known = sent.get(name);
    // a head that went back has seen nothing wait
    const before = known && { ...known, at: known.at < block ? known.at : block };
    if (before) sent.set(name, before);
    const { address } = account;
    const [mined, pending] = await Promise.all([countOf('latest'), countOf('pending')]);
    if (front.nonce !== mined || front.since > block) front = { nonce: mined, since: block, when: performance.now() };
    for (const nonce of orphans.keys()) if (nonce < mined) orphans.delete(nonce);
    const own = [...sent.values()].some(({ nonce }) => nonce === mined);
    const stuck = mined < pending && !own && waitedLong(block - front.since, front.when, patience);
    const waits = before !== undefined && before.nonce >= mined;
    if (waits && !stuck && !waitedLong(block - before.at, before.when, patience)) return null;
    if (once.has(name) && !waits && !(await sure())) return null;
    const replaced = stuck ? orphans.get(mined) : waits ? before : undefined;
    // what an earlier process sent waits in the pending block: its call would revert there; what is replaced does not count
    const blockTag = waits || stuck ? 'latest' : 'pending';
    // what one RPC would not take the other may: it is sent to both
    const call = { account: address, to, data, blockTag } as const;
    const gas = (await saidBy(clients, (one) => one.estimateGas(call))).reduce(larger);
    const now = await client.estimateFeesPerGas();
    // of what is not known twice today's fee replaces it, or the next try, which pays more
    const times = stuck && !replaced ? 2n : 1n;
    const most = maxFeePerGas ?? (await mostOf());
    const paid = feesFor({ fee: times * now.maxFeePerGas, tip: times * now.maxPriorityFeePerGas }, most, replaced);
    if (paid === undefined)
      throw new InferproofError(
        'resource',
        `expected to pay at most ${most} wei for a gas, got a transaction that waits at ${replaced!.fee}`,
        {
          where: name,
          hint: '"maxFeePerGas" in node.json allows more',
        },
      );
    const { fee, tip } = paid;
    const nonce = stuck ? mined : waits ? before.nonce : pending;
    const serializedTransaction = await account.signTransaction({
      ...{ type: 'eip1559', chainId, nonce, to, data, gas: gas + gas / 10n },
      ...{ maxFeePerGas: fee, maxPriorityFeePerGas: tip },
    });
    if (waits && before.nonce !== nonce) orphans.set(before.nonce, before);
    orphans.delete(nonce);
    // noted before it leaves: an answer that is lost says nothing of the transaction
    once.add(name);
    sent.set(name, { hash: keccak256(serializedTransaction), nonce, at: block, when: performance.now(), fee, tip });
    const [hash] = await saidBy(clients, (one) => one.sendRawTransaction({ serializedTransaction }));
    return hash;
  }
  return {
    // one after the other: they share the nonces
    send: (name, call, block, sure) => {
      const made = turn.then(() => send(name, call, block, sure));
      turn = made.catch(() => undefined);
      return made;
    },
    forget: (name) => {
      const one = sent.get(name);
      if (one) orphans.set(one.nonce, one);
      sent.delete(name);
    },
  };
}
