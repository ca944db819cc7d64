// A model behind OpenGradient's inference ABI: what its contract (contracts/OGInference.sol) is told of the model's input, and its
// deployment.
import type { Circuit } from 'inferproof/compiler';
import { InferproofError, vkDigest, type LookupKey } from 'inferproof/verifier';
import { concat, encodeAbiParameters, getContractAddress, keccak256, pad, parseAbi, toHex, type LocalAccount, type Address, type Hex } from 'viem'; // prettier-ignore
import { bytecodes, FACTORY } from './deployment.js';
import { originOf, type Chain, type Deployment } from './open.js';
import { sendData, type Sent } from './write.js';

/** What people call of it; the SDK has its own. */
export const OG_INFERENCE = parseAbi([
  'struct Number { int128 value; int128 decimals; }',
  'struct NumberTensor { string name; Number[] values; uint32[] shape; }',
  'struct StringTensor { string name; string[] values; }',
  'struct ModelInput { NumberTensor[] numbers; StringTensor[] strings; }',
  'struct Request { address client; bytes32 modelId; bytes32 inputHash; uint16 inputWords; address node; uint96 payment; uint64 deadline; uint32 callbackGas; uint256 nonce; }',
  'error NoCredit()',
  'error OtherModel()',
  'error BadInput()',
  'error OutOfRange()',
  'error NothingToReclaim()',
  'error TransferFailed()',
  'error TooEarly()',
  'function price() view returns (uint96)',
  'function credit(address account) view returns (uint256)',
  'function deposit() payable',
  'function withdraw(uint256 amount)',
  'function reclaim(Request r)',
  'function words(ModelInput modelInput) view returns (uint256[] packed)',
]);

const INPUT = [
  { type: 'string', name: 'name' },
  { type: 'uint32', name: 'count' },
  { type: 'uint16', name: 'bits' },
  { type: 'int64', name: 'lo' },
  { type: 'int64', name: 'hi' },
  { type: 'uint32', name: 'step' },
  { type: 'uint256[]', name: 'affines' },
] as const;

/** A finite number as m * 2^e with 2^52 <= |m| < 2^53; 0 as 0. */
function parts(x: number): readonly [m: bigint, e: number] {
  if (x === 0) return [0n, 0];
  let [m, e] = [x, 0];
  for (; Math.abs(m) < 2 ** 52; e--) m *= 2;
  for (; Math.abs(m) >= 2 ** 53; e++) m /= 2;
  return [BigInt(m), e];
}

/** Scale and zero in one word: mantissa 64 bits, exponent + 2048 16 bits, of each, and the sign of zero. */
export function pack(scale: number, zero: number): bigint {
  const [[m, e], [z, ze]] = [parts(scale), parts(zero)];
  const size = z < 0n ? -z : z;
  return m | (BigInt(e + 2048) << 64n) | (size << 80n) | (BigInt(ze + 2048) << 144n) | (z < 0n ? 1n << 160n : 0n);
}

/**
 * The input of a model as the contract quantises it.
 * @throws InferproofError 'unsupported' for a model with several inputs or others than floats on a grid
 */
export function ogInput({ inputs }: Pick<Circuit, 'inputs'>, { publics }: LookupKey) {
  const [tensor] = publics.filter(({ role }) => role === 'input');
  const [{ dtype, rounding }] = inputs;
  const floats = ['float32', 'float64', 'float16'].includes(dtype) && rounding === undefined;
  if (inputs.length !== 1 || !floats || tensor.encoding !== undefined)
    throw new InferproofError('unsupported', 'expected a model with one input of floats on a grid, got another', {
      where: tensor.name,
      hint: 'inputs that are only compared, as trees compare them, and integers have no such grid',
    });
  const { name, shape, bits, lo, hi, scale, zero, axis } = tensor;
  const count = shape.reduce((n, d) => n * d, 1);
  const columns = axis === null ? 1 : shape[axis];
  const step = axis === null ? 1 : shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  const at = (list: number | readonly number[], k: number): number => (typeof list === 'number' ? list : list[k]);
  const affines = Array.from({ length: columns }, (_, k) => pack(at(scale, k), at(zero, k)));
  return { name, count, bits, lo: BigInt(lo), hi: BigInt(hi), step, affines };
}

export interface OGTerms {
  /** The name by which callers of the SDK know the model. */
  readonly cid: string;
  /** Of a run, wei. */
  readonly price: bigint;
  /** Seconds that a run waits for its proof. */
  readonly patience: number;
}

/**
 * Puts the contract of a model on a chain, where it is not there.
 * @throws InferproofError as `ogInput` does, 'resource' where the transaction fails
 */
export async function deployInference(
  chain: Chain,
  account: LocalAccount,
  { market }: Deployment,
  circuit: Circuit,
  vkey: LookupKey,
  { cid, price, patience }: OGTerms,
): Promise<{ readonly address: Address; readonly sent: Sent | undefined }> {
  const args = encodeAbiParameters(
    [{ type: 'address' }, { type: 'bytes32' }, { type: 'string' }, { type: 'uint96' }, { type: 'uint64' }, { type: 'tuple', components: INPUT }], // prettier-ignore
    [market, toHex(vkDigest(vkey)), cid, price, BigInt(patience), ogInput(circuit, vkey)],
  );
  const creation: Hex = concat([bytecodes()['OGInference'].bytecode, args]);
  const salt = pad('0x', { size: 32 });
  const address = getContractAddress({ opcode: 'CREATE2', from: FACTORY, salt, bytecodeHash: keccak256(creation) });
  const there = async () => (await chain.agreed('a contract', (client) => client.getCode({ address }))) !== undefined;
  if (await there()) return { address, sent: undefined };
  const sent = await sendData(chain, account, FACTORY, concat([salt, creation]));
  if (!(await there()))
    throw new InferproofError('resource', `expected a contract at ${address}, got no code`, { where: originOf(chain.rpc[0]) }); // prettier-ignore
  return { address, sent };
}
