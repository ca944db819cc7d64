// The three objects that are signed or named by their hash (EIP-712), the hash of words, and the contexts that bind proofs to them.
import { encodeAbiParameters, encodePacked, hashTypedData, keccak256, type Address, type Hex } from 'viem';

/** A question on the chain: money that waits for a proof. Times are seconds of block time, amounts wei. */
export interface Request {
  readonly client: Address;
  readonly modelId: Hex;
  /** wordsHash of the input words. */
  readonly inputHash: Hex;
  readonly inputWords: number;
  /** The only node that may be paid; the zero address: whoever is first. */
  readonly node: Address;
  readonly payment: bigint;
  readonly deadline: bigint;
  readonly callbackGas: number;
  readonly nonce: bigint;
}

/** A node's promise that a model answers an input so, under a bond, until a second of block time. */
export interface Receipt {
  readonly node: Address;
  readonly client: Address;
  readonly modelId: Hex;
  readonly inputHash: Hex;
  readonly outputHash: Hex;
  readonly inputWords: number;
  readonly bond: bigint;
  readonly until: bigint;
}

/** A client's promise to a node: all that it was ever paid in their channel, wei. */
export interface Voucher {
  readonly client: Address;
  readonly node: Address;
  readonly total: bigint;
}

/** Where signatures count: one market on one chain. */
export interface Place {
  readonly chainId: number;
  readonly market: Address;
}

const fields = (text: string): readonly { readonly type: string; readonly name: string }[] =>
  text.split(',').map((field) => {
    const [type, name] = field.split(' ');
    return { type, name };
  });

/** The types of EIP-712, as the contracts have them. */
export const TYPES = {
  Request: fields(
    'address client,bytes32 modelId,bytes32 inputHash,uint16 inputWords,address node,uint96 payment,uint64 deadline,uint32 callbackGas,uint256 nonce',
  ),
  Receipt: fields(
    'address node,address client,bytes32 modelId,bytes32 inputHash,bytes32 outputHash,uint16 inputWords,uint96 bond,uint64 until',
  ),
  Voucher: fields('address client,address node,uint96 total'),
} as const;

interface Messages {
  readonly Request: Request;
  readonly Receipt: Receipt;
  readonly Voucher: Voucher;
}

/** What viem signs and hashes: `account.signTypedData(typedData(place, 'Receipt', receipt))`. */
export const typedData = <K extends keyof Messages>({ chainId, market }: Place, kind: K, message: Messages[K]) => ({
  domain: { name: 'inferproof', version: '1', chainId, verifyingContract: market },
  types: TYPES as Readonly<Record<string, readonly { readonly type: string; readonly name: string }[]>>,
  primaryType: kind as string,
  message: { ...message } as Readonly<Record<string, unknown>>,
});

/** The EIP-712 digest: a request's or a receipt's id, what a voucher's signature is over. */
export const digest = <K extends keyof Messages>(place: Place, kind: K, message: Messages[K]): Hex =>
  hashTypedData(typedData(place, kind, message));

/** keccak256 of words, 32 bytes each. */
export const wordsHash = (words: readonly bigint[]): Hex => keccak256(encodePacked(['uint256[]'], [words]));

/** The context of a proof that settles a request: it names its payee, so that nobody else is paid for it. A receipt's is its id. */
export const settleContext = (requestId: Hex, payee: Address): Hex =>
  keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'address' }], [requestId, payee]));
