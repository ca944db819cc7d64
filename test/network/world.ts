// A chain in this process, with the market on it: one call is one transaction in a block of its own, with the gas that it would cost.
import { createEVM, type EVM } from '@ethereumjs/evm';
import { createAccount, createAddressFromString, hexToBytes, type Address as EvmAddress } from '@ethereumjs/util';
import {
  decodeErrorResult,
  decodeEventLog,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  hashTypedData,
  getAddress,
  keccak256,
  toHex,
  type Abi,
  type Address,
  type Hex,
} from 'viem';
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import {
  typedData,
  type Receipt as SignedReceipt,
  type Request as SignedRequest,
  type Voucher as SignedVoucher,
} from '#network/chain/typed-data.js';
import { calldataGas } from '../verifier/evm.js';
import type { Compiled, Contracts } from './compiled.js';

export const BURNT: Address = '0x000000000000000000000000000000000000dEaD';
export const NOBODY: Address = '0x0000000000000000000000000000000000000000';
export const WINDOW = 3600n;
export const PROOF_TIME = 60n;
export const FLOOR = 10n ** 15n;
export const ETHER = 10n ** 18n;
const START = 1_800_000_000n;

export const account = (name: string): PrivateKeyAccount => privateKeyToAccount(keccak256(toHex(name)));

export interface Outcome {
  /** 'ok', or the error's name and arguments. */
  readonly said: string;
  readonly gas: number;
  readonly value: unknown;
  readonly events: readonly { readonly name: string; readonly args: Readonly<Record<string, any>> }[]; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export type Kind = 'Request' | 'Receipt' | 'Voucher';
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type Request = Mutable<SignedRequest>;
export type Receipt = Mutable<SignedReceipt>;
export type Voucher = Mutable<SignedVoucher>;

export { settleContext as contextOf, wordsHash as hashOf } from '#network/chain/typed-data.js';

export type World = Awaited<ReturnType<typeof world>>;

/** Storage as it was when the transaction began, which the price of a write depends on. */
function rememberOriginals({ stateManager }: EVM): { clear: () => void } {
  const known = new Map<string, Uint8Array>();
  const cache = {
    get: async (address: EvmAddress, key: Uint8Array): Promise<Uint8Array> => {
      const at = `${address.toString()} ${toHex(key)}`;
      const value = known.get(at) ?? (await stateManager.getStorage(address, key));
      known.set(at, value);
      return value;
    },
    clear: () => undefined,
  };
  Object.assign(stateManager, { originalStorageCache: cache });
  return { clear: () => known.clear() };
}

/** @param key 23 numbers of the model's key; by default of the stub: two inputs, one output */
export async function world(
  contracts: Contracts,
  { verifier = 'StubVerifier', key = [1n, 3n, ...Array.from({ length: 21 }, (_, i) => BigInt(i))], size = true } = {},
) {
  const evm = await createEVM({ allowUnlimitedContractSize: !size, allowUnlimitedInitCodeSize: !size });
  const originals = rememberOriginals(evm);
  let [now, basefee] = [START, 7n];
  const at = createAddressFromString;
  const block = () => ({
    header: {
      ...{ number: 1n, timestamp: now, baseFeePerGas: basefee, gasLimit: 60_000_000n, coinbase: at(NOBODY) },
      ...{ difficulty: 0n, prevRandao: new Uint8Array(32), getBlobGasPrice: () => 1n },
    },
  });
  const give = async (to: Address, amount: bigint) => {
    const before = await evm.stateManager.getAccount(at(to));
    await evm.stateManager.putAccount(at(to), createAccount({ nonce: before?.nonce ?? 0n, balance: amount }));
  };

  async function transact(from: Address, to: Address | undefined, data: Hex, value: bigint, gasLimit: bigint) {
    for (const address of [1, 2, 3, 4, 5, 6, 7, 8, 9])
      evm.journal.addWarmedAddress(at(`0x${address.toString(16).padStart(40, '0')}`).bytes);
    for (const address of [from, ...(to ? [to] : [])]) evm.journal.addWarmedAddress(at(address).bytes);
    await evm.journal.checkpoint();
    const result = await evm.runCall({
      caller: at(from),
      ...(to ? { to: at(to) } : {}),
      data: hexToBytes(data),
      value,
      gasLimit,
      block: block(),
    });
    const { executionGasUsed, gasRefund = 0n, exceptionError } = result.execResult;
    if (exceptionError) await evm.journal.revert();
    else await evm.journal.commit();
    await evm.journal.cleanup();
    originals.clear();
    const used = executionGasUsed + 21_000n + BigInt(calldataGas(data));
    const refund = exceptionError ? 0n : gasRefund < used / 5n ? gasRefund : used / 5n;
    return { result, gas: Number(used - refund) };
  }

  async function deploy(contract: Compiled, args: readonly unknown[] = [], value = 0n): Promise<Address> {
    const data = encodeDeployData({ abi: contract.abi, bytecode: contract.bytecode, args });
    const { result } = await transact(deployer.address, undefined, data, value, 30_000_000n);
    if (result.execResult.exceptionError)
      throw new Error(errorOf(result.execResult.returnValue) ?? result.execResult.exceptionError.error);
    return getAddress(result.createdAddress!.toString());
  }

  /** Every error of every contract here; two of one name are told apart by their arguments. */
  const errors: Abi = Object.values(contracts).flatMap(({ abi }) => abi.filter(({ type }) => type === 'error'));
  function errorOf(bytes: Uint8Array): string | undefined {
    try {
      const { errorName, args = [] } = decodeErrorResult({ abi: errors, data: toHex(bytes) });
      return args.length ? `${errorName}(${args.join()})` : errorName;
    } catch {
      return undefined;
    }
  }

  /** One transaction. */
  async function send(
    from: { readonly address: Address },
    [to, { abi }]: readonly [Address, Compiled],
    functionName: string,
    args: readonly unknown[] = [],
    { value = 0n, gasLimit = 10_000_000n } = {},
  ): Promise<Outcome> {
    const { result, gas } = await transact(
      from.address,
      to,
      encodeFunctionData({ abi, functionName, args }),
      value,
      gasLimit,
    );
    const { returnValue, exceptionError, logs = [] } = result.execResult;
    if (exceptionError)
      return { said: errorOf(returnValue) ?? exceptionError.error, gas, value: undefined, events: [] };
    const events = logs.flatMap(([, topics, data]) => {
      const found = decodeEventLog({ abi: events_, topics: topics.map((t) => toHex(t)) as [Hex], data: toHex(data) });
      return [{ name: found.eventName!, args: (found.args ?? {}) as unknown as Record<string, unknown> }];
    });
    const value_ = returnValue.length
      ? decodeFunctionResult({ abi, functionName, data: toHex(returnValue) })
      : undefined;
    return { said: 'ok', gas, value: value_, events };
  }
  const events_: Abi = Object.values(contracts).flatMap(({ abi }) => abi.filter(({ type }) => type === 'event'));

  const deployer = account('deployer');
  await give(deployer.address, 1000n * ETHER);
  const registry = [
    await deploy(contracts.ModelRegistry, [await deploy(contracts[verifier])]),
    contracts.ModelRegistry,
  ] as const;
  const market = [await deploy(contracts.InferenceMarket, [registry[0], WINDOW, PROOF_TIME, FLOOR]), contracts.InferenceMarket] as const; // prettier-ignore
  const registered = await send(deployer, registry, 'register', [key]);
  const modelId = registered.value as Hex;

  const read = async (functionName: string, args: readonly unknown[] = [], of: readonly [Address, Compiled] = market) =>
    (await send(deployer, of, functionName, args)).value as any; // eslint-disable-line @typescript-eslint/no-explicit-any
  const place = { chainId: Number(evm.common.chainId()), market: market[0] };
  const typed = (kind: Kind, message: object, other = {}) => {
    const said = typedData(place, kind, message as never);
    return { ...said, domain: { ...said.domain, ...other } };
  };

  return {
    contracts,
    registry,
    market,
    modelId,
    send,
    read,
    deploy,
    give,
    registering: registered,
    /** Gas of a deployment. */
    deployGas: async (contract: Compiled, args: readonly unknown[] = []) => {
      const data = encodeDeployData({ abi: contract.abi, bytecode: contract.bytecode, args });
      const { gas } = await transact(deployer.address, undefined, data, 0n, 30_000_000n);
      return gas + 32_000 + 2 * Math.ceil((data.length - 2) / 64);
    },
    wealth: async (of: Address): Promise<bigint> => (await evm.stateManager.getAccount(at(of)))?.balance ?? 0n,
    due: async (of: Address): Promise<bigint> => (await read('balanceOf', [of])) as bigint,
    digest: (kind: Kind, message: object, other = {}): Hex => hashTypedData(typed(kind, message, other)),
    sign: (signer: PrivateKeyAccount, kind: Kind, message: object, other = {}): Promise<Hex> =>
      signer.signTypedData(typed(kind, message, other)),
    get now() {
      return now;
    },
    pass: (seconds: bigint | number) => void (now += BigInt(seconds)),
    setBasefee: (wei: bigint) => void (basefee = wei),
  };
}
