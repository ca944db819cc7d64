// Promises that a client holds: what is checked before one counts, and how one is kept.
//   receipts/ID.json {receipt, signature, words, url, state}
import { InferproofError } from 'inferproof/verifier';
import * as v from 'valibot';
import type { Address, Hex } from 'viem';
import { signerOf } from '../chain/signature.js';
import { digest, wordsHash, type Place, type Receipt } from '../chain/typed-data.js';
import { address, bytes, receipt, receiptJson, wei, word, wordsJson } from '../wire.js';
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

/** What is kept of a node. */
export interface Standing {
  /** A proof was asked for in vain, and the chain has not decided. */
  caught: boolean;
  /** Wei: the bonds of what was not proved and still binds. */
  held: bigint;
}
const outline = v.object({
  receipt: v.object({ node: address, bond: wei, until: v.number() }),
  state: v.picklist(STATES),
});

/** How nodes stand. @param now seconds of block time */
export async function standings(
  context: Pick<Context, 'store' | 'place'>,
  now: bigint,
): Promise<ReadonlyMap<Address, Standing>> {
  const found = new Map<Address, Standing>();
  for (const name of await context.store.list('receipts')) {
    const text = (await context.store.read(name)) ?? '';
    const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), outline), text);
    if (!success) continue; // damaged, or removed: the watcher says so
    const { receipt, state } = output;
    const one = found.get(receipt.node) ?? { caught: false, held: 0n };
    found.set(receipt.node, one);
    // few are: the others are not taken apart
    if (state === 'refused' || state === 'challenged') one.caught ||= (await readKept(context, name).catch(() => undefined)) !== undefined; // prettier-ignore
    if (state !== 'proved' && now <= receipt.until) one.held += receipt.bond;
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
