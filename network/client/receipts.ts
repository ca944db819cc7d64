// Promises that a client holds: what is checked before one counts, and how one is kept.
//   receipts/ID.json {receipt, signature, words, url, state}
import { InferproofError } from 'inferproof/verifier';
import * as v from 'valibot';
import type { Address, Hex } from 'viem';
import { signerOf } from '../chain/signature.js';
import { digest, wordsHash, type Place, type Receipt } from '../chain/typed-data.js';
import { bytes, receipt, receiptJson, word, wordsJson } from '../wire.js';
import type { Context } from './context.js';

/**
 * new: the audit is not drawn yet; skipped: it was not; drawn: it is to be audited; refused: it was, in vain; proved: the proof was seen;
 * challenged: the chain decides. In the order in which they follow: none becomes one before it.
 */
const STATES = ['new', 'skipped', 'drawn', 'refused', 'proved', 'challenged'] as const;
export type ReceiptState = (typeof STATES)[number];

export interface Kept {
  /** Its EIP-712 digest. */
  readonly id: Hex;
  readonly receipt: Receipt;
  readonly signature: Hex;
  /** Inputs, then outputs. */
  readonly words: readonly bigint[];
  /** Where the node answered. */
  readonly url: string;
  readonly state: ReceiptState;
}

const kept = v.strictObject({
  receipt,
  signature: bytes,
  words: v.array(word),
  url: v.string(),
  state: v.picklist(STATES),
});
export const receiptName = (id: Hex): string => `receipts/${id}.json`;

/** Keeps a receipt, unless one is there that is further: who audits and who watches know nothing of each other. */
export async function keep(context: Pick<Context, 'store' | 'place'>, kept: Kept): Promise<void> {
  const { id, receipt, signature, words, url, state } = kept;
  // what is damaged is written again
  const before = await readKept(context, receiptName(id)).catch(() => undefined);
  if (before !== undefined && STATES.indexOf(before.state) > STATES.indexOf(state)) return;
  await context.store.write(receiptName(id), `${JSON.stringify({ receipt: receiptJson(receipt), signature, words: wordsJson(words), url, state })}\n`); // prettier-ignore
}

/**
 * A receipt that was kept; undefined where there is none.
 * @throws InferproofError 'format' for a damaged file, 'mismatch' for one that holds another receipt than its name says
 */
export async function readKept(
  { store, place }: Pick<Context, 'store' | 'place'>,
  name: string,
): Promise<Kept | undefined> {
  const text = await store.read(name);
  if (text === undefined) return undefined;
  try {
    const found = v.parse(kept, JSON.parse(text));
    const id = digest(place, 'Receipt', found.receipt);
    const { inputHash, outputHash, inputWords } = found.receipt;
    const same = name === receiptName(id) && wordsHash(found.words.slice(0, inputWords)) === inputHash && wordsHash(found.words.slice(inputWords)) === outputHash; // prettier-ignore
    if (same) return { id, ...found };
  } catch (cause) {
    throw new InferproofError('format', 'expected a receipt, got another text', { where: name, cause });
  }
  throw new InferproofError('mismatch', 'expected the receipt of this name on this market, got another', {
    where: name,
  });
}

const CAUGHT = /"state":"(refused|challenged)"/;

/** Nodes whose proof was asked for in vain, until the chain has decided. */
export async function caught(context: Pick<Context, 'store' | 'place'>): Promise<ReadonlySet<Address>> {
  const found = new Set<Address>();
  for (const name of await context.store.list('receipts')) {
    // few are: the others are not taken apart
    if (!CAUGHT.test((await context.store.read(name)) ?? '')) continue;
    const kept = await readKept(context, name).catch(() => undefined); // damaged: the watcher says so
    if (kept !== undefined) found.add(kept.receipt.node);
  }
  return found;
}

/** What a receipt has to be. */
export interface Expected extends Pick<Receipt, 'node' | 'client' | 'modelId' | 'bond'> {
  /** Inputs, then outputs. */
  readonly words: readonly bigint[];
  readonly inputWords: number;
  /** Seconds of block time. */
  readonly now: bigint;
  readonly window: bigint;
}

/** Why a receipt is worth nothing to whoever expected that; null where it is. The stake is another matter. */
export async function faultOf(place: Place, got: Receipt, signature: Hex, expected: Expected): Promise<string | null> {
  const { node, client, modelId, bond, words, inputWords, now, window } = expected;
  const fields: Omit<Receipt, 'until'> = {
    ...{ node, client, modelId, bond, inputWords },
    inputHash: wordsHash(words.slice(0, inputWords)),
    outputHash: wordsHash(words.slice(inputWords)),
  };
  const other = Object.entries(fields).find(([name, value]) => got[name as keyof Receipt] !== value);
  if (other) return `signed another ${other[0]}`;
  if (got.until < now + window / 2n) return 'signed a receipt that ends too soon';
  // whoever quits now leaves then: a challenge after that would be of nothing
  if (got.until > now + window) return 'signed a receipt that outlasts its stake';
  const signer = await signerOf(digest(place, 'Receipt', got), signature);
  return signer === node ? null : 'sent a receipt that it did not sign';
}
