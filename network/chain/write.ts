// One transaction: simulated, sent, waited for. What is not mined in three blocks and 15 s is sent again under its nonce at a higher fee, never under
// another: money that leaves twice does not come back.
import { InferproofError } from 'inferproof/verifier';
import { encodeFunctionData, keccak256, type Abi, type Address, type Hex, type LocalAccount } from 'viem'; // prettier-ignore
import { chainError } from './errors.js';
import { feesFor, larger, LEAST_MS, mostFor, waitedLong, type Fees } from './fees.js';
import { LOCAL_CHAIN, originOf, type Chain } from './open.js';

export interface Sent {
  readonly transaction: Hex;
  readonly gas: number;
}

const WAIT_MS = 180_000;
const POLL_MS = 100;
/** What a chain says that did not take a transaction. Of whatever else fails it may be mined: an answer was lost, or it is known already. */
const REFUSED = /insufficient funds|sender account balance|underpriced|below minimum|base fee|fee cap|nonce too|intrinsic gas|gas limit|not supported/i; // prettier-ignore
/** A node may have sent it twice itself, and say of the second that its nonce was taken, by the first. */
const REFUSED_MS = 2_000;

interface Call {
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args?: readonly unknown[];
  /** Wei. */
  readonly value?: bigint;
}

/**
 * Calls a contract.
 * @throws InferproofError by the name of the contract's revert, before anything is sent; 'resource' where the chain does not take it
 */
export async function write(chain: Chain, account: LocalAccount, call: Call): Promise<Sent> {
  try {
    // of a chain that mines on demand the last block may be of an hour ago
    const blockTag = chain.chainId === LOCAL_CHAIN ? 'pending' : 'latest';
    await chain.client.simulateContract({ ...call, account, blockTag } as never);
    const gas = await chain.client.estimateContractGas({ ...call, account, blockTag } as never);
    const data = encodeFunctionData({ abi: call.abi, functionName: call.functionName, args: call.args ?? [] });
    return await mined(chain, account, { to: call.address, data, value: call.value ?? 0n, gas });
  } catch (cause) {
    throw chainError(cause, `the transaction ${call.functionName}`, originOf(chain.rpc[0]));
  }
}

/** Sends data to an address. */
export async function sendData(chain: Chain, account: LocalAccount, to: Address, data: Hex): Promise<Sent> {
  try {
    const gas = await chain.client.estimateGas({ account, to, data });
    return await mined(chain, account, { to, data, value: 0n, gas });
  } catch (cause) {
    throw chainError(cause, 'the transaction', originOf(chain.rpc[0]));
  }
}

interface Transaction {
  readonly to: Address;
  readonly data: Hex;
  readonly value: bigint;
  readonly gas: bigint;
}

/**
 * Looks for the receipt itself: whoever waits for a block behind it waits for ever on a chain that mines on demand. What cannot be read
 * once it was sent is not there yet: no error but the last may say that nothing left.
 */
async function mined({ client, chainId }: Chain, account: LocalAccount, what: Transaction): Promise<Sent> {
  const nonce = await client.getTransactionCount({ address: account.address, blockTag: 'pending' });
  let waiting: (Fees & { readonly at: bigint; readonly when: number }) | undefined;
  let failed: Error | undefined;
  const hashes: Hex[] = [];
  /** Sends it, or what takes its place, unless that would pay too much. */
  async function send(at: bigint): Promise<void> {
    const [{ baseFeePerGas }, now] = await Promise.all([client.getBlock({ blockTag: 'latest' }), client.estimateFeesPerGas()]); // prettier-ignore
    const today = { fee: now.maxFeePerGas, tip: now.maxPriorityFeePerGas };
    // what the chain asks today is paid: it may be a tip beside which the base fee is nothing
    const fees = feesFor(today, larger(mostFor([baseFeePerGas]), today.fee), waiting);
    waiting = { ...(fees ?? waiting ?? today), at, when: performance.now() };
    if (fees === undefined) return;
    const serializedTransaction = await account.signTransaction({ ...what, type: 'eip1559', chainId, nonce, maxFeePerGas: fees.fee, maxPriorityFeePerGas: fees.tip }); // prettier-ignore
    hashes.unshift(keccak256(serializedTransaction));
    // whichever is mined counts: a replacement may come too late
    await client.sendRawTransaction({ serializedTransaction }).catch((error: unknown) => (failed ??= error as Error));
  }
  await send(await client.getBlockNumber({ cacheTime: 0 }));
  const refused = failed !== undefined && REFUSED.test(failed.message);
  for (const end = Date.now() + (refused ? REFUSED_MS : WAIT_MS); Date.now() < end;) {
    for (const hash of hashes) {
      const receipt = await client.getTransactionReceipt({ hash }).catch(() => undefined);
      if (receipt?.status === 'success') return { transaction: hash, gas: Number(receipt.gasUsed) };
      if (receipt !== undefined)
        throw new InferproofError('data', 'expected a transaction that succeeds, got one that reverted', { where: hash }); // prettier-ignore
    }
    if (performance.now() - waiting!.when >= LEAST_MS) {
      const head = await client.getBlockNumber({ cacheTime: 0 }).catch(() => waiting!.at);
      if (waitedLong(head - waiting!.at, waiting!.when)) await send(head).catch(() => undefined);
    }
    await new Promise((later) => setTimeout(later, POLL_MS));
  }
  if (refused) throw failed!;
  throw new InferproofError('resource', `expected a transaction to be mined within ${WAIT_MS / 1000} s, got one that waits`, { where: hashes.join(', '), hint: 'it may still be mined: look before it is sent again', cause: failed }); // prettier-ignore
}
