// PayPerProof as TypeScript calls: deploy, open a request, settle it with a proof.
import { type Account, type Address, type Hex, parseEventLogs } from 'viem';
import type { Chain } from './anvil.js';
import type { Compiled } from './solc.js';

/** Gas for `settle`, given outright: nodes underestimate calls of a verifier, and too little of it only reverts. */
const SETTLE_GAS = 3_000_000n;

export interface RequestOptions {
  readonly client: Account;
  readonly payee: Address;
  /** The input's public words. */
  readonly input: readonly bigint[];
  /** wei */
  readonly payment: bigint;
  /** Seconds since 1970 up to which a proof is accepted. */
  readonly deadline: bigint;
}

/** Deploys a contract and returns its address. */
export async function deploy(
  chain: Chain,
  from: Account,
  { abi, bytecode }: Compiled,
  args: readonly unknown[] = [],
  value = 0n,
): Promise<Address> {
  const hash = await chain.deployContract({ account: from, abi, bytecode, args, value });
  const { contractAddress } = await chain.waitForTransactionReceipt({ hash });
  if (!contractAddress) throw new Error('expected a contract address in the receipt, got none');
  return contractAddress;
}

/** A PayPerProof at `address`. */
export function escrow(chain: Chain, address: Address, { abi }: Compiled) {
  const read = (functionName: string, args: readonly unknown[]) =>
    chain.readContract({ address, abi, functionName, args });
  return {
    async open({ client, payee, input, payment, deadline }: RequestOptions): Promise<bigint> {
      const { request } = await chain.simulateContract({
        account: client,
        address,
        abi,
        functionName: 'open',
        args: [input, payee, deadline],
        value: payment,
      });
      const receipt = await chain.waitForTransactionReceipt({ hash: await chain.writeContract(request) });
      const [log] = parseEventLogs({ abi, eventName: 'Opened', logs: receipt.logs });
      const { id } = log.args as unknown as { id: bigint };
      return id;
    },
    async contextOf(id: bigint): Promise<Hex> {
      return (await read('contextOf', [id])) as Hex;
    },
    /** Sends the proof; answers the prediction and what the transaction cost. Throws the contract's error by name. */
    async settle(
      from: Account,
      id: bigint,
      words: readonly bigint[],
      proof: readonly bigint[],
    ): Promise<{ prediction: number; gas: bigint }> {
      const { request, result } = await chain.simulateContract({
        account: from,
        address,
        abi,
        functionName: 'settle',
        args: [id, words, proof],
        gas: SETTLE_GAS,
      });
      const receipt = await chain.waitForTransactionReceipt({ hash: await chain.writeContract(request) });
      if (receipt.status !== 'success') throw new Error(`expected the transaction to succeed, got ${receipt.status}`);
      return { prediction: Number(result), gas: receipt.gasUsed };
    },
    async refund(from: Account, id: bigint): Promise<void> {
      const { request } = await chain.simulateContract({
        account: from,
        address,
        abi,
        functionName: 'refund',
        args: [id],
      });
      await chain.waitForTransactionReceipt({ hash: await chain.writeContract(request) });
    },
  };
}
