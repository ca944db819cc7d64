// Compiles a contract with solc and runs it in @ethereumjs/evm.
import { createEVM } from '@ethereumjs/evm';
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util';
import { createRequire } from 'node:module';
import { keccak256 } from '#verifier/keccak.js';
import { concat, toBytesBE, toHex } from '#verifier/field.js';

const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string };
interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Record<
    string,
    Record<string, { evm: Record<'bytecode' | 'deployedBytecode', { object: string }> }>
  >;
}

export function compile(source: string, name = 'Verifier', optimize = true): { create: Uint8Array; size: number } {
  const settings = {
    evmVersion: 'paris',
    optimizer: { enabled: optimize, runs: 1_000_000 },
    outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object'] } },
  };
  const input = { language: 'Solidity', sources: { v: { content: source } }, settings };
  const out = JSON.parse(solc.compile(JSON.stringify(input))) as Output;
  const notes = (out.errors ?? []).map((e) => e.formattedMessage);
  if (notes.length) throw new Error(notes.join('\n')); // warnings too: what we write must compile clean
  const { bytecode, deployedBytecode } = out.contracts.v[name].evm;
  return { create: hexToBytes(`0x${bytecode.object}`), size: deployedBytecode.object.length / 2 };
}

export interface Result {
  /** true, false, or the reason why the call did not answer. */
  readonly answer: boolean | string;
  readonly gas: number;
  readonly returned: Uint8Array;
}

export async function deploy(source: string, optimize = true) {
  const { create, size } = compile(source, 'Verifier', optimize);
  const evm = await createEVM();
  const deployed = await evm.runCall({ data: create, gasLimit: 30_000_000n });
  const to = deployed.createdAddress;
  if (!to) throw new Error(`deployment failed: ${String(deployed.execResult.exceptionError?.error)}`);
  const once = async (data: PrefixedHexString, gasLimit: bigint): Promise<Result> => {
    const { execResult } = await evm.runCall({ to, data: hexToBytes(data), gasLimit });
    const returned = execResult.returnValue;
    const error = execResult.exceptionError;
    const answer = error
      ? `${error.error} ${toHex(returned.subarray(0, 4))}`
      : returned.length === 32 && returned[31] === 1;
    return { answer, gas: Number(execResult.executionGasUsed), returned };
  };
  // outside a transaction the first call of a precompile is charged as cold, which no chain does
  for (const address of [6, 7, 8])
    evm.journal.addAlwaysWarmAddress(`0x${address.toString(16).padStart(40, '0')}`, true);
  return { size, call: (data: PrefixedHexString, gasLimit = 30_000_000n): Promise<Result> => once(data, gasLimit) };
}

export const selector = (signature: string): `0x${string}` =>
  toHex(keccak256([new TextEncoder().encode(signature)]).subarray(0, 4));

export const decodeCall = (words: readonly bigint[]): `0x${string}` => {
  const head = hexToBytes(selector('decode(uint256[])'));
  return toHex(concat([head, ...[32n, BigInt(words.length), ...words].map(toBytesBE)]));
};

/** What a transaction pays for its calldata. */
export const calldataGas = (data: PrefixedHexString): number =>
  hexToBytes(data).reduce((gas, byte) => gas + (byte ? 16 : 4), 0);
