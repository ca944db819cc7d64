// An answer on the chain: the payment waits for the proof, and comes back where there is none in time.
//   requests/ID.json {the request}: whoever restarts takes the payment back
import { decodeWords, InferproofError, inputWords, type InputOptions, type InputValues, type PublicValues } from 'inferproof/verifier'; // prettier-ignore
import * as v from 'valibot';
import { bytesToBigInt, getAbiItem, getAddress, isAddress, zeroAddress, type Address, type Hex } from 'viem';
import { MARKET } from '../chain/abi.js';
import type { Blocks } from '../chain/follow.js';
import { LOCAL_CHAIN } from '../chain/open.js';
import { digest, wordsHash, type Request } from '../chain/typed-data.js';
import { address, bytes32, wei } from '../wire.js';
import { STATE } from './audit.js';
import { ask, chainTime, confirmed, view, type Context } from './context.js';
import type { Parts } from './infer.js';
import { valuesOf, type Model } from './model.js';

export interface RequestOptions extends InputOptions {
  /** Wei, which whoever proves the answer is paid. */
  readonly payment: bigint;
  /** Seconds from now until the payment can be taken back; 600 by default. */
  readonly deadline?: number | undefined;
  /** The address or the URL of the only node that may be paid; without it, whoever is first. */
  readonly node?: string | undefined;
  /** Told before the money leaves. */
  readonly onId?: ((id: Hex) => void) | undefined;
}

export interface Settled {
  readonly state: 'settled';
  readonly id: Hex;
  readonly model: Model;
  readonly inputs: PublicValues;
  readonly outputs: PublicValues;
  readonly words: readonly bigint[];
  /** Who proved it, and was paid. */
  readonly payee: Address;
  /** That settled it. */
  readonly transaction: Hex;
}
export interface Refunded {
  readonly state: 'refunded';
  readonly id: Hex;
}

const SETTLED = getAbiItem({ abi: MARKET, name: 'Settled' });
const SOON = 600;
/** Seconds after the deadline for which a chain that does not answer, or not as one, is asked again. */
const MARGIN = 600;
const POLL_MS = { local: 100, elsewhere: 2_000 };
export const requestName = (id: Hex): string => `requests/${id}.json`;

/** @throws InferproofError of `inputWords` for values that do not fit, as the chain does */
export async function request(
  { context, nodes }: Parts,
  model: Model,
  values: InputValues,
  { payment, deadline = SOON, node, clamp, onId }: RequestOptions,
): Promise<Settled | Refunded> {
  const { account, place, store, chain } = context;
  const input = inputWords(model.vkey, valuesOf(model, values), { clamp });
  const payee = node === undefined ? zeroAddress : isAddress(node, { strict: false }) ? getAddress(node) : (await nodes.find(node)).node; // prettier-ignore
  const asked: Request = {
    ...{ client: account.address, modelId: model.modelId, inputHash: wordsHash(input), inputWords: input.length },
    ...{ node: payee, payment, deadline: (await chainTime(context)) + BigInt(deadline), callbackGas: 0 },
    nonce: bytesToBigInt(crypto.getRandomValues(new Uint8Array(16))),
  };
  const id = digest(place, 'Request', asked);
  const from = await ask(chain, (client) => client.getBlockNumber());
  // on record before the money leaves
  await store.write(requestName(id), requestJson(asked));
  onId?.(id);
  await context.send('request', [asked.modelId, input, asked.node, asked.deadline, 0, asked.nonce], payment);
  const ms = chain.chainId === LOCAL_CHAIN ? POLL_MS.local : POLL_MS.elsewhere;
  for (const end = Date.now() + 1000 * (deadline + MARGIN); ;) {
    const state = await look(context, model, input, id, asked, from).catch((error: unknown) => {
      const passes = error instanceof InferproofError && (error.code === 'resource' || error.code === 'data');
      if (!passes || Date.now() > end) throw error;
      return undefined;
    });
    if (state !== undefined) return state;
    await new Promise((later) => setTimeout(later, ms));
  }
}

/** What became of a request; undefined where nothing did yet. Takes the payment back where it is due. */
async function look(
  context: Context,
  model: Model,
  input: readonly bigint[],
  id: Hex,
  asked: Request,
  from: bigint,
): Promise<Settled | Refunded | undefined> {
  const block = await confirmed(context);
  const state = await view(context, 'requests', [id], block);
  if (state === STATE.done) return settledOf(context, model, input, id, [from, block]);
  if (state === STATE.expired) {
    await context.store.remove(requestName(id));
    return { state: 'refunded', id };
  }
  await refundDue(context, id, asked);
  return undefined;
}

/** Who was paid for a request, and for what. What else a log has differs from one software to another. */
export const settlementOf = ({ chain, deployment }: Context, id: Hex, [fromBlock, toBlock]: Blocks) =>
  chain.agreed('a settlement', async (client) => {
    const log = (await client.getLogs({ address: deployment.market, event: SETTLED, args: { id }, strict: true, fromBlock, toBlock })).at(-1); // prettier-ignore
    return log && { outputs: log.args.outputs, payee: log.args.payee, transaction: log.transactionHash };
  });

async function settledOf(
  context: Context,
  model: Model,
  input: readonly bigint[],
  id: Hex,
  blocks: Blocks,
): Promise<Settled> {
  const found = await settlementOf(context, id, blocks);
  const words = [...input, ...(found?.outputs ?? [])];
  const decoded = decodeWords(model.vkey, words);
  if (found === undefined || decoded === null)
    throw new InferproofError('data', 'expected the outputs of a settled request, got none', { where: id });
  await context.store.remove(requestName(id));
  return {
    state: 'settled',
    id,
    model,
    ...decoded,
    words,
    payee: found.payee,
    transaction: found.transaction,
  };
}

/** Takes a payment back where its deadline passed; true where it is ours again. */
export async function refundDue(context: Context, id: Hex, asked: Request): Promise<boolean> {
  if ((await chainTime(context)) <= asked.deadline) return false;
  try {
    await context.send('refund', [asked]);
    return true;
  } catch (error) {
    // settled, or taken back, at the last moment
    const state = await view(context, 'requests', [id]);
    if (state === STATE.expired) return true;
    if (state === STATE.done) return false;
    throw error;
  }
}

const text = v.pipe(
  v.string(),
  v.regex(/^\d{1,40}$/),
  v.transform((digits) => BigInt(digits)),
);
const kept = v.strictObject({
  ...{ client: address, modelId: bytes32, inputHash: bytes32, inputWords: v.number(), node: address, payment: wei },
  ...{ deadline: text, callbackGas: v.number(), nonce: text },
});
const requestJson = (asked: Request): string =>
  `${JSON.stringify(asked, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}\n`;

/** A request that was kept. Throws InferproofError 'format'. */
export async function readRequest({ store }: Pick<Context, 'store'>, name: string): Promise<Request | undefined> {
  const json = await store.read(name);
  if (json === undefined) return undefined;
  try {
    return v.parse(kept, JSON.parse(json));
  } catch (cause) {
    throw new InferproofError('format', 'expected a request, got another text', { where: name, cause });
  }
}
