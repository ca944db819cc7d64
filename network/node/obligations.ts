// What the chain asks of the node: challenges of its promises, requests that it serves. Not a queue that could be lost: every step reads the
// events of the last blocks and the state of each, does the next thing for what is open, and forgets the rest. A restart is a step.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { MARKET } from '../chain/abi.js';
import { challengesIn, closingIn, inStretches, requestsIn, STRETCH, type Asked, type Challenged } from '../chain/follow.js'; // prettier-ignore
import { saidBy, type Head } from '../chain/reader.js';
import type { Sender } from '../chain/sender.js';
import { digest, wordsHash } from '../chain/typed-data.js';
import { least, openEar, REORG } from './hearing.js';
import { shortOf } from './log.js';
import { rank, type Proved, type Queue } from './queue/queue.js';
import { openRequests, type RequestParts } from './requests.js';

/** Milliseconds after which what could not be proved is tried again. */
const AGAIN = 30_000;
const OPEN = 1;

export interface Obligation {
  readonly kind: 'challenge' | 'request';
  readonly id: Hex;
  readonly model: Hex;
  readonly input: readonly bigint[];
  readonly context: Hex;
  /** Of a challenge as the contract last said it: a reorg may bring another. */
  deadline: bigint;
  readonly data: (made: Proved) => Hex;
  /** Whether it brings what it costs, at a base fee. */
  readonly pays: (baseFee: bigint) => boolean;
}
interface Kept extends Obligation {
  /** The block that it stands in. */
  at: bigint;
  /** The block of the last step that heard of it. */
  heard: bigint;
  proved?: Proved;
  asked?: boolean;
  /** Its proof waits for a lower base fee. */
  dear?: boolean;
  failedAt?: number;
}

export interface Obligations {
  /** Does what can be done at this head; one step at a time. */
  readonly step: (head: Head) => Promise<void>;
  /** What is open, most urgent first. */
  readonly open: () => readonly Obligation[];
}

export interface ObligationParts extends RequestParts {
  readonly queue: Queue;
  readonly sender: Sender;
  /** The file of the block from which a restart reads: all before it is done. */
  readonly noted: string;
  /** The block of the market's deployment. */
  readonly since: bigint;
  /** A proof was made: a step would send it. */
  readonly onProof: (seconds: number) => void;
  readonly onClosing: (clients: readonly Address[]) => void;
}

export async function openObligations(parts: ObligationParts): Promise<Obligations> {
  const { market, node, models, queue, sender, noted, log } = parts;
  const kept = new Map<Hex, Kept>();
  const { asObligation, forget } = openRequests({ market, node, models, log, onSkip: parts.onSkip });
  let open: readonly Kept[] = [];
  let [written, others] = [await readNoted(noted), undefined as Promise<unknown> | undefined];
  /** Challenges that the contract counts and nobody heard of: too late for an answer; and steps in a row that found more. */
  let [lost, missed] = [0, 0];

  function asAnswer({ id, receipt, input, deadline }: Challenged): Obligation | null {
    // the bond of another node is not ours to save, whatever an RPC calls the event
    if (receipt.node !== node) return null;
    if (digest(market, 'Receipt', receipt) !== id || wordsHash(input) !== receipt.inputHash) return null;
    const data = ({ words, proof }: Proved): Hex =>
      encodeFunctionData({ abi: MARKET, functionName: 'prove', args: [receipt, words, proof] });
    return { kind: 'challenge', id, model: receipt.modelId, input, context: id, deadline, data, pays: () => true };
  }

  const challengeOf = (id: Hex) => {
    const call = { address: market.market, abi: MARKET, args: [id], functionName: 'challenges' } as const;
    return saidBy(market.clients, (one) => one.readContract(call));
  };
  /** Whether all RPCs that answer say that it is open. */
  const isSure = async (one: Obligation): Promise<boolean> =>
    one.kind === 'challenge'
      ? (await challengeOf(one.id)).every(([, , , state]) => state === OPEN)
      : (await dueBy(one)) !== null;

  /** Until when it can be done; null where it is not open. */
  const dueBy = async ({ kind, id, deadline }: Obligation): Promise<bigint | null> => {
    if (kind === 'request') {
      const call = { address: market.market, abi: MARKET, args: [id], functionName: 'requests' } as const;
      const said = await saidBy(market.clients, (one) => one.readContract(call));
      return said.every((state) => state === OPEN) ? deadline : null;
    }
    // a challenge that one of two RPCs hides costs the bond, one that it makes up a proof and a transaction
    const said = await challengeOf(id);
    const open = said.flatMap(([, , by, state]) => (state === OPEN ? [by] : []));
    return open.length > 0 ? open.reduce((a, b) => (a > b ? a : b)) : null;
  };

  const keep = (one: Obligation | null, { at }: { readonly at: bigint }, head: Head): void => {
    if (one) kept.set(one.id, Object.assign(one, { at, heard: head.number }));
  };
  const keepChallenges = (events: readonly Challenged[], head: Head): void => {
    for (const event of events) keep(kept.get(event.id) ?? asAnswer(event), event, head);
  };
  const keepRequests = (events: readonly Asked[], head: Head): void => {
    for (const event of events) keep(kept.get(event.id) ?? asObligation(event, head), event, head);
  };

  const served = [...models.values()].filter(({ offer }) => offer.request).map(({ modelId }) => modelId);
  const ear = { since: parts.since, from: written ?? parts.since, log };
  const challenges = openEar<Challenged>({ ...ear, kind: 'challenges', ask: (blocks) => challengesIn(market, node, blocks), take: keepChallenges }); // prettier-ignore
  const requests = openEar<Asked>({ ...ear, kind: 'requests', ask: (blocks) => requestsIn(market, served, blocks), take: keepRequests }); // prettier-ignore
  const closing = openEar<Address>({ ...ear, kind: 'closing', ask: (blocks) => closingIn(market, node, blocks), take: parts.onClosing }); // prettier-ignore
  async function hear(head: Head): Promise<void> {
    // strangers make requests as many and as large as they like: challenges do not wait until they are read
    others ??= Promise.all([requests, closing].map(({ listen }) => listen(head))).finally(() => (others = undefined));
    await challenges.listen(head);
  }

  const countOpen = async (): Promise<number> => {
    const call = { address: market.market, abi: MARKET, functionName: 'stakes', args: [node] } as const;
    const said = await saidBy(market.clients, (one) => one.readContract(call));
    return Math.max(...said.map(([, , open]) => open));
  };

  /**
   * Looks for challenges that the contract counts and whose events were not heard, back to the oldest that can still be answered.
   * @param known challenges that are open as far as was heard
   */
  async function search(known: number, counted: number, head: Head): Promise<void> {
    lost = Math.min(lost, Math.max(0, counted - known));
    missed = counted > known + lost ? missed + 1 : 0;
    if (missed < 2) return;
    log.error({ counted, known }, 'challenges are open that were not heard of: looking for them');
    let unread = false;
    for (let end = head.number; end >= parts.since;) {
      const from = end - STRETCH + 1n > parts.since ? end - STRETCH + 1n : parts.since;
      const take = (events: readonly Challenged[]): void => keepChallenges(events, head);
      await inStretches([from, end], (blocks) => challengesIn(market, node, blocks), take).catch(() => (unread = true));
      const { timestamp } = await market.client.getBlock({ blockNumber: from });
      if (timestamp + market.proofTime < head.timestamp) break;
      end = from - 1n;
    }
    const all = [...kept.values()].filter(({ kind }) => kind === 'challenge');
    const due = await Promise.all(all.map(dueBy));
    if (!unread) lost = Math.max(0, counted - due.filter((by) => by !== null).length);
    missed = 0;
  }

  function prove(one: Kept): void {
    if (one.asked === true || (one.failedAt !== undefined && Date.now() - one.failedAt < AGAIN)) return;
    if (!models.has(one.model)) {
      if (one.failedAt === undefined) log.error(nameOf(one), 'a model that is not loaded: the bond will be lost');
      one.failedAt = Date.now();
      return;
    }
    one.asked = true;
    const { id, model, input: words, context, kind, deadline } = one;
    queue.submit({ id, model, words, context, rank: rank(kind, deadline) }).then(
      (made) => {
        one.proved = made;
        parts.onProof(made.seconds);
      },
      (error: unknown) => {
        one.asked = false;
        one.failedAt = Date.now();
        log.error({ ...nameOf(one), fault: shortOf(error) }, 'no proof of what the chain asks for');
      },
    );
  }

  async function send(one: Kept, made: Proved, head: Head): Promise<void> {
    if (!one.pays(head.baseFee)) {
      if (one.dear !== true) log.info({ ...nameOf(one), baseFee: head.baseFee.toString() }, 'its payment is below what it costs now: it waits'); // prettier-ignore
      one.dear = true;
      return;
    }
    try {
      const hash = await sender.send(one.id, { to: market.market, data: one.data(made) }, head.number, () =>
        isSure(one),
      );
      if (hash !== null) log.info({ ...nameOf(one), hash }, 'sent');
    } catch (error) {
      log.warn({ ...nameOf(one), fault: shortOf(error) }, 'not sent');
    }
  }

  return {
    open: () => open,
    step: async (head) => {
      forget(head);
      await hear(head);
      const all = [...kept.values()];
      const [counted, ...due] = await Promise.all([countOpen(), ...all.map(dueBy)]);
      all.forEach((one, i) => {
        one.deadline = due[i] ?? one.deadline;
        // nobody has to take back the payment of a request that is late
        if (due[i] !== null && (one.kind === 'challenge' || one.deadline >= head.timestamp)) return;
        sender.forget(one.id);
        // its event may be taken back and come again: the proof is kept for as long
        if (one.heard + REORG < head.number) kept.delete(one.id);
      });
      open = all
        .filter(({ deadline }, i) => due[i] !== null && deadline >= head.timestamp)
        .sort((a, b) => rank(a.kind, a.deadline) - rank(b.kind, b.deadline));
      for (const one of open)
        if (one.proved) await send(one, one.proved, head);
        else prove(one);
      await search(all.filter(({ kind }, i) => kind === 'challenge' && due[i] !== null).length, counted, head);
      const heard = [challenges, requests, closing].map(({ read }) => read());
      const done = [head.number, ...heard, ...open.map(({ at }) => at)].reduce(least);
      if (done !== written) await writeNoted(noted, done);
      written = done;
    },
  };
}

const nameOf = ({ kind, id, model, deadline }: Obligation) => ({ kind, id, model, deadline: Number(deadline) });

async function readNoted(file: string): Promise<bigint | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d{1,18}$/.test(text) ? BigInt(text) : undefined;
}
async function writeNoted(file: string, block: bigint): Promise<void> {
  await writeFile(`${file}.tmp`, block.toString());
  await rename(`${file}.tmp`, file);
}
