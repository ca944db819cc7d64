// Whether a promise is worth what it says: the node is asked for the proof; without one that holds, the chain asks, and its answer costs the
// node its bond.
import { InferproofError } from 'inferproof/verifier';
import type { Hex } from 'viem';
import { Failed, mostBytes, parsed, PROOF_ANSWER } from './ask.js';
import { view, type Context } from './context.js';
import { isProved, type Parts } from './infer.js';
import type { Model } from './model.js';
import { keep, type Kept } from './receipts.js';
import { PATIENCE, PAUSE } from './rules.js';
import { receiptJson, wordsJson } from '../wire.js';

/** true: the proof is there, and holds. Else the receipt is challenged, by us or by somebody before us. */
export type Audited = true | { readonly challenged: Hex; readonly reason: string };

const ONCE_MS = 30_000;
/** Seconds between questions, at most. */
const MOST_WAIT = 10;

/** States of a challenge on the chain. */
export const STATE = { none: 0, open: 1, done: 2, expired: 3 } as const;

/**
 * Asks for the proof of a receipt, which costs at most what a challenge would, and challenges where there is none.
 * @param patience milliseconds
 */
export async function audit(parts: Parts, model: Model, kept: Kept, patience = PATIENCE): Promise<Audited> {
  const { context, nodes } = parts;
  const reason = await proofMissing(parts, model, kept, patience);
  if (reason === null) {
    await keep(context, { ...kept, state: 'proved' });
    return true;
  }
  nodes.failed(kept.receipt.node, PAUSE);
  await keep(context, { ...kept, state: 'refused' });
  await challenge(context, kept);
  return { challenged: kept.id, reason };
}

/** Why there is no proof; null where there is. */
export async function proofMissing(
  { context, purse }: Parts,
  model: Model,
  { id, receipt, signature, words, url }: Kept,
  patience: number,
): Promise<string | null> {
  const { node, inputWords, modelId } = receipt;
  // a challenge costs that: whoever asks more for a proof is challenged
  let most = await view(context, 'challengePrice', [modelId]);
  const body = { receipt: receiptJson(receipt), signature, words: wordsJson(words.slice(0, inputWords)) };
  const limits = { bytes: mostBytes(words.length), ms: Math.min(ONCE_MS, patience) };
  for (const end = Date.now() + patience; ;) {
    try {
      const { told } = await purse.ask({ node, url, path: '/v1/prove', body, key: id, price: undefined, most, limits });
      const { proof } = parsed(PROOF_ANSWER, told.json, 'a proof');
      // of the outputs that were promised: what else came with it does not matter
      return isProved(model, words, proof, id) ? null : 'sent a proof that does not hold';
    } catch (error) {
      // a price that nobody can be made to pay is no proof either
      if (error instanceof InferproofError && error.where === node) return 'asks more than its channel holds';
      if (!(error instanceof Failed)) throw error;
      most -= error.paid; // for all questions together
      const wait = 1000 * Math.min(Math.max(1, error.pause), MOST_WAIT);
      if (!error.late || Date.now() + wait > end) return error.message;
      await new Promise((later) => setTimeout(later, wait));
    }
  }
}

/** Puts a challenge on the chain, unless there is one. */
export async function challenge(context: Context, kept: Kept): Promise<void> {
  const { id, receipt, signature, words } = kept;
  const [, , , state] = await view(context, 'challenges', [id]);
  if (state === STATE.none) {
    const price = await view(context, 'challengePrice', [receipt.modelId]);
    // the base fee may rise until it is mined; what is too much is ours in the market
    const value = price + price / 4n;
    try {
      await context.send('challenge', [receipt, signature, words.slice(0, receipt.inputWords)], value);
    } catch (error) {
      const [, , , now] = await view(context, 'challenges', [id]);
      if (now === STATE.none) throw error;
    }
  }
  await keep(context, { ...kept, state: 'challenged' });
}
