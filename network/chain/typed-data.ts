// The three objects that are signed or named by their hash (EIP-712), the hash of words, and the contexts that bind proofs to them.
import { encodeAbiParameters, hexToBytes, keccak256, stringToBytes, type Address, type Hex, type LocalAccount } from 'viem'; // prettier-ignore
import { InferproofError } from 'inferproof/verifier';

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

/** Whoever holds a key of its own: it signs digests as they are. */
export type Signer = LocalAccount & { readonly sign: NonNullable<LocalAccount['sign']> };

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

/** What viem signs: `account.signTypedData(typedData(place, 'Receipt', receipt))`. */
export const typedData = <K extends keyof Messages>({ chainId, market }: Place, kind: K, message: Messages[K]) => ({
  domain: { name: 'inferproof', version: '1', chainId, verifyingContract: market },
  types: TYPES as Readonly<Record<string, readonly { readonly type: string; readonly name: string }[]>>,
  primaryType: kind as string,
  message: { ...message } as Readonly<Record<string, unknown>>,
});

/** 32 bytes of a field as hex, without 0x: all that is signed here has a fixed size. */
function padded(type: string, name: string, value: unknown): string {
  const bits = Number(/^uint(\d+)$/.exec(type)?.[1]);
  if (bits > 0) {
    const hex = typeof value === 'bigint' || Number.isSafeInteger(value) ? (value as bigint).toString(16) : '-';
    if (!hex.startsWith('-') && hex.length <= bits / 4) return hex.padStart(64, '0');
  } else if (typeof value === 'string' && (type === 'address' ? /^0x[0-9a-f]{40}$/i : /^0x[0-9a-f]{64}$/i).test(value))
    return value.slice(2).padStart(64, '0');
  throw new InferproofError('data', `expected ${type}, got ${String(value)}`, { where: name });
}

const hashOf = (hex: string): string => keccak256(hexToBytes(`0x${hex}`)).slice(2);
const typeHash = (kind: string, of: readonly { readonly type: string; readonly name: string }[]): string =>
  keccak256(stringToBytes(`${kind}(${of.map(({ type, name }) => `${type} ${name}`).join(',')})`)).slice(2);

const TYPE_HASHES = {
  Request: typeHash('Request', TYPES.Request),
  Receipt: typeHash('Receipt', TYPES.Receipt),
  Voucher: typeHash('Voucher', TYPES.Voucher),
};
const DOMAIN = [
  typeHash('EIP712Domain', fields('string name,string version,uint256 chainId,address verifyingContract')),
  ...['inferproof', '1'].map((text) => keccak256(stringToBytes(text)).slice(2)),
].join('');
/** A node hashes for one place hundreds of times a second. */
const domains = new WeakMap<Place, string>();

function domainOf(place: Place): string {
  const known = domains.get(place);
  if (known !== undefined) return known;
  const { chainId, market } = place;
  const domain = hashOf(DOMAIN + padded('uint256', 'chainId', chainId) + padded('address', 'market', market));
  domains.set(place, domain);
  return domain;
}

/**
 * The EIP-712 digest: a request's or a receipt's id, what a voucher's signature is over. As viem's `hashTypedData(typedData(…))`, which
 * hashes types and domain anew each time. Throws InferproofError 'data' for a field of another form.
 */
export function digest<K extends keyof Messages>(place: Place, kind: K, message: Messages[K]): Hex {
  const values = message as unknown as Readonly<Record<string, unknown>>;
  const struct = TYPES[kind].map(({ type, name }) => padded(type, name, values[name])).join('');
  return `0x${hashOf(`1901${domainOf(place)}${hashOf(TYPE_HASHES[kind] + struct)}`)}`;
}

/** keccak256 of words, 32 bytes each. */
export const wordsHash = (words: readonly bigint[]): Hex =>
  `0x${hashOf(words.map((one) => padded('uint256', 'words', one)).join(''))}`;

/** The context of a proof that settles a request: it names its payee, so that nobody else is paid for it. A receipt's is its id. */
export const settleContext = (requestId: Hex, payee: Address): Hex =>
  keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'address' }], [requestId, payee]));
