// Compiles a contract with solc and runs it in @ethereumjs/evm.
import { createEVM, NobleBN254, type EVMBN254Interface } from '@ethereumjs/evm';
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

/** What people choose for their contracts. */
export interface Settings {
  /** Calls in a contract's life that the optimizer reckons with; undefined: no optimizer. */
  readonly runs: number | undefined;
  readonly viaIR?: boolean;
  readonly evmVersion?: string;
}
const USUAL: Settings = { runs: 1_000_000 };

export function compile(
  source: string,
  name = 'Verifier',
  { runs, viaIR = false, evmVersion = 'paris' } = USUAL,
): { create: Uint8Array; size: number } {
  const settings = {
    evmVersion,
    viaIR,
    optimizer: runs === undefined ? { enabled: false } : { enabled: true, runs },
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

/** What a curve operation gave is remembered: sweeps over gas limits repeat the same few a thousand times. */
function remembered(operation: (input: Uint8Array) => Uint8Array): (input: Uint8Array) => Uint8Array {
  const known = new Map<string, Uint8Array>();
  return (input) => {
    const key = toHex(input);
    const output = known.get(key) ?? operation(input);
    known.set(key, output);
    return output.slice();
  };
}
const curve = new NobleBN254();
const _bn254: EVMBN254Interface = {
  add: remembered((input) => curve.add(input)),
  mul: remembered((input) => curve.mul(input)),
  pairing: remembered((input) => curve.pairing(input)),
};

/** An empty chain; its `deploy` compiles a source and puts the contract of that name on it. */
export async function chain() {
  const evm = await createEVM();
  Object.assign(evm, { _bn254 }); // createEVM puts its own in the place of an option
  // outside a transaction the first call of a precompile is charged as cold, which no chain does
  for (const address of [6, 7, 8])
    evm.journal.addAlwaysWarmAddress(`0x${address.toString(16).padStart(40, '0')}`, true);
  const deploy = async (source: string, settings?: Settings, name?: string) => {
    const { create, size } = compile(source, name, settings);
    const deployed = await evm.runCall({ data: create, gasLimit: 30_000_000n });
    const to = deployed.createdAddress;
    if (!to || deployed.execResult.exceptionError)
      throw new Error(`deployment failed: ${String(deployed.execResult.exceptionError?.error)}`);
    const call = async (data: PrefixedHexString, gasLimit = 30_000_000n): Promise<Result> => {
      const { execResult } = await evm.runCall({ to, data: hexToBytes(data), gasLimit });
      const returned = execResult.returnValue;
      const error = execResult.exceptionError;
      const answer = error
        ? `${error.error} ${toHex(returned.subarray(0, 4))}`
        : returned.length === 32 && returned[31] === 1;
      return { answer, gas: Number(execResult.executionGasUsed), returned };
    };
    return { size, address: to.bytes, call };
  };
  return { deploy };
}

export type Contract = Awaited<ReturnType<typeof deploy>>;

/** A contract on a chain of its own. */
export const deploy = async (source: string, settings?: Settings) => (await chain()).deploy(source, settings);

export const selector = (signature: string): `0x${string}` =>
  toHex(keccak256([new TextEncoder().encode(signature)]).subarray(0, 4));

export const decodeCall = (words: readonly bigint[]): `0x${string}` => {
  const head = hexToBytes(selector('decode(uint256[])'));
  return toHex(concat([head, ...[32n, BigInt(words.length), ...words].map(toBytesBE)]));
};

/** What a transaction pays for its calldata. */
export const calldataGas = (data: PrefixedHexString): number =>
  hexToBytes(data).reduce((gas, byte) => gas + (byte ? 16 : 4), 0);
