// What clients promised to pay and what they were served for it: a line for each answer, written before the answer leaves. The last line of
// a client says all of it. A loss of power may take the lines of a second: a client's next voucher says again what it owes.
//   vouchers.jsonl {client, total, spent, signature, lastKey, lastBody, lastAnswer}
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Address, Hex } from 'viem';
import * as v from 'valibot';
import { InferproofError } from 'inferproof/verifier';
import type { Facts, Market } from '../chain/reader.js';
import { digest } from '../chain/typed-data.js';
import { address, wei } from '../wire.js';
import type { Payment } from './bodies.js';
import { openJournal } from './journal.js';
import { readLines } from './lines.js';
import { openPayers } from './payers.js';
import { busy, orBusy, refusal } from './refusal.js';
import { paymentRequired } from './x402.js';

const text = v.nullable(v.string());
const schema = v.strictObject({
  client: address,
  /** The largest that was signed. */
  total: wei,
  /** Of all answers. */
  spent: wei,
  /** Of the total. */
  signature: v.string(),
  /** The last answer that was paid for, to be given again to whoever asks for it with the same key. */
  lastKey: text,
  lastBody: text,
  lastAnswer: text,
});
type Line = v.InferOutput<typeof schema>;
export type Account = Omit<Line, 'client'>;
const NONE: Account = { total: 0n, spent: 0n, signature: '0x', lastKey: null, lastBody: null, lastAnswer: null };

/** A question as it can be repeated. */
export interface Asked {
  /** `Idempotency-Key`. */
  readonly key: string | null;
  /** Hash of its body, where there is a key. */
  readonly body: string;
}

/** Paid for, but not yet served. */
export interface Charge {
  /** Writes that it was served; the answer leaves behind it. */
  readonly served: (asked: Asked, answer: string) => Promise<void>;
  /** Gives it back: there is no answer. Nothing where it was served, or given back before. */
  readonly dropped: () => void;
}

export interface Book {
  /** The answer that was given to the same question before. Throws a refusal, 409, where the key's question was another one. */
  readonly again: (client: Address, asked: Asked) => string | undefined;
  /**
   * Takes a payment. Throws a refusal, 402, for a voucher that is missing, of another client, node or market, below what is due, or
   * above what its channel holds; 503 while vouchers cannot be written.
   */
  readonly charge: (client: Address, payment: Payment | undefined, price: bigint, url: string) => Promise<Charge>;
  /** What each client signed for. */
  readonly vouchers: () => { readonly client: Address; readonly total: bigint; readonly signature: Hex }[];
  /** Why vouchers cannot be written; undefined where they can. */
  readonly fault: () => unknown;
  /** Behind the last answer. Rejects where the last vouchers may not be on the disk. */
  readonly close: () => Promise<void>;
}

/** Opens the vouchers of a file. Throws InferproofError 'format' where it is damaged, or where an earlier version left its own beside it. */
export async function openBook(
  path: string,
  market: Market,
  facts: Facts,
  node: Address,
  payers = openPayers(),
): Promise<Book> {
  const accounts = new Map<Address, Account>();
  await refuseFolder(join(dirname(path), 'vouchers'));
  const { lines, ...found } = await readLines(path);
  for (const [i, line] of lines.entries()) {
    const { client, ...account } = readLine(line, `${path}:${i + 1}`);
    accounts.set(client, account);
  }
  /** As the file is: an answer is given again only where it will be after a restart, too. */
  const written = new Map(accounts);
  const journal = openJournal(path, found, function* () {
    for (const [client, account] of written) yield lineOf(client, account);
  });
  /** Prices of answers that are being made. */
  const reserved = new Map<Address, bigint>();

  /** @param undo what to do before the next one is written where this one cannot be */
  function write(client: Address, undo: () => void): Promise<void> {
    let account: Account;
    return journal.add({
      line: () => lineOf(client, (account = accounts.get(client)!)),
      kept: () => written.set(client, account),
      lost: undo,
    });
  }

  /** Why a voucher is not taken; null where it is. */
  async function fault(client: Address, { total, signature, ...named }: Payment): Promise<string | null> {
    if (named.client !== client) return 'expected the voucher of the client that asks';
    if (named.node !== node) return 'expected a voucher for this node';
    const paid = await payers.signed(client, digest(market, 'Voucher', { client, node, total }), signature);
    if (paid === null) return 'expected a voucher signed by its client for this market, 65 bytes with low s';
    const short = async () => {
      const { funds, paid, closesAt } = await orBusy(facts.channel(client));
      if (closesAt !== 0n) return 'expected an open channel, got one that is closing';
      return total - paid > funds ? `expected a total that the channel covers, ${paid + funds} at most` : null;
    };
    // what was funded a moment ago is in a newer block, which another look may have found meanwhile
    const head = facts.head();
    const first = await short();
    if (first !== null) await orBusy(facts.refresh());
    const last = first !== null && facts.head() !== head ? await short() : first;
    if (last === null) paid();
    return last;
  }

  return {
    again: (client, { key, body }) => {
      const { lastKey, lastBody, lastAnswer } = written.get(client) ?? NONE;
      if (key === null || key !== lastKey) return undefined;
      if (body !== lastBody) throw refusal(409, 'expected the body that this Idempotency-Key came with before');
      return lastAnswer ?? undefined;
    },
    charge: async (client, payment, price, url) => {
      if (price === 0n) return { served: () => Promise.resolve(), dropped: () => undefined };
      if (journal.fault() !== undefined) throw busy('vouchers cannot be written', 10);
      // of a client that is new, or whose file was lost, everything that was redeemed counts as served
      const before = accounts.has(client) ? 0n : (await orBusy(facts.channel(client))).paid;
      const of = (): Account => accounts.get(client) ?? { ...NONE, spent: before };
      const due = () => of().spent + (reserved.get(client) ?? 0n) + price;
      const required = (message: string) => paymentRequired(market, { price, total: due(), node, url }, message);
      if (payment === undefined) throw required('expected a payment');
      const wrong = payment.total < due() ? null : await fault(client, payment);
      if (wrong !== null) throw required(wrong);
      // nothing waits from here on, so no two answers are paid by one total
      if (payment.total < due()) throw required(`expected a total of at least ${due()}, got ${payment.total}`);
      reserved.set(client, (reserved.get(client) ?? 0n) + price);
      let held = true;
      const release = (): void => {
        if (held) reserved.set(client, reserved.get(client)! - price);
        held = false;
      };
      return {
        served: async ({ key, body }, answer) => {
          const { total, spent, signature, ...last } = of();
          const signed = payment.total > total ? payment : { total, signature };
          const kept = key === null ? last : { lastKey: key, lastBody: body, lastAnswer: answer };
          accounts.set(client, { total: signed.total, spent: spent + price, signature: signed.signature, ...kept });
          release();
          // what is not written is not answered, so it costs nothing; the voucher is good for the next one
          await write(client, () => {
            const now = of();
            accounts.set(client, { ...now, spent: now.spent - price, ...(now.lastAnswer === answer ? last : {}) });
          });
        },
        dropped: release,
      };
    },
    vouchers: () =>
      [...accounts].map(([client, { total, signature }]) => ({ client, total, signature: signature as Hex })),
    fault: journal.fault,
    close: journal.close,
  };
}

const lineOf = (client: Address, { total, spent, ...rest }: Account): string =>
  JSON.stringify({ client, total: total.toString(), spent: spent.toString(), ...rest });

/** Earlier versions had a file for each client. */
async function refuseFolder(where: string): Promise<void> {
  const names = await readdir(where).catch(() => []);
  if (names.some((name) => name.endsWith('.json')))
    throw new InferproofError('format', 'expected vouchers in one file, got those of an earlier version', {
      where,
      hint: 'they are money: redeem them with the version that wrote them, then remove the folder',
    });
}

function readLine(text: string, where: string): Line {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const { success, output } = v.safeParse(schema, json);
  if (success) return output;
  throw new InferproofError('format', 'expected the voucher of a client, got another text', {
    where,
    hint: 'it is worth what clients owe: bring back a copy; without the line, what it says that one of them owes is lost',
  });
}
