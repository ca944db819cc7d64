// What the chain asks of the node: challenges of its promises, requests that it serves. Not a queue that could be lost: every step reads the
// events of the last blocks and the state of each, does the next thing for what is open, and forgets the rest. A restart is a step.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { publicWords } from 'inferproof/compiler';
import { MARKET } from '../chain/abi.js';
import { heardBetween, type Asked, type Challenged } from '../chain/follow.js';
import type { Head, Market } from '../chain/reader.js';
import type { Sender } from '../chain/sender.js';
import { settleContext } from '../chain/typed-data.js';
import type { Log } from './log.js';
import type { Served } from './models.js';
import { rank, type Proved, type Queue } from './queue/queue.js';

/** Blocks that a chain may take back. */
const REORG = 64n;
/** Milliseconds after which what could not be proved is tried again. */
const AGAIN = 30_000;
const OPEN = 1;

export interface Obligation {
  readonly kind: 'challenge' | 'request';
  readonly id: Hex;
  readonly model: Hex;
  readonly input: readonly bigint[];
  readonly context: Hex;
  readonly deadline: bigint;
  readonly data: (made: Proved) => Hex;
}
interface Kept extends Obligation {
  /** The block of the last step that heard of it. */
  heard: bigint;
  proved?: Proved;
  asked?: boolean;
  failedAt?: number;
}

export interface Obligations {
  /** Does what can be done at this head; one step at a time. */
  readonly step: (head: Head) => Promise<void>;
  /** What is open, most urgent first. */
  readonly open: () => readonly Obligation[];
}

export interface ObligationParts {
  readonly market: Market;
  readonly node: Address;
  readonly models: ReadonlyMap<Hex, Served>;
  readonly queue: Queue;
  readonly sender: Sender;
  /** The file of the last block that was read. */
  readonly noted: string;
  /** The block of the market's deployment. */
  readonly since: bigint;
  readonly log: Log;
  /** A proof was made: a step would send it. */
  readonly onProof: (seconds: number) => void;
  readonly onClosing: (clients: readonly Address[]) => void;
}

export async function openObligations(parts: ObligationParts): Promise<Obligations> {
  const { market, node, models, queue, sender, noted, log } = parts;
  const kept = new Map<Hex, Kept>();
  let open: readonly Kept[] = [];
  let read = await readNoted(noted);

  function asObligation({ id, request, input }: Asked, head: Head): Obligation | null {
    const { modelId: model, payment, deadline, callbackGas } = request;
    const served = models.get(model);
    const least = served?.offer.request?.minPayment;
    // a callback is paid for by whoever settles: it may not cost more than there is to earn
    if (least === undefined || payment < least || BigInt(callbackGas) * head.baseFee > payment) return null;
    if (request.node !== node && BigInt(request.node) !== 0n) return null;
    try {
      publicWords(served!.circuit, { words: input });
    } catch {
      return null; // outside the layout: there is no proof of it
    }
    const data = ({ words, proof }: Proved): Hex =>
      encodeFunctionData({ abi: MARKET, functionName: 'settle', args: [request, node, words, proof] });
    return { kind: 'request', id, model, input, context: settleContext(id, node), deadline, data };
  }
  function asAnswer({ id, receipt, input, deadline }: Challenged): Obligation {
    const data = ({ words, proof }: Proved): Hex =>
      encodeFunctionData({ abi: MARKET, functionName: 'prove', args: [receipt, words, proof] });
    return { kind: 'challenge', id, model: receipt.modelId, input, context: id, deadline, data };
  }

  const isOpen = async ({ kind, id }: Obligation): Promise<boolean> => {
    const call = { address: market.market, abi: MARKET, args: [id] } as const;
    if (kind === 'request') return (await market.client.readContract({ ...call, functionName: 'requests' })) === OPEN;
    const [, , , state] = await market.client.readContract({ ...call, functionName: 'challenges' });
    return state === OPEN;
  };

  async function hear(head: Head): Promise<void> {
    const from = (read ?? parts.since) - REORG;
    const served = [...models.values()].filter(({ offer }) => offer.request).map(({ modelId }) => modelId);
    const heard = await heardBetween(market, node, served, [from > parts.since ? from : parts.since, head.number]);
    for (const { id, ...event } of heard.requests) {
      const one = kept.get(id) ?? asObligation({ id, ...event }, head);
      if (one) kept.set(id, Object.assign(one, { heard: head.number }));
    }
    for (const event of heard.challenges)
      kept.set(event.id, Object.assign(kept.get(event.id) ?? asAnswer(event), { heard: head.number }));
    parts.onClosing(heard.closing);
    if (read !== head.number) await writeNoted(noted, head.number);
    read = head.number;
  }

  function prove(one: Kept): void {
    if (one.asked === true || (one.failedAt !== undefined && Date.now() - one.failedAt < AGAIN)) return;
    if (!models.has(one.model)) {
      if (one.failedAt === undefined)
        log.error({ ...nameOf(one) }, 'a model that is not loaded: the bond will be lost');
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
        log.error({ ...nameOf(one), fault: String(error) }, 'no proof of what the chain asks for');
      },
    );
  }

  async function send(one: Kept, made: Proved, head: Head): Promise<void> {
    try {
      const hash = await sender.send(one.id, { to: market.market, data: one.data(made) }, head.number);
      if (hash !== null) log.info({ ...nameOf(one), hash }, 'sent');
    } catch (error) {
      log.warn({ ...nameOf(one), fault: shortOf(error) }, 'not sent');
    }
  }

  return {
    open: () => open,
    step: async (head) => {
      await hear(head);
      const all = [...kept.values()];
      const states = await Promise.all(all.map(isOpen));
      all.forEach((one, i) => {
        if (states[i]) return;
        sender.forget(one.id);
        // its event may be taken back and come again: the proof is kept for as long
        if (one.heard + REORG < head.number) kept.delete(one.id);
      });
      open = all
        .filter(({ deadline }, i) => states[i] && deadline >= head.timestamp)
        .sort((a, b) => rank(a.kind, a.deadline) - rank(b.kind, b.deadline));
      for (const one of open)
        if (one.proved) await send(one, one.proved, head);
        else prove(one);
    },
  };
}

const nameOf = ({ kind, id, model, deadline }: Obligation) => ({ kind, id, model, deadline: Number(deadline) });

/** viem's errors are pages: their first sentence. */
export const shortOf = (error: unknown): string =>
  error instanceof Error && 'shortMessage' in error ? String(error.shortMessage) : String(error);

async function readNoted(file: string): Promise<bigint | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d{1,18}$/.test(text) ? BigInt(text) : undefined;
}
async function writeNoted(file: string, block: bigint): Promise<void> {
  await writeFile(`${file}.tmp`, block.toString());
  await rename(`${file}.tmp`, file);
}
