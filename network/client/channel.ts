// Paying nodes: a voucher for all that was ever promised to a node, in x402's frame. What is signed is on record before it leaves, and no
// answer makes the total grow by more than its price: whatever a node says, it is promised what was asked of it.
//   channels/NODE.json {signed}: the largest total, wei
import { InferproofError } from 'inferproof/verifier';
import * as v from 'valibot';
import { getAddress, type Address } from 'viem';
import { typedData } from '../chain/typed-data.js';
import { wei } from '../wire.js';
import { BY_CHANNEL, Failed, PAID, post, refusalOf, REQUIRED, type Limits, type Told } from './ask.js';
import { confirmed, view, type Context } from './context.js';
import { PAUSE } from './rules.js';

export interface Question {
  readonly node: Address;
  readonly url: string;
  /** '/v1/infer' or '/v1/prove'. */
  readonly path: string;
  readonly body: object;
  /** `Idempotency-Key`: asked again with it, an answer costs nothing more. */
  readonly key: string;
  /** What it is said to cost; undefined: not known. */
  readonly price: bigint | undefined;
  /** The most that is paid for it. */
  readonly most: bigint;
  readonly limits: Limits;
}

export interface Purse {
  /** Throws Failed; InferproofError 'resource' where the channel does not hold what is asked. */
  readonly ask: (question: Question) => Promise<{ readonly told: Told; readonly paid: bigint }>;
}

interface Account {
  /** The largest total that was signed. */
  signed: bigint;
  /** Of it, what was for answers that did not come. */
  spare: bigint;
  /** What the channel can pay in all: paid and funds. */
  covers: bigint;
  turn: Promise<unknown>;
}

interface Voucher {
  readonly header: Readonly<Record<string, string>>;
  /** Wei of the price that were promised before, for answers that did not come. */
  readonly again: bigint;
}

/** Seconds: prices change. */
const SHORT_PAUSE = 60;

const record = v.strictObject({ signed: wei });
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

export function openPurse(context: Context): Purse {
  const { place, account, store, fetch } = context;
  const known = new Map<Address, Promise<Account>>();
  const file = (node: Address): string => `channels/${node}.json`;

  async function onRecord(node: Address): Promise<bigint> {
    const text = await store.read(file(node));
    if (text === undefined) return 0n;
    try {
      return v.parse(record, JSON.parse(text)).signed;
    } catch (cause) {
      throw new InferproofError('format', 'expected what was promised to a node, got another text', {
        where: file(node),
        hint: 'without the file, close the channel and fund it again',
        cause,
      });
    }
  }
  async function channel(node: Address): Promise<{ readonly paid: bigint; readonly covers: bigint }> {
    const [funds, paid, closesAt] = await view(context, 'channels', [account.address, node], await confirmed(context));
    return { paid, covers: closesAt === 0n ? paid + funds : paid };
  }
  async function open(node: Address): Promise<Account> {
    const [signed, { paid, covers }] = await Promise.all([onRecord(node), channel(node)]);
    return { signed: larger(signed, paid), spare: 0n, covers, turn: Promise.resolve() };
  }
  function accountWith(node: Address): Promise<Account> {
    const opened = known.get(node) ?? open(node);
    known.set(node, opened);
    opened.catch(() => known.delete(node));
    return opened;
  }

  /** Pays a price more than all before, of it what is spare by what was signed already. */
  async function pay(node: Address, own: Account, price: bigint, spare: bigint): Promise<Voucher> {
    own.signed = larger(own.signed, await onRecord(node)); // of another process, too
    const again = spare < price ? spare : price;
    const total = own.signed + price - again;
    if (total > own.covers) own.covers = (await channel(node)).covers;
    if (total > own.covers)
      throw new InferproofError('resource', `expected a channel with ${total - own.covers} wei more, got one without`, {
        where: node,
        hint: `inferproof wallet fund ${node} --amount ETHER`,
      });
    await store.write(file(node), JSON.stringify({ signed: total.toString() }));
    own.spare -= again;
    own.signed = total;
    const signature = await account.signTypedData(
      typedData(place, 'Voucher', { client: account.address, node, total }),
    );
    const payload = { client: account.address, node, total: total.toString(), signature };
    return { header: { 'PAYMENT-SIGNATURE': btoa(JSON.stringify({ x402Version: 2, payload })) }, again };
  }
  /** One voucher after the other, of all processes that share a store. */
  function voucher(node: Address, own: Account, price: bigint, fresh = false): Promise<Voucher> {
    const alone = store.alone ?? ((_: string, act: () => Promise<Voucher>) => act());
    const made = own.turn.then(() => alone(file(node), () => pay(node, own, price, fresh ? 0n : own.spare)));
    own.turn = made.catch(() => undefined);
    return made;
  }

  /** What a 402 asks for; why it is not met where that is not what was asked for, or more than it costs. */
  function due(
    { headers }: Told,
    { node, most }: Question,
  ): { readonly amount: bigint; readonly total: bigint } | Failed {
    const { success, output } = v.safeParse(REQUIRED, decoded(headers.get('PAYMENT-REQUIRED')));
    const ours = success ? output.accepts.find((one) => v.is(BY_CHANNEL, one)) : undefined;
    if (ours === undefined) return new Failed('takes no payment by channel', PAUSE);
    const { network, payTo, amount, extra } = v.parse(BY_CHANNEL, ours);
    if (network !== `eip155:${place.chainId}` || payTo !== node || extra.market !== getAddress(place.market))
      return new Failed('asks to pay somebody else, or elsewhere', PAUSE);
    if (amount > most) return new Failed(`asks ${amount} wei, more than ${most}`, SHORT_PAUSE);
    return { amount, total: extra.total };
  }

  return {
    ask: async (question) => {
      const { node, url, path, body, key, price, limits } = question;
      const own = await accountWith(node);
      const once = (headers: Record<string, string>) => post(fetch, url + path, body, { 'Idempotency-Key': key, ...headers }, limits); // prettier-ignore
      // an answer that was lost on its way is there, and paid for
      let lost = false;
      const ask = (headers: Record<string, string>) => once(headers).catch(() => ((lost = true), once(headers)));
      let promised = price ?? 0n;
      const free = promised === 0n;
      const first = free ? undefined : await voucher(node, own, promised);
      // what was promised already is promised again; a total above that the node made up, or our record was lost
      const meet = async ({ amount, total }: { readonly amount: bigint; readonly total: bigint }) => {
        const { header, again } = await voucher(node, own, free ? (promised = amount) : 0n);
        const missing = total - own.signed;
        if (missing <= 0n) return header;
        // it counted an answer that was lost: what we took for spare is not, and one price more is all that this question costs
        if (missing <= (first?.again ?? again)) return (await voucher(node, own, missing, true)).header;
        return new Failed(`asks for ${total} wei in all where ${own.signed} were promised`, PAUSE);
      };
      let told = await ask(first?.header ?? {});
      if (told.status === 402) {
        const demand = due(told, question);
        const met = demand instanceof Failed ? demand : await meet(demand);
        if (met instanceof Failed) {
          own.spare += promised;
          throw met;
        }
        told = await ask(met);
      }
      // 202: it is being made, and will be there for nothing; whoever asks again is told that it costs nothing, and was paid
      const paid =
        told.status === 202 ? promised : told.status === 200 ? (lost ? promised : paidBy(told, promised)) : 0n;
      own.spare += promised - paid;
      if (told.status !== 200) throw refusalOf(told, paid);
      return { told, paid };
    },
  };
}

/** What the node counts for its answer: nothing for one that it gave before. */
function paidBy({ headers }: Told, promised: bigint): bigint {
  const { success, output } = v.safeParse(PAID, decoded(headers.get('PAYMENT-RESPONSE')));
  return success && output.amount < promised ? output.amount : success ? promised : 0n;
}

function decoded(header: string | null): unknown {
  try {
    return JSON.parse(atob(header ?? ''));
  } catch {
    return undefined;
  }
}
