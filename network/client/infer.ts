// An answer off the chain: words to a node, words back, with a receipt that binds it or with the proof. Nothing is returned that was not checked.
import { decodeProof, decodeWords, InferproofError, inputWords, serializeProof, verify, type InputOptions, type InputValues, type PublicValues } from 'inferproof/verifier'; // prettier-ignore
import { hexToBytes, zeroHash, type Address, type Hex } from 'viem';
import { digest } from '../chain/typed-data.js';
import { wordsJson } from '../wire.js';
import { Failed, mostBytes, parsed, PROOF_ANSWER, RECEIPT_ANSWER } from './ask.js';
import type { Purse } from './channel.js';
import type { Nodes, Offer } from './choose.js';
import { chainTime, confirmed, view, type Context } from './context.js';
import { keepKey, valuesOf, type Model } from './model.js';
import { faultOf, keep, type Kept } from './receipts.js';
import { AUDITED, isThin, LEAST_SHARE, PAUSE } from './rules.js';

interface Common {
  readonly model: Model;
  /** As they were asked: the nearest that the words can say. */
  readonly inputs: PublicValues;
  readonly outputs: PublicValues;
  /** Inputs, then outputs. */
  readonly words: readonly bigint[];
  readonly node: Address;
  readonly url: string;
  /** Wei. */
  readonly paid: bigint;
}
export interface ReceiptAnswer extends Common, Pick<Kept, 'id' | 'receipt' | 'signature'> {
  readonly want: 'receipt';
}
export interface ProofAnswer extends Common {
  readonly want: 'proof';
  /** 320 bytes. */
  readonly proof: Hex;
  readonly context: Hex;
}
export type Answer = ReceiptAnswer | ProofAnswer;

export interface InferOptions extends InputOptions {
  /** receipt (default): in milliseconds, under a bond; proof: with its proof. */
  readonly want?: 'receipt' | 'proof' | undefined;
  /**
   * Share of receipts that is audited, 0.000001 to 1, as `watcher` is told; 0.01 by default. What a bond must be worth, and how many receipts of one
   * node may be held, follow from it.
   */
  readonly share?: number | undefined;
  /** Wei at stake for a receipt; by default what deters where that share is audited. */
  readonly bond?: bigint | undefined;
  /**
   * Wei that the audits of answers by one node may have to claim together while these bind and are not proved; by default a tenth of its
   * stake, since others have its promises too.
   */
  readonly maxExposure?: bigint | undefined;
  /** Wei; without it, what the channel holds is the limit. */
  readonly maxPrice?: bigint | undefined;
  /** The address or the URL of a node. */
  readonly node?: string | undefined;
  /** 32 bytes that the proof is for. */
  readonly context?: Hex | undefined;
}

const RECEIPT_MS = 10_000;
const PROOF_MS = 120_000;

export interface Parts {
  readonly context: Context;
  readonly nodes: Nodes;
  readonly purse: Purse;
}

/**
 * @throws InferproofError of `inputWords` for values that do not fit; 'usage' for a share of audits below one in a million or above all; 'resource' where no node answers as it must, its hint says what was
 * wrong with each
 */
export async function infer(
  parts: Parts,
  model: Model,
  values: InputValues,
  options: InferOptions = {},
): Promise<Answer> {
  const { nodes, context } = parts;
  const { want = 'receipt', bond, maxPrice, maxExposure, share = AUDITED, node, clamp } = options;
  if (!(share >= LEAST_SHARE && share <= 1))
    throw new InferproofError('usage', `expected a share of audits from 0.000001 to 1, got ${share}`);
  const words = inputWords(model.vkey, valuesOf(model, values), { clamp });
  const { offers, others } = await nodes.offers(model, { want, bond, maxPrice, maxExposure, share, node });
  for (const offer of offers) {
    const release = nodes.hold(offer);
    if (release === null) {
      others.push(
        `${offer.node} promised as much as its stake is trusted with: ${offer.most} wei of bonds, until they end or are proved`,
      );
      continue;
    }
    const asked = performance.now();
    let came = false;
    try {
      if (want === 'receipt' && isThin(share, offer.bond, offer.price))
        context.warn(`a bond of ${offer.bond} wei does not deter from lies at a price of ${offer.price}`);
      const answer = await answerOf(parts, model, words, offer, options);
      nodes.answered(offer.node, performance.now() - asked);
      came = true;
      return answer;
    } catch (error) {
      const unfunded = error instanceof InferproofError && error.where === offer.node;
      if (!(error instanceof Failed) && !unfunded) throw error;
      if (error instanceof Failed) nodes.failed(offer.node, error.pause);
      others.push(`${offer.node} ${error.message}${unfunded ? `: ${error.hint ?? ''}` : ''}`);
    } finally {
      release(came);
    }
  }
  throw new InferproofError('resource', `expected an answer by ${want} of a node that is announced, got none`, {
    where: model.modelId,
    hint: others.length === 0 ? 'nobody is announced on this market: name a node by its URL' : others.join('\n'),
  });
}

/** Throws Failed. */
async function answerOf(
  { context, purse }: Parts,
  model: Model,
  asked: readonly bigint[],
  { node, url, price, bond }: Offer,
  { want = 'receipt', context: purpose = zeroHash }: InferOptions,
): Promise<Answer> {
  const client = context.account.address;
  const more = want === 'receipt' ? { bond: bond.toString() } : { context: purpose };
  const { told, paid } = await purse.ask({
    ...{ node, url, path: '/v1/infer', key: crypto.randomUUID(), price, most: price },
    body: { model: model.modelId, words: wordsJson(asked), want, client, ...more },
    limits: { bytes: mostBytes(model.words), ms: want === 'receipt' ? RECEIPT_MS : PROOF_MS },
  });
  const common = (outputs: readonly bigint[]) => {
    const words = [...asked, ...outputs];
    const decoded = decodeWords(model.vkey, words);
    if (decoded === null) throw new Failed('sent words that are no outputs of the model', PAUSE);
    return { model, ...decoded, words, node, url, paid };
  };
  if (want === 'proof') {
    const { words: outputs, proof } = parsed(PROOF_ANSWER, told.json, 'an answer');
    const answer = common(outputs);
    if (!isProved(model, answer.words, proof, purpose)) throw new Failed('sent a proof that does not hold', PAUSE);
    return { want, ...answer, proof, context: purpose };
  }
  const { words: outputs, receipt, signature } = parsed(RECEIPT_ANSWER, told.json, 'an answer');
  const answer = common(outputs);
  const { place, window } = context;
  // asked for with the time, as one may wait long for a chain; weighed when the receipt is kept
  const stake = confirmed(context).then((block) => view(context, 'stakes', [node], block));
  stake.catch(() => undefined);
  const now = await chainTime(context);
  const expected = { node, client, modelId: model.modelId, bond, words: answer.words, inputWords: model.inputWords };
  const fault = await faultOf(place, receipt, signature, { ...expected, now, window });
  if (fault !== null) throw new Failed(fault, PAUSE);
  const id = digest(place, 'Receipt', receipt);
  const kept = { id, receipt, signature, words: answer.words, url } as const;
  // it is signed, and paid: nothing that fails from here on takes it away
  await keepKey(context, model);
  await keep(context, { ...kept, state: 'new' });
  const [amount, leavesAt] = await stake;
  if (amount < bond || leavesAt !== 0n) {
    await keep(context, { ...kept, state: 'skipped' }); // nobody relies on it, and a challenge costs
    throw new Failed('has no stake that covers the bond and stays', PAUSE);
  }
  return { want, ...answer, id, receipt, signature };
}

/** Whether a proof holds for these words and this purpose. Whether the key may be a development key was decided when it was fetched. */
export function isProved({ vkey }: Model, words: readonly bigint[], proof: Hex, context: Hex): boolean {
  try {
    const json = serializeProof(decodeProof(hexToBytes(proof), words));
    return verify(vkey, json, { context, allowInsecureKey: true }).valid;
  } catch (error) {
    if (error instanceof InferproofError) return false; // of another length, or no coordinates
    throw error;
  }
}
