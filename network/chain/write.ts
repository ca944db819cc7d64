// One transaction: simulated, sent, waited for.
import { InferproofError } from 'inferproof/verifier';
import {
  createWalletClient,
  http,
  type Abi,
  type Account,
  type Address,
  type Hex,
  type TransactionReceipt,
} from 'viem';
import { chainError } from './errors.js';
import { LOCAL_CHAIN, originOf, type Chain } from './open.js';

export interface Sent {
  readonly transaction: Hex;
  readonly gas: number;
}

const WAIT_MS = 180_000;

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

async function mined({ client }: Chain, hash: Hex): Promise<Sent> {
  const { status, gasUsed }: TransactionReceipt = await client.waitForTransactionReceipt({
    hash,
    timeout: WAIT_MS,
    pollingInterval: 200,
  });
  if (status !== 'success')
    throw new InferproofError('data', 'expected a transaction that succeeds, got one that reverted', { where: hash });
  return { transaction: hash, gas: Number(gasUsed) };
}
