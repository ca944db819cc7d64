// Transactions of one account. Each has a name; one that is not mined in three blocks is sent again under its nonce at a higher fee.
// What counts is the state that a transaction was to change: whoever asks for it looks there, and never at a receipt.
import { keccak256, type Address, type Hex, type LocalAccount, type PublicClient } from 'viem';

/** Blocks that a transaction may wait. */
const PATIENCE = 3n;
/** Nodes of the chain take a replacement that pays an eighth more. */
const raised = (fee: bigint): bigint => (fee * 9n) / 8n + 1n;
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

interface Sent {
  readonly hash: Hex;
  readonly nonce: number;
  readonly at: bigint;
  readonly fee: bigint;
  readonly tip: bigint;
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
   */
  readonly send: (name: string, call: Call, block: bigint) => Promise<Hex | null>;
  /** Forgets a name: what it was to do is done. */
  readonly forget: (name: string) => void;
}

export function openSender(client: PublicClient, account: LocalAccount, chainId: number): Sender {
  const sent = new Map<string, Sent>();
  let turn: Promise<unknown> = Promise.resolve();

  async function send(name: string, { to, data }: Call, block: bigint): Promise<Hex | null> {
    const before = sent.get(name);
    const { address } = account;
    const mined = before ? await client.getTransactionCount({ address }) : 0;
    const waits = before !== undefined && before.nonce >= mined;
    if (waits && block - before.at < PATIENCE) return null;
    // what an earlier process sent waits in the pending block: its call would revert there; one's own is to be replaced
    const blockTag = waits ? 'latest' : 'pending';
    const gas = await client.estimateGas({ account: address, to, data, blockTag });
    const [now, pending] = await Promise.all([
      client.estimateFeesPerGas(),
      client.getTransactionCount({ address, blockTag: 'pending' }),
    ]);
    const tip = waits ? larger(raised(before.tip), now.maxPriorityFeePerGas) : now.maxPriorityFeePerGas;
    const fee = waits ? larger(raised(before.fee), now.maxFeePerGas) : now.maxFeePerGas;
    const nonce = waits ? before.nonce : pending;
    const serializedTransaction = await account.signTransaction({
      ...{ type: 'eip1559', chainId, nonce, to, data, gas: gas + gas / 10n },
      ...{ maxFeePerGas: larger(fee, tip), maxPriorityFeePerGas: tip },
    });
    // noted before it leaves: an answer that is lost says nothing of the transaction
    sent.set(name, { hash: keccak256(serializedTransaction), nonce, at: block, fee, tip });
    return client.sendRawTransaction({ serializedTransaction });
  }
  return {
    // one after the other: they share the nonces
    send: (name, call, block) => {
      const made = turn.then(() => send(name, call, block));
      turn = made.catch(() => undefined);
      return made;
    },
    forget: (name) => void sent.delete(name),
  };
}
