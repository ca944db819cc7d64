// Answers of models: under a bond in milliseconds, with their proof in seconds, and the proof of what was promised.
import { randomUUID } from 'node:crypto';
import { zeroHash, type Hex } from 'viem';
import { publicWords } from 'inferproof/compiler';
import { unpackWords } from 'inferproof/verifier';
import type { Facts, Market } from '../chain/reader.js';
import { signerOf } from '../chain/signature.js';
import { digest, wordsHash, type Receipt, type Signer } from '../chain/typed-data.js';
import { receiptJson, wordsJson } from '../wire.js';
import type { Audits } from './audits.js';
import { proofJson, type InferBody, type Payment, type ProveBody } from './bodies.js';
import type { Served } from './models.js';
import type { Promises } from './promises.js';
import { rank, type Job, type Proved, type Queue } from './queue/queue.js';
import { busy, orBusy, refusal } from './refusal.js';
import type { Asked, Book } from './vouchers.js';

/** Seconds before the end of the window at which a receipt ends: none binds longer than a stake stays. */
const MARGIN = 60n;
/** Milliseconds that the proof of a promise is waited for. */
const PATIENCE = 2_000;
/** Proofs of promises that are kept. */
const KEPT = 10_000;
/** Chain and clock may be so far apart, seconds. */
export const SYNC = 60;

export interface Question extends Asked {
  readonly url: string;
  readonly payment: Payment | undefined;
}

export interface Reply {
  readonly status: 200 | 202;
  /** JSON. */
  readonly text: string;
  readonly price: bigint;
  /** Seconds after which to ask again, of a 202. */
  readonly later?: number;
}

export interface Desk {
  readonly infer: (body: InferBody, question: Question) => Promise<Reply>;
  readonly prove: (body: ProveBody, question: Question) => Promise<Reply>;
}

export interface DeskParts {
  readonly market: Market;
  readonly facts: Facts;
  readonly account: Signer;
  readonly models: ReadonlyMap<Hex, Served>;
  readonly book: Book;
  readonly queue: Queue;
  readonly audits: Audits;
  readonly promises: Promises;
  /** Whether the chain's time is the clock's. */
  readonly inSync: () => boolean;
  readonly queueSeconds: number;
}

export function openDesk(parts: DeskParts): Desk {
  const { market, facts, account, models, book, queue, audits, promises, inSync } = parts;
  const node = account.address;
  const proofs = new Map<Hex, Promise<string>>();
  const asking = new Map<string, { readonly body: string; readonly made: Promise<Reply> }>();

  function servedOf(model: Hex, words: readonly bigint[]): Served {
    const served = models.get(model);
    if (!served) throw refusal(404, 'expected a model that is served here', { hint: 'GET /v1/card lists them' });
    const { inputWords, vkey } = served;
    if (words.length !== inputWords) throw refusal(400, `expected ${inputWords} input words, got ${words.length}`);
    const inputs = vkey.publics.filter(({ role }) => role === 'input');
    if (unpackWords(inputs, words) === null)
      throw refusal(422, "expected words in the layout of the model's inputs, got others", {
        hint: 'a chunk is at most hi - lo of the verification key, and no bit stands behind the last one',
      });
    return served;
  }

  function refuseUnready(): void {
    if (!inSync()) throw busy('the chain is behind or ahead of the clock', 10);
    const wait = queue.wait();
    if (wait > parts.queueSeconds) throw busy('too much waits to be proved', wait - parts.queueSeconds);
  }
  /** A promise can wait until provers are back, whoever wants a proof now cannot. */
  function refuseUnproved(): void {
    const missing = queue.missing();
    if (missing?.all === true) throw busy('nothing can be proved now', 10);
  }

  async function promise(served: Served, { words, client, bond: wanted }: InferBody): Promise<string> {
    const most = served.offer.receipt!.bond;
    const bond = wanted ?? most;
    const { amount, leavesAt } = await orBusy(facts.stake());
    if (amount < bond || leavesAt !== 0n) throw busy('the stake does not cover the bond', 60);
    const all = publicWords(served.circuit, { words });
    const outputs = all.slice(served.inputWords);
    const receipt: Receipt = {
      ...{ node, client, modelId: served.modelId, inputHash: wordsHash(words), outputHash: wordsHash(outputs) },
      ...{ inputWords: served.inputWords, bond, until: facts.head().timestamp + market.window - MARGIN },
    };
    await promises.note(served, receipt.until);
    const id = digest(market, 'Receipt', receipt);
    const signature = await account.sign({ hash: id });
    audits.offer(id, served, all);
    return JSON.stringify({ words: wordsJson(outputs), receipt: receiptJson(receipt), signature });
  }

  const proofText = ({ words, proof }: Proved, inputWords: number, context: Hex): string =>
    JSON.stringify({ words: wordsJson(words.slice(inputWords)), proof: proofJson(proof), context });

  async function prove(served: Served, job: Pick<Job, 'id' | 'words' | 'context'>): Promise<string> {
    const made = await queue.submit({ ...job, model: served.modelId, rank: rank('paid') });
    return proofText(made, served.inputWords, job.context);
  }

  async function inferOnce(served: Served, body: InferBody, price: bigint, question: Question): Promise<Reply> {
    const charge = await book.charge(body.client, question.payment, price, question.url);
    try {
      const context = body.context ?? zeroHash;
      const text =
        body.want === 'receipt'
          ? await promise(served, body)
          : await prove(served, { id: randomUUID(), words: body.words, context });
      await charge.served(question, text);
      return { status: 200, text, price };
    } catch (error) {
      charge.dropped();
      throw error;
    }
  }

  async function infer(body: InferBody, question: Question): Promise<Reply> {
    const served = servedOf(body.model, body.words);
    const offer = body.want === 'receipt' ? served.offer.receipt : served.offer.proof;
    if (!offer)
      throw refusal(404, `expected a service of this model, got "${body.want}"`, { hint: 'see GET /v1/card' });
    if (body.want === 'proof' ? body.bond !== undefined : body.context !== undefined)
      throw refusal(400, 'expected a bond with "receipt", a context with "proof"');
    const most = served.offer.receipt?.bond ?? 0n;
    if ((body.bond ?? 0n) > most)
      throw refusal(400, `expected a bond of at most ${most}, got ${body.bond}`, { hint: 'see GET /v1/card' });
    const before = book.again(body.client, question);
    if (before !== undefined) return { status: 200, text: before, price: 0n };
    if (body.want === 'receipt' && audits.failed(served.modelId))
      throw busy('a self-audit failed: no receipts until the operator has looked', 3_600);
    refuseUnready();
    if (body.want === 'proof') refuseUnproved();
    // the same question once more while it is being answered: one answer, paid once
    if (question.key === null) return inferOnce(served, body, offer.price, question);
    const name = `${body.client} ${question.key}`;
    const same = asking.get(name);
    if (same && same.body !== question.body)
      throw refusal(409, 'expected the body that this Idempotency-Key came with before');
    if (same) return { ...(await same.made), price: 0n };
    const made = inferOnce(served, body, offer.price, question).finally(() => asking.delete(name));
    asking.set(name, { body: question.body, made });
    return made;
  }

  async function provePromise({ receipt, signature, words }: ProveBody, question: Question): Promise<Reply> {
    const id = digest(market, 'Receipt', receipt);
    if (receipt.node !== node || (await signerOf(id, signature)) !== node)
      throw refusal(400, 'expected a receipt that this node signed, for this market');
    const served = servedOf(receipt.modelId, words);
    if (wordsHash(words) !== receipt.inputHash)
      throw refusal(422, 'expected the input of the receipt, got another one');
    let price = 0n;
    if (!proofs.has(id)) {
      refuseUnready();
      refuseUnproved();
      const { proof, receipt: promised } = served.offer;
      price = (proof ?? promised)?.price ?? 0n;
      const charge = await book.charge(
        question.payment?.client ?? receipt.client,
        question.payment,
        price,
        question.url,
      );
      if (proofs.has(id))
        charge.dropped(); // asked for twice at once
      else proofs.set(id, proofOf(id, served, words, charge, question));
    }
    const made = proofs.get(id)!;
    const text = await Promise.race([made, later(PATIENCE)]);
    if (text !== null) return { status: 200, text, price };
    return { status: 202, text: JSON.stringify({ pending: id }), price, later: Math.max(1, Math.ceil(queue.wait())) };
  }

  /** One job for each promise; what was made is kept, and the oldest forgotten. */
  function proofOf(
    id: Hex,
    served: Served,
    words: readonly bigint[],
    charge: Awaited<ReturnType<Book['charge']>>,
    asked: Asked,
  ): Promise<string> {
    const made = prove(served, { id, words, context: id }).then(async (text) => {
      await charge.served(asked, text);
      return text;
    });
    made.catch(() => {
      proofs.delete(id);
      charge.dropped();
    });
    for (const oldest of proofs.keys()) if (proofs.size >= KEPT) proofs.delete(oldest);
    return made;
  }

  return { infer, prove: provePromise };
}

const later = (ms: number): Promise<null> => new Promise((resolve) => setTimeout(resolve, ms, null).unref());

/** Whether block time is within a minute of the clock, and the chain was heard within one. */
export const isInSync = ({ chainTime, heardAt }: Facts, clock: () => number): boolean =>
  Math.abs(clock() / 1000 - Number(chainTime())) <= SYNC && Date.now() - heardAt() <= 1000 * SYNC;
