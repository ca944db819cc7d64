// A contract call in an Ethereum virtual machine inside this process: what a chain would answer, and what it would charge.
import { createEVM } from '@ethereumjs/evm';
import { createAddressFromString, hexToBytes, type PrefixedHexString } from '@ethereumjs/util';

const CONTRACT = createAddressFromString(`0x${'c0'.repeat(20)}`);
const CALLER = createAddressFromString(`0x${'ca'.repeat(20)}`);
const GAS_LIMIT = 30_000_000n;
/** Of every transaction, and of its data: https://eips.ethereum.org/EIPS/eip-2028. */
const TRANSACTION_GAS = 21_000;
const ZERO_BYTE_GAS = 4;
const BYTE_GAS = 16;

export interface CallResult {
  /** Whether the call returned `true`; a revert is false. */
  readonly accepted: boolean;
  /** Gas of the whole transaction: base, data and execution. */
  readonly gas: number;
}

/** @param code runtime bytecode; @param calls ABI-encoded calls, each answered on its own */
export async function callContract(code: Uint8Array, calls: readonly string[]): Promise<CallResult[]> {
  const evm = await createEVM();
  await evm.stateManager.putCode(CONTRACT, code);
  // A chain never charges the cold access to a precompile; the first call in this machine does.
  const results: CallResult[] = [];
  for (const call of [...calls.slice(0, 1), ...calls]) {
    const data = hexToBytes(call as PrefixedHexString);
    const { execResult } = await evm.runCall({ to: CONTRACT, caller: CALLER, data, gasLimit: GAS_LIMIT });
    const returned = execResult.returnValue;
    const accepted =
      execResult.exceptionError === undefined &&
      returned.length === 32 &&
      returned[31] === 1 &&
      returned.subarray(0, 31).every((b) => b === 0);
    const dataGas = data.reduce((gas, byte) => gas + (byte === 0 ? ZERO_BYTE_GAS : BYTE_GAS), 0);
    results.push({ accepted, gas: TRANSACTION_GAS + dataGas + Number(execResult.executionGasUsed) });
  }
  return results.slice(1);
}
