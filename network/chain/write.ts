// One transaction: simulated, sent, waited for.
import { InferproofError } from 'inferproof/verifier';
import {
  createWalletClient,
  http,
  TransactionReceiptNotFoundError,
  type Abi,
  type Account,
  type Address,
  type Hex,
} from 'viem';
import { chainError } from './errors.js';
import { LOCAL_CHAIN, originOf, type Chain } from './open.js';

export interface Sent {
  readonly transaction: Hex;
  readonly gas: number;
}

const WAIT_MS = 180_000;
const POLL_MS = 100;

const wallet = ({ rpc, chainId }: Chain, account: Account) =>
  createWalletClient({
    account,
    chain: { id: chainId, name: `chain ${chainId}`, nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 }, rpcUrls: { default: { http: rpc } } }, // prettier-ignore
    transport: http(rpc[0], { timeout: 20_000 }),
  });

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
export async function write(chain: Chain, account: Account, call: Call): Promise<Sent> {
  try {
    // of a chain that mines on demand the last block may be of an hour ago
    const blockTag = chain.chainId === LOCAL_CHAIN ? 'pending' : 'latest';
    const { request } = await chain.client.simulateContract({ ...call, account, blockTag } as never);
    const gas = await chain.client.estimateContractGas({ ...call, account, blockTag } as never);
    return await mined(chain, await wallet(chain, account).writeContract({ ...(request as object), gas } as never));
  } catch (cause) {
    throw chainError(cause, `the transaction ${call.functionName}`, originOf(chain.rpc[0]));
  }
}

/** Sends data to an address. */
export async function sendData(chain: Chain, account: Account, to: Address, data: Hex): Promise<Sent> {
  try {
    return await mined(chain, await wallet(chain, account).sendTransaction({ to, data }));
  } catch (cause) {
    throw chainError(cause, 'the transaction', originOf(chain.rpc[0]));
  }
}

/** Looks for the receipt itself: whoever waits for a block behind it waits for ever on a chain that mines on demand. */
async function mined({ client }: Chain, hash: Hex): Promise<Sent> {
  for (const end = Date.now() + WAIT_MS; ;) {
    const receipt = await client.getTransactionReceipt({ hash }).catch((error: unknown) => {
      if (error instanceof TransactionReceiptNotFoundError && Date.now() < end) return undefined;
      throw error;
    });
    if (receipt?.status === 'success') return { transaction: hash, gas: Number(receipt.gasUsed) };
    if (receipt !== undefined)
      throw new InferproofError('data', 'expected a transaction that succeeds, got one that reverted', { where: hash });
    await new Promise((later) => setTimeout(later, POLL_MS));
  }
}
