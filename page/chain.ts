// The contract that checks lookup proofs of any model, in an Ethereum virtual machine inside the page.
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util';
import { universalCalldata } from 'inferproof/verifier/solidity';
import { callContract, type CallResult } from '#cli/demo/evm.js';
import contract from './universal.json' with { type: 'json' };

/** Answers for the proof alone: the contract's answer, and the gas of the transaction. */
export async function onChain(vkey: unknown, proof: unknown): Promise<CallResult> {
  const code = hexToBytes(contract.code as PrefixedHexString);
  const [answer] = await callContract(code, [universalCalldata(vkey, proof).data]);
  return answer;
}
